"""The fluid bound of a pool once more, by HiGHS over a grid of prices: it checks `fluid`.

Apart, because scipy's optimisers weigh 20 MB that no seller of seats needs.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_array

from .demand import DaySpec, Demand
from .fluid import Flow
from .markup import accept


def by_lp(day: DaySpec, demand: Demand, *, prices: int = 200, steps: int = 60) -> float:
    """Return the bound of an empty day in cents over a grid of prices, by a linear programme."""
    flow = Flow.of(day, demand, steps=steps)
    share = np.linspace(0.0, 1.0, prices)
    floor, ceiling = day.floor.ravel()[flow.window], day.ceiling.ravel()[flow.window]
    price = floor[:, None] + (ceiling - floor)[:, None] * share
    sold = flow.rate[-1][:, None] * accept(price, flow.level[-1][:, None] + 1, flow.slope[:, None])
    windows = len(flow.window)
    seats = np.repeat(flow.uses.T, prices, axis=1) * sold.ravel()
    once = np.repeat(np.eye(windows), prices, axis=1)
    most = np.concatenate([np.full(day.slots, float(day.units)), np.ones(windows)])
    found = linprog(
        -(sold * price).ravel(), A_ub=csr_array(np.concatenate([seats, once])), b_ub=most
    )
    return -float(found.fun)
