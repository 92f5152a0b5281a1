"""What a space ships: moving prices or a card, at which reward, judged by simulated customers.

The engine's selector decides on days that stand for the others: the median one, and for rooms,
which cost little, also a quiet and a busy one. A dynamic policy must beat the best static card by
two standard errors over all of them together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

import pricing
from app.rates import tables
from app.rates.days import SpaceDay
from app.rates.learn import Knowledge
from app.rates.steering import BLEND, OCCUPANCY, Steering

if TYPE_CHECKING:
    from pricing import Selection

NEAR = 28
PATHS = {"rooms": 900, "pool": 200}
CURVE_PATHS = 300
REWARDS = (0.0, 0.2, 0.5, 1.0, 2.5)
MOST_SEATS = 300
"""Seats times slots up to which the fluid programme is worth its time."""
SPREAD = 0.3
"""How much days differ from what is expected of them before anything was learnt."""


@dataclass(frozen=True)
class Coming:
    """A coming open day with what is expected of it."""

    one: SpaceDay
    day: pricing.DaySpec
    demand: pricing.Demand

    @property
    def expected(self) -> float:
        """Requests expected per unit."""
        return float(self.demand.rate[self.day.windows].sum()) / self.day.units


@dataclass(frozen=True)
class Choice:
    """What is shipped for a space, and why."""

    base: pricing.Plan
    policy: str
    dynamic: bool
    judged: tuple[tuple[Coming, Selection], ...]
    lead_cents: float
    lead_error: float
    card_cents: float
    curve: tuple[dict[str, float], ...] = ()
    slope_sd: float = 0.0
    spread: float = SPREAD

    def plan(self, coming: Coming, *, near: bool) -> pricing.Plan:
        """How one day is to be solved. The fluid programme pays where it is solved again after
        bookings: in the `near` future."""
        if not self.dynamic:
            return pricing.Plan(policy="card", card=self.card(coming))
        policy = "fluid" if self.policy == "fluid" and near else "auto"
        won = next((sel.plan for _, sel in self.judged if sel.winner == self.policy), self.base)
        return pricing.Plan(
            policy=policy,
            mix=won.mix,
            charge=won.charge,
            reward=self.base.reward,
            trust=self.base.trust,
        )

    def card(self, coming: Coming) -> np.ndarray[Any, np.dtype[np.float64]]:
        """The best card of the judged day that is most like this one; the list for other shapes."""
        alike = [(c, s) for c, s in self.judged if c.day.shape == coming.day.shape]
        if not alike:
            return coming.day.card
        like, selection = min(alike, key=lambda pair: abs(pair[0].expected - coming.expected))
        return np.asarray(coming.day.card * selection.card / like.day.card)

    @property
    def uplift(self) -> tuple[float, float, float]:
        """Percent over the best card that was tried, with its 90 % interval."""
        whole = max(self.card_cents, 1.0)
        reach = 1.645 * self.lead_error
        return tuple(
            round(100 * cents / whole, 1)
            for cents in (self.lead_cents, self.lead_cents - reach, self.lead_cents + reach)
        )  # type: ignore[return-value]  # three of them

    def said(self) -> dict[str, Any]:
        """For the manager, in figures."""
        return {
            "policy": self.policy,
            "dynamic": self.dynamic,
            "uplift": list(self.uplift),
            "reward": round(self.base.reward),
            "judged_days": [str(coming.one.day) for coming, _ in self.judged],
            "worth": self._worth(),
            "curve": list(self.curve),
        }

    def _worth(self) -> dict[str, int]:
        """Cents per judged day of every candidate, by name."""
        names = sorted({name for _, selection in self.judged for name in selection.worth})
        return {
            name: round(
                sum(s.worth[name].revenue_cents for _, s in self.judged if name in s.worth)
                / len(self.judged)
            )
            for name in names
        }


def choose(days: Sequence[Coming], steering: Steering, knowledge: Knowledge | None) -> Choice:
    """Judge the candidates on days that stand for the others. Refuses no day at all."""
    if not days:
        raise ValueError("no open day to judge on")
    trust = knowledge.trust if knowledge else tables.AT_FIRST
    spread = knowledge.estimate.intensity.spread if knowledge else SPREAD
    near = sorted(days[:NEAR], key=lambda coming: coming.expected)
    middle = near[len(near) // 2]
    reward, curve = _reward(middle, steering, trust)
    base = pricing.Plan(reward=reward, trust=trust)
    standing = [middle]
    if middle.one.kind == "rooms":
        standing = [near[n] for n in sorted({len(near) // 6, len(near) // 2, 5 * len(near) // 6})]
    judged = tuple((coming, _judge(coming, base, spread, len(standing))) for coming in standing)
    lead = sum(s.lead_cents for _, s in judged)
    error = float(np.sqrt(sum(s.lead_error**2 for _, s in judged)))
    dynamic = lead > 2 * error
    best = max(judged, key=lambda pair: pair[0].expected)[1]
    return Choice(
        base=base,
        policy=best.best_dynamic if dynamic else best.best_card,
        dynamic=dynamic,
        judged=judged,
        lead_cents=lead,
        lead_error=error,
        card_cents=sum(s.worth[s.best_card].revenue_cents for _, s in judged),
        curve=curve,
        slope_sd=middle.demand.b_sd,
        spread=spread,
    )


def _judge(coming: Coming, base: pricing.Plan, spread: float, days: int) -> Selection:
    posterior = pricing.posterior(coming.demand, spread=spread)
    candidates = None
    if coming.one.kind == "pool" and coming.day.units * coming.day.slots > MOST_SEATS:
        candidates = {"mean_field": pricing.Plan(policy="mean_field")}
    return pricing.select(
        posterior,
        coming.day,
        candidates=candidates,
        paths=max(PATHS[coming.one.kind] // days, 100),
        seed=coming.one.space.id,
        base=base,
    )


def _reward(
    coming: Coming, steering: Steering, trust: float
) -> tuple[float, tuple[dict[str, float], ...]]:
    """The reward per slot sold that the goal asks for, and the curve it was read from."""
    points = pricing.trade_off(
        coming.day,
        coming.demand,
        rewards=REWARDS,
        paths=CURVE_PATHS,
        seed=coming.one.space.id,
        base=pricing.Plan(trust=trust),
        drawn=True,
    )
    curve = tuple(
        {
            "reward": round(p.reward_cents, 2),
            "cents": round(p.revenue_cents),
            "occupancy": round(100 * p.occupancy, 1),
        }
        for p in points
    )
    return wanted_reward(curve, steering), curve


def wanted_reward(curve: Sequence[dict[str, float]], steering: Steering) -> float:
    """The least reward that reaches the goal on a curve: linear between its points, the last one
    where even that falls short."""
    if not curve or steering.goal not in (OCCUPANCY, BLEND):
        return 0.0
    if steering.goal == OCCUPANCY:
        return curve[-1]["reward"]
    filled = np.maximum.accumulate([point["occupancy"] for point in curve])
    rewards = [point["reward"] for point in curve]
    if filled[0] >= steering.at_least:
        return 0.0
    return float(np.interp(steering.at_least, filled, rewards))
