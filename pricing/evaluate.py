"""What a one-room policy is really worth, exactly.

Under any policy that looks only at the gap, gaps still do not interact, so its revenue follows a
linear recursion, here on a time grid much finer than the one the policy was solved on. No sampling.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .demand import DaySpec, Demand, grid
from .gap import gap_index, sales, solve
from .markup import accept, price, toward
from .results import Floats, Worth
from .table import Table

#: From minutes_to_open and the level of each window to the price of each sale of each gap.
Ask = Callable[[float, Floats], Floats]


def by_table(day: DaySpec, table: Table) -> Ask:
    """Return the pricing of every sale by a one-room table, within the bounds of the day.

    As far from the card as the table is trusted.
    """
    ways = sales(day.slots, tuple(day.lengths), day.buffer)
    slope = (table.b / np.where(table.card > 0, table.card, 1.0)).ravel()[ways.window]
    floor, ceiling = day.floor.ravel()[ways.window], day.ceiling.ravel()[ways.window]
    paid = np.tile(np.asarray(day.lengths), day.slots)[ways.window] * table.reward
    card = day.card.ravel()[ways.window]

    def ask(minutes: float, level: Floats) -> Floats:
        before, after, late = table.between(minutes)
        value = table.value[before] * (1 - late) + table.value[after] * late
        cost = value[ways.gap] - value[ways.left] - value[ways.right]
        best = price(cost - paid, level[ways.window], slope, floor, ceiling)
        return toward(card, best, table.trust)

    return ask


def by_card(day: DaySpec, card: Floats) -> Ask:
    """Return the pricing of every sale by a static card in cents, (slots, lengths)."""
    ways = sales(day.slots, tuple(day.lengths), day.buffer)
    fixed = card.ravel()[ways.window]
    return lambda _minutes, _level: fixed


def one_room(day: DaySpec, demand: Demand, ask: Ask, *, steps: int = 800) -> Worth:
    """Return the exact worth of a gap policy on an empty one-room day, on a grid of `steps`."""
    season = grid(day, demand, steps)
    ways = sales(day.slots, tuple(day.lengths), day.buffer)
    slope = (demand.slope / np.where(day.windows, day.card, 1.0)).ravel()[ways.window]
    length = np.tile(np.asarray(day.lengths), day.slots)[ways.window].astype(np.float64)
    state = np.zeros((3, int(gap_index(day.slots)[0, 0]) + 1))
    for t in range(steps):
        level = season.level[t].ravel()
        asked = ask((season.minutes[t] + season.minutes[t + 1]) / 2, level)
        rate = season.rate[t].ravel()[ways.window]
        rate *= accept(asked, level[ways.window], slope)
        lost = state[:, ways.gap] - state[:, ways.left] - state[:, ways.right]
        won = np.stack([asked, length, np.ones_like(length)]) - lost
        state[:, ways.gaps] += np.add.reduceat(rate * won, ways.first, axis=1)
    revenue, sold, bookings = state[:, gap_index(day.slots)[0, day.slots]].tolist()
    return Worth(revenue, sold, bookings)


def optimum(day: DaySpec, demand: Demand, *, steps: int = 800) -> float:
    """Return the exact best revenue of an empty one-room day on a grid of `steps`."""
    _, value = solve(day, demand, steps=steps)
    return float(value[-1, gap_index(day.slots)[0, day.slots]])
