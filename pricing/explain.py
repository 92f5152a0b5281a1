"""What a price is expected to do, with an interval: for the manager who asks if it was wise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from .data import BadInput
from .demand import DaySpec, Demand
from .markup import accept
from .paths import ByTable, draw, run
from .results import Floats, Quote
from .table import Table

#: Nine outcomes in ten lie between.
TAILS = (5, 95)


@dataclass(frozen=True)
class Effect:
    """Expected gain per request against the list price, in cents, with its 90 % interval.

    gain_cents     price and chance of sale together, less what a sale displaces
    accept_share   share of requests expected to accept; list_share at the list price
    elasticity     percent of sales lost per percent of price, at this price
    """

    gain_cents: float
    low_cents: float
    high_cents: float
    accept_share: float
    list_share: float
    elasticity: float


def effect(table: Table, quote: Quote, *, b_sd: float = 0.0) -> Effect:
    """Return what a quote is expected to change against asking the list price.

    b_sd is the standard deviation of log b (`Demand.b_sd`). The share that accepts the list price
    is held fixed while the slope varies: that share is seen directly, the slope is what is unsure.
    """
    if not (np.isfinite(b_sd) and b_sd >= 0):
        raise BadInput("b_sd", None, "must be a number, 0 or more")
    start, length = quote.inputs["start"], quote.inputs["length"]
    moment = quote.inputs["minutes_to_open"]
    if not (isinstance(start, int) and isinstance(length, int) and isinstance(moment, float)):
        raise BadInput("inputs", None, "are not those of a quote")
    at = (start, table.lengths.index(length))
    cell = table.lead_edges[1:-1].searchsorted(moment + start * table.slot_minutes, side="right")
    level = float(table.a[at]) + float(table.lead_shift[cell])
    slope = float(table.b[at])
    card, price = float(table.card[at]), float(quote.price_cents)
    at_list = float(accept(np.array(card), np.array(level), np.array(slope / card)))
    spread = slope * np.exp(b_sd * np.linspace(-1.645, 1.645, 9))
    shares = accept(np.array(price), level - slope + spread, spread / card)
    gains = shares * (price - quote.displacement_cents)
    gains -= at_list * (card - quote.displacement_cents)
    share = float(shares[4])
    return Effect(
        gain_cents=float(gains[4]),
        low_cents=float(gains.min()),
        high_cents=float(gains.max()),
        accept_share=share,
        list_share=at_list,
        elasticity=slope * price / card * (1 - share),
    )


@dataclass(frozen=True)
class Prospect:
    """What is still to come of a day under one pricing, and how it compares with another.

    Each is a mean and the range that nine days in ten fall into. The gain's range is that of its
    mean, since both pricings meet the same customers: what is unsure is what people are like.

    slots     slots still to be sold
    cents     revenue still to come
    gain      cents more than under the other pricing
    sold_more slots more than under the other pricing, mean only
    """

    slots: tuple[float, float, float]
    cents: tuple[float, float, float]
    gain: tuple[float, float, float]
    sold_more: float


def prospect(
    day: DaySpec,
    posterior: Sequence[Demand],
    table: Table,
    other: Table,
    *,
    free: ArrayLike,
    minutes_to_open: float,
    paths: int = 200,
    seed: int = 0,
    other_day: DaySpec | None = None,
) -> Prospect:
    """Simulate the rest of a day from what is free now, under a table and under another one.

    `other_day` is the day under the other's bounds, where they differ. Every member of `posterior`
    sends the same customers to both. The range of the gain covers the members and the noise of the
    simulation. Refuses an empty posterior.
    """
    if not posterior:
        raise BadInput("posterior", None, "needs at least one demand")
    under, against = [], []
    for place, demand in enumerate(posterior):
        come = draw(day, demand, paths=paths, seed=seed + 1000 * place).after(minutes_to_open)
        under.append(run(day, ByTable(day, table), come, free))
        against.append(run(day, ByTable(other_day or day, other), come, free))
    mine, theirs = np.concatenate(under), np.concatenate(against)
    means = np.array([(a - b).mean(axis=0) for a, b in zip(under, against, strict=True)])
    noise = (mine - theirs)[:, 0].std() / np.sqrt(len(mine))
    gain = float(means[:, 0].mean())
    away = 1.645 * float(np.hypot(means[:, 0].std(), noise))
    return Prospect(
        _range(mine[:, 1]),
        _range(mine[:, 0]),
        (gain, gain - away, gain + away),
        float(means[:, 1].mean()),
    )


def _range(values: Floats) -> tuple[float, float, float]:
    low, high = np.percentile(values, TAILS)
    return float(values.mean()), float(low), float(high)
