"""What a customer gains by playing the prices: coming back later, or booking again what they hold.

Others behave as ever, so this is the most that one person can have, not what a crowd of them would
leave. Both are measured against what was paid at first, on the same simulated seasons.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from .demand import DaySpec
from .paths import Moment, Policy, Requests
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


def _somebody(bought: NDArray[np.bool_], seed: int) -> tuple[Index, Index]:
    """Choose one buyer of every path that has any: the paths, and which request it is."""
    draw = np.where(bought, np.random.default_rng(seed).random(bought.shape), -1.0)
    some = np.flatnonzero(bought.any(axis=1))
    return some, draw[some].argmax(axis=1)


def _only(requests: Requests, paths: Index) -> Requests:
    parts = ("minutes", "window", "level", "worth")
    return replace(requests, **{name: getattr(requests, name)[paths] for name in parts})


def _gain(saved: Floats, paid: Floats) -> Gain:
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
    paths, who = _somebody(bought & (requests.minutes > lead - start * day.slot_minutes), seed)
    row = np.arange(len(paths))
    some, paid = _only(requests, paths), asked[paths, who]
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
    return _gain(then - (worth - paid), paid)


def rebooking(
    day: DaySpec, policy: Policy, requests: Requests, looks: Sequence[float], seed: int
) -> Gain:
    """Return what buyers gain who look again `looks` minutes before their start, cancel at no cost
    and book the same window anew whenever it is cheaper.

    Refuses a day with a buffer: what is given back would not be what was taken.
    """
    if day.buffer:
        raise ValueError("what is given back is not known between buffers")
    _, bought = _played(day, policy, requests)
    paths, who = _somebody(bought, seed)
    some = _only(requests, paths)
    return _rebooked(_Season.begin(day, policy, some), who, np.asarray(sorted(looks)[::-1]))


def _rebooked(season: _Season, who: Index, looks: Floats) -> Gain:
    some = season.requests
    row = np.arange(len(who))
    window = some.window[row, who]
    start, end, take = season.span(window)
    at = looks[None, :] - (start * season.day.slot_minutes)[:, None]
    unit, first, paid = np.full(len(who), -1), np.zeros(len(who)), np.zeros(len(who))
    turn = np.zeros(len(who), dtype=np.intp)

    def look(until: Floats) -> None:
        """Everybody whose next look comes before a moment looks, some more than once."""
        for number in range(len(looks)):
            due = np.flatnonzero((turn == number) & (at[:, number] > until))
            turn[due] += 1
            held = due[unit[due] >= 0]
            free = season.free[held].copy()
            free[np.arange(len(held)), unit[held]] += take[held]
            now = Moment(
                at[held, number],
                window[held],
                start[held],
                end[held],
                some.level[held, who[held]],
                free,
            )
            price, _ = season.policy.ask(now)
            paid[held] = np.minimum(paid[held], price)

    for n in range(some.window.shape[1]):
        look(some.minutes[:, n])
        alive, price, taken, buys = season.serve(n)
        mine = buys & (who[alive] == n)
        unit[alive[mine]], first[alive[mine]] = taken[mine], price[mine]
        paid[alive[mine]] = price[mine]
    look(np.full(len(who), -np.inf))
    return _gain(first - paid, first)
