"""Money on paper: a month end for a company of twelve seats, and a consumer who withdraws."""

from __future__ import annotations

import datetime as dt

from playwright.sync_api import expect

from scripts.house import House, wait_for
from tests.journeys.conftest import Opener, sign_in
from tests.journeys.hand import VENUES, euros, pay_by_card, reserved
from tests.journeys.test_guest import GOOD, fill_in, to_checkout

FIRM = "select id from company where name = 'Coop Bleue' and tenant_id ="
MOULIN = "(select id from tenant where slug = 'moulin')"
SOLD = f"""
    select count(*), sum(gross) from (
      select sum(gross_cents) as gross from charge
       where tenant_id = {MOULIN} and customer = 'company:' || ({FIRM} {MOULIN})
       group by source_id having max(ends_on) <= %(today)s and sum(gross_cents) > 0) as things
"""
BILLED = f"""
    select name, gross_cents, person_id, jsonb_array_length(content->'lines') from document
     where tenant_id = {MOULIN} and customer = 'company:' || ({FIRM} {MOULIN})
"""


def test_the_month_end_of_a_company_of_twelve_seats(house: House, person: Opener) -> None:
    today = dt.datetime.now(VENUES).date()
    things, gross = house.ask(SOLD, today=today)[0]
    assert things >= 3
    boss = person(wide=True)
    page = boss.page
    sign_in(boss, house, "moulin", "amira")
    page.goto(house.url("moulin", "/gestion/facturation"))
    expect(page.locator("tbody")).to_contain_text("Coop Bleue")
    page.get_by_label("Prestations jusqu’au").fill(today.isoformat())
    boss.tap(page.get_by_role("button", name="Facturer tout le monde"))
    page.wait_for_url("**/clotures/*")
    name, billed, own, lines = wait_for(lambda: house.ask(BILLED))[0]
    assert (billed, lines, own) == (gross, things, None)
    page.reload()
    expect(page.locator("#main")).to_contain_text("émise")

    keeper = person()
    page = keeper.page
    sign_in(keeper, house, "moulin", "maya")
    page.goto(house.url("moulin", "/moi/entreprise"))
    expect(page.locator(".rows > li")).to_have_count(12)
    keeper.tap(page.get_by_role("link", name="Factures", exact=True))
    keeper.tap(page.get_by_role("link", name="Coop Bleue"))
    row = page.get_by_role("row").filter(has_text=name)
    expect(row).to_contain_text("À payer")
    file = row.get_by_role("link", name="PDF").get_attribute("href")
    head = page.evaluate("async u => (await (await fetch(u)).text()).slice(0, 5)", file)
    assert head == "%PDF-"
    keeper.tap(page.get_by_role("link", name="Compte", exact=True))
    assert euros(page.locator("p.h-xl").inner_text()) == gross


def test_a_consumer_withdraws_in_two_steps_without_an_account(house: House, person: Opener) -> None:
    guest = person()
    page = guest.page
    to_checkout(guest, house, turn=1)
    fill_in(guest, "renonce@example.org", "Rose Nonce")
    price = euros(page.locator(".bottom-bar").inner_text())
    page.locator(".bottom-bar").get_by_role("button", name="Payer").click()
    pay_by_card(guest, GOOD)
    token = reserved(guest)
    guest.moves = 0
    guest.tap(page.get_by_role("link", name="Renoncer au contrat ici"))
    assert euros(page.locator(".is-total").inner_text()) == price
    guest.tap(page.get_by_role("button", name="Confirmer la rétractation"))
    expect(page.locator("#flashes")).to_contain_text("Votre rétractation est enregistrée")
    assert guest.moves == 2
    expect(page.locator("h1")).to_have_text("Réservation annulée")
    letters = wait_for(
        lambda: [one for one in house.letters("renonce@example.org") if "tract" in str(one)]
    )
    assert letters
    given = "select sum(r.amount_cents) from refund r join payment p on p.id = r.payment_id"
    of_booking = " join booking b on p.source = 'booking' and p.source_id = b.id"
    assert house.ask(f"{given}{of_booking} where b.token = %(t)s", t=token) == [(price,)]
