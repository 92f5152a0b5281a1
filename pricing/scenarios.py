r"""What seats of a pool are worth together: the fluid programme on demand as it may turn out.

Slots of a pool are valued one by one for prices, and a sum over slots is right for one seat. With
many seats gone it counts a booking once for each slot it would have had. So a block is valued by
whole bookings: with N drawn demands and x_s the seats left,

    V(x) = 1/N sum_n min_{pi >= 0} [ sum_s pi_s x_s + sum_j N_{j,n} G_j(sum_{s in j} pi_s) ].

Each term is concave in x, whatever was drawn, and the same draws serve before and after: a block
never displaces less than nothing, and each further seat displaces at least as much as the one
before. Whoever knows a drawn demand sells better than a venue can; draws spread wider than requests
do (`SPREAD`) take that back, and let a seat of a quiet day be worth something.
"""

from __future__ import annotations

import numpy as np

from . import fluid
from .demand import DaySpec, Demand
from .layers import Counts
from .markup import accept
from .results import Floats
from .table import Table

#: Demands drawn, fewer where a day has many windows and each demand averages over all of them;
#: always the same ones, so that equal questions have equal answers.
DRAWS, FEWEST, SEED = 64, 8, 7
#: Windows that 64 demands are drawn for.
WINDOWS = 200
#: Variance of the bookings drawn, over that of bookings that come one by one. Chosen on days that
#: no report uses.
SPREAD = 2.0
#: Times the card at which prices stop. A venue's own ceiling is left out: a flow at its ceiling
#: cannot be slowed, and more of it than seats would have no value at all.
FREE = 10.0


def able(table: Table) -> bool:
    """Tell whether the table knows its requests: those of earlier formats do not."""
    return table.wish.size > 0


def lost(table: Table, minutes_to_open: float, before: Counts, after: Counts) -> float:
    """Return the cents lost when the seats left per slot shrink from `before` to `after`."""
    rate, level = _to_come(table, minutes_to_open)
    shown = (table.card > 0) & (rate > 0)
    if not shown.any() or (before == after).all():
        return 0.0
    flow = _flow(table, shown, rate, level)
    expected, score = rate[shown], level[shown]
    card = table.card[shown]
    share = np.maximum(accept(card, score, table.b[shown] / card), 1e-3)
    rng = np.random.default_rng(SEED)
    draws = int(np.clip(DRAWS * WINDOWS / len(expected), FEWEST, DRAWS))
    drawn = rng.gamma(expected * share / SPREAD, SPREAD / share, (draws, len(expected)))
    weight = share * card
    drawn *= (expected @ weight) / max(float(drawn.mean(axis=0) @ weight), 1e-9)
    left = np.repeat(np.stack([before, after]).astype(np.float64), draws, axis=0)
    shut = (left == 0) @ flow.uses.T > 0
    drawn = np.where(shut, 0.0, np.tile(drawn, (2, 1)))
    _, value = fluid.duals(flow, drawn, np.repeat(score[None] - 1, len(left), axis=0), left)
    return max(float(value[:draws].mean() - value[draws:].mean()), 0.0)


def _to_come(table: Table, minutes_to_open: float) -> tuple[Floats, Floats]:
    """Return requests still to come and their mean a, both (slots, lengths), at a moment."""
    before, after, late = table.between(minutes_to_open)
    asked = table.starting[before] * (1 - late) + table.starting[after] * late
    shift = table.later[before] * (1 - late) + table.later[after] * late
    most = table.starting[-1]
    part = np.divide(asked, most, out=np.zeros_like(asked), where=most > 0)
    return table.wish * part[:, None], table.a + shift[:, None]


def _flow(table: Table, shown: np.ndarray, rate: Floats, level: Floats) -> fluid.Flow:
    """Return the flow of the windows `shown`, whose rates and levels are told state by state."""
    card = np.where(shown, table.card, 1.0)
    day = DaySpec(
        table.slots,
        table.slot_minutes,
        table.lengths,
        card,
        table.units,
        "pool",
        sellable=shown,
        floor_cents=np.where(shown, table.floor, 0.0),
        ceiling_cents=np.maximum(table.floor, FREE * card),
    )
    demand = Demand(rate, np.clip(level, -60, 60), table.b, [0, 1], [1.0])
    window = np.flatnonzero(shown.ravel())
    start, k = np.divmod(window, len(table.lengths))
    end = start + np.asarray(table.lengths)[k]
    slot = np.arange(table.slots)
    uses = (slot >= start[:, None]) & (slot < end[:, None])
    none = np.empty((0, len(window)))
    slope = (table.b / card).ravel()[window]
    return fluid.Flow(day, demand, np.empty(0), none, none, slope, uses * 1.0, window)
