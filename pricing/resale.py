"""Seasons in which bookings are given back, and what may keep that from being a game.

Two kinds of remedy. A `Rule` raises the price of windows that were sold: everybody pays it, so it
costs revenue. `Terms` say what comes back when a booking is given back, and leave prices alone.
Both are measured on the same seasons, in which honest customers cancel too (`strategic`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from .demand import DaySpec
from .guardrails import given_back
from .paths import Moment, Policy, Requests
from .results import Floats

Index = NDArray[np.intp]
DAY = 1440.0


@dataclass(frozen=True)
class Terms:
    """What comes back: all that was paid less `fee` of it, at most today's price if `today`."""

    fee: float = 0.0
    today: bool = False

    def back(self, paid: Floats, now: Floats) -> Floats:
        """Return the cents that come back for what was `paid`, when it would now cost `now`."""
        return given_back(paid * (1 - self.fee), now if self.today else np.inf)


@dataclass
class Book:
    """What every path has sold: price paid by request (0: none), unit, and who still holds it.

    rate, since   (paths, slots) of slots given back: price paid over list price; when (inf: never)
    shown         (paths, windows) what was asked at the last midnight, kept for `Daily` alone
    """

    paid: Floats
    unit: Index
    live: NDArray[np.bool_]
    rate: Floats
    since: Floats
    shown: Floats

    @classmethod
    def empty(cls, day: DaySpec, requests: Requests) -> Book:
        """Nothing sold yet."""
        shape, slots = requests.window.shape, (len(requests.window), day.slots)
        none, never = np.zeros(slots), np.full(slots, np.inf)
        shown = np.zeros((len(requests.window), day.card.size))
        live = np.zeros(shape, dtype=bool)
        return cls(np.zeros(shape), np.full(shape, -1), live, none, never, shown)


class Rule(Protocol):
    """The least that may be asked for windows, in cents, given what was sold before."""

    def least(self, season: Season, path: Index, window: Index, minutes: Floats) -> Floats:
        """Return a floor per path; 0 where there is none."""
        ...


@dataclass(frozen=True)
class Kept:
    """Slots that were given back keep the rate they were sold at, which fades by a share a day."""

    fade: float

    def least(self, season: Season, path: Index, window: Index, minutes: Floats) -> Floats:
        """Return the mean rate over the window's slots, times its list price."""
        since, take = season.book.since[path], season.take[window]
        age = np.where(np.isfinite(since), since - minutes[:, None], 0.0) / DAY
        rate = season.book.rate[path] * (1 - self.fade) ** age
        out: Floats = (rate * take).sum(axis=1) / take.sum(axis=1) * season.card[window]
        return out


@dataclass(frozen=True)
class Sold:
    """A window never falls more than a share below what still cancellable bookings of it paid."""

    fall: float

    def least(self, season: Season, path: Index, window: Index, minutes: Floats) -> Floats:
        """Return the dearest such booking, given back or not, less the share."""
        others = season.requests.window[path]
        lead = minutes[:, None] + (others // season.day.shape[1]) * season.day.slot_minutes
        same = (others == window[:, None]) & (lead > DAY)
        out: Floats = (1 - self.fall) * np.where(same, season.book.paid[path], 0.0).max(axis=1)
        return out


@dataclass(frozen=True)
class Daily:
    """No window falls by more than a share a day, whatever was booked or given back."""

    fall: float

    def least(self, season: Season, path: Index, window: Index, minutes: Floats) -> Floats:
        """Return what was asked at the last midnight, less the share."""
        del minutes  # the midnight is the same all day
        return (1 - self.fall) * season.book.shown[path, window]


@dataclass
class Season:
    """Seasons played in lock step, with cancellations: `quits` is when each request would give its
    booking back at no cost (-inf: never), in minutes to open.
    """

    day: DaySpec
    policy: Policy
    requests: Requests
    quits: Floats
    rule: Rule | None = None
    player: Index | None = None
    book: Book = field(init=False)
    free: NDArray[np.int64] = field(init=False)
    net: Floats = field(init=False)
    lost: Floats = field(init=False)

    def __post_init__(self) -> None:
        """Lay out the windows and an empty book; refuse buffers."""
        day = self.day
        if day.buffer:
            raise ValueError("what is given back is not known between buffers")
        paths = len(self.requests.window)
        start, k = np.divmod(np.arange(day.card.size), day.shape[1])
        self.start, self.end = start, start + np.asarray(day.lengths)[k]
        place = np.arange(day.slots)
        self.take = (place >= start[:, None]) & (place < self.end[:, None])
        self.card, self.ceiling = day.card.ravel(), day.ceiling.ravel()
        shape = (paths, 1, day.slots) if self.policy.seats else (paths, day.units, day.slots)
        self.free = np.full(shape, day.units if self.policy.seats else 1)
        self.book = Book.empty(day, self.requests)
        self.net, self.lost = np.zeros(paths), np.zeros(paths)
        self._midnight = np.full(paths, day.max_lead_minutes // 1440)

    def ask(
        self, path: Index, window: Index, minutes: Floats, level: Floats, free: NDArray[np.int64]
    ) -> tuple[Floats, Index]:
        """Return price and unit per path, the rule obeyed; a rule never leaves the band."""
        start, end = self.start[window], self.end[window]
        price, unit = self.policy.ask(Moment(minutes, window, start, end, level, free))
        if self.rule is None:
            return price, unit
        least = np.minimum(self.rule.least(self, path, window, minutes), self.ceiling[window])
        return np.where(np.isinf(price), np.inf, np.maximum(price, least)), unit

    def again(self, path: Index, n: Index, minutes: Floats) -> Floats:
        """Return what the window of each path's n-th request would cost now if it were given back,
        (len(path),): the price that everybody else would be asked then.
        """
        window, book = self.requests.window[path, n], self.book
        free, take = self.free[path].copy(), self.take[window]
        free[np.arange(len(path)), book.unit[path, n]] += take
        kept = book.rate[path], book.since[path]
        self._note(path, n, minutes)
        price, _ = self.ask(path, window, minutes, self.requests.level[path, n], free)
        book.rate[path], book.since[path] = kept
        return price

    def beside(self, path: Index, n: Index, minutes: Floats) -> tuple[Floats, Index, Floats]:
        """Return price and unit of a second booking of the same window, and what the first would
        cost anybody once the second is booked and the first is given back.
        """
        window, row = self.requests.window[path, n], np.arange(len(path))
        level, take = self.requests.level[path, n], self.take[window]
        price, unit = self.ask(path, window, minutes, level, self.free[path])
        free = self.free[path].copy()
        free[row, self.book.unit[path, n]] += take
        free[row, unit] = np.maximum(free[row, unit] - take, 0)
        now, _ = self.ask(path, window, minutes, level, free)
        return price, unit, now

    def swap(self, path: Index, n: Index, price: Floats, unit: Index) -> None:
        """Let each path's n-th request hold another unit, at another price."""
        take = self.take[self.requests.window[path, n]]
        self.free[path, self.book.unit[path, n]] += take
        self.free[path, unit] -= take
        self.book.paid[path, n], self.book.unit[path, n] = price, unit

    def _note(self, path: Index, n: Index, minutes: Floats) -> None:
        window, book = self.requests.window[path, n], self.book
        take, rate = self.take[window], book.paid[path, n] / self.card[window]
        book.rate[path] = np.where(take, rate[:, None], book.rate[path])
        book.since[path] = np.where(take, minutes[:, None], book.since[path])

    def give_back(self, path: Index, n: Index, minutes: Floats) -> None:
        """Free what each path's n-th request holds."""
        book = self.book
        window = self.requests.window[path, n]
        self.free[path, book.unit[path, n]] += self.take[window]
        self._note(path, n, minutes)
        book.live[path, n] = False

    def until(self, minutes: Floats) -> None:
        """Let midnights and cancellations before each path's moment happen."""
        if isinstance(self.rule, Daily):
            self._midnights(minutes)
        due = self.book.live & (self.quits > minutes[:, None])
        if self.player is not None:
            due[np.arange(len(due)), self.player] = False
        while due.any():
            path = np.flatnonzero(due.any(axis=1))
            n = np.where(due, self.quits, -np.inf)[path].argmax(axis=1)
            due[path, n] = False
            at = self.quits[path, n]
            now, paid = self.again(path, n, at), self.book.paid[path, n]
            self.lost[path] += np.maximum(paid - now, 0)
            self.net[path] -= paid
            self.give_back(path, n, at)

    def _midnights(self, minutes: Floats) -> None:
        day = self.day
        every = np.flatnonzero(self.end <= day.slots)
        while (due := np.flatnonzero(self._midnight * DAY > minutes)).size:
            path, window = np.repeat(due, len(every)), np.tile(every, len(due))
            at = self._midnight[path] * DAY
            price, _ = self.ask(path, window, at, np.zeros(len(path)), self.free[path])
            old = self.book.shown[path, window]
            self.book.shown[path, window] = np.where(np.isinf(price), old, price)
            self._midnight[due] -= 1
            minutes = np.where(self._midnight >= 0, minutes, np.inf)

    def serve(self, n: int) -> NDArray[np.bool_]:
        """Let the n-th request of every path act; who bought."""
        minutes = self.requests.minutes[:, n]
        self.until(minutes)
        alive = np.flatnonzero(self.requests.window[:, n] >= 0)
        window = self.requests.window[alive, n]
        price, unit = self.ask(
            alive, window, minutes[alive], self.requests.level[alive, n], self.free[alive]
        )
        buys = price <= self.requests.worth[alive, n]
        path, book = alive[buys], self.book
        self.free[path, unit[buys]] -= self.take[window[buys]]
        book.paid[path, n], book.unit[path, n], book.live[path, n] = price[buys], unit[buys], True
        self.net[path] += price[buys]
        bought = np.zeros(len(minutes), dtype=bool)
        bought[path] = True
        return bought


def quitting(day: DaySpec, requests: Requests, share: float, seed: int) -> Floats:
    """Draw when honest customers give back: `share` of those who could, evenly over the time that
    it costs nothing, which ends a day before the start.
    """
    rng = np.random.default_rng([seed, 17])
    last = DAY - (requests.window // day.shape[1]) * day.slot_minutes
    draw, when = rng.random(requests.window.shape), rng.random(requests.window.shape)
    at = last + (requests.minutes - last) * when
    return np.where((draw < share) & (requests.minutes > last), at, -np.inf)


@dataclass(frozen=True)
class Played:
    """Seasons with nobody playing: net revenue, what honest cancellers would lose by getting back
    at most today's price (share of what they paid), and what each request bought.
    """

    net: Floats
    honest: float
    bought: NDArray[np.bool_]


def played(season: Season) -> Played:
    """Play a fresh season to its end."""
    columns = [season.serve(n) for n in range(season.requests.window.shape[1])]
    season.until(np.full(len(season.net), -np.inf))
    paid = season.book.paid
    quit_paid = float(paid[(paid > 0) & ~season.book.live].sum())
    bought = np.stack(columns, axis=1)
    return Played(season.net, float(season.lost.sum()) / max(quit_paid, 1.0), bought)


@dataclass(frozen=True)
class World:
    """One day, its policy, its requests and who cancels: what every remedy is measured on."""

    day: DaySpec
    policy: Policy
    requests: Requests
    quits: Floats
    rule: Rule | None = None

    def season(self, player: Index | None = None) -> Season:
        """Return a fresh season."""
        return Season(self.day, self.policy, self.requests, self.quits, self.rule, player)

    def only(self, paths: Index) -> World:
        """Return some of the paths."""
        some = self.requests.only(paths)
        return World(self.day, self.policy, some, self.quits[paths], self.rule)
