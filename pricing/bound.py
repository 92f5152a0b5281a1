r"""A bound that no policy beats, sharper than the fluid one: slots apart, chance kept.

The optimal value V of a pool of R units obeys

    V_t(x) = V_{t-1}(x) + sum_j lambda_j G_j(c_j(x)),   G_j(c) = max(0, max_p F(p) (p - c)),

with c_j the value lost by taking window j; G_j is convex and falls with c. A sum over slots,
v_t(x) = sum_s v_{s,t}(x_s), that grows by at least as much at every x stays above V. With
D_s = v_s(x_s) - v_s(x_s - 1), the loss c_j is the sum of D_s over the slots of j, and by convexity
(Jensen), for any bids pi and any weights w that sum to 1 over the slots of j,

    G_j( sum_s D_s ) <= sum_s w_s G_j( sum_l pi_l + (D_s - pi_s) / w_s ).

So let each slot grow by its own term. Any pi and w give a valid bound; good ones are the mean and
the spread of D_s along the season, found by carrying the seats forward, as in `pool`. The fluid
bound is the case of a D_s that does not depend on x. Rooms that keep their bookings are worth no
more than seats, so the bound holds for them too. For one slot it is the exact optimum.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .demand import DaySpec, Demand, grid
from .markup import gain, omega
from .pool import Paired, Uses, paired, uses
from .results import Floats

#: Below this score nobody buys: keeps far costs finite.
_LEAST = -600.0


def separable(day: DaySpec, demand: Demand, *, steps: int = 120, rounds: int = 4) -> float:
    """Return a bound in cents on what an empty day can bring on average, by any policy.

    On a grid of `steps`, where sales of a step see the values before it: the bound is then above
    the optimum of that grid, which is above that of continuous time.
    """
    pairs = uses(day)
    season = paired(day, demand, grid(day, demand, steps), pairs, 0.0)
    mean = np.zeros((steps, day.slots))
    spread = np.ones((steps, day.slots))
    least = np.inf
    for _ in range(rounds):
        value, sold = _backward(day, season, pairs, mean, spread)
        least = min(least, float(value[-1, :, day.units].sum()))
        mean, spread = _forward(value, sold)
    return least


def _backward(
    day: DaySpec, season: Paired, pairs: Uses, mean: Floats, spread: Floats
) -> tuple[Floats, Floats]:
    """Return v (T + 1, slots, units + 1) under bids `mean`, and expected sales in each state."""
    steps, windows = len(season.rate), day.slots * day.shape[1]
    value = np.zeros((steps + 1, day.slots, day.units + 1))
    sold = np.zeros((steps, day.slots, day.units + 1))

    def over_window(each: Floats) -> Floats:
        total = np.bincount(pairs.window, weights=each, minlength=windows)
        return np.asarray(total[pairs.window], dtype=np.float64)

    for t in range(steps):
        wide = spread[t, pairs.slot] + 1e-3 * spread[t].max() + 1e-6
        weight = wide / over_window(wide)
        away = np.diff(value[t], axis=1)[pairs.slot] - mean[t, pairs.slot][:, None]
        asked = over_window(mean[t, pairs.slot])[:, None] + away / weight[:, None]
        slope, level = season.slope[:, None], season.level[t][:, None]
        bounds = season.low[t][:, None], season.high[t][:, None]
        won = np.maximum(gain(np.maximum(level - slope * asked, _LEAST), *bounds), 0.0)
        won *= (weight * season.rate[t] / season.slope)[:, None]
        usual = over_window(mean[t, pairs.slot])[:, None] + away
        best = omega(np.clip(level - slope * usual, *bounds))
        took = best / (1 + best) * season.rate[t][:, None]
        value[t + 1] = value[t]
        value[t + 1, pairs.slots, 1:] += np.add.reduceat(won, pairs.first)
        sold[t, pairs.slots, 1:] = np.add.reduceat(took, pairs.first)
    return value, sold


def _forward(value: Floats, sold: Floats) -> tuple[Floats, Floats]:
    """Carry the seats free from all to the end; return mean and spread of a seat's worth."""
    steps, slots, states = sold.shape
    here = np.zeros((slots, states))
    here[:, -1] = 1.0
    mean, spread = np.zeros((steps, slots)), np.zeros((steps, slots))
    for t in range(steps - 1, -1, -1):
        chance: NDArray[np.float64] = (
            here[:, 1:] / np.maximum(here[:, 1:].sum(axis=1), 1e-9)[:, None]
        )
        worth = np.diff(value[t], axis=1)
        mean[t] = (chance * worth).sum(axis=1)
        spread[t] = np.sqrt((chance * (worth - mean[t][:, None]) ** 2).sum(axis=1))
        moved = here * -np.expm1(-sold[t])
        here = here - moved
        here[:, :-1] += moved[:, 1:]
    return mean, spread
