r"""The fluid programme of a pool: requests as a flow, seats as a volume.

    max sum_j L_j F_j(p_j) p_j    with    sum_{j uses s} L_j F_j(p_j) <= x_s    for each slot s,

L_j the requests still to come, x_s the seats left. Its value bounds every policy from above. Two
ways to solve it that check each other: a linear programme over a grid of prices by HiGHS
(`programme.by_lp`), and its smooth dual in one bid price per slot (`duals`),

    min_{pi >= 0}  sum_s pi_s x_s + sum_j L_j G_j(sum_{s in j} pi_s),

by projected Newton steps, for many states at once: that is what makes a new solve at each request
affordable. Any pi >= 0 gives a valid bound, converged or not.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from .demand import DaySpec, Demand, grid
from .gap import response
from .markup import gain, omega
from .paths import Index, Moment, seat_free
from .results import Floats


@dataclass(frozen=True)
class Flow:
    """Requests still to come from each step edge on, for the sellable windows of a day.

    rate    (T + 1, windows) cumulated from the end of sales
    level   (T + 1, windows) mean a of those requests, minus 1
    """

    day: DaySpec
    demand: Demand
    minutes: Floats
    rate: Floats
    level: Floats
    slope: Floats
    uses: Floats
    window: Index

    @classmethod
    def of(cls, day: DaySpec, demand: Demand, *, steps: int = 60) -> Flow:
        """Build the flow of a day."""
        season = grid(day, demand, steps)
        window = np.flatnonzero(day.windows.ravel())
        rate = season.rate.reshape(steps, -1)[:, window]
        level = season.level.reshape(steps, -1)[:, window]
        none = np.zeros((1, len(window)))
        total = np.concatenate([none, np.cumsum(rate, axis=0)])
        sums = np.concatenate([none, np.cumsum(rate * level, axis=0)])
        base = np.broadcast_to(level[:1], total.shape)
        mean = np.divide(sums, total, out=base.copy(), where=total > 0)
        start, k = np.divmod(window, day.shape[1])
        slot = np.arange(day.slots)
        end = start + np.asarray(day.lengths)[k]
        uses = (slot >= start[:, None]) & (slot < end[:, None])
        slope = (demand.slope / np.where(day.windows, day.card, 1.0)).ravel()[window]
        return cls(day, demand, season.minutes, total, mean - 1, slope, uses * 1.0, window)

    @cached_property
    def _ends(self) -> tuple[Index, Index]:
        """Return the first and the last slot of each window."""
        start, k = np.divmod(self.window, self.day.shape[1])
        return start, start + np.asarray(self.day.lengths)[k] - 1

    def curve(self, bend: Floats) -> Floats:
        """Return the Hessian, (states, slots, slots): the `bend` of all windows over both slots."""
        slots = self.day.slots
        total = np.zeros((len(bend), slots, slots))
        total[:, *self._ends] = bend
        np.cumsum(total, axis=1, out=total)
        upper = np.triu(np.cumsum(total[:, :, ::-1], axis=2)[:, :, ::-1])
        out: Floats = upper + np.triu(upper, 1).swapaxes(1, 2)
        return out

    def at(self, minutes: Floats) -> tuple[Floats, Floats]:
        """Return rate and level of what is still to come at each moment, (moments, windows)."""
        high = np.clip(np.searchsorted(self.minutes, minutes), 1, len(self.minutes) - 1)
        width = self.minutes[high] - self.minutes[high - 1]
        late = np.clip((minutes - self.minutes[high - 1]) / np.maximum(width, 1e-9), 0, 1)[:, None]
        return (
            self.rate[high - 1] * (1 - late) + self.rate[high] * late,
            self.level[high - 1] * (1 - late) + self.level[high] * late,
        )


def dual_value(
    flow: Flow, rate: Floats, level: Floats, left: Floats, bid: Floats
) -> tuple[Floats, Floats, Floats]:
    """Return dual value (states,), gradient (states, slots), and curvature (states, windows)."""
    day = flow.day
    answer = response(day, flow.demand, flow.demand.level)
    low, high = (part.ravel()[flow.window] for part in (answer.low, answer.high))
    x = level - flow.slope * (bid @ flow.uses.T)
    inside = np.clip(x, low, high)
    best = omega(inside)
    share = best / (1 + best)
    value = (bid * left).sum(axis=1) + (rate / flow.slope * gain(x, low, high)).sum(axis=1)
    gradient = left - (rate * share) @ flow.uses
    bend = rate * flow.slope * share / (1 + best) ** 2
    return value, gradient, np.where(x == inside, bend, 0.0)


def duals(
    flow: Flow,
    rate: Floats,
    level: Floats,
    left: Floats,
    start: Floats | None = None,
    *,
    rounds: int = 30,
) -> tuple[Floats, Floats]:
    """Return bid prices in cents per slot and the bound they prove, one state per row."""
    states, slots = left.shape
    bid = np.zeros((states, slots)) if start is None else start.copy()
    value, gradient, bend = dual_value(flow, rate, level, left, bid)
    ridge = 1e-9 + 1e-6 * (bend @ flow.uses).max(axis=1, initial=0.0)
    for _ in range(rounds):
        free = ~((bid <= 0) & (gradient > 0))
        if (np.abs(gradient * free) <= 1e-7 * (1 + left)).all():
            break
        curve = flow.curve(bend) * (free[:, :, None] & free[:, None, :])
        curve[:, np.arange(slots), np.arange(slots)] += np.where(free, ridge[:, None], 1.0)
        step = np.linalg.solve(curve, (gradient * free)[..., None])[..., 0]
        size = np.ones((states, 1))
        worse = np.ones(states, dtype=np.bool_)
        while worse.any() and size.min() > 1e-7:
            trial = np.maximum(bid - size * step, 0)
            there, *_ = dual_value(flow, rate, level, left, trial)
            worse = there > value + 1e-12 * np.abs(value)
            size = np.where(worse[:, None], size / 4, size)
        bid = np.where(worse[:, None], bid, trial)
        value, gradient, bend = dual_value(flow, rate, level, left, bid)
    return bid, value


def bound(day: DaySpec, demand: Demand, *, steps: int = 60) -> float:
    """Return the fluid bound of an empty day in cents: no policy earns more on average."""
    flow = Flow.of(day, demand, steps=steps)
    left = np.full((1, day.slots), float(day.units))
    return float(duals(flow, flow.rate[-1:], flow.level[-1:], left)[1][0])


def values(flow: Flow, minutes: Floats, left: Floats, moment: float) -> Floats:
    """Return what x free seats of a slot are worth at each of `minutes`.

    (moments, slots, units + 1) cents. Solved for every x of a slot while the other slots stand
    where the fluid solution from `left` at `moment` leads them; the difference in x is the bid
    price. Exact where the state follows the flow, good near it: solve again after bookings.
    """
    rate, level = flow.at(np.array([moment]))
    bid, _ = duals(flow, rate, level, left[None])
    day = flow.day
    answer = response(day, flow.demand, flow.demand.level)
    low, high = (part.ravel()[flow.window] for part in (answer.low, answer.high))
    best = omega(np.clip(level - flow.slope * (bid @ flow.uses.T), low, high))
    still, level = flow.at(minutes)
    gone = (np.maximum(rate - still, 0.0) * best / (1 + best)) @ flow.uses
    others = np.maximum(left - gone, 0.0)
    seats = np.arange(1, day.units + 1)
    out = np.zeros((len(minutes), day.slots, day.units + 1))
    for n in range(len(minutes)):
        states = np.repeat(others[n][None], day.slots * day.units, axis=0)
        states = states.reshape(day.slots, day.units, day.slots)
        slot = np.arange(day.slots)
        states[slot[:, None], seats - 1, slot[:, None]] = seats - 0.5
        flat = states.reshape(-1, day.slots)
        ones = np.ones((len(flat), 1))
        bids, _ = duals(flow, still[n] * ones, level[n] * ones, flat, rounds=15)
        own = bids.reshape(day.slots, day.units, day.slots)[slot, :, slot]
        out[n, :, 1:] = np.cumsum(own, axis=1)
    return out


@dataclass
class PerEvent:
    """Sell at the fluid bid prices, solved again at every request (for a pool)."""

    flow: Flow
    seats: bool = True

    def cost(self, now: Moment) -> Floats:
        """Return the bid prices' displacement of each request's window."""
        left = now.free[:, 0].astype(np.float64)
        rate, level = self.flow.at(now.minutes)
        bid, _ = duals(self.flow, rate, level, left, rounds=12)
        slot = np.arange(left.shape[1])
        inside = (slot >= now.start[:, None]) & (slot < now.end[:, None])
        return np.where(seat_free(now), (bid * inside).sum(axis=1), np.inf)

    def ask(self, now: Moment) -> tuple[Floats, Index]:
        """Ask the best price over the bid prices."""
        day, cost = self.flow.day, self.cost(now)
        slope = (self.flow.demand.slope / np.where(day.windows, day.card, 1.0)).ravel()[now.window]
        net = np.where(np.isinf(cost), 0.0, cost)
        free = net + (1 + omega(now.level - slope * net - 1)) / slope
        low, high = day.floor.ravel()[now.window], day.ceiling.ravel()[now.window]
        price = np.where(np.isinf(cost), np.inf, np.clip(free, low, high))
        return price, np.zeros(len(price), np.intp)
