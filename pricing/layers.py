r"""A few alike units: the gap programme stacked in layers, exact at both ends.

What is free of R units is a count x_s per slot. Layer r is the set of slots where at least r units
are free, cut in its longest runs; a day is worth the sum over layers and runs of D^r(run), what the
r-th unit adds. With g^r the gain of a step in a brick of r units over [a, b),

    D^r_t(a, b) = D^r_{t-1}(a, b) + g^r - g^{r-1},
    g^r         = sum_{[s, e) in [a, b)} lambda_{t, s, e} max_p F(p) (p - c^r),      g^0 = 0,
    c^r         = D^r_{t-1}(a, b) - D^r_{t-1}(a, s - buffer) - D^r_{t-1}(e + buffer, b).

With one unit this is `gap`; with one slot it is the exact programme of a pool; in between it is an
approximation, good because rooms handed out late can always be rearranged into layers: a booking
that begins takes a unit just vacated, else the free run that began last. Where bookings keep their
room, a room's gap is read in the layer of as many rooms as could take the window.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from .demand import DaySpec, Grid
from .gap import Response, gap_index, sales
from .markup import gain
from .results import Floats

Index = NDArray[np.intp]
Counts = NDArray[np.int64]
Narrow = NDArray[np.uint16]

#: Most units times gaps of a day that layers are solved for: ten rooms of a day of half hours.
MOST_CELLS = 4000
#: Most requests of a day, for all units, that its time grid can hold apart.
MOST_REQUESTS = 1200.0
#: Of what the first and the last layer say a window displaces, the part that prices rest on, for
#: at least so many units and slots; layers between lie between. Layers take bookings to be arranged
#: better than they will be: simulated days that no report uses lose less than said. Smaller days
#: are near exact.
Charge = tuple[float, float]
CHARGED: Charge = (0.93, 0.93)
ALL: Charge = (1.0, 1.0)
FROM_UNITS, FROM_SLOTS = 3, 8


def suits(day: DaySpec, requests: float) -> bool:
    """Tell whether layers are worth their time: a few units, not a crowd."""
    cells = day.units * day.slots * (day.slots + 1) // 2
    return day.units > 1 and cells <= MOST_CELLS and requests <= MOST_REQUESTS


def steps_for(requests: float, steps: int) -> int:
    """Return how finely to cut the season: the layers of a step must not sell twice."""
    return max(steps, math.ceil(1.1 * requests))


def charged(value: Floats, day: DaySpec, charge: Charge | None = None) -> Floats:
    """Return the part of values (T + 1, units, gaps + 1) that prices rest on; the usual one."""
    usual = CHARGED if day.units >= FROM_UNITS and day.slots >= FROM_SLOTS else ALL
    part = np.linspace(*(charge or usual), day.units)
    out: Floats = value * part[None, :, None]
    return out


def values(day: DaySpec, season: Grid, answer: Response) -> Floats:
    """Return D (T + 1, units, gaps + 1) in cents, the last gap empty; layer r at index r - 1."""
    ways = sales(day.slots, tuple(day.lengths), day.buffer)
    steps = len(season.rate)
    out = np.zeros((steps + 1, day.units, int(gap_index(day.slots)[0, 0]) + 1))
    slope = answer.per_cent.ravel()[ways.window]
    rate, level, low, high = (
        part.reshape(steps, -1)
        for part in (season.rate / answer.per_cent, answer.level, answer.low, answer.high)
    )
    for t in range(steps):
        last = out[t]
        per_sale = [part[t].take(ways.window) for part in (level, low, high, rate)]
        won = np.empty((day.units, len(ways.gaps)))
        for layer, worth in enumerate(last):
            kept = worth.take(ways.left)
            kept += worth.take(ways.right)
            kept -= worth.take(ways.gap)
            kept *= slope
            kept += per_sale[0]
            sold = gain(kept, per_sale[1], per_sale[2])
            sold *= per_sale[3]
            won[layer] = np.add.reduceat(sold, ways.first)
        out[t + 1] = last
        out[t + 1][:, ways.gaps] += np.diff(won, axis=0, prepend=0.0)
    return out


def narrowed(value: Floats) -> tuple[Narrow, float]:
    """Return values as whole multiples of a unit of cents, and that unit: half the memory.

    The unit is a 65,535th of the largest value, so a price moves by less than its rounding.
    """
    unit = max(float(value.max(initial=0.0)) / 65_535, 1e-9)
    return np.round(np.maximum(value, 0.0) / unit).astype(np.uint16), unit


def pieces(
    value: Floats | Narrow, left: Counts, at: Index | None = None
) -> tuple[Floats, Floats, Index]:
    """Return what taking one unit in slot q displaces, by what the booking has taken before.

    value (days, units, gaps + 1), read at row `at` of each day when given; left (days, slots) units
    free. (alone, after, last): `alone` when the booking took no slot q' < q with as many units
    free, `after` when the latest such slot was `last` (-1: none). All (days, slots); a slot without
    a free unit displaces nothing here.
    """
    days, slots = left.shape
    place = np.arange(slots)
    fewer = left[:, None, :] < left[:, :, None]
    before = place < place[:, None]
    begin = np.where(fewer & before, place + 1, 0).max(axis=2)
    stop = np.where(fewer & ~before, place, slots).min(axis=2)
    same = (left[:, None, :] == left[:, :, None]) & before
    last = np.where(same, place, -1).max(axis=2)
    layer = np.maximum(left - 1, 0)
    day, where = np.arange(days) if at is None else at, gap_index(slots)

    def worth(start: Index, end: Index) -> Floats:
        out: Floats = value[day[:, None], layer, where[start, end]].astype(np.float64)
        return out

    def lost(start: Index) -> Floats:
        rest = worth(start, stop) - worth(start, np.broadcast_to(place, stop.shape))
        return (rest - worth(np.minimum(place + 1, stop), stop)) * (left > 0)

    return lost(begin), lost(np.maximum(begin, last + 1)), last


def costs(value: Floats, left: Counts, lengths: tuple[int, ...]) -> Floats:
    """Return what each window displaces when units are handed out late, (days, slots, lengths).

    Windows that run beyond the day or over a slot without a free unit are inf.
    """
    days, slots = left.shape
    alone, after, last = pieces(value, left)
    start = np.arange(slots)[:, None]
    each = np.where(last[:, None, :] >= start, after[:, None, :], alone[:, None, :])
    each = np.where(left[:, None, :] > 0, each, np.inf)
    each = np.where(np.arange(slots) >= start, each, 0.0)
    total = np.concatenate([np.zeros((days, slots, 1)), np.cumsum(each, axis=2)], axis=2)
    end = start + np.asarray(lengths)
    cost: Floats = total[:, start, np.minimum(end, slots)]
    cost[:, end > slots] = np.inf
    return cost


def block_cost(value: Floats, left: Counts, window: slice, units: int) -> float:
    """Return what `units` units over a window displace together; value (units, gaps + 1)."""
    lost, seats = 0.0, left.copy()
    for _ in range(units):
        alone, after, last = pieces(value[None], seats[None])
        each = np.where(last[0] >= window.start, after[0], alone[0])
        lost += float(each[window].sum())
        seats[window] -= 1
    return lost
