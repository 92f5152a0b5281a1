"""Two levers on purpose: revenue, occupancy, or revenue subject to an occupancy.

To maximise revenue with at least x of the slot-hours sold is to pay the optimiser a reward for each
slot sold (the multiplier of that constraint) and to find the smallest reward that fills x. Every
reward gives one point of the trade-off curve: what each point of occupancy costs in revenue.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from .data import BadInput
from .demand import DaySpec, Demand
from .evaluate import by_table, one_room
from .nightly import Plan, solve_day
from .paths import ByTable, Requests, draw, run
from .paths import worth as summary
from .results import Worth
from .table import Table

#: Rewards tried for a curve, in multiples of the list price of a slot.
REWARDS = (0.0, 0.1, 0.2, 0.35, 0.5, 0.75, 1.0, 1.5, 2.5)


@dataclass(frozen=True)
class Point:
    """One point of the trade-off curve: a reward per slot sold and what it is expected to bring."""

    reward_cents: float
    revenue_cents: float
    occupancy: float
    bookings: float


@dataclass(frozen=True)
class Chosen:
    """The point that answers a goal, and the table that prices so."""

    point: Point
    table: Table


def _rate(day: DaySpec) -> float:
    """Return the mean list price per slot."""
    per_slot = day.card / np.asarray(day.lengths)
    return float(per_slot[day.windows].mean())


class Judge:
    """Worth of rewards on one day: exact for one room, on the same drawn paths otherwise.

    `drawn` draws paths for one room too: rougher, and an order of magnitude faster.
    """

    def __init__(
        self,
        day: DaySpec,
        demand: Demand,
        *,
        paths: int = 400,
        seed: int = 0,
        base: Plan | None = None,
        drawn: bool = False,
    ) -> None:
        self.day, self.demand, self.base = day, demand, base or Plan()
        self.exact = day.kind == "rooms" and day.units == 1 and not drawn
        self.requests: Requests | None = None
        if not self.exact:
            self.requests = draw(day, demand, paths=paths, seed=seed)

    def at(self, reward: float) -> Chosen:
        """Solve with a reward and say what it brings."""
        table = solve_day(self.day, self.demand, plan=replace(self.base, reward=reward))
        found = self._worth(table)
        sold = found.slots_sold / (self.day.units * self.day.slots)
        return Chosen(Point(reward, found.revenue_cents, sold, found.bookings), table)

    def _worth(self, table: Table) -> Worth:
        if self.requests is None:
            return one_room(self.day, self.demand, by_table(self.day, table), steps=160)
        return summary(run(self.day, ByTable(self.day, table), self.requests))


def trade_off(
    day: DaySpec,
    demand: Demand,
    *,
    rewards: Sequence[float] = REWARDS,
    paths: int = 400,
    seed: int = 0,
    base: Plan | None = None,
    drawn: bool = False,
) -> tuple[Point, ...]:
    """Return the curve of revenue against occupancy, from pure revenue on.

    `base` is the plan whose reward is varied: its trust and its policy stay. `drawn` as in `Judge`.
    """
    judge = Judge(day, demand, paths=paths, seed=seed, base=base, drawn=drawn)
    return tuple(judge.at(factor * _rate(day)).point for factor in rewards)


def for_occupancy(
    day: DaySpec, demand: Demand, at_least: float, *, paths: int = 400, seed: int = 0
) -> Chosen:
    """Return the dearest pricing whose expected occupancy is at least `at_least` (0 to 1).

    Refuses an occupancy that even floor prices cannot reach, and says what they reach.
    """
    if not 0 <= at_least <= 1:
        raise BadInput("at_least", None, "must be a share from 0 to 1")
    judge = Judge(day, demand, paths=paths, seed=seed)
    low, high = 0.0, 10 * _rate(day)
    best = judge.at(low)
    if best.point.occupancy >= at_least:
        return best
    best = judge.at(high)
    if best.point.occupancy < at_least:
        most = best.point.occupancy
        raise BadInput("at_least", None, f"out of reach: the lowest prices fill {most:.2f}")
    for _ in range(12):
        middle = judge.at((low + high) / 2)
        if middle.point.occupancy >= at_least:
            high, best = middle.point.reward_cents, middle
        else:
            low = (low + high) / 2
    return best


def social_hours(day: DaySpec, windows: ArrayLike, share: float) -> DaySpec:
    """Return the day with some windows held at or under `share` of the list price, whatever else.

    The optimiser knows: what these hours displace is priced into the others.
    """
    if not 0 < share <= 1:
        raise BadInput("share", None, "must be above 0 and at most 1")
    chosen = np.broadcast_to(np.asarray(windows, dtype=np.bool_), day.shape)
    ceiling = np.where(chosen, np.minimum(day.ceiling, share * day.card), day.ceiling)
    return replace(day, ceiling_cents=ceiling, floor_cents=np.minimum(day.floor, ceiling))
