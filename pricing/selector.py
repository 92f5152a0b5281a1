"""Which policy ships: every candidate meets the same simulated requests, and must earn its place.

Requests are drawn from the posterior of the demand, one member after the other, so that a policy
tuned to one guess does not win by it. Static cards are fitted on one draw and judged on another.
The best dynamic policy ships only when it beats the best static card by two standard errors of the
difference; otherwise that card does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from . import cards
from .data import BadInput
from .demand import DaySpec, Demand, whole
from .nightly import Plan, solve_day
from .paths import ByTable, Card, Requests, draw, run
from .paths import worth as summary
from .results import Floats, Worth
from .rooms import Blend
from .table import Table

STATIC = ("list", "flat", "peak", "lengths")


@dataclass(frozen=True)
class Selection:
    """What ships and why. `lead`: the best dynamic policy over the best card, cents per day."""

    winner: str
    table: Table
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
        return {"mean_field": Plan(policy="mean_field"), "fluid": Plan(policy="fluid")}
    if day.units == 1:
        return {"gap": Plan()}
    shares = (1.0, 0.75, 0.5, 0.25)
    return {f"hybrid_{share:g}": Plan(mix=Blend(share, 1.1)) for share in shares}


def select(
    posterior: Sequence[Demand],
    day: DaySpec,
    *,
    candidates: Mapping[str, Plan] | None = None,
    paths: int = 500,
    seed: int = 0,
) -> Selection:
    """Simulate every candidate on the posterior and return the one to ship.

    The first member of `posterior` is the best guess: policies are solved on it. Refuses an empty
    posterior and fewer than 20 paths, which could prove nothing.
    """
    if not posterior:
        raise BadInput("posterior", None, "needs at least one demand")
    whole("paths", paths, 20, 1_000_000)
    guess = posterior[0]
    static = _static(day, posterior, paths, seed)
    dynamic = plans(day) if candidates is None else candidates
    if not dynamic:
        raise BadInput("candidates", None, "needs at least one policy")
    tables = {name: solve_day(day, guess, plan=plan) for name, plan in dynamic.items()}
    drawn = _drawn(day, posterior, paths, seed + 1)
    seats = day.kind == "pool"
    results = {name: _met(day, Card(day, card, seats), drawn) for name, card in static.items()}
    results |= {name: _met(day, ByTable(day, table), drawn) for name, table in tables.items()}
    best_card = max(static, key=lambda name: results[name][:, 0].mean())
    best_dynamic = max(tables, key=lambda name: results[name][:, 0].mean())
    gain = results[best_dynamic][:, 0] - results[best_card][:, 0]
    lead, error = float(gain.mean()), float(gain.std(ddof=1) / np.sqrt(len(gain)))
    won = lead > 2 * error
    card_plan = Plan(policy="card", card=static[best_card])
    return Selection(
        winner=best_dynamic if won else best_card,
        table=tables[best_dynamic] if won else solve_day(day, guess, plan=card_plan),
        worth={name: summary(result) for name, result in results.items()},
        best_card=best_card,
        best_dynamic=best_dynamic,
        lead_cents=lead,
        lead_error=error,
    )


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


def _static(day: DaySpec, posterior: Sequence[Demand], paths: int, seed: int) -> dict[str, Floats]:
    """Return the venue's card and the best ones of each kind, fitted on requests of their own."""
    drawn = _drawn(day, posterior, max(paths // 2, 20), seed)
    seats = day.kind == "pool"

    def worth(card: Floats) -> float:
        return float(_met(day, Card(day, card, seats), drawn)[:, 0].mean())

    flat = cards.flat(day, worth)
    found = {"list": cards.bounded(day, day.card), "flat": flat}
    found["peak"] = cards.peak(day, posterior[0], worth, flat)
    if seats:
        found["lengths"] = cards.rates(day, cards.by_length(day), worth, flat)
    return found
