"""Which policy ships: every candidate meets the same simulated requests, and must earn its place.

Requests are drawn from the posterior of the demand, one member after the other, so that a policy
tuned to one guess does not win by it. Static cards are fitted on one draw and judged on another.
The best dynamic policy ships only when it beats the best static card by two standard errors of the
difference; otherwise that card does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import ndtri

from . import cards, layers
from .data import BadInput
from .demand import DaySpec, Demand, whole
from .markup import toward
from .nightly import Plan, solve_day
from .paths import ByTable, Card, Requests, draw, run
from .paths import worth as summary
from .results import Floats, Worth
from .rooms import Blend
from .table import Table

#: Quiet days, where the last free room is seldom missed, keep more when less is charged for it.
LIGHT = (0.95, 0.7)
STATIC = ("list", "flat", "peak", "lengths")


@dataclass(frozen=True)
class Selection:
    """What ships and why. `lead`: the best dynamic policy over the best card, cents per day.

    `card` is the best static card, as it would be asked; `plan` prices like the winner.
    """

    winner: str
    table: Table
    plan: Plan
    card: Floats
    worth: Mapping[str, Worth]
    best_card: str
    best_dynamic: str
    lead_cents: float
    lead_error: float

    @property
    def is_dynamic(self) -> bool:
        """Tell whether a dynamic policy earned its place."""
        return self.winner == self.best_dynamic


def plans(day: DaySpec) -> dict[str, Plan]:
    """Return the dynamic candidates of a kind of day."""
    if day.kind == "pool":
        found = {"mean_field": Plan(policy="mean_field"), "fluid": Plan(policy="fluid")}
        return found if day.units == 1 else {"layers": Plan()} | found
    if day.units == 1:
        return {"gap": Plan()}
    if layers.suits(day, 0.0):  # blends, tried beside these, only win by chance
        return {"layers": Plan(), "layers_light": Plan(charge=LIGHT)}
    hybrids = {f"hybrid_{share:g}": Plan(mix=Blend(share, 1.1)) for share in (1.0, 0.75, 0.5)}
    return {"hybrid": Plan()} | hybrids


def posterior(demand: Demand, *, members: int = 5, spread: float = 0.15) -> list[Demand]:
    """Return the demand itself, then others it may as well be: equally likely slopes and levels.

    Slopes vary by `demand.b_sd` around a fixed share that takes the list price (that share is seen,
    the slope is guessed); levels of the day by the variance `spread`, with mean 1. Low slopes meet
    high and low levels alike. Nothing is drawn: the same demand gives the same members.
    """
    whole("members", members, 1, 99)
    if not (np.isfinite(spread) and spread >= 0):
        raise BadInput("spread", None, "must be a variance, 0 or more")
    others = members - 1
    quantile = (np.arange(others) + 0.5) / max(others, 1)
    sd = np.sqrt(np.log1p(spread))
    slopes = np.exp(demand.b_sd * ndtri(quantile))
    levels = np.exp(sd * ndtri(np.roll(quantile[::-1], others // 2)) - sd**2 / 2)
    found = [demand]
    for steeper, fuller in zip(slopes, levels, strict=True):
        slope = demand.slope * steeper
        level = demand.level - demand.slope + slope
        found.append(replace(demand, mean=demand.rate * fuller, a=level, b=slope))
    return found


def select(
    posterior: Sequence[Demand],
    day: DaySpec,
    *,
    candidates: Mapping[str, Plan] | None = None,
    paths: int = 500,
    seed: int = 0,
    base: Plan | None = None,
) -> Selection:
    """Simulate every candidate on the posterior and return the one to ship.

    The first member of `posterior` is the best guess: policies are solved on it. `base` gives every
    candidate, cards included, its trust, and the reward per slot sold that is counted as revenue.
    Refuses an empty posterior and fewer than 20 paths, which could prove nothing.
    """
    if not posterior:
        raise BadInput("posterior", None, "needs at least one demand")
    whole("paths", paths, 20, 1_000_000)
    guess, base = posterior[0], base or Plan()
    static = _static(day, posterior, paths, seed, base)
    dynamic = _dynamic(plans(day) if candidates is None else candidates, base)
    tables = {name: solve_day(day, guess, plan=plan) for name, plan in dynamic.items()}
    drawn = _drawn(day, posterior, paths, seed + 1)
    seats = day.kind == "pool"
    results = {name: _met(day, Card(day, card, seats), drawn) for name, card in static.items()}
    results |= {name: _met(day, ByTable(day, table), drawn) for name, table in tables.items()}
    earned = {name: found[:, 0] + base.reward * found[:, 1] for name, found in results.items()}
    best_card = max(static, key=lambda name: earned[name].mean())
    best_dynamic = max(tables, key=lambda name: earned[name].mean())
    gain = earned[best_dynamic] - earned[best_card]
    lead, error = float(gain.mean()), float(gain.std(ddof=1) / np.sqrt(len(gain)))
    won = lead > 2 * error
    card_plan = Plan(policy="card", card=static[best_card])
    return Selection(
        winner=best_dynamic if won else best_card,
        table=tables[best_dynamic] if won else solve_day(day, guess, plan=card_plan),
        plan=dynamic[best_dynamic] if won else card_plan,
        card=static[best_card],
        worth={name: summary(result) for name, result in results.items()},
        best_card=best_card,
        best_dynamic=best_dynamic,
        lead_cents=lead,
        lead_error=error,
    )


def _dynamic(candidates: Mapping[str, Plan], base: Plan) -> dict[str, Plan]:
    """Return the candidates with the trust and the reward of `base`."""
    if not candidates:
        raise BadInput("candidates", None, "needs at least one policy")
    return {
        name: replace(plan, trust=base.trust, reward=base.reward)
        for name, plan in candidates.items()
    }


def _drawn(day: DaySpec, posterior: Sequence[Demand], paths: int, seed: int) -> list[Requests]:
    """Draw an equal share of the paths from each member."""
    share = -(-paths // len(posterior))
    return [
        draw(day, demand, paths=share, seed=seed + 1000 * place)
        for place, demand in enumerate(posterior)
    ]


def _met(day: DaySpec, policy: Card | ByTable, drawn: Sequence[Requests]) -> Floats:
    """Return the results of a policy over all members' requests."""
    return np.concatenate([run(day, policy, requests) for requests in drawn])


def _static(
    day: DaySpec, posterior: Sequence[Demand], paths: int, seed: int, base: Plan
) -> dict[str, Floats]:
    """Return the venue's card and the best ones of each kind, fitted on requests of their own.

    Each leaves the venue's card as far as the belief it was fitted on is trusted.
    """
    drawn = _drawn(day, posterior, max(paths // 2, 20), seed)
    seats = day.kind == "pool"

    def worth(card: Floats) -> float:
        mean = _met(day, Card(day, card, seats), drawn).mean(axis=0)
        return float(mean[0] + base.reward * mean[1])

    flat = cards.flat(day, worth)
    found = {"list": cards.bounded(day, day.card), "flat": flat}
    found["peak"] = cards.peak(day, posterior[0], worth, flat)
    if seats:
        found["lengths"] = cards.rates(day, cards.by_length(day), worth, flat)
    return {name: toward(day.card, card, base.trust) for name, card in found.items()}
