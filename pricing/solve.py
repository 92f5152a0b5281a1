"""Newton's method for smooth convex losses, and a second method that says when it was needed.

Every estimate of the engine minimises a penalised negative log likelihood. `newton` takes damped
steps on it; when the Hessian cannot be used or no step helps, SciPy's L-BFGS-B finishes the work
and a `Fallback` warning tells it: an estimate that nobody watched is how a price goes wrong.
"""

import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.linalg import LinAlgError, cho_factor, cho_solve
from scipy.optimize import minimize

from .data import Floats

Loss = Callable[[Floats], tuple[float, Floats, Floats]]
"""Parameters to (value, gradient, Hessian)."""


class Fallback(UserWarning):
    """Newton gave up and L-BFGS-B was asked instead."""


@dataclass(frozen=True)
class Minimum:
    """Where the loss is least; `covariance` is the inverse Hessian there (Laplace)."""

    at: Floats
    covariance: Floats
    value: float
    steps: int
    how: str
    converged: bool


def _invert(hessian: Floats) -> Floats:
    """Return the inverse of a positive definite matrix, lifted a little when it is not quite."""
    size = len(hessian)
    lift = 0.0
    while True:
        try:
            factor = cho_factor(hessian + lift * np.eye(size))
            return np.asarray(cho_solve(factor, np.eye(size)))
        except LinAlgError:
            lift = max(10 * lift, 1e-8 * (1 + float(np.abs(np.diag(hessian)).max())))


def _downhill(loss: Loss, at: Floats, value: float, step: Floats, slope: float) -> Floats | None:
    """Return the first of step, step/2, ... that lowers the loss enough; None when none does."""
    size = 1.0
    for _ in range(30):
        trial = loss(at + size * step)[0]
        if np.isfinite(trial) and trial <= value + 1e-4 * size * slope:
            return np.asarray(at + size * step)
        size /= 2
    return None


def newton(loss: Loss, start: Floats, tolerance: float = 1e-8, most: int = 60) -> Minimum:
    """Minimise `loss` from `start`; warn `Fallback` and use L-BFGS-B when Newton is stuck.

    Converged means that Newton's decrement (how much a full step would still gain) is below
    `tolerance` times 1 + |value|.
    """
    at = np.array(start, dtype=np.float64)
    for count in range(most):
        value, gradient, hessian = loss(at)
        if not (np.isfinite(value) and np.isfinite(hessian).all()):
            break
        try:
            step = -cho_solve(cho_factor(hessian), gradient)
        except LinAlgError:
            break
        slope = float(gradient @ step)
        if -slope <= tolerance * (1 + abs(value)):
            return Minimum(at, _invert(hessian), value, count, "newton", converged=True)
        further = _downhill(loss, at, value, step, slope)
        if further is None:
            break
        at = further
    return _second_method(loss, at if np.isfinite(loss(at)[0]) else np.asarray(start))


def _second_method(loss: Loss, start: Floats) -> Minimum:
    """Finish with L-BFGS-B, and say so."""
    warnings.warn("Newton did not converge; L-BFGS-B was used", Fallback, stacklevel=3)
    found = minimize(lambda x: loss(x)[:2], start, jac=True, method="L-BFGS-B")
    value, _, hessian = loss(found.x)
    good = bool(found.success)
    return Minimum(found.x, _invert(hessian), value, int(found.nit), "l-bfgs-b", converged=good)
