"""Hotel-style bid prices of the public package `revmng`, as a policy: a peer for the bench.

One resource per slot, one product per window, demand as accepted at the fare. The bid prices of its
linear programme, solved once, are the displacement; the price is the best one over it, or the fare
itself where it covers the bids, whichever earns more on requests it is not judged on.
`revmng` is a development package: nothing that prices imports this module.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import revmng

from .demand import DaySpec, Demand
from .markup import accept, omega
from .paths import Card, Index, Moment
from .results import Floats


def bid_prices(day: DaySpec, demand: Demand, fares: Floats) -> Floats:
    """Return revmng's bid price per slot in cents when windows are sold at `fares`."""
    share = accept(fares, demand.level, demand.slope / np.where(day.windows, day.card, 1.0))
    products = [
        revmng.Product(
            float(fares[start, k]),
            {str(slot): 1 for slot in range(start, start + int(day.lengths[k]))},
            float(demand.rate[start, k] * share[start, k]),
        )
        for start, k in np.argwhere(day.windows).tolist()
    ]
    found = revmng.bid_prices(products, {str(slot): day.units for slot in range(day.slots)})
    return np.array([found.bid_prices[str(slot)] for slot in range(day.slots)], dtype=np.float64)


@dataclass(frozen=True)
class ByBids:
    """Sell at the best price over the bids, or at `fares` where they cover the bids (`fixed`)."""

    day: DaySpec
    demand: Demand
    fares: Floats
    bids: Floats
    fixed: bool
    seats: bool = False

    def ask(self, now: Moment) -> tuple[Floats, Index]:
        """Ask wherever there is room; inf is a refusal."""
        room, unit = Card(self.day, self.fares, self.seats).ask(now)
        slot = np.arange(self.day.slots)
        inside = (slot >= now.start[:, None]) & (slot < now.end[:, None])
        cost = (self.bids * inside).sum(axis=1)
        if self.fixed:
            return np.where(room >= cost, room, np.inf), unit
        slope = (self.demand.slope / self.day.card).ravel()[now.window]
        best = cost + (1 + omega(now.level - slope * cost - 1)) / slope
        low, high = self.day.floor.ravel()[now.window], self.day.ceiling.ravel()[now.window]
        return np.where(np.isinf(room), np.inf, np.clip(best, low, high)), unit


def by_bids(day: DaySpec, demand: Demand, fares: Floats) -> list[ByBids]:
    """Return both ways of selling by revmng's bid prices."""
    bids, seats = bid_prices(day, demand, fares), day.kind == "pool"
    return [ByBids(day, demand, fares, bids, fixed, seats) for fixed in (False, True)]
