"""What taking a block of time displaces: the usual bookings that it keeps out, in money.

For a closure, a group, an event: the least that it should bring, looked up in the value tables.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

import pricing
from app.core.slots import Interval, local_day
from app.rates import view as views
from app.rates.days import SpaceDay
from app.rates.view import View
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
        for block in _blocks(view, one, (begin, end), units or one.units, now):
            taken = block.length * block.units
            slots += taken
            listed += space.base_cents * taken * space.step_minutes / 60
            cents += pricing.group_displacement([block]).cents
    return Displaced(round(cents), round(listed), slots * space.step_minutes / 60, space.vat_bp)


def _blocks(
    view: View, one: SpaceDay, during: tuple[dt.datetime, dt.datetime], units: int, now: dt.datetime
) -> Iterator[pricing.Block]:
    """The free parts of a block on one day. Free gaps of a room, and slots of a pool, do not
    interact: what each of them loses adds up."""
    step = one.space.step_minutes * 60
    first = max(0, int((during[0].timestamp() - one.opens_at) // step))
    last = min(one.slots, -int((one.opens_at - during[1].timestamp()) // step))
    if first >= last:
        return
    table = view.tables[one.space.id, one.day]
    free = view.state(one)
    minutes = one.minutes_to_open(now)
    if free.ndim == 1:
        for slot in range(first, last):
            if seats := min(int(free[slot]), units):
                yield pricing.Block(table, free, minutes, slot, 1, seats)
        return
    for state, row in _rows(table, free, (first, last), units):
        for start, length in _runs(row, first, last):
            yield pricing.Block(table, state, minutes, start, length)


def _rows(
    table: pricing.Table, free: NDArray[np.int64], during: tuple[int, int], units: int
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """What is free as the table wants it, and when the block may take it: unit by unit, or a whole
    in parts as one."""
    if table.parts:
        yield free, free.min(axis=0)
        return
    for row in _freest(free, *during)[:units]:
        alone = np.zeros_like(free)
        alone[row] = free[row]
        yield alone, free[row]


def _freest(free: NDArray[np.int64], first: int, last: int) -> list[int]:
    """Units with the most free time in the block first: those that are taken bring nothing."""
    return [int(row) for row in np.argsort(-free[:, first:last].sum(axis=1), kind="stable")]


def _runs(free: NDArray[np.int64], first: int, last: int) -> Iterator[tuple[int, int]]:
    """Start and length of each free run inside [first, last)."""
    start = None
    for slot in range(first, last + 1):
        is_free = slot < last and bool(free[slot])
        if is_free and start is None:
            start = slot
        elif not is_free and start is not None:
            yield start, slot - start
            start = None
