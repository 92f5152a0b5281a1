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


def values(day: DaySpec, grids: Sequence[Grid], responses: Sequence[Response]) -> Floats:
    """Run the programme for days of one shape: (days, T + 1, gaps + 1), the last gap empty."""
    ways = sales(day.slots, tuple(day.lengths), day.buffer)
    days, steps = len(grids), len(grids[0].rate)
    out = np.zeros((days, steps + 1, day.slots * (day.slots + 1) // 2 + 1))
    for d, (season, answer) in enumerate(zip(grids, responses, strict=True)):
        rate = (season.rate / answer.per_cent).reshape(steps, -1)
        level, low, high = (
            part.reshape(steps, -1) for part in (answer.level, answer.low, answer.high)
        )
        slope = answer.per_cent.ravel()[ways.window]
        _season(ways, rate, slope, (level, low, high), out[d])
    return out


def _season(
    ways: Sales, rate: Floats, slope: Floats, answer: tuple[Floats, Floats, Floats], value: Floats
) -> None:
    """Fill value[1:] step by step from value[0] = 0."""
    level, low, high = answer
    x = np.empty(len(ways.gap))
    for t in range(1, len(value)):
        last = value[t - 1]
        np.take(last, ways.left, out=x)
        x += last.take(ways.right)
        x -= last.take(ways.gap)
        x *= slope
        x += level[t - 1].take(ways.window)
        worth = gain(x, low[t - 1].take(ways.window), high[t - 1].take(ways.window))
        worth *= rate[t - 1].take(ways.window)
        value[t] = last
        value[t, ways.gaps] += np.add.reduceat(worth, ways.first)


def solve(day: DaySpec, demand: Demand, *, steps: int = 40) -> tuple[Grid, Floats]:
    """Return the season and the value in cents of every gap at every step edge."""
    season = grid(day, demand, steps)
    answer = response(day, demand, season.level)
    return season, values(day, [season], [answer])[0]
