"""A space-day as the engine sees it: slots from the first opening to the last closing.

The door between wall clocks and slots. Nothing here reads the database.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

import pricing
from app.core.slots import Interval, edge
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

    @cached_property
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

    @property
    def longest_lead(self) -> int:
        """Minutes before a start from which the space may be booked."""
        return self.space.horizon_days * 1440

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
    def opens_at(self) -> float:
        """The first slot, in seconds since the epoch."""
        return self.start.timestamp()

    @property
    def closes_at(self) -> float:
        """The end of the last slot, in seconds since the epoch."""
        return self.opens_at + self.slots * self.space.step_minutes * 60

    @property
    def minutes(self) -> tuple[int, ...]:
        """The wall-clock minute at which each slot begins."""
        zone = self.space.site.timezone
        return _wall_clock(self.start, zone, self.space.step_minutes, self.slots)

    @property
    def sellable(self) -> NDArray[np.bool_]:
        """Windows that lie inside opening hours, (slots, lengths)."""
        step = self.space.step_minutes * 60
        opened = tuple(
            (
                max(0, -int((self.opens_at - w.start.timestamp()) // step)),
                min(self.slots, int((w.end.timestamp() - self.opens_at) // step)),
            )
            for w in self.windows
        )
        return _inside(opened, self.slots, self.lengths)

    def free(self, spans: Mapping[int, Iterable[tuple[float, float]]]) -> NDArray[np.int64]:
        """What is free, in the shape that the engine wants for this kind of space."""
        taken: NDArray[np.bool_] = np.zeros((len(self.place.units), self.slots), dtype=bool)
        opens, closes, step = self.opens_at, self.closes_at, self.space.step_minutes * 60
        for row, unit in enumerate(self.place.units):
            for start, end in spans.get(unit, ()):
                if start < closes and opens < end:
                    first = max(0, int((start - opens) // step))
                    taken[row, first : -int((opens - end) // step)] = True
        if self.space.takes == "all":
            alone: NDArray[np.int64] = np.asarray(~taken.any(axis=0), dtype=np.int64)[None]
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
        spans = zip(begin.tolist(), end.tolist(), strict=True)
        least = [int(free[b:e].min(initial=self.units)) for b, e in spans]
        return np.asarray(least, dtype=np.int64)


@lru_cache(maxsize=4096)
def _wall_clock(start: dt.datetime, timezone: str, step: int, slots: int) -> tuple[int, ...]:
    zone = ZoneInfo(timezone)
    moments = (start + dt.timedelta(minutes=n * step) for n in range(slots))
    local = (moment.astimezone(zone) for moment in moments)
    return tuple(moment.hour * 60 + moment.minute for moment in local)


@lru_cache(maxsize=1024)
def _inside(
    opened: tuple[tuple[int, int], ...], slots: int, lengths: tuple[int, ...]
) -> NDArray[np.bool_]:
    is_open = np.zeros(slots, dtype=bool)
    for first, last in opened:
        is_open[first:last] = True
    missing = np.concatenate([[0], np.cumsum(~is_open)])
    begin = np.arange(slots)[:, None]
    end = begin + np.asarray(lengths)
    inside = end <= slots
    end = np.minimum(end, slots)
    allowed: NDArray[np.bool_] = inside & (missing[end] == missing[begin])
    allowed.flags.writeable = False
    return allowed


def space_day(space: Space, place: Place, hours: Hours, day: dt.date) -> SpaceDay:
    """The day of a space, with the hours that were loaded for its site."""
    return SpaceDay(space, place, day, tuple(hours.windows(space, day)))


def buffer_slots(space: Space) -> int:
    """Cleaning time in whole slots, rounded up."""
    return -(-space.buffer_minutes // space.step_minutes)


def spec(one: SpaceDay) -> pricing.DaySpec:
    """The day in the engine's own words, social hours apart (`steering.held`)."""
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
        max_lead_minutes=one.longest_lead,
    )


def listed_cents(space: Space, minutes: int) -> int:
    """What the static card asks for this long, whatever the hour; 0 for a free space."""
    if not space.base_cents:
        return 0
    return round(float(prior_of(space).card(minutes, (1,), 1)[0, 0]))


def prior_of(space: Space) -> pricing.Prior:
    """What is expected of a space before anything was seen of it."""
    return pricing.priors(space.kind, max(1, space.base_cents))
