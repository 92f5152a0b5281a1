"""Somebody who has no account buys a room for tomorrow, on a phone."""

from __future__ import annotations

import datetime as dt
import re
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect

from scripts.house import House, wait_for
from tests.journeys.conftest import Opener, sign_in
from tests.journeys.hand import Hand, euros, later_starts, next_days, pay_by_card, reserved

GOOD, DECLINED, CHALLENGE = "4242 4242 4242 4242", "4000 0000 0000 0002", "4000 0027 6000 3184"


def in_utc(start: str) -> str:
    """A start of the venue's wall clock as calendars write it."""
    local = dt.datetime.fromisoformat(start).replace(tzinfo=ZoneInfo("Europe/Paris"))
    return f"{local.astimezone(dt.UTC):%Y%m%dT%H%M%SZ}"


def to_checkout(hand: Hand, house: House, turn: int = 0) -> str:
    """Tile, hour of tomorrow, Réserver: the start that is now held."""
    hand.page.goto(house.url("quai12"))
    hand.tap(hand.page.get_by_role("link", name="Salle de réunion"))
    start = later_starts(hand.cells())[turn]
    hand.choose(start)
    hand.tap(hand.page.locator(".bottom-bar").get_by_role("button", name="Réserver"))
    hand.page.wait_for_url("**/commande/*")
    return start


def fill_in(hand: Hand, email: str, name: str) -> None:
    """What the browser fills in by itself for most, and the tick that the law wants."""
    hand.page.get_by_label("E-mail").fill(email)
    hand.page.get_by_label("Prénom et nom").fill(name)
    hand.page.get_by_label(re.compile("J’accepte")).check()


def test_a_guest_buys_a_room_for_tomorrow_in_four_taps(house: House, person: Opener) -> None:
    guest = person()
    start = to_checkout(guest, house)
    fill_in(guest, "ada.phone@example.org", "Ada Téléphone")
    bar = guest.page.locator(".bottom-bar")
    price = euros(bar.inner_text())
    guest.tap(bar.get_by_role("button", name="Payer"))
    assert guest.moves == 4
    pay_by_card(guest, GOOD)
    token = reserved(guest)
    assert euros(guest.page.locator(".is-total").inner_text()) == price

    letter = wait_for(lambda: house.letters("ada.phone@example.org"))[-1]
    assert "c’est réservé" in str(letter["Subject"])
    kinds = [part.get_content_type() for part in letter.walk()]
    assert "text/calendar" in kinds
    invitation = next(p for p in letter.walk() if p.get_content_type() == "text/calendar")
    said = str(invitation.get_content())
    assert "METHOD:REQUEST" in said
    assert f"DTSTART:{in_utc(start)}" in said
    assert f"/b/{token}" in str(letter.get_body(("plain",)).get_content())

    paid = house.ask(
        "select p.state, p.amount_cents from payment p join booking b on b.id = p.source_id"
        " where b.token = %(token)s and p.source = 'booking'",
        token=token,
    )
    assert ("captured", price) in [(state, cents) for state, cents in paid]

    staff = person(wide=True)
    sign_in(staff, house, "quai12", "malo")
    staff.page.goto(house.url("quai12", f"/gestion/jour/{start[:10]}"))
    expect(staff.page.locator("[data-timeline] .slot", has_text="Téléphone")).to_be_visible()


def test_a_declined_card_costs_nothing_and_another_pays(house: House, person: Opener) -> None:
    guest = person()
    to_checkout(guest, house, 1)
    fill_in(guest, "refus@example.org", "Rita Refus")
    guest.tap(guest.page.locator(".bottom-bar").get_by_role("button", name="Payer"))
    pay_by_card(guest, DECLINED)
    expect(guest.page.get_by_role("alert")).to_be_visible()
    assert house.letters("refus@example.org") == []
    pay_by_card(guest, GOOD)
    reserved(guest)
    assert len(wait_for(lambda: house.letters("refus@example.org"))) == 1


def test_the_bank_may_ask_who_pays(house: House, person: Opener) -> None:
    guest = person()
    to_checkout(guest, house, 2)
    fill_in(guest, "trois@example.org", "Dora Secure")
    guest.tap(guest.page.locator(".bottom-bar").get_by_role("button", name="Payer"))
    pay_by_card(guest, CHALLENGE)
    guest.page.wait_for_url("**/3ds/**")
    guest.page.locator("button[value=ok]").click()
    reserved(guest)


def test_without_javascript_it_is_one_tap_more(house: House, person: Opener) -> None:
    guest = person(java_script_enabled=False)
    page = guest.page
    page.goto(house.url("quai12"))
    guest.tap(page.get_by_role("link", name="Salle de réunion"))
    start = next_days(guest.cells())[-1]
    guest.tap(guest.cell(start))
    guest.tap(page.get_by_role("button", name="Voir ce prix"))
    expect(page.locator("#choix")).to_contain_text(start.split("T")[1][:5])
    guest.tap(page.locator(".bottom-bar").get_by_role("button", name="Réserver"))
    fill_in(guest, "sans.script@example.org", "Noa Sans-Script")
    guest.tap(page.locator(".bottom-bar").get_by_role("button", name="Payer"))
    assert guest.moves == 5
    pay_by_card(guest, GOOD)
    page.wait_for_load_state()
    if "/retour" in page.url:  # the bank was slower than the browser
        wait_for(lambda: house.letters("sans.script@example.org"))
        page.get_by_role("link", name="Vérifier maintenant").click()
    token = reserved(guest)
    assert wait_for(lambda: house.letters("sans.script@example.org"))
    assert "BEGIN:VCALENDAR" in house.fetch("quai12", f"/b/{token}/agenda.ics").text


def focused(hand: Hand) -> str:
    """What holds the focus, in words: its name attribute, its value or its text."""
    return str(
        hand.page.evaluate(
            "(({name, value, innerText, form}) => [name, value, innerText, form && form.id]"
            ".filter(Boolean).join('|'))(document.activeElement)"
        )
    )


def until(hand: Hand, wanted: str, most: int = 25) -> None:
    """Tab until the focus is there."""
    for _ in range(most):
        hand.press("Tab")
        if wanted in focused(hand):
            return
    pytest.fail(f"{wanted} is not reached in {most} tabs; at {focused(hand)}")


def up_or_down(hand: Hand) -> str:
    """The arrow that leads to another hour of the chosen day: its last one has none below."""
    here = hand.page.locator("[data-grid] input:checked").get_attribute("value") or ""
    below = any(one[:10] == here[:10] and one > here for one in hand.cells())
    return "ArrowDown" if below else "ArrowUp"


def test_the_grid_of_prices_by_keyboard_alone(house: House, person: Opener) -> None:
    guest = person(wide=True)
    page = guest.page
    page.goto(house.url("quai12", "/reserver?quoi=salle&personnes=2&duree=60"))
    until(guest, "Aller aux prix", 3)
    guest.press("Enter")
    until(guest, "creneau", 4)
    before = focused(guest)
    with page.expect_response(lambda answer: "creneau=" in answer.url):
        guest.press("ArrowRight")
    expect(page.locator(".htmx-request, .htmx-settling")).to_have_count(0)
    with page.expect_response(lambda answer: "creneau=" in answer.url):
        guest.press(up_or_down(guest))
    expect(page.locator(".htmx-request, .htmx-settling")).to_have_count(0)
    assert focused(guest) != before
    chosen = page.locator("[data-grid] input:checked").get_attribute("value") or ""
    expect(page.locator("#choix")).to_contain_text(f"{chosen.split('T')[1][:5]} –")
    until(guest, "Réserver pour")
    guest.press("Enter")
    page.wait_for_url("**/commande/*")
    until(guest, "email")
    page.keyboard.type("clavier@example.org")
    until(guest, "nom", 2)
    page.keyboard.type("Clara Clavier")
    until(guest, "cgv", 8)
    guest.press("Space")
    until(guest, "Payer", 4)
    guest.press("Enter")
    page.wait_for_url("**/c/pay/**")
