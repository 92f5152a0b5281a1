"""A space-day as the engine sees it: slots from the first opening to the last closing.

The door between wall clocks and slots. Nothing here reads the database.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple
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
class Frame:
    """The slots of an open day, from first opening to last closing, and which windows are open.

    Spaces that open together and count alike share one. A day of 23 or 25 hours has fewer or more
    slots.
    """

    windows: tuple[Interval, ...]
    timezone: str
    step: int
    slots: int
    lengths: tuple[int, ...]
    opens_at: float
    closes_at: float
    sellable: NDArray[np.bool_]

    @property
    def minutes(self) -> tuple[int, ...]:
        """The wall-clock minute at which each slot begins."""
        return _wall_clock(self.windows[0].start, self.timezone, self.step, self.slots)


@dataclass(frozen=True)
class Terms:
    """What is the same every day of a space, read once: rows are slow to ask again and again."""

    space: Space
    place: Place
    units: int
    kind: str
    longest_lead: int

    @classmethod
    def of(cls, space: Space, place: Place) -> Terms:
        """Things sold one by one, a whole counting as one; `pool` for many alike seats, `rooms`
        for one or a few; minutes before a start from which it may be booked."""
        units = 1 if space.takes == "all" else len(place.units)
        many = units >= 3 and space.kind in POOLED
        reseats = (many or units > 10) and not space.buffer_minutes
        kind = "pool" if reseats else "rooms"
        return cls(space, place, units, kind, space.horizon_days * 1440)


@dataclass(frozen=True)
class SpaceDay:
    """One space on one local day: where its slots lie in real time, and which windows are open."""

    terms: Terms
    day: dt.date
    frame: Frame | None

    @property
    def space(self) -> Space:
        """What is sold."""
        return self.terms.space

    @property
    def place(self) -> Place:
        """What it is made of."""
        return self.terms.place

    @property
    def is_open(self) -> bool:
        """Whether anything can be sold that day."""
        return self.frame is not None and bool(self.terms.place.units)

    @property
    def _open(self) -> Frame:
        if self.frame is None:
            raise ValueError("a closed day has no slots")
        return self.frame

    @property
    def windows(self) -> tuple[Interval, ...]:
        """When it is open, in real time."""
        return self.frame.windows if self.frame else ()

    @property
    def start(self) -> dt.datetime:
        """The instant of the first slot."""
        return self._open.windows[0].start

    @property
    def opens_at(self) -> float:
        """The first slot, in seconds since the epoch."""
        return self._open.opens_at

    @property
    def closes_at(self) -> float:
        """The end of the last slot, in seconds since the epoch."""
        return self._open.closes_at

    @property
    def slots(self) -> int:
        """Slots from first opening to last closing."""
        return self._open.slots

    @property
    def lengths(self) -> tuple[int, ...]:
        """Bookable lengths in slots."""
        return self._open.lengths

    @property
    def minutes(self) -> tuple[int, ...]:
        """The wall-clock minute at which each slot begins."""
        return self._open.minutes

    @property
    def sellable(self) -> NDArray[np.bool_]:
        """Windows that lie inside opening hours, (slots, lengths)."""
        return self._open.sellable

    @property
    def units(self) -> int:
        """Things sold one by one."""
        return self.terms.units

    @property
    def kind(self) -> str:
        """`pool` or `rooms`."""
        return self.terms.kind

    @property
    def longest_lead(self) -> int:
        """Minutes before a start from which the space may be booked."""
        return self.terms.longest_lead

    @property
    def shape(self) -> tuple[object, ...]:
        """What a value table must have been solved for (`pricing.Table.shape`)."""
        frame, terms = self._open, self.terms
        pool = terms.kind == "pool"
        return frame.slots, frame.step, frame.lengths, terms.units, terms.longest_lead, pool

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
        return self.start + dt.timedelta(minutes=slot * self._open.step)

    def local_minute(self, minute: int) -> dt.datetime:
        """The instant of a wall-clock minute of this day."""
        return edge(self.day, minute, self.space.site.zone)

    def by_unit(self, spans: Mapping[int, Iterable[tuple[float, float]]]) -> NDArray[np.int64]:
        """What is free of each unit, in their order, (units, slots)."""
        return (~self._taken(spans)).astype(np.int64)

    def free(self, spans: Mapping[int, Iterable[tuple[float, float]]]) -> NDArray[np.int64]:
        """What is free, in the shape that the engine wants for this kind of space."""
        taken = self._taken(spans)
        if self.space.takes == "all":
            alone: NDArray[np.int64] = np.asarray(~taken.any(axis=0), dtype=np.int64)[None]
            return alone
        if self.kind == "pool":
            seats: NDArray[np.int64] = (~taken).sum(axis=0).astype(np.int64)
            return seats
        return (~taken).astype(np.int64)

    def _taken(self, spans: Mapping[int, Iterable[tuple[float, float]]]) -> NDArray[np.bool_]:
        frame, units = self._open, self.place.units
        taken: NDArray[np.bool_] = np.zeros((len(units), frame.slots), dtype=bool)
        opens, closes, step = frame.opens_at, frame.closes_at, frame.step * 60
        for row, unit in enumerate(units):
            for start, end in spans.get(unit, ()):
                if start < closes and opens < end:
                    first = max(0, int((start - opens) // step))
                    taken[row, first : -int((opens - end) // step)] = True
        return taken

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


def frame(windows: Sequence[Interval], timezone: str, lengths: Lengths) -> Frame | None:
    """The slots of a day that is open then; None when it is too short for one."""
    if not windows:
        return None
    step = lengths.step
    slots = Interval(windows[0].start, windows[-1].end).minutes // step
    if not slots:
        return None
    first = max(1, -(-lengths.least // step))
    last = min(lengths.most // step, slots, first + MOST_LENGTHS - 1)
    bookable = tuple(range(first, last + 1))
    opens_at = windows[0].start.timestamp()
    seconds = step * 60
    opened = tuple(
        (
            max(0, -int((opens_at - w.start.timestamp()) // seconds)),
            min(slots, int((w.end.timestamp() - opens_at) // seconds)),
        )
        for w in windows
    )
    return Frame(
        tuple(windows),
        timezone,
        step,
        slots,
        bookable,
        opens_at,
        opens_at + slots * seconds,
        _inside(opened, slots, bookable),
    )


class Lengths(NamedTuple):
    """The step of a space and the shortest and longest booking, in minutes."""

    step: int
    least: int
    most: int


def space_days(
    spaces: Sequence[Space], places: Mapping[int, Place], hours: Hours, days: Sequence[dt.date]
) -> list[SpaceDay]:
    """The days of some spaces, with the hours that were loaded for their sites.

    Two hundred rooms that open together share the frames of their days.
    """
    frames: dict[tuple[int, Lengths], Frame | None] = {}
    found: list[SpaceDay] = []
    for space in spaces:
        terms = Terms.of(space, places[space.id])
        lengths = Lengths(space.step_minutes, space.min_minutes, space.max_minutes)
        for day in days:
            windows = hours.windows(space, day)
            key = id(windows), lengths  # kept by `hours`, so an id names one list
            if key not in frames:
                frames[key] = frame(windows, space.site.timezone, lengths)
            found.append(SpaceDay(terms, day, frames[key]))
    return found


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
