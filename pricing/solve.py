"""Newton's method with a line search, for the smooth convex losses of this package.

When Newton cannot finish, a quasi-Newton run from scipy takes over and the result says so: `method`
is what found the point, `converged` whether its gradient really vanished.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from .data import Floats, finite

Loss = Callable[[Floats], tuple[float, Floats, Floats]]
STEPS, HALVINGS = 50, 30


@dataclass(frozen=True, slots=True)
class Minimum:
    """Where a loss is least: the point, its value, its Hessian, and how it was found."""

    at: Floats
    value: float
    hessian: Floats
    converged: bool
    method: str

    @property
    def covariance(self) -> Floats:
        """Return the Laplace covariance: the inverse Hessian, pseudo-inverse where it is flat."""
        return np.asarray(np.linalg.pinv(self.hessian, hermitian=True))

    @property
    def sd(self) -> Floats:
        """Return the Laplace standard deviation of each coefficient."""
        return np.asarray(np.sqrt(np.maximum(np.diag(self.covariance), 0)))


def newton(loss: Loss, start: Floats, *, tolerance: float = 1e-8) -> Minimum:
    """Minimise `loss` (value, gradient, Hessian at a point) from `start`."""
    at = finite("start", start)
    value, gradient, hessian = loss(at)
    for _ in range(STEPS):
        scale = tolerance * max(1.0, abs(value))
        if np.abs(gradient).max(initial=0.0) <= scale:
            return Minimum(at, value, hessian, True, "newton")
        found = _downhill(loss, at, value, gradient, hessian)
        if found is None:
            break
        at, value, gradient, hessian = found
    return _fallback(loss, at, tolerance)


def _downhill(
    loss: Loss, at: Floats, value: float, gradient: Floats, hessian: Floats
) -> tuple[Floats, float, Floats, Floats] | None:
    """Return the next point, half as far until the loss falls enough; None when it never does."""
    try:
        step = np.linalg.solve(hessian, gradient)
    except np.linalg.LinAlgError:
        return None
    slope = float(gradient @ step)
    if not slope > 0:
        return None
    for halving in range(HALVINGS):
        trial = at - 0.5**halving * step
        there, up, curve = loss(trial)
        if np.isfinite(there) and there <= value - 1e-4 * 0.5**halving * slope:
            return trial, there, up, curve
    return None


def _fallback(loss: Loss, start: Floats, tolerance: float) -> Minimum:
    """Finish with L-BFGS from the best point so far, and say that it was needed."""
    found = minimize(lambda b: loss(b)[:2], start, jac=True, method="L-BFGS-B")
    at = np.asarray(found.x, dtype=np.float64)
    value, gradient, hessian = loss(at)
    small = np.abs(gradient).max(initial=0.0) <= max(1e-4, tolerance) * max(1.0, abs(value))
    return Minimum(at, value, hessian, bool(small), "l-bfgs")
