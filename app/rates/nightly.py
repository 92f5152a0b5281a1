"""The nightly solve of one space: learn, expect, choose, solve, compare with what is asked now.

Nothing here runs in a request. What it writes: value tables, live or proposed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from sqlalchemy import delete, select

import pricing
from app.core.db import db
from app.core.slots import local_day
from app.rates import choose, learn, month, steering, tables
from app.rates import view as views
from app.rates.choose import Choice, Coming
from app.rates.days import SpaceDay
from app.rates.learn import Knowledge, Seen
from app.rates.models import ValueTable
from app.rates.tables import Solved
from app.rates.view import View
from app.spaces.models import Space

DAYS = 60
FLUID_DAYS = 7
FRESH = dt.timedelta(hours=20)
"""Prices noted longer ago are yesterday's: the next limits are taken from today's."""
ASKED_KEEP = 15 * 1440
"""Minutes that a table must serve where a proposal may wait for the manager."""
PATHS = 25
MEMBERS = 3


def run(space: Space, now: dt.datetime) -> dict[str, Any]:
    """Learn what the past says, choose, solve the coming days and store the tables; what to say of
    it. Raises what the engine raises and stores nothing then."""
    today = local_day(now, space.site.zone)
    view = views.load([space], today, last_day(space, today))
    eve = eve_of(space, view, now)
    return ship(eve, by_itself(eve, view, now), view, now)


def last_day(space: Space, today: dt.date) -> dt.date:
    """The last day that a night solves."""
    return today + dt.timedelta(days=min(DAYS, space.horizon_days))


@dataclass(frozen=True)
class Eve:
    """A space before its days are solved: what is known and expected of it, what it ships."""

    space: Space
    knowledge: Knowledge | None
    coming: list[Coming]
    choice: Choice | None

    @property
    def chosen(self) -> Choice:
        """What it ships, on one day at least."""
        if self.choice is None:
            raise ValueError("a space that is never open ships nothing")
        return self.choice


def eve_of(space: Space, view: View, now: dt.datetime) -> Eve:
    """Learn what the past says of a space, and choose."""
    today = local_day(now, space.site.zone)
    knowledge, last = learn.learn(space, today), last_day(space, today)
    opened = [
        one
        for one in view.days
        if one.space.id == space.id and one.is_open and one.day <= last and space.base_cents > 0
    ]
    coming = expected(view, opened, knowledge, now)
    chosen = choose.choose(coming, steering.of(space), knowledge) if coming else None
    return Eve(space, knowledge, coming, chosen)


def by_itself(eve: Eve, view: View, now: dt.datetime) -> list[pricing.Table]:
    """The tables of a space as its own choice has them."""
    return solve(eve.coming, eve.chosen, view, now) if eve.coming else []


def ship(eve: Eve, found: Sequence[pricing.Table], view: View, now: dt.datetime) -> dict[str, Any]:
    """Store the tables of a space, live or proposed; what to say of it."""
    known = eve.knowledge
    said: dict[str, Any] = known.said() if known else {"status": "prior", "notes": []}
    if not eve.coming:
        return said | {"days": 0}
    solved = compare(eve.coming, found, eve.chosen, Standing.of(view, now))
    write(eve.space, solved)
    proposed = sum(one.state == "proposed" for one in solved)
    return said | eve.chosen.said() | {"days": len(solved), "proposed": proposed}


def expected(
    view: View, days: Sequence[SpaceDay], knowledge: Knowledge | None, now: dt.datetime
) -> list[Coming]:
    """What is expected of each day, its own books included."""
    if not days:
        return []
    space = days[0].space
    booked = learn.booked(space, days[0].day, days[-1].day)
    found = []
    for one in days:
        day = tables.day_of(one)
        if knowledge is None:
            found.append(Coming(one, day, tables.demand_of(one, day)))
            continue
        free = view.free(one)
        share = float(free.sum()) / (one.units * one.slots)
        seen = Seen(booked.get(one.day, 0), share, one.minutes_to_open(now))
        found.append(Coming(one, day, knowledge.demand(one, day, seen)))
    return found


def solve(
    coming: Sequence[Coming], chosen: Choice, view: View, now: dt.datetime
) -> list[pricing.Table]:
    """The tables of some days under the choice, with this week's variation."""
    space = coming[0].one.space
    today = local_day(now, space.site.zone)
    soon = today + dt.timedelta(days=FLUID_DAYS)
    plans = [_plan(chosen, one, view, near=one.one.day <= soon) for one in coming]
    solved = pricing.solve_days(
        [one.day for one in coming],
        [one.demand for one in coming],
        minutes_to_open=[one.one.minutes_to_open(now) for one in coming],
        keep_minutes=keep_minutes(space),
        plans=plans,
    )
    return [
        steering.varied(table, one.one, today, chosen.slope_sd)
        for table, one in zip(solved, coming, strict=True)
    ]


def keep_minutes(space: Space) -> int:
    """For how long tables must serve: until the next night, or until the manager has answered."""
    return ASKED_KEEP if steering.of(space).ask_first else tables.KEEP_MINUTES


def _plan(chosen: Choice, coming: Coming, view: View, *, near: bool) -> pricing.Plan:
    """The plan of a day; a pool is solved from the seats that are left."""
    plan = chosen.plan(coming, near=near)
    if coming.one.kind != "pool" or plan.policy == "card":
        return plan
    left = view.free(coming.one)
    return pricing.Plan(
        policy=plan.policy, mix=plan.mix, reward=plan.reward, left=left, trust=plan.trust
    )


@dataclass(frozen=True)
class Standing:
    """What is asked now, as the next tables are compared with it."""

    view: View
    prices: dict[tuple[int, dt.date], views.Prices]
    noted: dict[dt.date, dt.datetime | None]
    now: dt.datetime

    @classmethod
    def of(cls, view: View, now: dt.datetime) -> Standing:
        """Of the spaces and days of a view."""
        rows = db.session.execute(
            select(ValueTable.day, ValueTable.noted_at).where(
                ValueTable.space_id.in_({one.space.id for one in view.days}),
                ValueTable.state == "live",
            )
        )
        noted = {day: at for day, at in rows}  # noqa: C416  rows are no pairs
        return cls(view, views.price_days(view, view.days, now), noted, now)

    def followed(
        self, one: SpaceDay, table: pricing.Table
    ) -> tuple[pricing.Table, dt.datetime | None]:
        """The table that remembers what is asked now, and since when.

        Limits run from the prices of the last night; within a day they stay where they were. A
        card that the manager changed, a lock or a freeze is no price to be limited from.
        """
        where = one.space.id, one.day
        old, since = self.view.tables[where], self.noted.get(one.day)
        said = one.space.pricing == "fixed" or self.view.fixed_hour(one) is not None
        if said or not np.allclose(old.card, table.card, rtol=1e-4):
            return table, None
        fresh = where in self.view.versions and since and self.now - since < FRESH
        if fresh and old.previous.size and old.rows == table.rows:
            return replace(table, previous=old.previous, before=old.before), since
        return table.following(self.prices[where], self.view.state(one, table)), self.now


def compare(
    coming: Sequence[Coming], solved: Sequence[pricing.Table], chosen: Choice, standing: Standing
) -> list[Solved]:
    """Each new table beside what is asked now: live at once, or proposed where the manager wants to
    be asked and the price of the day would move."""
    view, now = standing.view, standing.now
    followed = [
        standing.followed(one.one, table) for one, table in zip(coming, solved, strict=True)
    ]
    tomorrow = replace(
        view,
        tables={
            (one.one.space.id, one.one.day): table
            for one, (table, _at) in zip(coming, followed, strict=True)
        },
    )
    prices = views.price_days(tomorrow, [one.one for one in coming], now)
    found = []
    for each, (table, noted_at) in zip(coming, followed, strict=True):
        one = each.one
        where = one.space.id, one.day
        was = month.hour_price(one, standing.prices[where])
        then = month.hour_price(one, prices[where])
        asked = steering.of(one.space).ask_first and where in view.versions
        proposed = asked and was != then and view.fixed_hour(one) is None
        found.append(
            Solved(
                one,
                table,
                origin=each.demand.source,
                state="proposed" if proposed else "live",
                noted_at=noted_at,
                expected={"was": was, "then": then}
                | _prospect(each, table, view, chosen, now, beside_now=proposed),
            )
        )
    return found


def _prospect(
    coming: Coming,
    table: pricing.Table,
    view: View,
    chosen: Choice,
    now: dt.datetime,
    *,
    beside_now: bool,
) -> dict[str, Any]:
    """What the rest of a day is expected to bring: hours, and cents beside today's prices or, where
    nothing is proposed, beside the list."""
    one = coming.one
    other = view.tables[one.space.id, one.day]
    minutes = one.minutes_to_open(now)
    if not beside_now:
        card = pricing.Plan(policy="card", card=coming.day.card)
        other = pricing.solve_day(coming.day, coming.demand, steps=1, plan=card)
    found = pricing.prospect(
        coming.day,
        pricing.posterior(coming.demand, members=MEMBERS, spread=chosen.spread),
        table,
        other,
        free=view.free(one),
        minutes_to_open=minutes,
        paths=PATHS,
        seed=one.day.toordinal(),
    )
    hours = one.space.step_minutes / 60
    return {
        "hours": [round(n * hours, 1) for n in found.slots],
        "gain": [round(n) for n in found.gain],
        "beside": "now" if beside_now else "list",
    }


def write(space: Space, solved: Sequence[Solved]) -> None:
    """Store the tables; proposals that nobody answered give way to the new ones."""
    db.session.execute(
        delete(ValueTable)
        .where(ValueTable.space_id == space.id, ValueTable.state == "proposed")
        .execution_options(synchronize_session=False)
    )
    for state in ("live", "proposed"):
        tables.store([one for one in solved if one.state == state])


def again(space: Space, day: dt.date, now: dt.datetime) -> bool:
    """Solve one day of a pool anew from the seats that are left, after a booking; False where its
    prices need none: a card, a room (its gaps are looked up), a day not solved yet."""
    view = views.load([space], day, day)
    one = view.find(space.id, day)
    if one is None or (space.id, day) not in view.versions or one.kind != "pool":
        return False
    old = view.tables[space.id, day]
    if old.policy not in ("fluid", "mean_field") or steering.of(space).ask_first:
        return False
    coming = expected(view, [one], known(space, local_day(now, space.site.zone)), now)[0]
    plan = pricing.Plan(
        policy="fluid" if old.policy == "fluid" else "auto",
        reward=old.reward,
        left=view.free(one),
        trust=old.trust,
    )
    solved = pricing.solve_day(
        coming.day,
        coming.demand,
        minutes_to_open=one.minutes_to_open(now),
        keep_minutes=tables.KEEP_MINUTES,
        plan=plan,
    )
    table = replace(solved, vary=old.vary, previous=old.previous, before=old.before)
    row = db.session.execute(
        select(ValueTable.noted_at, ValueTable.expected, ValueTable.origin).where(
            ValueTable.space_id == space.id, ValueTable.day == day, ValueTable.state == "live"
        )
    ).one()
    tables.store([Solved(one, table, row.origin, "live", row.noted_at, row.expected)])
    return True


_learnt: dict[tuple[int, int, dt.date], Knowledge | None] = {}


def known(space: Space, today: dt.date) -> Knowledge | None:
    """What this process learnt of a space today: bookings of one day teach nothing new."""
    key = (space.tenant_id, space.id, today)
    if key not in _learnt:
        if len(_learnt) > 50:
            _learnt.clear()
        _learnt[key] = learn.learn(space, today)
    return _learnt[key]
