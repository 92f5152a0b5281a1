"""What settings would do to a usual day, beside those in force: tried, and nothing of it kept."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass
from typing import Any

import numpy as np

import pricing
from app.core.db import db
from app.core.slots import local_day
from app.rates import choose, month, nightly, steering
from app.rates import view as views
from app.rates.choose import Choice, Coming
from app.rates.days import SpaceDay
from app.rates.learn import Knowledge
from app.rates.settings import Wanted
from app.spaces.models import Space

PATHS = 300


@dataclass(frozen=True)
class Outlook:
    """A usual day as it would be priced."""

    coming: Coming
    chosen: Choice
    table: pricing.Table
    frozen: bool

    def said(self, cents: float, hours: float, open_hours: float) -> dict[str, Any]:
        """In figures: revenue, hours sold, their share, the mean price per hour as sales open."""
        one = self.coming.one
        opening = pricing.quote_grid(
            self.table, free=_empty(one), minutes_to_open=float(self.table.minutes[-1])
        )
        return {
            "cents": round(cents),
            "hours": round(hours, 1),
            "occupancy": round(100 * hours / open_hours, 1),
            "hour_cents": month.hour_price(one, opening),
            "policy": "frozen" if self.frozen else self.chosen.policy,
            "reward": round(self.chosen.base.reward),
        }


def attempt(space: Space, wanted: Wanted, now: dt.datetime) -> dict[str, Any]:
    """What settings would do to a usual day, beside those in force: nothing of it is kept.

    Raises what the engine raises.
    """
    today = local_day(now, space.site.zone)
    knowledge = nightly.known(space, today)
    before = _outlook(space, knowledge, now)
    in_force = steering.in_force(space)
    with db.session.no_autoflush:
        wanted.put_on(space)
        try:
            after = _outlook(space, knowledge, now)
        finally:
            for name, value in in_force.items():
                setattr(space, name, value)
    day = after.coming.one
    found = pricing.prospect(
        after.coming.day,
        pricing.posterior(after.coming.demand, members=nightly.MEMBERS, spread=after.chosen.spread),
        after.table,
        before.table,
        free=_empty(day),
        minutes_to_open=math.inf,
        paths=PATHS,
        seed=space.id,
        other_day=before.coming.day,
    )
    hours = space.step_minutes / 60
    open_hours = day.units * day.slots * hours
    sold, was = found.slots[0] * hours, found.cents[0] - found.gain[0]
    return {
        "day": str(day.day),
        "gain": [round(n) for n in found.gain],
        "before": before.said(was, sold - found.sold_more * hours, open_hours),
        "after": after.said(found.cents[0], sold, open_hours),
    }


def _empty(day: SpaceDay) -> np.ndarray[Any, np.dtype[np.float64]]:
    """A day without any booking, as the engine counts."""
    if day.kind == "pool":
        return np.full(day.slots, float(day.units))
    return np.ones((day.units, day.slots))


def _outlook(space: Space, knowledge: Knowledge | None, now: dt.datetime) -> Outlook:
    """The usual day among the coming ones, under the settings that the space has now."""
    today = local_day(now, space.site.zone)
    view = views.load([space], today, today + dt.timedelta(days=choose.NEAR))
    opened = [one for one in view.days if one.is_open and space.base_cents > 0]
    coming = sorted(nightly.expected(view, opened, knowledge, now), key=lambda one: one.expected)
    if not coming:
        raise ValueError("no open day to judge on")
    middle = coming[len(coming) // 2]
    chosen = choose.choose([middle], steering.of(space), knowledge)
    frozen = space.pricing == "fixed"
    plan = chosen.plan(middle, near=False)
    if frozen:
        plan = pricing.Plan(policy="card", card=middle.day.card)
    table = pricing.solve_day(middle.day, middle.demand, plan=plan)
    return Outlook(middle, chosen, table, frozen)
