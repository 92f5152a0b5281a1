"""The till is closed with a difference; a part of an invoice is given back with its credit note."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from scripts.house import House
from tests.journeys.conftest import Opener, sign_in

TENANT = "(select id from tenant where slug = 'verriere')"
QUAY = "(select id from tenant where slug = 'quai12')"
GAP = f"""
    select c.counted_cents - c.expected_cents, c.explanation from till_closing c
     where c.tenant_id = {TENANT} order by c.id desc limit 1
"""
POSTED = f"""
    select coalesce(sum(l.amount_cents), 0) from ledger_line l
     where l.tenant_id = {TENANT} and l.account = 'till_difference'
"""
OWING = f"""
    select c.buyer->>'name' from charge c
     join ledger_entry e on (e.tenant_id, e.source, e.source_id)
                          = (c.tenant_id, c.source, c.source_id)
     join ledger_line l on (l.tenant_id, l.entry_id) = (e.tenant_id, e.id)
                       and l.account = 'receivable'
     where c.tenant_id = {QUAY} and c.draft_id is null and c.document_id is null
     group by 1 having sum(l.amount_cents) > 100 and bool_and(c.source = 'booking') order by 1
"""
KINDS = f"""
    select kind, refers_to, gross_cents from document where tenant_id = {QUAY}
     order by id desc limit 1
"""
BACK = f"""
    select coalesce(sum(r.amount_cents), 0) from refund r join payment p on p.id = r.payment_id
     where r.tenant_id = {QUAY} and p.source = 'document' and p.source_id = %(id)s
       and r.state = 'done'
"""


def opened_till(page: Page, house: House) -> None:
    """The till with fifty euros in it, whatever the books expected."""
    page.goto(house.url("verriere", "/gestion/caisse"))
    page.get_by_label("Fond de caisse compté").fill("50")
    page.get_by_label("Si ce n’est pas le montant attendu").select_option("bank")
    page.get_by_role("button", name="Ouvrir la caisse").click()
    expect(page.get_by_role("heading", name="Compter et fermer")).to_be_visible()


def test_a_till_is_closed_with_a_difference(house: House, person: Opener) -> None:
    before = house.ask(POSTED)[0][0]
    desk = person(wide=True)
    page = desk.page
    sign_in(desk, house, "verriere", "lou")
    opened_till(page, house)
    page.get_by_label(re.compile(r"^20\s€$")).fill("2")
    page.get_by_label(re.compile(r"^5\s€$")).fill("1")
    page.get_by_role("button", name="Fermer la caisse").click()
    expect(page.get_by_role("alert")).to_contain_text("à expliquer")
    expect(page.get_by_label(re.compile(r"^20\s€$"))).to_have_value("2")
    assert house.ask(POSTED)[0][0] == before, "nothing is posted before it is explained"
    page.get_by_label("Explication d’un écart").fill("Un billet de 5 € manque")
    page.get_by_role("button", name="Fermer la caisse").click()
    expect(page.get_by_text("Un billet de 5 € manque")).to_be_visible()
    expect(page.get_by_text("Lou", exact=False).first).to_be_visible()
    assert house.ask(GAP) == [(-500, "Un billet de 5 € manque")]
    assert house.ask(POSTED)[0][0] == before + 500


def test_a_part_is_given_back_with_its_credit_note(house: House, person: Opener) -> None:
    desk = person(wide=True)
    page = desk.page
    sign_in(desk, house, "quai12", "malo")
    page.goto(house.url("quai12", f"/gestion/facturation?q={house.ask(OWING)[0][0]}"))
    page.get_by_role("button", name="Préparer").first.click()
    page.get_by_role("button", name="Émettre").click()
    expect(page.locator("h1")).to_contain_text(re.compile("Facture [A-Z]+-"), timeout=60_000)
    name = (page.locator("h1").inner_text()).split()[1]
    found = int(page.url.rpartition("/")[2])
    if page.get_by_label("Montant reçu").count():  # what is still owed comes first
        page.get_by_role("button", name="Enregistrer le règlement").click()
        page.wait_for_load_state()
    page.get_by_text("Corriger par un avoir").click()
    page.locator("input[name^=ligne]").first.fill("1")
    page.get_by_role("button", name="Émettre l’avoir").click()
    expect(page.locator("h1")).to_contain_text(re.compile("Avoir [A-Z]+-"), timeout=60_000)
    expect(page.get_by_role("link", name=re.compile(name))).to_be_visible()
    kind, refers_to, cents = house.ask(KINDS)[0]
    assert (kind, refers_to, cents) == ("credit_note", found, 100)
    page.goto(house.url("quai12", f"/gestion/factures/{found}"))
    page.get_by_label("Montant à rendre").fill("1")
    page.get_by_role("button", name="Rembourser").click()
    expect(page.locator("#flashes")).to_contain_text("remboursement est demandé")
    expect(page.get_by_text("Remboursement").first).to_be_visible()
    assert house.ask(BACK, id=found)[0][0] == 100
