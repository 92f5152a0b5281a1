"""The network's operator sees every venue and enters one as support."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from scripts.house import House, wait_for
from tests.journeys.conftest import Opener, sign_in


def test_support_is_announced_looks_only_and_ends(house: House, person: Opener) -> None:
    operator = person(wide=True)
    page = operator.page
    sign_in(operator, house, "reseau", "noe")
    page.goto(house.url("reseau", "/reseau"))
    for venue in ("Le Moulin Neuf", "Quai 12", "La Verrière"):
        expect(page.get_by_role("row", name=re.compile(venue))).to_be_visible()
    expect(page.get_by_text("La Grange Ouverte")).to_have_count(0)  # another network's

    operator.tap(page.get_by_role("link", name="Entrer chez Quai 12 en support"))
    page.get_by_label("Vérifier une alerte").check()
    page.get_by_label("Précision, lue par le lieu").fill("Je regarde pourquoi rien n’est vendu.")
    operator.tap(page.get_by_role("button", name="Entrer"))
    operator.tap(page.get_by_role("button", name="Entrer"))
    page.wait_for_url(house.url("quai12", "/gestion"))
    expect(page.get_by_role("region", name="Visite de support")).to_be_visible()

    expect(page.get_by_role("link", name="Équipe")).to_have_count(0)
    tried = "fetch('/gestion/reservations/nouvelle', {method: 'POST'}).then(r => r.status)"
    assert page.evaluate(tried) in (400, 403, 404)

    page.goto(house.url("quai12", "/gestion/planning"))
    lines = house.ask(
        "select action from audit_entry where action like 'support.%%'"
        " and tenant_id = (select id from tenant where slug = 'quai12')"
    )
    assert {("support.entered",), ("support.page",)} <= set(lines)
    told = lambda: [str(m["Subject"]) for m in house.letters("malo@")]  # noqa: E731
    assert wait_for(lambda: any("entre chez vous" in subject for subject in told()))

    banner = page.get_by_role("region", name="Visite de support")
    operator.tap(banner.get_by_role("button"))
    page.wait_for_url("**/reseau**")
    page.goto(house.url("quai12", "/gestion"))
    expect(page).to_have_url(re.compile("/connexion"))
