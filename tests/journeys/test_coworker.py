"""A coworker signs in, books, then changes their mind from the e-mail."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from scripts.house import House, wait_for
from tests.journeys.conftest import Opener, sign_in
from tests.journeys.hand import Hand, euros, pay_by_card, reserved


def dear(hand: Hand, house: House) -> str:
    """Book the dearest start of the coming week in the chosen room; the ticket's token."""
    page = hand.page
    page.goto(house.url("quai12", "/reserver?quoi=salle&duree=120&espace=grand-pont"))
    page.get_by_role("link", name="Semaine suivante").click()
    page.wait_for_url("**debut=**")
    inputs = page.locator("[data-grid] input[type=radio]")
    found = []
    for n in range(inputs.count()):
        one = inputs.nth(n)
        found.append((euros(one.get_attribute("aria-label") or ""), one.get_attribute("value")))
    hand.choose(str(max(found)[1]))
    page.locator(".bottom-bar").get_by_role("button", name="Réserver").click()
    page.wait_for_url("**/commande/*")
    expect(page.locator("#accord")).to_be_visible()  # these terms were accepted before
    page.locator(".bottom-bar").get_by_role("button", name="Payer").click()
    pay_by_card(hand, "4242 4242 4242 4242")
    return reserved(hand)


def link_of(house: House, token: str, count: int) -> str:
    """The address in the latest of so many letters about a booking."""

    def read() -> list[str]:
        bodies = [str(m.get_body(("plain",)).get_content()) for m in house.letters("maya@")]
        mine = [body for body in bodies if f"/b/{token}" in body]
        return mine if len(mine) >= count else []

    found = re.search(rf"http://\S+/b/{token}", wait_for(read)[-1])
    assert found
    return found[0]


def test_move_then_cancel_in_three_taps_each(house: House, person: Opener) -> None:
    maya = person()
    page = maya.page
    sign_in(maya, house, "quai12", "maya")
    token = dear(maya, house)
    page.goto(link_of(house, token, 1))
    was = page.locator(".points li").first.inner_text()

    maya.moves = 0
    maya.tap(page.get_by_role("link", name="Déplacer"))
    best = page.locator("[data-grid] .is-best input").get_attribute("value") or ""
    maya.choose(best)
    shown = page.locator("#choix .is-total").inner_text()
    assert "Vous est rendu" in shown
    back = euros(shown)
    maya.tap(page.locator("#choix").get_by_role("button", name="Déplacer"))
    assert maya.moves == 3
    page.wait_for_url(re.compile(rf"/b/{token}(\?.*)?$"))
    assert page.locator(".points li").first.inner_text() != was
    assert wait_for(lambda: refunds(house, token)) == [back]

    page.goto(link_of(house, token, 2))
    maya.moves = 0
    maya.tap(page.get_by_role("link", name="Annuler"))
    shown = page.locator(".is-total").inner_text()
    assert "Vous est rendu" in shown
    rest = euros(shown)
    assert rest > 0
    maya.tap(page.get_by_role("button", name=re.compile("Annuler et récupérer")))
    assert maya.moves <= 3
    expect(page.locator("h1")).to_have_text("Réservation annulée")
    assert wait_for(lambda: len(refunds(house, token)) == 2)
    assert sorted(refunds(house, token)) == sorted([back, rest])

    last = wait_for(lambda: [m for m in house.letters("maya@") if "annulé" in str(m["Subject"])])[
        -1
    ]
    calendar = next(p for p in last.walk() if p.get_content_type() == "text/calendar")
    assert "METHOD:CANCEL" in str(calendar.get_content())


def refunds(house: House, token: str) -> list[int]:
    """What the bank has given back for a booking."""
    return [
        row[0]
        for row in house.ask(
            "select r.amount_cents from refund r join payment p on p.id = r.payment_id"
            " join booking b on b.id = p.source_id"
            " where p.source = 'booking' and b.token = %(token)s and r.state = 'done'",
            token=token,
        )
    ]
