"""Everything needed to price many space-days, read in a constant number of queries."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Date, bindparam, select

import pricing
from app.core.db import any_of, db
from app.core.slots import Interval
from app.occupancy import rules as occupancy
from app.rates import steering, tables
from app.rates.days import SpaceDay, space_days
from app.rates.models import FixedPrice
from app.spaces import calendar
from app.spaces.models import Space

NOT_FOR_SALE = -1
Prices = NDArray[np.int64]


@dataclass(frozen=True)
class View:
    """Space-days with their tables, what is taken of them and the manager's fixed prices."""

    days: tuple[SpaceDay, ...]
    tables: dict[tuple[int, dt.date], pricing.Table]
    taken: dict[int, list[tuple[float, float]]]
    fixed: dict[int, list[FixedPrice]]
    hours: calendar.Hours
    versions: dict[tuple[int, dt.date], str]

    def free(self, one: SpaceDay) -> NDArray[np.int64]:
        """What is free of a day, as the engine wants it."""
        return one.free(self.taken)

    def state(self, one: SpaceDay, table: pricing.Table | None = None) -> NDArray[np.int64]:
        """What is free as a table wants it told, its own unless another is given: part by part for
        a whole that was solved with its parts."""
        table = table or self.tables[one.space.id, one.day]
        return one.by_unit(self.taken) if table.parts else one.free(self.taken)

    def find(self, space_id: int, day: dt.date) -> SpaceDay | None:
        """One day of one space, if the view holds it and it is open."""
        for one in self.days:
            if one.space.id == space_id and one.day == day and one.is_open:
                return one
        return None

    def fixed_hour(self, one: SpaceDay) -> int | None:
        """The manager's price per hour on that day, if there is one; the last one said wins."""
        said = [f for f in self.fixed.get(one.space.id, ()) if f.first_day <= one.day <= f.last_day]
        return max(said, key=lambda f: f.id).hour_cents if said else None


FIXED = select(FixedPrice).where(
    FixedPrice.space_id == any_of("spaces"),
    FixedPrice.first_day <= bindparam("last", type_=Date),
    FixedPrice.last_day >= bindparam("first", type_=Date),
)


def load(
    spaces: Sequence[Space], first: dt.date, last: dt.date, *, without: int | None = None
) -> View:
    """Read all that prices need for these spaces from `first` to `last`, both included.

    What the booking `without` takes counts as free: it is about to be moved.
    """
    places = occupancy.places(spaces)
    hours = calendar.load({s.site_id for s in spaces}, first, last)
    dates = [first + dt.timedelta(days=n) for n in range((last - first).days + 1)]
    days = tuple(space_days(spaces, places, hours, dates))
    units = {unit for place in places.values() for unit in place.units}
    taken: dict[int, list[tuple[float, float]]] = {}
    opened = [one for one in days if one.is_open]
    if opened:
        whole = Interval(
            min(one.windows[0].start for one in opened), max(one.windows[-1].end for one in opened)
        )
        leaving = ("booking", without) if without is not None else None
        taken = occupancy.spans(units, whole, without=leaving)
    fixed: dict[int, list[FixedPrice]] = defaultdict(list)
    asked = {"spaces": [s.id for s in spaces], "first": first, "last": last}
    for price in db.session.scalars(FIXED, asked):
        fixed[price.space_id].append(price)
    read = tables.of_days(days)
    return View(days, read.tables, taken, dict(fixed), hours, read.versions)


def rules_of(view: View, one: SpaceDay, member_percent: int = 100) -> pricing.Rules:
    """Guardrails of a day: rounding, public member tariff, the manager's word."""
    given: dict[str, Any] = {
        "round_to_cents": one.space.rounding_cents,
        "member_multiplier": member_percent / 100,
        "frozen": one.space.pricing == "fixed",
        **steering.of(one.space).rules,
    }
    if (hour := view.fixed_hour(one)) is not None:
        hours = np.asarray(one.lengths) * one.space.step_minutes / 60
        given["locked_cents"] = np.tile(np.round(hour * hours), (one.slots, 1))
    return pricing.Rules(**given)


def price_days(
    view: View,
    days: Sequence[SpaceDay],
    now: dt.datetime,
    member_percent: int = 100,
    minutes: int | None = None,
) -> dict[tuple[int, dt.date], Prices]:
    """Prices per unit of every window of every open day, NOT_FOR_SALE where there is none.

    Days under the same rules are priced in one call. Only lengths up to `minutes` need be there.
    """
    found: dict[tuple[int, dt.date], Prices] = {}
    together: dict[tuple[object, ...], list[SpaceDay]] = defaultdict(list)
    for one in days:
        if not one.is_open:
            continue
        if one.space.base_cents == 0:
            found[one.space.id, one.day] = _free_of_charge(view, one, now)
        elif view.fixed_hour(one) is not None:
            found[one.space.id, one.day] = pricing.quote_grid(
                view.tables[one.space.id, one.day],
                free=view.state(one),
                minutes_to_open=one.minutes_to_open(now),
                rules=rules_of(view, one, member_percent),
            )
        else:
            rules = steering.of(one.space).rules
            frozen = one.space.pricing == "fixed"
            step = one.space.step_minutes
            together[one.space.rounding_cents, frozen, step, *rules.values()].append(one)
    for alike in together.values():
        grids = pricing.quote_grids(
            [view.tables[one.space.id, one.day] for one in alike],
            free=[view.state(one) for one in alike],
            minutes_to_open=[one.minutes_to_open(now) for one in alike],
            rules=rules_of(view, alike[0], member_percent),
            longest=minutes and minutes // alike[0].space.step_minutes,
        )
        for one, grid in zip(alike, grids, strict=True):
            found[one.space.id, one.day] = grid
    return found


def _free_of_charge(view: View, one: SpaceDay, now: dt.datetime) -> Prices:
    """A space that costs nothing still has only so many places."""
    free = view.free(one)
    seats = free if free.ndim == 1 else free.sum(axis=0)
    full = np.concatenate([[0], np.cumsum(seats == 0)])
    begin = np.arange(one.slots)[:, None]
    end = np.minimum(begin + np.asarray(one.lengths), one.slots)
    late = one.minutes_to_open(now) + begin * one.space.step_minutes < 0
    sold = (full[end] > full[begin]) | ~one.sellable | late
    return np.where(sold, NOT_FOR_SALE, 0).astype(np.int64)
