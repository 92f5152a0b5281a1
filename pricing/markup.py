r"""The best markup over an opportunity cost, in closed form.

A request comes for a product worth `c` elsewhere. It accepts price p with probability F(p);
the venue earns F(p) (p - c). The best price and what it brings are, for the three families used:

logit        F(p) = 1 / (1 + exp(-(A - B p))).  With w = W(exp(A - B c - 1)), W Lambert's function,
             p = c + (1 + w) / B and the gain is w / B.  w = omega(x), x = A - B c - 1, where omega
             is Wright's function (omega + ln omega = x): one scalar function for every product.
exponential  F(p) = exp(-p / theta): p = c + theta, gain theta exp(-1 - c / theta).
any other    G(c) = max_m F(m) (m - c) is convex, falls with c and is tabulated once (`Envelope`).

Price bounds cost nothing: outside the costs where a bound binds, the price stays at the bound and G
is the tangent of the free curve there, so G(c) follows from omega at the clipped x (`gain`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import wrightomega

from .data import BadInput
from .results import Floats

_LOW, _HIGH, _PER_UNIT = -32.0, 72.0, 64
_KNOTS = np.arange(_LOW, _HIGH + 1 / _PER_UNIT, 1 / _PER_UNIT)


def _hermite(knots: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Return cubic coefficients on each cell, from values and exact slopes w / (1 + w)."""
    value = wrightomega(knots)
    slope = value / (1 + value) / _PER_UNIT
    rise = value[1:] - value[:-1]
    return (
        value[:-1].copy(),
        slope[:-1].copy(),
        3 * rise - 2 * slope[:-1] - slope[1:],
        slope[:-1] + slope[1:] - 2 * rise,
    )


_C0, _C1, _C2, _C3 = _hermite(_KNOTS)


def omega(x: Floats) -> Floats:
    """Wright's omega, by cubic Hermite cells of 1/64: within 1e-11, seven times faster than scipy.

    Below -32 the value is that at -32 (1e-14, no price sees it); above 72 scipy's own is used.
    """
    if x.size and x.max() >= _HIGH:
        return np.where(x < _HIGH, omega(np.minimum(x, _HIGH - 1e-9)), wrightomega(x))
    cell = np.maximum(x, _LOW) - _LOW
    cell *= _PER_UNIT
    index = cell.astype(np.intp)
    cell -= index
    out = _C3.take(index)
    for coefficient in (_C2, _C1, _C0):
        out *= cell
        out += coefficient.take(index)
    return out


def score_at(price: Floats, a: Floats, b: Floats) -> Floats:
    """Return the x at which the free best price equals `price`: where a bound starts to bind."""
    score = a - b * price
    return np.exp(np.minimum(score, 60.0)) + score


def gain(x: Floats, low: Floats, high: Floats) -> Floats:
    """Return B G(c) for logit response at x = A - B c - 1, free price kept for x in [low, high].

    `low` belongs to the ceiling price (high cost), `high` to the floor price. Written over scratch
    arrays because the gap programme spends all its time here.
    """
    inside = np.minimum(x, high)
    np.maximum(inside, low, out=inside)
    best = omega(inside)
    share = best / (1 + best)
    np.subtract(x, inside, out=inside)
    inside *= share
    best += inside
    return best


def price(cost: Floats, a: Floats, b: Floats, low: Floats, high: Floats) -> Floats:
    """Return the best price at opportunity cost `cost`, kept within [low, high]."""
    best: Floats = np.clip(cost + (1 + omega(a - b * cost - 1)) / b, low, high)
    return best


def accept(at: Floats, a: Floats, b: Floats) -> Floats:
    """Return the share of requests that accept price `at`."""
    taken: Floats = 1 / (1 + np.exp(np.clip(b * at - a, -700, 700)))
    return taken


def exponential_price(cost: Floats, theta: Floats) -> Floats:
    """Return the best price when willingness to pay is exponential with mean theta."""
    return cost + theta


def exponential_gain(cost: Floats, theta: Floats) -> Floats:
    """Return max_p exp(-p / theta) (p - c)."""
    worth: Floats = theta * np.exp(-1 - cost / theta)
    return worth


@dataclass(frozen=True, slots=True)
class Envelope:
    """Upper envelope of F(p) (p - c) over a price grid, in units of a reference price.

    phi(z) = max_m F(m) (m - z) at 512 knots of z: convex, so linear interpolation errs upwards by
    less than the square of the spacing. For mixtures, empirical responses and rounded price lists.
    """

    knots: Floats
    values: Floats
    prices: Floats

    def gain(self, cost: Floats, reference: Floats) -> Floats:
        """Return G(c) for costs in money and reference prices in money."""
        worth: Floats = reference * np.interp(cost / reference, self.knots, self.values)
        return worth

    def price(self, cost: Floats, reference: Floats) -> Floats:
        """Return the grid price that is best at `cost`."""
        cell = np.searchsorted(self.knots, cost / reference).clip(0, len(self.knots) - 1)
        best: Floats = reference * self.prices[cell]
        return best


def envelope(share: Callable[[Floats], Floats], grid: Floats, *, knots: int = 512) -> Envelope:
    """Tabulate phi for an accept probability `share(m)` at relative prices `grid`.

    Refuses a grid that is empty, not finite or not positive, and shares outside [0, 1].
    """
    if grid.size == 0 or not np.isfinite(grid).all() or (grid <= 0).any():
        raise BadInput("grid", None, "needs positive finite prices")
    accepted = share(grid)
    if not ((accepted >= 0) & (accepted <= 1)).all():
        raise BadInput("share", None, "an accept probability lies between 0 and 1")
    z = np.linspace(0.0, float(grid.max()), knots)
    lines = accepted[None, :] * (grid[None, :] - z[:, None])
    best = lines.argmax(axis=1)
    return Envelope(z, np.maximum(lines.max(axis=1), 0.0), grid[best])


def toward(card: Floats, best: Floats, trust: Floats | float) -> Floats:
    """Return the price that has gone `trust` of the way (in logs) from the card to the optimum."""
    return np.asarray(card * (best / card) ** np.clip(trust, 0, 1))
