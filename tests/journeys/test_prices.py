"""A manager accepts the prices of the night in two clicks, and what visitors pay follows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from playwright.sync_api import expect

import pricing
from scripts.house import House
from tests.journeys.conftest import Opener, sign_in
from tests.journeys.hand import Hand, euros, next_days

LIVE = """select t.space_id, t.day, t.tenant_id, t.content from value_table t
    join space s on s.id = t.space_id join tenant on tenant.id = s.tenant_id
    where tenant.slug = 'grange' and s.kind = 'meeting_room' and t.state = 'live'
    and t.day > current_date"""
PROPOSE = """insert into value_table
    (tenant_id, space_id, day, version, content, origin, state, policy, expected)
    values (%(tenant)s, %(space)s, %(day)s, %(version)s, %(content)s, 'fitted', 'proposed', 'card',
    '{"was": 1200, "then": 900}') returning id"""


def propose(house: House) -> int:
    """What a night leaves that wants to be asked: rooms cheaper on every day to come, whichever of
    them is free at the hour that is looked at."""
    rows = house.ask(LIVE)
    for space, day, tenant, content in rows:
        old = pricing.Table.from_bytes(bytes(content))
        card = 0.75 * old.card
        none = np.empty(0)
        new = replace(old, policy="card", typical=card, season=card, trust=1.0, previous=none)
        values = {"space": space, "day": day, "tenant": tenant, "content": new.to_bytes()}
        house.ask(PROPOSE, **values, version=f"journey-{day}")
    return len(rows)


def shown(visitor: Hand, house: House) -> dict[str, int]:
    """What the public grid asks two open days ahead, by start."""
    visitor.page.goto(house.url("grange"))
    visitor.page.get_by_role("link", name="Salle de réunion").click()
    starts = next_days(visitor.cells(), 2)
    return {start: euros(visitor.cell(start).inner_text() + " €") for start in starts}


def test_the_prices_of_the_night_are_accepted_in_two_clicks(house: House, person: Opener) -> None:
    visitor, boss = person(), person(wide=True)
    count = propose(house)
    assert count > 10
    before = shown(visitor, house)
    sign_in(boss, house, "grange", "lea")
    page = boss.page
    page.goto(house.url("grange", "/gestion"))
    boss.tap(page.get_by_role("link", name="Tarifs").first)
    boss.tap(page.get_by_role("button", name=f"Accepter les {count} prix"))
    expect(page.locator("main")).not_to_contain_text("Prix proposés")
    assert boss.moves == 2
    after = shown(visitor, house)
    assert after.keys() == before.keys()
    assert all(after[start] <= before[start] for start in after)
    assert sum(after.values()) < 0.95 * sum(before.values())
