"""A phone at the door of an event: one ticket online, one without network, a reload in the cellar,
somebody without a ticket; all of it is there when the network is back, once."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from scripts.house import House
from tests.journeys.conftest import sign_in
from tests.journeys.hand import Hand

TENANT = "(select id from tenant where slug = 'moulin')"
EVENT = f"""
    select id from event where tenant_id = {TENANT} and state = 'published' order by id limit 1
"""
SOLD = f"""
    with kind as (
      insert into ticket_category
        (tenant_id, event_id, name_fr, pricing, price_cents, vat_bp, quota)
      values ({TENANT}, %(event)s, 'Plein tarif', 'free', 0, 2000, 9) returning id
    ), bought as (
      insert into ticket_order
        (tenant_id, code, token, form_key, event_id, name, state, price_cents)
      values ({TENANT}, 'DOOR1', 'door-journey', 'door-journey', %(event)s, 'Maya Roux',
              'confirmed', 0) returning id
    )
    insert into ticket (tenant_id, order_id, event_id, category_id, code, holder_name, state,
                        list_cents, price_cents, vat_bp)
    select {TENANT}, bought.id, %(event)s, kind.id, code, holder, 'valid', 0, 0, 2000
      from kind, bought, (values ('door-code-one', 'Maya Roux'), ('door-code-two', 'Ève Aït-Ali'))
        as sold (code, holder) returning id
"""
PASSED = """
    select t.holder_name, t.state, count(p.id) from ticket t left join passage p
      on p.ticket_id = t.id where t.event_id = %(event)s and t.code like 'door-code-%%'
     group by t.id order by t.id
"""


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A phone whose network may be away: what the browser says of that is no fault."""
    made = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True,
                               locale="fr-FR")  # fmt: skip
    yield made
    made.close()


def test_the_door_works_through_a_cut(house: House, context: BrowserContext) -> None:
    event = house.ask(EVENT)[0][0]
    assert len(house.ask(SOLD, event=event)) == 2
    page = context.new_page()
    sign_in(Hand(page), house, "moulin", "ines")
    page.goto(house.url("moulin", f"/gestion/evenements/{event}/entrees"))
    count, verdict = page.locator("[data-inside]"), page.locator("[data-result] h2")
    expect(page.locator("[data-net-words]")).to_contain_text("En ligne, liste de")
    page.get_by_label("Code du billet").fill("https://moulin.example/billet/door-code-one")
    page.keyboard.press("Enter")
    expect(verdict).to_have_text("Valide")
    expect(page.locator("[data-waiting]")).to_be_empty()
    expect(page.locator("[data-net-words]")).to_contain_text("Prêt sans réseau", timeout=15_000)
    context.set_offline(True)
    page.get_by_label("Chercher un nom").fill("eve ait")
    page.get_by_role("button", name="Noter l’entrée Ève Aït-Ali").click()
    expect(verdict).to_have_text("Valide")
    expect(page.locator("[data-net-words]")).to_contain_text("Hors ligne depuis")
    page.reload()
    expect(count).to_have_text("2")
    page.get_by_label("Code du billet").fill("door-code-two")
    page.keyboard.press("Enter")
    expect(verdict).to_have_text(re.compile("Déjà entré à"))
    page.get_by_role("button", name="Noter l’entrée sans billet").click()
    expect(count).to_have_text("3")
    expect(page.locator("[data-waiting]")).to_have_text("À envoyer : 2")
    context.set_offline(False)
    expect(page.locator("[data-waiting]")).to_be_empty()
    expect(count).to_have_text("3")
    assert house.ask(PASSED, event=event) == [("Maya Roux", "used", 1), ("Ève Aït-Ali", "used", 1)]
    page.goto(house.url("moulin", f"/gestion/evenements/{event}/presences"))
    expect(page.locator("#main")).to_contain_text("3 personnes sont entrées")
