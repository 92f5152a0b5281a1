"""An outsider asks on a phone; staff hold, quote, convert and bill; the customer signs and pays."""

from __future__ import annotations

import datetime as dt

from playwright.sync_api import Page, expect

from scripts.house import House, wait_for
from tests.journeys.conftest import Opener, sign_in
from tests.journeys.hand import pay_by_card
from tests.journeys.test_guest import GOOD

PAPERS = """
    select d.kind from document d where d.buyer_name = 'Claire Obscur' order by d.id
"""
TITLE = "Anniversaire de mariage"


def narrow(page: Page) -> None:
    width = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert width <= 0, f"{page.url} scrolls sideways"


def test_a_request_becomes_an_event_and_is_paid(house: House, person: Opener) -> None:
    guest = person()
    page = guest.page
    page.goto(house.url("moulin", "/demande"))
    day = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=43)
    for label, text in (
        ("Ce que vous organisez", TITLE), ("Nombre de personnes", "20"), ("Jour", day.isoformat()),
        ("De", "15:00"), ("À", "14:00"), ("Nom", "Claire Obscur"),
        ("E-mail", "claire@obscur.example"),
    ):  # fmt: skip
        page.get_by_label(label, exact=True).fill(text)
    page.get_by_label("Cocktail").check()
    guest.tap(page.get_by_role("button", name="Envoyer la demande"))
    expect(page.locator("#main")).to_contain_text("La fin vient après le début")
    expect(page.get_by_label("Cocktail")).to_be_checked()
    page.get_by_label("À", exact=True).fill("19:00")
    guest.tap(page.get_by_role("button", name="Envoyer la demande"))
    expect(page.locator("h1")).to_have_text(TITLE)
    narrow(page)
    link = page.url.partition("?")[0]

    desk = person()
    sign_in(desk, house, "moulin", "amira")
    board = desk.page
    board.goto(house.url("moulin", "/gestion/demandes"))
    board.get_by_role("link", name=TITLE).click()
    narrow(board)
    expect(board.locator("#espaces")).to_contain_text("Votre règle")
    desk.tap(board.get_by_role("button", name="Garder l’espace"))
    expect(board.locator("#flashes")).to_contain_text("L’espace est gardé")
    if not board.locator("input[name=prix1]").input_value():
        board.locator("input[name=prix1]").fill("400")
    for name, text in (("street", "1 rue Haute"), ("postcode", "69001"), ("city", "Lyon")):
        board.locator(f"input[name={name}]").fill(text)
    desk.tap(board.get_by_role("button", name="Envoyer le devis"))
    expect(board.locator("#flashes")).to_contain_text("Le devis part")
    wait_for(lambda: house.ask(PAPERS))

    page.goto(link)
    guest.tap(page.get_by_role("link", name="Devis D"))
    page.get_by_label("Nom").fill("Claire Obscur")
    guest.tap(page.get_by_role("button", name="Accepter"))
    expect(page.locator("#main")).to_contain_text("Devis accepté")
    wait_for(lambda: len(house.ask(PAPERS)) == 2)
    page.goto(link)
    narrow(page)
    guest.tap(page.get_by_role("link", name="Acompte F"))
    guest.tap(page.get_by_role("button", name="Payer"))
    pay_by_card(guest, GOOD)
    page.wait_for_url("**/document/**")
    expect(page.locator("#flashes")).to_contain_text("votre paiement est reçu")

    board.reload()
    desk.tap(board.get_by_role("button", name="En faire un événement"))
    expect(board.locator("#flashes")).to_contain_text("L’événement est créé")
    desk.tap(board.get_by_role("button", name="Facturer le solde"))
    expect(board.locator("#flashes")).to_contain_text("La facture part")
    wait_for(lambda: house.ask(PAPERS) == [("quote",), ("deposit",), ("invoice",)])
    taken = house.ask(
        "select o.source, o.kind from occupancy o join space_request r on r.event_id = o.source_id"
        " where o.source = 'event' and r.title = %(title)s group by 1, 2",
        title=TITLE,
    )
    assert taken == [("event", "event")]
