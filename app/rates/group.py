"""What taking a block of time displaces: the usual bookings that it keeps out, in money.

For a closure, a group, an event: the least that it should bring, looked up in the value tables.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

import pricing
from app.core.slots import Interval, local_day
from app.rates import view as views
from app.rates.days import SpaceDay
from app.spaces.models import Space

LONGEST = dt.timedelta(days=92)
"""A block is looked up day by day; beyond a season nobody sells by the hour yet."""


@dataclass(frozen=True)
class Displaced:
    """What a block keeps out, VAT included: usual bookings, and what its hours are listed at."""

    cents: int
    list_cents: int
    hours: float
    vat_bp: int

    @property
    def net_cents(self) -> int:
        """The same without VAT."""
        return round(self.cents * 10_000 / (10_000 + self.vat_bp))


def displaced(
    space: Space, interval: Interval, units: int | None = None, *, now: dt.datetime
) -> Displaced:
    """What is lost when units of a space are taken for a time: all of them unless told.

    Only time that is still free counts, and not the past; bookings that stand are not usual sales
    any more. A look-up: nothing is solved.
    """
    begin = max(interval.start, now)
    end = min(interval.end, begin + LONGEST)
    if end <= begin or space.base_cents == 0:
        return Displaced(0, 0, 0.0, space.vat_bp)
    zone = space.site.zone
    view = views.load([space], local_day(begin, zone), local_day(end, zone))
    cents, listed, slots = 0.0, 0.0, 0
    for one in view.days:
        if not one.is_open:
            continue
        table, free = view.tables[space.id, one.day], view.state(one)
        after = _after(one, table, free, (begin, end), units or one.units)
        taken = int((free - after).sum()) // max(table.parts, 1)
        if not taken:
            continue
        slots += taken
        listed += space.base_cents * taken * space.step_minutes / 60
        cents += pricing.value_lost(table, free, after, one.minutes_to_open(now))
    return Displaced(round(cents), round(listed), slots * space.step_minutes / 60, space.vat_bp)


def _after(
    one: SpaceDay,
    table: pricing.Table,
    free: NDArray[np.int64],
    during: tuple[dt.datetime, dt.datetime],
    units: int,
) -> NDArray[np.int64]:
    """What is still free of a day once the block is taken: seats as far as there are any, the
    rooms with most free time in it first."""
    step = one.space.step_minutes * 60
    first = max(0, int((during[0].timestamp() - one.opens_at) // step))
    last = min(one.slots, -int((one.opens_at - during[1].timestamp()) // step))
    left = free.copy()
    if first >= last:
        return left
    if free.ndim == 1:
        left[first:last] -= np.minimum(left[first:last], units)
    elif table.parts:  # a whole takes all of its parts, where all of them are free
        left[:, first:last] -= free[:, first:last].min(axis=0)
    else:
        left[_freest(free, first, last)[:units], first:last] = 0
    return left


def _freest(free: NDArray[np.int64], first: int, last: int) -> list[int]:
    """Units with the most free time in the block first: those that are taken bring nothing."""
    return [int(row) for row in np.argsort(-free[:, first:last].sum(axis=1), kind="stable")]
