"""What a price is expected to do, with an interval: for the manager who asks if it was wise."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .data import BadInput
from .markup import accept
from .results import Quote
from .table import Table


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
