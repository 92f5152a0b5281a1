r"""Pools of alike seats: mean-field decomposition by slot.

With 20 desks and 24 slots the exact state is out of reach, so each slot s keeps its own programme
over its free seats x, and sees the other slots of a booking through what they displace on average:

    V_s(t, x) = V_s(t-1, x) + sum_{j uses s} lambda_j q_{j,s} max_p F(p) (p - c_{j,s}(x)),
    c_{j,s}(x) = D_s(x) + sum_{l in j, l != s} E[D_l(X_l)],    D_l(x) = V_l(t-1, x) - V_l(t-1, x-1),

where X_l, the seats free in slot l at that time, follows the prices this very programme sets, and
q_{j,s} is the probability that the other slots still have a seat. Classic decomposition takes the
others' displacement from one dual of the fluid programme; when that dual is 0, each slot of a day
pass books the whole fare for itself. Here the expectation is computed from the distribution of
X_l, carried forward in time, and the two passes alternate, damped, until they agree.

Live, a window costs the sum over its slots of V_s(x_s) - V_s(x_s - 1) at the seats really free.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from .demand import DaySpec, Demand, Grid, grid
from .gap import response
from .markup import gain, omega
from .results import Floats

Index = NDArray[np.intp]

#: Seats that a programme tells apart; larger pools are valued in lots.
MOST_LOTS = 50


@dataclass(frozen=True)
class Uses:
    """Which window uses which slot: one entry per (slot, window) pair, sorted by slot.

    window is flat (start * lengths + k); first marks where each slot of `slots` begins.
    """

    slot: Index
    window: Index
    slots: Index
    first: Index


def uses(day: DaySpec) -> Uses:
    """List the (slot, window) pairs of the sellable windows of a day."""
    start, k = np.nonzero(day.windows)
    end = start + np.asarray(day.lengths)[k]
    slot = np.arange(day.slots)[:, None]
    at, which = np.nonzero((start <= slot) & (slot < end))
    slots, first = np.unique(at, return_index=True)
    return Uses(at, (start * day.shape[1] + k)[which], slots, first.astype(np.intp))


@dataclass(frozen=True)
class Paired:
    """A season per step and pair: rate, score at no cost, score bounds; per pair the slope."""

    rate: Floats
    level: Floats
    low: Floats
    high: Floats
    slope: Floats


def paired(day: DaySpec, demand: Demand, season: Grid, pairs: Uses, reward: float) -> Paired:
    """Spread a season over the pairs."""
    answer = response(day, demand, season.level, reward)
    steps = len(season.rate)

    def each(part: Floats) -> Floats:
        return part.reshape(steps, -1)[:, pairs.window]

    return Paired(
        each(season.rate),
        each(answer.level),
        each(answer.low),
        each(answer.high),
        answer.per_cent.ravel()[pairs.window],
    )


def _others(pairs: Uses, per_slot: Floats, windows: int) -> Floats:
    """Return, per pair, the sum of `per_slot` over the other slots of the window."""
    mine = per_slot[pairs.slot]
    return np.bincount(pairs.window, weights=mine, minlength=windows)[pairs.window] - mine


def _open_share(pairs: Uses, free: Floats, windows: int) -> Floats:
    """Return, per pair, the probability that all slots of the window have a seat.

    Neighbouring slots fill together, so the scarcest slot decides.
    """
    scarcest = np.ones(windows)
    np.minimum.at(scarcest, pairs.window, free[pairs.slot])
    scarcest = scarcest[pairs.window]
    share: Floats = scarcest / np.maximum(free[pairs.slot], 1e-12)
    return np.minimum(share, 1.0)


def _once(sold: Floats) -> Floats:
    """Return what part of a step's sales counts: all up to half a sale, then never more than one.

    A step that sold more would take the same seat twice and the programme would swing.
    """
    most = 1 - 0.5 * np.exp(np.minimum(1 - 2 * sold, 0.0))
    out: Floats = np.where(sold > 0.5, most / np.maximum(sold, 0.5), 1.0)
    return out


def _backward(
    day: DaySpec, season: Paired, pairs: Uses, worth: Floats, free: Floats
) -> tuple[Floats, Floats]:
    """Return V (T + 1, slots, units + 1) and the sales per step in each state.

    worth[t, l] is what a seat of slot l displaces on average, free[t, l] the probability of one.
    """
    steps, windows = len(season.rate), day.slots * day.shape[1]
    value = np.zeros((steps + 1, day.slots, day.units + 1))
    sold = np.zeros((steps, day.slots, day.units + 1))
    for t in range(steps):
        last = value[t]
        own = np.diff(last, axis=1)[pairs.slot]
        cost = own + _others(pairs, worth[t], windows)[:, None]
        x = season.level[t][:, None] - season.slope[:, None] * cost
        low, high = season.low[t][:, None], season.high[t][:, None]
        rate = (season.rate[t] * _open_share(pairs, free[t], windows))[:, None]
        won = gain(x, low, high) * (rate / season.slope[:, None])
        best = omega(np.clip(x, low, high))
        took = best / (1 + best) * rate
        value[t + 1] = last
        sold[t, pairs.slots, 1:] = np.add.reduceat(took, pairs.first)
        once = _once(sold[t, pairs.slots, 1:])
        value[t + 1, pairs.slots, 1:] += once * np.add.reduceat(won, pairs.first)
    return value, sold


def _forward(value: Floats, sold: Floats, left: NDArray[np.int64]) -> tuple[Floats, Floats]:
    """Carry the seats free from `left` to the end; return mean worth of a seat and P(a seat)."""
    steps, slots, states = sold.shape
    here = np.zeros((slots, states))
    here[np.arange(slots), left] = 1.0
    worth, free = np.zeros((steps, slots)), np.zeros((steps, slots))
    for t in range(steps - 1, -1, -1):
        seat = 1 - here[:, 0]
        margin = (here[:, 1:] * np.diff(value[t], axis=1)).sum(axis=1)
        worth[t] = np.where(seat > 1e-9, margin / np.maximum(seat, 1e-9), value[t][:, 1])
        free[t] = seat
        moved = here * -np.expm1(-sold[t])
        here = here - moved
        here[:, :-1] += moved[:, 1:]
    return worth, free


def values(
    day: DaySpec,
    demand: Demand,
    season: Grid,
    *,
    left: NDArray[np.int64] | None = None,
    rounds: int = 8,
    damping: float = 0.5,
    reward: float = 0.0,
) -> Floats:
    """Return V (T + 1, slots, units + 1): worth in cents of x free seats per slot and step edge.

    `left` is the number of seats free now (default: all), where the forward pass starts.
    """
    pairs = uses(day)
    data = paired(day, demand, season, pairs, reward)
    start = np.full(day.slots, day.units) if left is None else left
    steps = len(season.rate)
    worth, free = np.zeros((steps, day.slots)), np.ones((steps, day.slots))
    value = np.zeros((steps + 1, day.slots, day.units + 1))
    for _ in range(rounds):
        value, sold = _backward(day, data, pairs, worth, free)
        found, seat = _forward(value, sold, start)
        worth += damping * (found - worth)
        free += damping * (seat - free)
    return value


def lot(units: int) -> int:
    """Return how many seats of a large pool are valued together: at most `MOST_LOTS` lots."""
    return -(-units // MOST_LOTS)


def in_lots(
    day: DaySpec,
    demand: Demand,
    season: Grid,
    *,
    left: NDArray[np.int64] | None = None,
    reward: float = 0.0,
) -> Floats:
    """Return `values`; of a pool larger than `MOST_LOTS`, from the programme of its lots.

    A lot of m seats met by a share 1 / m of the requests is worth as much as m seats together: time
    stays bounded, and what chance adds between m seats is lost.
    """
    seats = lot(day.units)
    if seats == 1:
        return values(day, demand, season, left=left, reward=reward)
    small = replace(day, units=-(-day.units // seats))
    some = None if left is None else -(-left // seats)
    thin = replace(season, rate=season.rate / seats)
    return spread(values(small, demand, thin, left=some, reward=reward), day.units, seats)


def spread(value: Floats, units: int, seats: int) -> Floats:
    """Return the worth of 0 to `units` seats from that of lots of `seats`, linear within a lot."""
    place = np.arange(units + 1) / seats
    low = np.minimum(place.astype(np.intp), value.shape[2] - 2)
    part = place - low
    out: Floats = seats * (value[..., low] * (1 - part) + value[..., low + 1] * part)
    return out


def solve(day: DaySpec, demand: Demand, *, steps: int = 60) -> tuple[Grid, Floats]:
    """Return the season of a pool and its slot values."""
    season = grid(day, demand, steps)
    return season, values(day, demand, season)
