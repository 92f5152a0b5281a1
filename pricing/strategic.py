"""What a customer gains by playing the prices: coming back later, or booking again what they hold.

Others behave as ever, so this is the most that one person can have, not what a crowd of them would
leave. All is measured against what was paid at first, on the same simulated seasons. Whoever holds
a booking may cancel and book at once (`rebook`), or come back later, at the risk that somebody else
has taken it (`comeback`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .demand import DaySpec
from .paths import Moment, Policy, Requests
from .resale import Season, Terms, World, played
from .results import Floats

Index = NDArray[np.intp]


@dataclass(frozen=True)
class Gain:
    """Share of the first price gained on average, its standard error, over how many customers."""

    share: float
    error: float
    customers: int


@dataclass
class _Season:
    """Seasons played in lock step: what is free, and what each request was asked and took."""

    day: DaySpec
    policy: Policy
    requests: Requests
    free: NDArray[np.int64]

    @classmethod
    def begin(cls, day: DaySpec, policy: Policy, requests: Requests) -> _Season:
        paths = len(requests.window)
        shape = (paths, 1, day.slots) if policy.seats else (paths, day.units, day.slots)
        return cls(day, policy, requests, np.full(shape, day.units if policy.seats else 1))

    def span(self, window: Index) -> tuple[Index, Index, NDArray[np.bool_]]:
        """Return first slot, end, and the slots that a booking of the window takes."""
        start, k = np.divmod(window, self.day.shape[1])
        end = start + np.asarray(self.day.lengths)[k]
        wide = 0 if self.policy.seats else self.day.buffer
        place = np.arange(self.day.slots)
        return start, end, (place >= (start - wide)[:, None]) & (place < (end + wide)[:, None])

    def serve(self, n: int) -> tuple[Index, Floats, Index, NDArray[np.bool_]]:
        """Let the n-th request of every path act: paths, prices, units, and who bought."""
        alive = np.flatnonzero(self.requests.window[:, n] >= 0)
        window = self.requests.window[alive, n]
        start, end, take = self.span(window)
        level, minutes = self.requests.level[alive, n], self.requests.minutes[alive, n]
        now = Moment(minutes, window, start, end, level, self.free[alive])
        price, unit = self.policy.ask(now)
        buys = price <= self.requests.worth[alive, n]
        path, unit_ = alive[buys], unit[buys]
        self.free[path, unit_] = np.maximum(self.free[path, unit_] - take[buys], 0)
        return alive, price, unit, buys


def _played(day: DaySpec, policy: Policy, requests: Requests) -> tuple[Floats, NDArray[np.bool_]]:
    """Return what every request was asked, and whether it bought."""
    season = _Season.begin(day, policy, requests)
    asked = np.full(requests.window.shape, np.inf)
    bought = np.zeros(requests.window.shape, dtype=bool)
    for n in range(requests.window.shape[1]):
        alive, price, _, buys = season.serve(n)
        asked[alive, n], bought[alive, n] = price, buys
    return asked, bought


def somebody(bought: NDArray[np.bool_], seed: int) -> tuple[Index, Index]:
    """Choose one buyer of every path that has any: the paths, and which request it is."""
    draw = np.where(bought, np.random.default_rng(seed).random(bought.shape), -1.0)
    some = np.flatnonzero(bought.any(axis=1))
    return some, draw[some].argmax(axis=1)


def gained(saved: Floats, paid: Floats) -> Gain:
    """Summarise what was saved beside what was paid."""
    if not len(saved):
        return Gain(0.0, 0.0, 0)
    error = float(saved.std() / np.sqrt(len(saved)) / paid.mean())
    return Gain(float(saved.mean() / paid.mean()), error, len(saved))


def waiting(day: DaySpec, policy: Policy, requests: Requests, lead: float, seed: int) -> Gain:
    """Return what buyers gain who come back `lead` minutes before their start instead of booking.

    One buyer per season, drawn among those who would book earlier than that. Whoever comes back
    and finds it taken, or dearer than it is worth to them, has lost what the booking was worth.
    """
    asked, bought = _played(day, policy, requests)
    start = requests.window // day.shape[1]
    paths, who = somebody(bought & (requests.minutes > lead - start * day.slot_minutes), seed)
    row = np.arange(len(paths))
    some, paid = requests.only(paths), asked[paths, who]
    minutes = some.minutes.copy()
    minutes[row, who] = lead - start[paths, who] * day.slot_minutes
    order = np.argsort(-minutes, axis=1, kind="stable")
    place = (order == who[:, None]).argmax(axis=1)

    def turned(part: Floats) -> Floats:
        out: Floats = np.take_along_axis(part, order, axis=1)
        return out

    window = np.take_along_axis(some.window, order, axis=1)
    late = Requests(turned(minutes), window, turned(some.level), turned(some.worth))
    later, got = _played(day, policy, late)
    worth = some.worth[row, who]
    then = np.where(got[row, place], worth - later[row, place], 0.0)
    return gained(then - (worth - paid), paid)


@dataclass
class _Players:
    """One buyer of every path, who looks at set moments: `first` is what each paid at first."""

    season: Season
    who: Index
    marks: Floats
    first: Floats
    turn: Index

    @classmethod
    def of(cls, world: World, looks: Sequence[float], seed: int) -> _Players:
        """Draw one buyer of every path that has any; looks are minutes before their start."""
        paths, who = somebody(played(world.season()).bought, seed)
        season = world.only(paths).season(who)
        offset = season.start[season.requests.window[np.arange(len(who)), who]]
        marks = np.asarray(looks)[None, :] - (offset * world.day.slot_minutes)[:, None]
        return cls(season, who, marks, np.zeros(len(who)), np.zeros(len(who), dtype=np.intp))

    @property
    def asks(self) -> tuple[Index, Floats, Floats]:
        """Return window, level and worth of what each wants."""
        row, wish = np.arange(len(self.who)), self.season.requests
        return wish.window[row, self.who], wish.level[row, self.who], wish.worth[row, self.who]

    def turns(self) -> Iterator[tuple[int, Index, Floats]]:
        """Play the seasons; yield each look as its number, the paths that look, and the moment."""
        requests = self.season.requests
        for n in range(requests.window.shape[1]):
            yield from self._due(requests.minutes[:, n])
            mine = self.season.serve(n) & (self.who == n)
            self.first[mine] = self.season.book.paid[mine, n]
        yield from self._due(np.full(len(self.who), -np.inf))

    def _due(self, until: Floats) -> Iterator[tuple[int, Index, Floats]]:
        for number in range(self.marks.shape[1]):
            due = np.flatnonzero((self.turn == number) & (self.marks[:, number] > until))
            if due.size:
                self.turn[due] += 1
                at = np.full(len(self.who), np.inf)
                at[due] = self.marks[due, number]
                self.season.until(at)
                yield number, due, self.marks[due, number]

    def holding(self, path: Index) -> NDArray[np.bool_]:
        """Tell which of the paths' players hold their booking."""
        return self.season.book.live[path, self.who[path]]


def rebook(
    world: World, looks: Sequence[float], terms: Terms, seed: int, *, second: bool = False
) -> Gain:
    """Return what buyers gain who look again `looks` minutes before their start, cancel and book
    the same window anew whenever it leaves them better off: one buyer a season.

    `second`: they book another unit first, and only then give back the one they hold.
    """
    play = _Players.of(world, sorted(looks)[::-1], seed)
    season, book = play.season, play.season.book
    saved = np.zeros(len(play.who))
    for _, due, mark in play.turns():
        held = play.holding(due)
        path, at = due[held], mark[held]
        n = play.who[path]
        paid, unit = book.paid[path, n], book.unit[path, n]
        price = now = season.again(path, n, at)
        if second:
            price, unit, now = season.beside(path, n, at)
        better = terms.back(paid, now) - price > 1e-9
        saved[path[better]] += (terms.back(paid, now) - price)[better]
        season.swap(path[better], n[better], price[better], unit[better])
    return gained(saved, play.first)


def comeback(
    world: World, leaves: float, returns: float, terms: Terms, seed: int, *, dear: bool = False
) -> Gain:
    """Return what buyers gain who cancel `leaves` minutes before their start and come back
    `returns` minutes before it; with `dear`, only those who get all of it back.

    Whoever comes back and finds it taken, or dearer than it is worth to them, has lost that worth.
    """
    play = _Players.of(world, (leaves, returns), seed)
    season = play.season
    window, level, worth = play.asks
    more, away = np.zeros(len(worth)), np.zeros(len(worth), dtype=bool)
    for number, due, mark in play.turns():
        goes = play.holding(due) if number == 0 else away[due]
        path, at = due[goes], mark[goes]
        n = play.who[path]
        if number == 0:
            back = terms.back(play.first[path], season.again(path, n, at))
            some = back >= play.first[path] - 1e-9 if dear else np.ones(len(path), dtype=bool)
            more[path[some]], away[path[some]] = (back - worth[path])[some], True
            season.give_back(path[some], n[some], at[some])
        else:
            price, _ = season.ask(path, window[path], at, level[path], season.free[path])
            more[path] += np.maximum(worth[path] - price, 0.0)
    return gained(more, play.first)
