"""A space-day as the engine sees it: slots from the first opening to the last closing.

The door between wall clocks and slots. Nothing here reads the database.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pricing
from numpy.typing import NDArray

from app.core.slots import Interval, edge
from app.occupancy.models import Occupancy
from app.occupancy.rules import Place
from app.spaces.calendar import Hours
from app.spaces.models import Space

POOLED = ("desk_pool", "bike", "equipment", "phone_booth")
MOST_LENGTHS = 40


@dataclass(frozen=True)
class SpaceDay:
    """One space on one local day: where its slots lie in real time, and which windows are open."""

    space: Space
    place: Place
    day: dt.date
    windows: tuple[Interval, ...]

    @property
    def is_open(self) -> bool:
        """Whether anything can be sold that day."""
        return bool(self.windows) and bool(self.place.units) and self.slots > 0

    @property
    def start(self) -> dt.datetime:
        """The instant of the first slot."""
        return self.windows[0].start

    @cached_property
    def slots(self) -> int:
        """Slots from first opening to last closing; a day of 23 or 25 hours has fewer or more."""
        whole = Interval(self.windows[0].start, self.windows[-1].end)
        return whole.minutes // self.space.step_minutes

    @cached_property
    def lengths(self) -> tuple[int, ...]:
        """Bookable lengths in slots."""
        step = self.space.step_minutes
        first = max(1, -(-self.space.min_minutes // step))
        last = min(self.space.max_minutes // step, self.slots, first + MOST_LENGTHS - 1)
        return tuple(range(first, last + 1))

    @property
    def units(self) -> int:
        """Things sold one by one: a whole counts as one."""
        return 1 if self.space.takes == "all" else len(self.place.units)

    @property
    def kind(self) -> str:
        """`pool` for many alike seats, `rooms` for one or a few."""
        many = self.units >= 3 and self.space.kind in POOLED
        reseats = (many or self.units > 10) and not self.space.buffer_minutes
        return "pool" if reseats else "rooms"

    def minutes_to_open(self, now: dt.datetime) -> float:
        """Real minutes left before the first slot, negative once the day has begun."""
        return (self.start - now).total_seconds() / 60

    def slot_at(self, instant: dt.datetime) -> int | None:
        """The slot that begins at an instant, None when none does."""
        minutes = (instant - self.start).total_seconds() / 60
        slot, rest = divmod(minutes, self.space.step_minutes)
        return int(slot) if rest == 0 and 0 <= slot < self.slots else None

    def instant(self, slot: int) -> dt.datetime:
        """When a slot begins."""
        return self.start + dt.timedelta(minutes=slot * self.space.step_minutes)

    def local_minute(self, minute: int) -> dt.datetime:
        """The instant of a wall-clock minute of this day."""
        return edge(self.day, minute, self.space.site.zone)

    @cached_property
    def sellable(self) -> NDArray[np.bool_]:
        """Windows that lie inside opening hours, (slots, lengths)."""
        opened = np.zeros(self.slots, dtype=bool)
        for window in self.windows:
            a, b = self._span(window.start, window.end, outward=False)
            opened[a:b] = True
        missing = np.concatenate([[0], np.cumsum(~opened)])
        begin = np.arange(self.slots)[:, None]
        end = begin + np.asarray(self.lengths)
        inside = end <= self.slots
        end = np.minimum(end, self.slots)
        allowed: NDArray[np.bool_] = inside & (missing[end] == missing[begin])
        return allowed

    def _span(
        self, start: dt.datetime, end: dt.datetime, *, outward: bool
    ) -> tuple[int, int]:
        step = self.space.step_minutes * 60
        a = (start - self.start).total_seconds() / step
        b = (end - self.start).total_seconds() / step
        low, high = (np.floor(a), np.ceil(b)) if outward else (np.ceil(a), np.floor(b))
        return max(0, int(low)), max(0, min(self.slots, int(high)))

    def free(self, rows: Iterable[Occupancy]) -> NDArray[np.int64]:
        """What is free, in the shape that the engine wants for this kind of space."""
        index = {unit: n for n, unit in enumerate(self.place.units)}
        taken = np.zeros((len(index), self.slots), dtype=bool)
        for row in rows:
            unit = index.get(row.unit_id)
            if unit is not None and row.during.lower and row.during.upper:
                a, b = self._span(row.during.lower, row.during.upper, outward=True)
                taken[unit, a:b] = True
        if self.space.takes == "all":
            alone: NDArray[np.int64] = (~taken.any(axis=0)).astype(np.int64)[None]
            return alone
        if self.kind == "pool":
            seats: NDArray[np.int64] = (~taken).sum(axis=0).astype(np.int64)
            return seats
        return (~taken).astype(np.int64)


    def room_for(self, free: NDArray[np.int64], length: int) -> NDArray[np.int64]:
        """How many units are free during the whole of each window of `length` slots, (slots,)."""
        table = free if free.ndim == 2 else free[None]
        taken = np.cumsum(np.pad(table == 0, ((0, 0), (1, 0))), axis=1)
        begin = np.arange(self.slots)
        end = np.minimum(begin + length, self.slots)
        if free.ndim == 2:
            count: NDArray[np.int64] = (taken[:, end] == taken[:, begin]).sum(axis=0)
            return count
        least = [int(free[b:e].min(initial=self.units)) for b, e in zip(begin, end, strict=True)]
        return np.asarray(least, dtype=np.int64)


def space_day(space: Space, place: Place, hours: Hours, day: dt.date) -> SpaceDay:
    """The day of a space, with the hours that were loaded for its site."""
    return SpaceDay(space, place, day, tuple(hours.windows(space, day)))


def buffer_slots(space: Space) -> int:
    """Cleaning time in whole slots, rounded up."""
    return -(-space.buffer_minutes // space.step_minutes)


def spec(one: SpaceDay) -> pricing.DaySpec:
    """The day in the engine's own words."""
    prior = prior_of(one.space)
    card = prior.card(one.space.step_minutes, one.lengths, one.slots)
    return pricing.DaySpec(
        slots=one.slots,
        slot_minutes=one.space.step_minutes,
        lengths=one.lengths,
        list_cents=card,
        units=one.units,
        kind=one.kind,
        buffer=buffer_slots(one.space),
        sellable=one.sellable,
        floor_cents=card * one.space.floor_percent / 100,
        ceiling_cents=card * one.space.ceiling_percent / 100,
    )


def prior_of(space: Space) -> pricing.Prior:
    """What is expected of a space before anything was seen of it."""
    return pricing.priors(space.kind, max(1, space.base_cents))
