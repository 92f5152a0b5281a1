"""The classical tools of revenue management: expected by users, and peers to compare with.

Fare classes are listed dearest first and cheaper ones book first. Protection levels are nested:
y[j] seats are kept for classes 0..j, so there is one level less than classes.
Sources: Littlewood 1972; Belobaba 1987, 1992 (EMSR-a, EMSR-b); Brumelle & McGill 1993 (optimal);
Fiig et al. 2010 (marginal revenue transformation); Talluri & van Ryzin 2004, chapters 2 to 4.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linprog
from scipy.stats import binom, norm

from .data import BadInput, Floats, Ints, finite


def _classes(fares: Floats, means: Floats, sds: Floats) -> tuple[Floats, Floats, Floats]:
    """Return checked columns; refuse fares that do not fall and lists of unequal length."""
    fares, means, sds = finite("fares", fares, 0), finite("means", means, 0), finite("sds", sds, 0)
    if not fares.shape == means.shape == sds.shape or fares.ndim != 1:
        raise BadInput("fares", None, "fares, means and sds need one value per class")
    rising = np.diff(fares) >= 0
    if rising.any():
        raise BadInput("fares", int(np.argmax(rising)) + 1, "not below the fare before it")
    return fares, means, sds


def littlewood(dear: float, cheap: float, mean: float, sd: float) -> float:
    """Return seats to protect for the dear class: P(D > y) = cheap / dear."""
    _classes(np.array([dear, cheap]), np.array([mean, mean]), np.array([sd, sd]))
    return float(max(mean + norm.ppf(1 - cheap / dear) * sd, 0))


def emsr_a(fares: Floats, means: Floats, sds: Floats) -> Floats:
    """Return protection levels (classes - 1,): Littlewood pair by pair, added up."""
    fares, means, sds = _classes(fares, means, sds)
    levels = np.zeros(max(len(fares) - 1, 0))
    for j in range(len(levels)):
        score = norm.ppf(1 - fares[j + 1] / fares[: j + 1])
        levels[j] = np.maximum(means[: j + 1] + score * sds[: j + 1], 0).sum()
    return levels


def emsr_b(fares: Floats, means: Floats, sds: Floats) -> Floats:
    """Return protection levels (classes - 1,): Littlewood against the average of dearer classes."""
    fares, means, sds = _classes(fares, means, sds)
    demand = np.cumsum(means)[:-1]
    spread = np.sqrt(np.cumsum(sds**2))[:-1]
    earned = np.cumsum(fares * means)[:-1]
    average = np.divide(earned, demand, out=fares[:-1].copy(), where=demand > 0)
    levels = np.maximum(demand + norm.ppf(1 - fares[1:] / average) * spread, 0)
    return np.asarray(np.maximum.accumulate(levels), dtype=np.float64)


def marginal_fares(fares: Floats, means: Floats) -> Floats:
    """Return the marginal revenue of opening each class when customers buy the cheapest open one.

    Negative: opening the class loses money and it stays closed (Fiig et al. 2010, eq. 10).
    """
    sold = np.cumsum(means)
    return np.asarray(np.diff(fares * sold, prepend=0.0) / np.where(means > 0, means, 1.0))


def emsr_b_mr(fares: Floats, means: Floats, sds: Floats) -> Floats:
    """Return EMSR-b on marginal fares, for the classes worth opening."""
    fares, means, sds = _classes(fares, means, sds)
    adjusted = marginal_fares(fares, means)
    falls = np.flatnonzero((np.diff(adjusted, prepend=np.inf) >= 0) | (adjusted <= 0))
    last = int(falls[0]) if len(falls) else len(fares)
    return emsr_b(adjusted[:last], means[:last], sds[:last])


def normal_counts(mean: float, sd: float, most: int) -> Floats:
    """Return P(demand = 0..most) of a normal rounded to whole seats, tails gathered at the ends."""
    edges = norm.cdf((np.arange(most) + 0.5 - mean) / max(sd, 1e-12))
    return np.asarray(np.diff(np.concatenate([[0.0], edges, [1.0]])))


def nested_optimum(fares: Floats, means: Floats, sds: Floats, capacity: int) -> tuple[Ints, float]:
    """Return the optimal whole protection levels and the expected revenue.

    V_j(x) = E max_{u <= min(D_j, x)} fare_j u + V_{j-1}(x - u), dearest class last to book, so
    y[j] is the number of seats whose marginal value under classes 0..j beats fare j + 1.
    """
    fares, means, sds = _classes(fares, means, sds)
    if capacity < 1:
        raise BadInput("capacity", None, "below 1")
    value = np.zeros(capacity + 1)
    levels = np.zeros(max(len(fares) - 1, 0), dtype=np.int64)
    kept = 0
    for j, fare in enumerate(fares):
        chance = normal_counts(means[j], sds[j], capacity)
        fresh = np.empty_like(value)
        for seats in range(capacity + 1):
            sold = np.minimum(np.arange(capacity + 1), max(seats - kept, 0))
            fresh[seats] = chance @ (fare * sold + value[seats - sold])
        value = fresh
        if j < len(levels):
            kept = int((np.diff(value) > fares[j + 1]).sum())
            levels[j] = kept
    return levels, float(value[-1])


@dataclass(frozen=True)
class Network:
    """The deterministic linear programme: its bound, what to sell, and what a unit is worth."""

    bound: float
    sold: Floats
    bid_prices: Floats


def network_dlp(fares: Floats, demand: Floats, uses: Floats, capacity: Floats) -> Network:
    """Solve max fares x, uses x <= capacity, 0 <= x <= demand by HiGHS.

    `uses` is (resources, products). The bound is one on every policy's expected revenue; the duals
    are bid prices, and for a single room they are the wrong tool (see the README).
    """
    fares, demand = finite("fares", fares, 0), finite("demand", demand, 0)
    uses, capacity = finite("uses", uses, 0), finite("capacity", capacity, 0)
    if uses.shape != (len(capacity), len(fares)) or demand.shape != fares.shape:
        raise BadInput("uses", None, f"shape {uses.shape}")
    limits = np.column_stack([np.zeros(len(demand)), demand])
    found = linprog(-fares, A_ub=uses, b_ub=capacity, bounds=limits, method="highs")
    if not found.success:
        raise ArithmeticError(f"HiGHS: {found.message}")
    return Network(-float(found.fun), np.asarray(found.x), np.asarray(-found.ineqlin.marginals))


def overbooking_limit(capacity: int, shows: float, denied_cost: float, empty_cost: float) -> int:
    """Return how many bookings to accept when each shows up with chance `shows`.

    One more is worth taking while the chance that it fills a unit, times the cost of an empty one,
    exceeds the chance that it finds none, times the cost of turning somebody away. For desks and
    seats; rooms are never overbooked.
    """
    if capacity < 1:
        raise BadInput("capacity", None, "below 1")
    if not 0 < shows <= 1:
        raise BadInput("shows", None, "not a chance in (0, 1]")
    if not (denied_cost >= 0 and empty_cost >= 0 and denied_cost + empty_cost > 0):
        raise BadInput("denied_cost", None, "costs must be 0 or more, not both 0")
    limit = capacity
    while limit < 20 * capacity:
        room_left = float(binom.cdf(capacity - 1, limit, shows))
        if room_left * empty_cost <= (1 - room_left) * denied_cost:
            break
        limit += 1
    return limit
