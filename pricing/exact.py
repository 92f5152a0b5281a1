"""The exact programme by brute force, on small days: what the fast programmes are proved against.

States are sets of free slots as bitmasks (2^slots of them, or pairs of them for two rooms), and the
steps are those of the fast programme, so equality is asked to rounding error, not to the eye.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations_with_replacement, product

import numpy as np

from .data import BadInput
from .demand import DaySpec, Demand, Grid, grid
from .displace import costs
from .gap import Response, response
from .markup import accept, gain, price
from .paths import Index, Moment
from .results import Floats
from .stack import stack
from .table import Table

MOST_SLOTS = {1: 14, 2: 8}
MOST_COUNTS = 20_000


def _moves(day: DaySpec) -> list[tuple[int, int, int]]:
    """Return (window, slots it needs free, slots it takes away) as bitmasks, buffers included."""
    moves = []
    for start, k in np.argwhere(day.windows).tolist():
        end = start + int(day.lengths[k])
        need = sum(1 << slot for slot in range(start, end))
        wide = range(max(start - day.buffer, 0), min(end + day.buffer, day.slots))
        moves.append((start * day.shape[1] + k, need, sum(1 << slot for slot in wide)))
    return moves


def one_room(day: DaySpec, season: Grid, answer: Response) -> Floats:
    """Return the value of every set of free slots at every step edge, (T + 1, 2^slots)."""
    _refuse_large(day, 1)
    states = np.arange(1 << day.slots)
    value = np.zeros((len(season.rate) + 1, len(states)))
    for t in range(len(season.rate)):
        value[t + 1] = value[t]
        for window, need, takes in _moves(day):
            can = states[(states & need) == need]
            cost = value[t, can] - value[t, can & ~takes]
            value[t + 1, can] += _worth(season, answer, t, window, cost)
    return value


def two_rooms(day: DaySpec, season: Grid, answer: Response) -> Floats:
    """Return the value of every pair of free sets, (T + 1, 2^slots, 2^slots).

    Best room and best price; bookings keep the room they were given.
    """
    _refuse_large(day, 2)
    states = np.arange(1 << day.slots)
    value = np.zeros((len(season.rate) + 1, len(states), len(states)))
    for t in range(len(season.rate)):
        last = value[t]
        value[t + 1] = last
        for window, need, takes in _moves(day):
            can = (states & need) == need
            first = np.where(can[:, None], last - last[states & ~takes], np.inf)
            second = np.where(can, last - last[:, states & ~takes], np.inf)
            cost = np.minimum(first, second)
            worth = _worth(season, answer, t, window, np.where(np.isinf(cost), 0.0, cost))
            value[t + 1] += np.where(np.isinf(cost), 0.0, worth)
    return value


def _worth(season: Grid, answer: Response, t: int, window: int, cost: Floats) -> Floats:
    """Return the rate of a window in step t times its best gain over `cost`."""
    slope = answer.per_cent.ravel()[window]
    level, low, high = (
        np.full(cost.shape, part[t].ravel()[window])
        for part in (answer.level, answer.low, answer.high)
    )
    out: Floats = season.rate[t].ravel()[window] / slope * gain(level - slope * cost, low, high)
    return out


def gap_mask(begin: int, stop: int) -> int:
    """Return the bitmask of gap [begin, stop)."""
    return (1 << stop) - (1 << begin)


def gaps(slots: int) -> list[tuple[int, int]]:
    """List every gap (begin, stop) of a day."""
    edges = combinations_with_replacement(range(slots + 1), 2)
    return [(begin, stop) for begin, stop in edges if begin < stop]


def _refuse_large(day: DaySpec, rooms: int) -> None:
    if day.slots > MOST_SLOTS[rooms]:
        raise BadInput("slots", None, f"brute force stops at {MOST_SLOTS[rooms]} slots")


def pool_share(day: DaySpec, demand: Demand, table: Table, *, steps: int = 150) -> float:
    """Return what part of the exact optimum a pool's table keeps."""
    kept, best = pool_worth(day, demand, table, steps=steps)
    return kept / best


def pool_worth(
    day: DaySpec, demand: Demand, table: Table, *, steps: int = 150
) -> tuple[float, float]:
    """Return what a pool's table earns, and the exact optimum over counts of free units.

    Both by recursion over every count per slot, (units + 1)^slots states, on one time grid: no
    sampling. Sold late, alike rooms are such a pool: what overlaps no more than units times fits.
    """
    if (day.units + 1) ** day.slots > MOST_COUNTS:
        raise BadInput("units", None, f"brute force stops at {MOST_COUNTS} states")
    season = grid(day, demand, steps)
    answer = response(day, demand, season.level)
    left = np.array(list(product(range(day.units + 1), repeat=day.slots)))
    weight = (day.units + 1) ** np.arange(day.slots)[::-1]
    best, kept = np.zeros(len(left)), np.zeros(len(left))
    for t in range(steps):
        middle = (season.minutes[t] + season.minutes[t + 1]) / 2
        pile = stack([table] * len(left), np.full(len(left), middle))
        asked = costs(pile, left[:, None, :])
        last, won = best.copy(), kept.copy()
        for start, k in np.argwhere(day.windows).tolist():
            end, window = start + int(day.lengths[k]), start * day.shape[1] + k
            can = np.flatnonzero((left[:, start:end] > 0).all(axis=1))
            after = can - weight[start:end].sum()
            best[can] += _worth(season, answer, t, window, last[can] - last[after])
            level, slope = season.level[t, start, k], answer.per_cent[start, k]
            bounds = day.floor[start, k], day.ceiling[start, k]
            charged = price(asked[can, start, k], level, slope, *bounds)
            share = season.rate[t, start, k] * accept(charged, level, slope)
            kept[can] += share * (charged - won[can] + won[after])
    return float(kept[-1]), float(best[-1])


@dataclass(frozen=True)
class TwoRooms:
    """The optimal policy of two rooms, read from brute-force values: a yardstick for `paths`."""

    day: DaySpec
    season: Grid
    slope: Floats
    value: Floats
    seats: bool = False

    @classmethod
    def of(cls, day: DaySpec, demand: Demand, *, steps: int) -> TwoRooms:
        """Solve a small day of two rooms."""
        season = grid(day, demand, steps)
        answer = response(day, demand, season.level)
        return cls(day, season, answer.per_cent.ravel(), two_rooms(day, season, answer))

    def ask(self, now: Moment) -> tuple[Floats, Index]:
        """Ask the best price over the exact displacement, in the room where it is least."""
        slots = np.arange(self.day.slots)
        bits = 1 << slots
        t = np.clip(np.searchsorted(self.season.minutes, now.minutes) - 1, 0, None)
        one, two = now.free[:, 0] @ bits, now.free[:, 1] @ bits
        need = ((slots >= now.start[:, None]) & (slots < now.end[:, None])) @ bits
        wide = (slots >= now.start[:, None] - self.day.buffer) & (
            slots < now.end[:, None] + self.day.buffer
        )
        less = ~(wide @ bits)
        here = self.value[t, one, two]
        first = np.where((one & need) == need, here - self.value[t, one & less, two], np.inf)
        second = np.where((two & need) == need, here - self.value[t, one, two & less], np.inf)
        cost = np.minimum(first, second)
        slope = self.slope[now.window]
        low, high = self.day.floor.ravel()[now.window], self.day.ceiling.ravel()[now.window]
        asked = price(np.where(np.isinf(cost), 0.0, cost), now.level, slope, low, high)
        return np.where(np.isinf(cost), np.inf, asked), (second < first).astype(np.intp)
