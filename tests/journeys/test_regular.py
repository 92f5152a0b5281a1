"""Somebody who knows the place needs no tap beyond the grid, the button and the price."""

from __future__ import annotations

from playwright.sync_api import Route, expect

from scripts.house import House
from tests.journeys.conftest import Opener, sign_in
from tests.journeys.hand import Hand, later_starts, next_days, pay_by_card, reserved


def to_the_bank(hand: Hand) -> None:
    """Réserver, Payer: these very terms were accepted before, so a sentence says them again."""
    page = hand.page
    hand.tap(page.locator(".bottom-bar").get_by_role("button", name="Réserver"))
    page.wait_for_url("**/commande/*")
    expect(page.locator("#accord")).to_contain_text("conditions de vente")
    hand.tap(page.locator(".bottom-bar").get_by_role("button", name="Payer"))
    page.wait_for_url("**/c/pay/**")


def test_a_regular_books_in_four_three_and_three_taps(house: House, person: Opener) -> None:
    maya = person()
    page = maya.page
    sign_in(maya, house, "moulin", "maya")

    page.goto(house.url("moulin"))  # a room for tomorrow: tile, hour, Réserver, Payer
    maya.moves = 0
    maya.tap(page.get_by_role("link", name="Salle de réunion"))
    maya.choose(next_days(maya.cells())[-1])
    to_the_bank(maya)
    assert maya.moves == 4
    pay_by_card(maya, "4242 4242 4242 4242")
    reserved(maya)

    page.goto(house.url("moulin"))  # a desk for today, or for the next hour that is sold
    maya.moves = 0
    maya.tap(page.get_by_role("link", name="Poste de travail"))
    expect(page.locator("[data-grid] input:checked")).to_have_count(1)
    to_the_bank(maya)
    assert maya.moves == 3

    page.goto(house.url("moulin", "/moi"))  # the same again; one more when that hour is full
    maya.moves = 0
    maya.tap(page.locator("[aria-labelledby=encore] a[href^='/reserver']").first)
    page.wait_for_url("**/reserver**")
    nearest = page.locator("#choix .cheaper a").first
    is_full = page.locator("#reserver").count() == 0
    if is_full:
        maya.tap(nearest)
        expect(page.locator("#reserver")).to_have_count(1)
    to_the_bank(maya)
    assert maya.moves == 3 + is_full


def test_an_hour_chosen_before_the_scripts_came_is_kept(house: House, person: Opener) -> None:
    guest = person()
    page = guest.page
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/htmx.min.js*", hold)
    page.goto(house.url("quai12", "/reserver?quoi=salle&personnes=2&duree=60"), wait_until="commit")
    cells = guest.cells()
    page_chose = page.locator("[data-grid] input:checked").get_attribute("value") or ""
    start = [one for one in later_starts(cells) if one[11:] != page_chose[11:]][-1]
    guest.tap(guest.cell(start))
    expect(page.locator("#choix")).not_to_contain_text(f"{start.split('T')[1][:5]} –")
    with page.expect_response(lambda answer: "creneau=" in answer.url):
        held[0].continue_()
    expect(page.locator("#choix")).to_contain_text(f"{start.split('T')[1][:5]} –")


def test_terms_that_are_not_ticked_are_said_in_their_place(house: House, person: Opener) -> None:
    guest = person()
    page = guest.page
    page.goto(house.url("quai12", "/reserver"))
    page.locator(".bottom-bar").get_by_role("button", name="Réserver").click()
    page.wait_for_url("**/commande/*")
    page.locator(".bottom-bar").get_by_role("button", name="Payer").click()
    expect(page.locator("#cgv")).to_be_focused()
    expect(page.locator("#cgv-error")).to_be_in_viewport()
    assert "/paiement" not in page.url
