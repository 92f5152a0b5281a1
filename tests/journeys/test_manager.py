"""A manager changes the colour and the theme, publishes, and changes their mind."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from scripts.house import House
from tests.journeys.conftest import Opener, sign_in

FACE = """[document.querySelector('link[rel=stylesheet]').href,
    getComputedStyle(document.querySelector('.btn--primary')).backgroundColor,
    getComputedStyle(document.querySelector('h1')).fontFamily.split(',')[0]]"""


def face(page: Page, house: House) -> list[str]:
    """Stylesheet, colour of the main button and letters of the public home page."""
    page.goto(house.url("verriere"))
    return list(page.evaluate(FACE))


def test_new_looks_in_six_clicks_and_back_in_one(house: House, person: Opener) -> None:
    visitor, boss = person(wide=True), person(wide=True)
    before = face(visitor.page, house)
    page = boss.page
    sign_in(boss, house, "verriere", "lou")
    page.goto(house.url("verriere", "/gestion"))
    boss.tap(page.get_by_role("link", name="Apparence"))
    field = page.get_by_label("Couleur de marque", exact=True)
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        boss.tap(field)
        field.fill("#b84e1d")
        page.keyboard.press("Tab")
    expect(page.locator("#studio-head")).to_contain_text("Brouillon")
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        boss.tap(page.locator(".tile-choice", has_text="Calque"))
    expect(page.locator("#studio-head")).to_contain_text("2 changements")
    assert face(visitor.page, house) == before  # nothing is online yet
    boss.tap(page.locator("#studio-head").get_by_role("button", name="Publier"))
    assert boss.moves <= 6
    page.wait_for_load_state()
    after = face(visitor.page, house)
    assert after[1] == "rgb(184, 78, 29)"
    assert all(new != old for new, old in zip(after, before, strict=True))
    boss.moves = 0
    boss.tap(page.get_by_role("button", name="Revenir").first)
    assert boss.moves == 1
    page.wait_for_load_state()
    assert face(visitor.page, house) == before
