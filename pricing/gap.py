r"""The exact gap programme: one room, one day, interval bookings.

A booking [s, e) inside a free gap [a, b) leaves the gaps [a, s - buffer) and [e + buffer, b), and
gaps never interact. With W_t(a, b) the value of a gap when t steps of the season are left,

    W_t(a, b) = W_{t-1}(a, b) + sum_{[s, e) in [a, b)} lambda_{t, s, e} max_p F(p) (p - c),
    c         = W_{t-1}(a, b) - W_{t-1}(a, s - buffer) - W_{t-1}(e + buffer, b),

W_0 = 0 and empty gaps are worth 0. S slots have S (S + 1) / 2 gaps, against 2^S sets of free slots,
and the programme is exact on its time grid: `exact.py` proves it by brute force.

Opening rules and minimum stay only remove windows (no request is planned for them). Tables depend
on the date, never on bookings: solve at night, look up live.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from .demand import DaySpec, Demand, Grid, grid
from .markup import gain, score_at
from .results import Floats

Index = NDArray[np.intp]


@lru_cache(maxsize=64)
def gap_index(slots: int) -> Index:
    """Return where gap [a, b) lives in a condensed value vector; empty gaps point at its last 0."""
    where = np.full((slots + 1, slots + 1), slots * (slots + 1) // 2, dtype=np.intp)
    where[np.triu_indices(slots + 1, 1)] = np.arange(slots * (slots + 1) // 2)
    where.flags.writeable = False
    return where


@dataclass(frozen=True)
class Sales:
    """Every way to sell a window inside a gap, sorted by gap: the sum of the programme, unrolled.

    gap, left, right  positions in the condensed value vector; window = start * lengths + k
    gaps, first       the gaps that hold a window at all, and where each one's sales begin
    """

    gap: Index
    left: Index
    right: Index
    window: Index
    gaps: Index
    first: Index


@lru_cache(maxsize=64)
def sales(slots: int, lengths: tuple[int, ...], buffer: int) -> Sales:
    """List the sales of a day of `slots` slots; the same for every day of that shape."""
    where = gap_index(slots)
    a, b, s, length = np.ix_(range(slots), range(slots + 1), range(slots), lengths)
    a, b, s, k = np.nonzero((a <= s) & (s + length <= b))
    e = s + np.asarray(lengths)[k]
    gap = where[a, b]
    left = where[a, np.maximum(s - buffer, 0)]
    right = where[np.minimum(e + buffer, slots), b]
    gaps, first = np.unique(gap, return_index=True)
    return Sales(gap, left, right, s * len(lengths) + k, gaps, first.astype(np.intp))


@dataclass(frozen=True)
class Response:
    """Logit response per window in money, bounds as scores: B, and x where each bound binds."""

    per_cent: Floats
    level: Floats
    low: Floats
    high: Floats


def response(day: DaySpec, demand: Demand, level: Floats, reward: float = 0.0) -> Response:
    """Return the response of each step and window; `reward` in cents is earned per slot sold.

    A reward r per booking is a cost of -r: it moves the score up by B r, bounds included.
    """
    per_cent = demand.slope / np.where(day.windows, day.card, 1.0)
    paid = per_cent * reward * np.asarray(day.lengths)
    low = score_at(day.ceiling, level, per_cent)
    high = score_at(np.minimum(day.floor, day.ceiling), level, per_cent)
    return Response(per_cent, level - 1 + paid, low, high)


@dataclass(frozen=True)
class Also:
    """Requests that take this room together with others: rate, response, what the others lose.

    beside   (T, slots * lengths) displacement in cents of the other rooms of a combined space
    """

    rate: Floats
    answer: Response
    beside: Floats


def values(
    day: DaySpec, seasons: Sequence[Grid], answers: Sequence[Response], also: Also | None = None
) -> Floats:
    """Run the programme for days of one shape: (days, T + 1, gaps + 1), the last gap empty."""
    ways = sales(day.slots, tuple(day.lengths), day.buffer)
    days, steps = len(seasons), len(seasons[0].rate)
    out = np.zeros((days, steps + 1, day.slots * (day.slots + 1) // 2 + 1))
    for value, season, answer in zip(out, seasons, answers, strict=True):
        streams = [_Stream.of(ways, season.rate, answer, None)]
        if also is not None:
            streams.append(_Stream.of(ways, also.rate, also.answer, also.beside))
        for t in range(steps):
            last = value[t]
            kept = last.take(ways.left)
            kept += last.take(ways.right)
            kept -= last.take(ways.gap)
            value[t + 1] = last
            for stream in streams:
                won = stream.won(ways, t, kept)
                value[t + 1, ways.gaps] += np.add.reduceat(won, ways.first)
    return out


@dataclass(frozen=True)
class _Stream:
    """One family of requests, flat over windows: what it adds to every gap in a step."""

    rate: Floats
    level: Floats
    low: Floats
    high: Floats
    slope: Floats

    @classmethod
    def of(cls, ways: Sales, rate: Floats, answer: Response, beside: Floats | None) -> _Stream:
        steps = len(rate)
        level = answer.level.reshape(steps, -1)
        if beside is not None:
            level = level - answer.per_cent.ravel() * beside
        return cls(
            (rate / answer.per_cent).reshape(steps, -1),
            level,
            answer.low.reshape(steps, -1),
            answer.high.reshape(steps, -1),
            answer.per_cent.ravel()[ways.window],
        )

    def won(self, ways: Sales, t: int, kept: Floats) -> Floats:
        """Return what each sale adds in step t; `kept` is minus its displacement."""
        x = kept * self.slope
        x += self.level[t].take(ways.window)
        won = gain(x, self.low[t].take(ways.window), self.high[t].take(ways.window))
        won *= self.rate[t].take(ways.window)
        return won


def solve(day: DaySpec, demand: Demand, *, steps: int = 40) -> tuple[Grid, Floats]:
    """Return the season and the value in cents of every gap at every step edge."""
    season = grid(day, demand, steps)
    answer = response(day, demand, season.level)
    return season, values(day, [season], [answer])[0]
