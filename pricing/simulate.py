"""A venue that does not exist: wishes arrive, look, compare, wait, book, cancel, stay away.

The simulator is on purpose *not* the engine's own model, so that what works here is not true by
construction. Where the engine assumes Poisson arrivals, a logit response and no memory, this world
has negative binomial counts around a level that wanders from week to week, lognormal willingness to
pay (WTP), people who move by an hour or take the room next door, people who look, wait and come
back, and breaks in the trend. Everything follows from the seed.

`history` makes a past for the demo and the tests; `market` also returns the log of quotes and takes
any pricing rule, so policies can be compared under the same wishes.
"""

import heapq
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple

import numpy as np

from .data import BOOKED, LEFT, NEVER, UNAVAILABLE, Bookings, Floats, Ints, Moments, Quotes

MONTHS = (0.9, 1.0, 1.1, 1.0, 0.95, 1.1, 0.8, 0.45, 1.1, 1.15, 1.15, 0.8)
ROOM_LENGTHS = ((30, 0.12), (60, 0.33), (90, 0.12), (120, 0.23), (180, 0.08), (240, 0.12))
DESK_LENGTHS = ((60, 0.15), (120, 0.2), (240, 0.3), (480, 0.35))


@dataclass(frozen=True)
class SpaceSpec:
    """One space, or a pool of `units` identical ones; `demand` is wishes on a plain weekday."""

    name: str
    kind: str = "room"
    units: int = 1
    seats: int = 8
    list_price: float = 30.0
    demand: float = 4.0
    lengths: tuple[tuple[int, float], ...] = ROOM_LENGTHS

    def card(self, length: int) -> float:
        """Return the static price: by the hour up to four, half the rate beyond."""
        hours = length / 60
        return round(self.list_price * (min(hours, 4) + 0.5 * max(hours - 4, 0)), 2)


@dataclass(frozen=True)
class VenueSpec:
    """A venue and its customers. Minutes are local, weekdays start on Monday."""

    spaces: tuple[SpaceSpec, ...]
    opens: int = 480
    closes: int = 1200
    step: int = 30
    weekday: tuple[float, ...] = (0.95, 1.1, 1.15, 1.1, 0.8, 0.2, 0.0)
    months: tuple[float, ...] = MONTHS
    peaks: tuple[tuple[int, float], ...] = ((600, 0.55), (855, 0.35), (1080, 0.1))
    closed: frozenset[date] = frozenset()
    quiet: frozenset[date] = frozenset()
    growth: float = 0.12
    breaks: tuple[tuple[date, float], ...] = ()
    wander: float = 0.10
    clumping: float = 6.0
    worth: float = 1.35
    spread: float = 0.35
    flexible: float = 0.4
    patient: float = 0.1
    cancels: float = 0.09
    no_shows: float = 0.03


class Wish(NamedTuple):
    """What one customer is looking at, in the order a pricing rule receives it."""

    space: int
    day: date
    start: int
    length: int
    made_at: int  # minutes since 1970, local


Pricer = Callable[[Wish], float]


class Market(NamedTuple):
    """What happened: the bookings and the log of every quote."""

    bookings: Bookings
    quotes: Quotes


@dataclass(frozen=True)
class Wishes:
    """Requests in time order; `worth` is the WTP for the whole booking, in money."""

    space: Ints
    day: Ints
    start: Ints
    length: Ints
    made_at: Ints
    party: Ints
    worth: Floats
    draw: Floats  # five uniforms each: flexible, patient, cancels, when, no-show


def _day_levels(venue: VenueSpec, days: Moments, rng: np.random.Generator) -> Floats:
    """Return the multiplier of each day: weekday, month, growth, breaks and a wandering level."""
    count = len(days)
    weekday = (days.astype(np.int64) + 3) % 7
    month = days.astype("datetime64[M]").astype(np.int64) % 12
    level: Floats = np.array(venue.weekday)[weekday] * np.array(venue.months)[month]
    level *= (1 + venue.growth) ** (np.arange(count) / 365)
    for since, factor in venue.breaks:
        level[days >= np.datetime64(since)] *= factor
    weeks = np.zeros(count // 7 + 2)
    shocks = rng.normal(0, venue.wander * np.sqrt(1 - 0.8**2), len(weeks))
    for week in range(1, len(weeks)):
        weeks[week] = 0.8 * weeks[week - 1] + shocks[week]
    level *= np.exp(weeks[np.arange(count) // 7])
    for index, day in enumerate(days.tolist()):
        level[index] *= 0.0 if day in venue.closed else 0.45 if day in venue.quiet else 1.0
    return level


def _starts(venue: VenueSpec, lengths: Ints, rng: np.random.Generator) -> Ints:
    """Draw starts around the peaks, on the step, so that the booking ends before closing."""
    centres, weights = np.array(venue.peaks).T
    peak = rng.choice(len(centres), len(lengths), p=weights / weights.sum())
    wanted = rng.normal(centres[peak], 75)
    last = np.maximum(venue.closes - lengths, venue.opens)
    steps = np.round((np.clip(wanted, venue.opens, last) - venue.opens) / venue.step)
    return np.asarray(venue.opens + steps * venue.step, dtype=np.int64)


def _made_at(day: Ints, start: Ints, rng: np.random.Generator) -> Ints:
    """Draw the minute of the request: half decide within days, half plan weeks ahead."""
    count = len(day)
    planner = rng.random(count) < 0.45
    lead = np.floor(np.exp(rng.normal(np.where(planner, 2.6, 0.7), np.where(planner, 0.7, 0.9))))
    lead = np.minimum(np.where(~planner & (rng.random(count) < 0.25), 0, lead), 120)
    clock = np.clip(rng.normal(780, 200, count), 420, 1320)
    sooner = np.minimum(clock, start * rng.uniform(0.6, 0.98, count))
    minute = day * 1440 - lead * 1440 + np.where(lead == 0, sooner, clock)
    return np.asarray(minute, dtype=np.int64)


def wishes(venue: VenueSpec, start: date, end: date, seed: int) -> Wishes:
    """Draw every request for the days from `start` up to, not including, `end`."""
    rng = np.random.default_rng(seed)
    days = np.arange(np.datetime64(start), np.datetime64(end), dtype="datetime64[D]")
    level = _day_levels(venue, days, rng)
    parts = []
    for index, space in enumerate(venue.spaces):
        mean = space.demand * level
        counts = rng.poisson(mean * rng.gamma(venue.clumping, 1 / venue.clumping, len(days)))
        day = np.repeat(days.astype(np.int64), counts)
        sizes, weights = np.array(space.lengths).T
        length = rng.choice(sizes, len(day), p=weights / weights.sum()).astype(np.int64)
        begin = _starts(venue, length, rng)
        made = _made_at(day, begin, rng)
        party = np.minimum(1 + rng.poisson(space.seats * 0.4, len(day)), space.seats)
        peak = 1 + 0.2 * np.exp(-(((begin + length / 2 - 660) / 150) ** 2))
        late = np.where(day - made // 1440 <= 2, 1.08, 1.0)
        taste = np.exp(rng.normal(0, venue.spread, len(day)))
        card = np.array([space.card(int(size)) for size in length])
        worth = card * venue.worth * peak * late * taste
        draw = rng.random((len(day), 5))
        parts.append((np.full(len(day), index), day, begin, length, made, party, worth, draw))
    columns = [np.concatenate(column) for column in zip(*parts, strict=True)]
    order = np.argsort(columns[4], kind="stable")
    return Wishes(*(column[order] for column in columns))


class _Calendar:
    """Which units are free when: one whole number of bits per unit and day."""

    def __init__(self, venue: VenueSpec) -> None:
        self._venue = venue
        self._taken: dict[tuple[int, int], list[int]] = {}

    def mask(self, start: int, length: int) -> int:
        first = (start - self._venue.opens) // self._venue.step
        slots: int = -(-length // self._venue.step)
        return ((1 << slots) - 1) << first

    def units(self, space: int, day: int) -> list[int]:
        return self._taken.setdefault((space, day), [0] * self._venue.spaces[space].units)

    def is_free(self, space: int, day: int, mask: int) -> bool:
        return any(not taken & mask for taken in self.units(space, day))

    def take(self, space: int, day: int, mask: int) -> int:
        units = self.units(space, day)
        unit = next(i for i, taken in enumerate(units) if not taken & mask)
        units[unit] |= mask
        return unit

    def release(self, space: int, day: int, unit: int, mask: int) -> None:
        self.units(space, day)[unit] &= ~mask


class _World:
    """The run of time over the wishes: a heap of moments, a calendar, two logs."""

    def __init__(self, venue: VenueSpec, start: date, end: date, seed: int, price: Pricer) -> None:
        self.venue, self.price = venue, price
        self.wishes = wishes(venue, start, end, seed)
        self.calendar = _Calendar(venue)
        self.booked: list[tuple[object, ...]] = []
        self.quoted: list[tuple[object, ...]] = []
        self.columns = [
            getattr(self.wishes, name).tolist()
            for name in ("space", "day", "start", "length", "made_at", "party", "worth", "draw")
        ]
        self.releases: list[tuple[int, int, int, int, int]] = []
        self.comebacks: list[tuple[int, int]] = []

    def run(self) -> None:
        """Let every wish act at its minute, those who wait a second time."""
        for index, made in enumerate(self.columns[4]):
            while self.comebacks and self.comebacks[0][0] <= made:
                at, who = heapq.heappop(self.comebacks)
                self.act(who, at, second=True)
            self.act(index, made, second=False)
        while self.comebacks:
            at, who = heapq.heappop(self.comebacks)
            self.act(who, at, second=True)

    def options(self, index: int) -> list[tuple[int, int, float]]:
        """Return (space, start, loss of worth), the wished one first; the rigid see only that."""
        space, start, length = (self.columns[i][index] for i in (0, 2, 3))
        found = [(space, start, 0.0)]
        if self.columns[7][index][0] >= self.venue.flexible:
            return found
        kind, party = self.venue.spaces[space].kind, self.columns[5][index]
        last = self.venue.closes - length
        earlier_later = (start - 60, start + 60)
        found += [(space, at, 0.07) for at in earlier_later if self.venue.opens <= at <= last]
        found += [
            (other, start, 0.09)
            for other, spec in enumerate(self.venue.spaces)
            if other != space and spec.kind == kind and spec.seats >= party
        ]
        return found

    def act(self, index: int, now: int, *, second: bool) -> None:
        """Look at what is free, take the best surplus, wait, or leave; write down the quote."""
        while self.releases and self.releases[0][0] <= now:
            _, *freed = heapq.heappop(self.releases)
            self.calendar.release(*freed)
        day, length, worth, draw = (self.columns[i][index] for i in (1, 3, 6, 7))
        on = date(1970, 1, 1) + timedelta(days=day)
        open_: list[tuple[float, int, int, float]] = []
        for space, start, loss in self.options(index):
            ahead = day * 1440 + start > now
            if ahead and self.calendar.is_free(space, day, self.calendar.mask(start, length)):
                price = self.price(Wish(space, on, start, length, now))
                open_.append((worth * (1 - loss) - price, space, start, price))
        best = max(open_, default=None)
        if best is None:
            self.write_quote(index, now, None, UNAVAILABLE, 0)
        elif best[0] >= 0:
            self.write_quote(index, now, best, BOOKED, len(open_) - 1)
            self.book(index, now, best)
        else:
            self.write_quote(index, now, best, LEFT, len(open_) - 1)
            left = day * 1440 + self.columns[2][index] - now
            if not second and draw[1] < self.venue.patient and left > 2880:
                heapq.heappush(self.comebacks, (now + left // 2, index))

    def write_quote(
        self,
        index: int,
        now: int,
        best: tuple[float, int, int, float] | None,
        outcome: int,
        alternatives: int,
    ) -> None:
        """Add one row to the log; the arm is left 0, a learning pricer knows its own."""
        space, day, start, length = (self.columns[i][index] for i in range(4))
        if best is not None:
            _, space, start, price = best
        card = self.venue.spaces[space].card(length)
        shown = card if best is None else price
        row = (now, index, space, day, start, length, card, shown, 0.0, alternatives, outcome)
        self.quoted.append(row)

    def book(self, index: int, now: int, best: tuple[float, int, int, float]) -> None:
        """Take the unit; decide now whether and when it is given back, or left empty."""
        _, space, start, price = best
        day, length, party, draw = (self.columns[i][index] for i in (1, 3, 5, 7))
        mask = self.calendar.mask(start, length)
        unit = self.calendar.take(space, day, mask)
        left = day * 1440 + start - now
        cancelled_at: object = NEVER
        # plans made long ahead fall through more often, and mostly near the day
        if draw[2] < self.venue.cancels * (1 - np.exp(-left / 5760)) * 1.6:
            at = now + int(left * draw[3] ** 0.5)
            cancelled_at = np.datetime64(at, "m")
            heapq.heappush(self.releases, (at, space, day, unit, mask))
        away = cancelled_at is NEVER and draw[4] < self.venue.no_shows
        self.booked.append((space, day, start, length, now, price, party, cancelled_at, away))


def _columns(rows: list[tuple[object, ...]], moments: dict[int, str], width: int) -> Any:
    """Turn log rows into columns, whole numbers into days or minutes where told."""
    columns: list[object] = []
    for place in range(width):
        values = [row[place] for row in rows]
        if place in moments:
            columns.append(np.array(values, dtype="int64").astype(moments[place]))
        else:
            columns.append(values)
    return columns


def market(
    venue: VenueSpec, start: date, end: date, seed: int, price: Pricer | None = None
) -> Market:
    """Play the days from `start` up to `end` under a pricing rule; the default is the card.

    Wishes depend on the seed alone, so two rules under one seed meet the same customers.
    """
    spaces = venue.spaces
    rule = price or (lambda wish: spaces[wish.space].card(wish.length))
    world = _World(venue, start, end, seed, rule)
    world.run()
    booked = _columns(world.booked, {1: "datetime64[D]", 4: "datetime64[m]"}, 9)
    quoted = _columns(world.quoted, {0: "datetime64[m]", 3: "datetime64[D]"}, 11)
    return Market(Bookings(*booked), Quotes(*quoted))


def history(venue: VenueSpec, start: date, end: date, seed: int) -> Bookings:
    """Return the bookings a venue would have taken at its static card, in order of making.

    Covers days from `start` up to, not including, `end`; cancelled ones are included, and no two
    that stand at the same moment share a unit. `history(...).rows()` gives plain Python values.
    """
    return market(venue, start, end, seed).bookings
