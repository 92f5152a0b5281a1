"""Staff publish an event and put it on sale, the public buys two tickets from a phone, they come in
through a cut of the network, the venue calls it off, and every cent goes back once."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from scripts.house import House, wait_for
from tests.journeys.conftest import Opener, sign_in
from tests.journeys.hand import Hand, euros, pay_by_card
from tests.journeys.test_event import plan, publish
from tests.journeys.test_guest import GOOD

BUYER = "billets.phone@example.org"
TITLE = "Rempailler une chaise"
MONEY = """
    select (select sum(l.amount_cents) from ledger_line l join ledger_entry e on e.id = l.entry_id
             where e.source = 'ticket_order' and e.source_id = o.id and l.account = any(%(names)s)),
           (select array_agg(r.amount_cents) from refund r join payment p on p.id = r.payment_id
             where p.source = 'ticket_order' and p.source_id = o.id and r.state = 'done')
      from ticket_order o where o.token = %(token)s
"""


@pytest.fixture
def door(browser: Browser) -> Iterator[BrowserContext]:
    """A phone whose network may be away: what the browser says of that is no fault."""
    made = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True,
                               locale="fr-FR")  # fmt: skip
    yield made
    made.close()


def buy_two(house: House, guest: Hand, slug: str) -> str:
    """From the agenda to the tickets; the secret of the order."""
    page = guest.page
    page.goto(house.url("moulin", f"/agenda/{slug}"))
    guest.tap(page.get_by_role("button", name="Un billet « Place » de plus"))
    bar = page.locator(".bottom-bar")
    expect(bar).to_contain_text("2 billets, 70 €")
    guest.tap(bar.get_by_role("button", name="Prendre"))
    page.wait_for_url("**/billets?**")
    page.get_by_label("E-mail").fill(BUYER)
    page.get_by_label("Prénom et nom").fill("Bérénice Phone")
    page.get_by_label("Nom de la personne (facultatif)").nth(1).fill("ليلى 🎟️")
    guest.tap(page.get_by_label(re.compile("J’accepte")))
    assert euros(bar.inner_text()) == 7000
    guest.tap(bar.get_by_role("button", name="Payer"))
    assert guest.moves == 4
    pay_by_card(guest, GOOD)
    page.wait_for_url(re.compile(r"/billets/[\w-]{20,}\?merci=1$"))
    expect(page.locator("#main")).to_contain_text("ليلى 🎟️")
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    return page.url.rsplit("/", 1)[1].split("?")[0]


def come_in(house: House, page: Page, event: int, codes: list[str]) -> None:
    """One ticket without network, the other with it."""
    page.goto(house.url("moulin", f"/gestion/evenements/{event}/entrees"))
    expect(page.locator("[data-net-words]")).to_contain_text("Prêt sans réseau", timeout=15_000)
    verdict = page.locator("[data-result] h2")
    page.context.set_offline(True)
    page.get_by_label("Code du billet").fill(codes[0])
    page.keyboard.press("Enter")
    expect(verdict).to_have_text("Valide")
    expect(page.locator("[data-waiting]")).to_have_text("À envoyer : 1")
    page.context.set_offline(False)
    expect(page.locator("[data-waiting]")).to_be_empty()
    page.get_by_label("Code du billet").fill(codes[1])
    page.keyboard.press("Enter")
    expect(verdict).to_have_text("Valide")
    expect(page.locator("[data-inside]")).to_have_text("2")


def test_bought_entered_called_off(house: House, person: Opener, door: BrowserContext) -> None:
    staff = person(wide=True)
    sign_in(staff, house, "moulin", "karim")
    plan(staff.page, house, TITLE, "Salle Hugo", 47)
    publish(staff.page)
    event, slug = house.ask("select id, slug from event where title_fr = %(title)s", title=TITLE)[0]
    staff.page.goto(house.url("moulin", f"/gestion/evenements/{event}/billetterie"))
    staff.page.get_by_role("button", name="Atelier").click()
    expect(staff.page.locator("#main")).to_contain_text("35 €")

    guest = person()
    order = buy_two(house, guest, slug)
    letter = wait_for(lambda: house.letters(BUYER))[-1]
    assert f"/billets/{order}" in str(letter.get_body(("plain",)).get_content())
    codes = [row[0] for row in house.ask(
        "select t.code from ticket t join ticket_order o on o.id = t.order_id"
        " where o.token = %(token)s order by t.id", token=order)]  # fmt: skip
    phone = door.new_page()
    sign_in(Hand(phone), house, "moulin", "ines")
    come_in(house, phone, event, codes)

    staff.page.goto(house.url("moulin", f"/gestion/evenements/{event}/annulation"))
    staff.page.get_by_label(re.compile("Raison")).fill("Panne de chauffage")
    staff.page.get_by_role("button", name="Annuler l’événement").click()
    wait_for(lambda: any("c’est annulé" in str(one["Subject"]) for one in house.letters(BUYER)))
    names = ["receivable", "sales", "vat", "vat_pending", "card_clearing"]
    wait_for(lambda: house.ask(MONEY, token=order, names=names)[0][1])
    for account in names:
        assert house.ask(MONEY, token=order, names=[account])[0][0] in (0, None), account
    assert house.ask(MONEY, token=order, names=names)[0][1] == [7000]
    guest.page.goto(house.url("moulin", f"/billets/{order}"))
    expect(guest.page.locator("#main")).to_contain_text("70 € rendus")
    guest.page.goto(house.url("moulin", f"/evenements/{slug}/billets"))
    expect(guest.page.locator("#main")).to_contain_text("fermée")
