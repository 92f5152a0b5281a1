"""Policies against simulated requests: the same requests for every policy.

A path is one season of one day: requests in order of time, each with its window and the most it
would pay. Paths run in lock step, the n-th request of all paths at once. Because every policy meets
the same requests (common random numbers), differences are far more certain than levels.

A policy is any object with `ask` (what would this request be charged, and in which unit) and a pool
flag; the state it looks at is only what a venue knows: what is free, and the moment.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import layers
from .demand import DaySpec, Demand, whole
from .gap import gap_index
from .markup import omega, toward
from .results import Floats, Worth
from .table import Slices, Table

Counts = NDArray[np.int64]
Index = NDArray[np.intp]


@dataclass(frozen=True)
class Requests:
    """Drawn seasons, (paths, most requests), earliest first; window -1 where a path has ended.

    minutes   minutes_to_open at which the request comes
    window    start * lengths + k, -1 for none
    level     a of the response, lead shift included: what the venue knows of this request
    worth     the highest price in cents the request accepts: what only the customer knows
    """

    minutes: Floats
    window: Index
    level: Floats
    worth: Floats

    def after(self, minutes_to_open: float) -> Requests:
        """Return what still comes from a moment on: earlier requests are struck out."""
        return replace(self, window=np.where(self.minutes < minutes_to_open, self.window, -1))

    def only(self, paths: NDArray[np.intp]) -> Requests:
        """Return some of the paths."""
        return Requests(
            self.minutes[paths], self.window[paths], self.level[paths], self.worth[paths]
        )


def draw(day: DaySpec, demand: Demand, *, paths: int, seed: int) -> Requests:
    """Draw `paths` seasons of requests; the same seed draws the same requests."""
    whole("paths", paths, 1, 1_000_000)
    rng = np.random.default_rng(seed)
    mean = np.where(day.windows, demand.rate, 0.0).ravel()
    count = rng.poisson(mean.sum(), paths)
    total = int(count.sum())
    window = rng.choice(len(mean), total, p=mean / mean.sum()) if total else np.zeros(0, np.intp)
    start, k = np.divmod(window, day.shape[1])
    cumulated = np.cumsum(demand.shares, axis=1)[k]
    lead_class = (rng.random(total)[:, None] > cumulated[:, :-1]).sum(axis=1)
    edges = demand.edges
    lead = edges[lead_class] + rng.random(total) * np.diff(edges)[lead_class]
    level = demand.level.ravel()[window] + demand.shift[lead_class]
    chance = rng.random(total)
    slope = demand.slope.ravel()[window] / day.card.ravel()[window]
    worth = (level - np.log(chance / (1 - chance))) / slope
    path = np.repeat(np.arange(paths), count)
    minutes = lead - start * day.slot_minutes
    timely = (lead >= day.min_lead_minutes) & (lead <= day.max_lead_minutes)
    order = np.lexsort((-minutes, path, ~timely))[: int(timely.sum())]
    path = path[order]
    place = np.arange(len(order)) - np.searchsorted(path, path)
    shape = (paths, int(np.bincount(path, minlength=1).max(initial=0)))

    def filled(column: NDArray[Any], empty: float) -> Floats:
        out = np.full(shape, empty)
        out[path, place] = column[order]
        return out

    return Requests(
        filled(minutes, -np.inf),
        filled(window, -1).astype(np.intp),
        filled(level, 0.0),
        filled(worth, -np.inf),
    )


@dataclass(frozen=True)
class Moment:
    """One request per path, and what is free there: free (paths, units, slots), seats if a pool."""

    minutes: Floats
    window: Index
    start: Index
    end: Index
    level: Floats
    free: Counts


class Policy(Protocol):
    """How a venue answers requests. `seats`: bookings may be re-seated, free counts seats."""

    @property
    def seats(self) -> bool:
        """Tell whether free counts seats."""
        ...

    def ask(self, now: Moment) -> tuple[Floats, Index]:
        """Return a price per path and the unit it would take; prices of taken windows are inf."""
        ...


def gap_around(now: Moment) -> tuple[Index, Index]:
    """Return the free gap around each request's start in each unit, (paths, units) twice.

    Empty (begin >= stop) where the start is taken.
    """
    slots = now.free.shape[2]
    place = np.arange(slots)
    taken = now.free == 0
    before = place < now.start[:, None, None]
    begin = np.where(taken & before, place + 1, 0).max(axis=2)
    stop = np.where(taken & ~before, place, slots).min(axis=2)
    return begin, stop


@dataclass(frozen=True)
class Card:
    """A static card; each booking takes the tightest gap it fits (or a seat)."""

    day: DaySpec
    prices: Floats
    seats: bool = False

    def ask(self, now: Moment) -> tuple[Floats, Index]:
        """Ask the card price wherever there is room."""
        price = self.prices.ravel()[now.window]
        if self.seats:
            return np.where(seat_free(now), price, np.inf), np.zeros(len(price), np.intp)
        begin, stop = gap_around(now)
        slack = np.where(stop >= now.end[:, None], stop - begin, np.inf)
        unit = slack.argmin(axis=1)
        return np.where(np.isinf(slack.min(axis=1)), np.inf, price), unit


def seat_free(now: Moment) -> NDArray[np.bool_]:
    """Tell where every slot of the window has a free seat."""
    place = np.arange(now.free.shape[2])
    inside = (place >= now.start[:, None]) & (place < now.end[:, None])
    full: NDArray[np.bool_] = ((now.free[:, 0] == 0) & inside).any(axis=1)
    return ~full


@dataclass(frozen=True)
class ByTable:
    """The policy that a value table ships, within the bounds of the day, without rounding."""

    day: DaySpec
    table: Table

    @property
    def seats(self) -> bool:
        """Tell whether the table counts seats."""
        return self.table.alpha == 0

    def ask(self, now: Moment) -> tuple[Floats, Index]:
        """Ask the best price over what the window displaces, in the unit where that is least."""
        one = self.table
        cost, unit = np.zeros(len(now.window)), np.zeros(len(now.window), np.intp)
        if one.alpha == 0 and one.layers.size:
            return optimal(self.day, one, now, self._late_cost(now)), unit
        if one.parts:
            return optimal(self.day, one, now, self._whole_cost(now)), unit
        if one.alpha > 0:
            every = self._gap_cost(now)
            unit = every.argmin(axis=1)
            cost = every.min(axis=1)
        if one.alpha < 1:
            seat = self._seat_cost(now)
            taken = np.isinf(cost)
            cost = one.alpha * np.where(taken, 0.0, cost) + (1 - one.alpha) * seat
            cost[taken] = np.inf
        return optimal(self.day, one, now, cost), unit

    def _around(self, now: Moment) -> tuple[Index, Index, Floats]:
        edges = self.table.minutes
        high = np.clip(np.searchsorted(edges, now.minutes), 0, len(edges) - 1)
        low = np.maximum(high - 1, 0)
        width = np.maximum(edges[high] - edges[low], 1e-9)
        return low, high, np.clip((now.minutes - edges[low]) / width, 0, 1)

    def _whole_cost(self, now: Moment) -> Floats:
        """Return what a whole displaces over its parts, (paths,); told in one row, as all its
        parts are.
        """
        one, total = self.table, np.zeros(len(now.window))
        for part in range(one.parts):
            row = now.free[:, part : part + 1] if now.free.shape[1] > 1 else now.free
            total += self._gap_cost(replace(now, free=row), one.shares[:, part])[:, 0]
        return total

    def _gap_cost(self, now: Moment, value: Slices | None = None) -> Floats:
        begin, stop = gap_around(now)
        shut = stop < now.end[:, None]
        layer = np.maximum((~shut).sum(axis=1) - 1, 0)[:, None]
        where = gap_index(self.day.slots)
        buffer = self.day.buffer
        left = where[begin, np.maximum(now.start - buffer, 0)[:, None]]
        right = where[np.minimum(now.end + buffer, self.day.slots)[:, None], stop]
        low, high, late = self._around(now)

        def worth(at: Index) -> Floats:
            one = self.table
            rows = low[:, None], high[:, None]
            if one.layers.size:
                first, second = (one.layers[row, layer, at] * one.layer_cents for row in rows)
            else:
                first, second = ((one.value if value is None else value)[row, at] for row in rows)
            out: Floats = first * (1 - late[:, None]) + second * late[:, None]
            return out

        cost: Floats = worth(where[begin, stop]) - worth(left) - worth(right)
        cost[shut] = np.inf
        return cost

    def _late_cost(self, now: Moment) -> Floats:
        """Return what a window displaces where units are handed out late (see `layers`)."""
        one, left = self.table, now.free[:, 0]
        low, high, late = self._around(now)
        slot = np.arange(self.day.slots)
        inside = (slot >= now.start[:, None]) & (slot < now.end[:, None])
        total = np.zeros(len(left))
        for t, weight in ((low, 1 - late), (high, late)):
            alone, after, last = layers.pieces(one.layers, left, t)
            each = np.where(last >= now.start[:, None], after, alone)
            total += weight * one.layer_cents * (each * inside).sum(axis=1)
        cost: Floats = one.lean * total
        if one.lean < 1:
            cost = cost + (1 - one.lean) * np.where(seat_free(now), self._seat_cost(now), 0.0)
        return np.where(seat_free(now), cost, np.inf)

    def _seat_cost(self, now: Moment) -> Floats:
        left = now.free.sum(axis=1)
        slot = np.arange(self.day.slots)
        low, high, late = self._around(now)
        less = np.maximum(left - 1, 0)

        def worth(at: Index) -> Floats:
            spare = self.table.spare
            out: Floats = spare[at[:, None], slot, left] - spare[at[:, None], slot, less]
            return out

        each = worth(low) * (1 - late[:, None]) + worth(high) * late[:, None]
        inside = (slot >= now.start[:, None]) & (slot < now.end[:, None])
        cost: Floats = (each * inside).sum(axis=1)
        cost[((left == 0) & inside).any(axis=1)] = np.inf
        return cost


def optimal(day: DaySpec, table: Table, now: Moment, cost: Floats) -> Floats:
    """Return the best price over `cost` per path within the day's bounds; inf where cost is.

    As far from the card as the table is trusted; at the card of a table that asks a card.
    """
    card = day.card.ravel()[now.window]
    slope = table.b.ravel()[now.window] / card
    net = np.where(np.isinf(cost), 0.0, cost) - table.reward * (now.end - now.start)
    lead = now.minutes + now.start * day.slot_minutes
    shift = table.lead_shift[table.lead_edges[1:-1].searchsorted(lead, side="right")]
    level = table.a.ravel()[now.window] + shift  # as believed, whatever the customers are like
    free = net + (1 + omega(level - slope * net - 1)) / slope
    low, high = day.floor.ravel()[now.window], day.ceiling.ravel()[now.window]
    if table.policy == "card":
        free = table.season.ravel()[now.window]
    best = np.clip(free, low, high)
    return np.where(np.isinf(cost), np.inf, toward(card, best, table.trust))


def run(
    day: DaySpec, policy: Policy, requests: Requests, free_now: ArrayLike | None = None
) -> Floats:
    """Return revenue, slots sold and bookings of every path, (paths, 3).

    `free_now` is what is free as the paths begin, (1 or units, slots): the whole day unless told.
    """
    paths, most = requests.window.shape
    shape = (paths, 1, day.slots) if policy.seats else (paths, day.units, day.slots)
    whole_day = day.units if policy.seats else 1
    free = np.full(shape, whole_day, dtype=np.int64)
    if free_now is not None:
        free[:] = np.asarray(free_now, dtype=np.int64).reshape(shape[1:])
    place = np.arange(day.slots)
    lengths = np.asarray(day.lengths)
    out = np.zeros((paths, 3))
    for n in range(most):
        alive = np.flatnonzero(requests.window[:, n] >= 0)
        window = requests.window[alive, n]
        start, k = np.divmod(window, day.shape[1])
        end = start + lengths[k]
        now = Moment(
            requests.minutes[alive, n], window, start, end, requests.level[alive, n], free[alive]
        )
        price, unit = policy.ask(now)
        buys = price <= requests.worth[alive, n]
        wide = 0 if policy.seats else day.buffer
        take = (place >= (start - wide)[:, None]) & (place < (end + wide)[:, None])
        path, unit = alive[buys], unit[buys]
        free[path, unit] = np.maximum(free[path, unit] - take[buys], 0)
        out[path] += np.stack([price[buys], lengths[k][buys], np.ones(len(path))], axis=1)
    return out


def worth(results: Floats) -> Worth:
    """Summarise the results of `run`."""
    mean = results.mean(axis=0)
    error = float(results[:, 0].std(ddof=1) / np.sqrt(len(results))) if len(results) > 1 else 0.0
    return Worth(float(mean[0]), float(mean[1]), float(mean[2]), error)
