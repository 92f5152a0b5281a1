"""Penalised regressions: Poisson with exposure, logistic, and a line that shrugs at outliers.

All take a design matrix x of shape (n, p), observation weights w (a half-life is a weight), and a
Gaussian prior on the coefficients: mean `centre`, precision `ridge` (p,). The prior is how a small
venue leans on its kind of space, and that kind on the platform: fit above, pass `at` down as
`centre` and the strength as `ridge`.
"""

import numpy as np
from scipy.special import expit

from .data import BadInput, Floats, finite
from .solve import Minimum, newton

BOUND = 30.0  # exp(30) requests a day are no demand: keeps a far trial step finite


def half_life_weights(age: Floats, half_life: float) -> Floats:
    """Return 2^(-age / half_life): what a half-life old counts half."""
    if not half_life > 0:
        raise BadInput("half_life", None, "must be above 0")
    return np.asarray(0.5 ** (np.maximum(age, 0) / half_life))


def _columns(x: Floats, y: Floats, **others: Floats | None) -> tuple[Floats, ...]:
    """Return fresh float arrays of matching length; refuse NaN and a design that does not fit."""
    design = finite("x", x)
    if design.ndim != 2:
        raise BadInput("x", None, "a design has two dimensions")
    target = finite("y", y)
    rows = [np.ones(len(target)) if v is None else finite(k, v, 0) for k, v in others.items()]
    for name, column in zip(("y", *others), (target, *rows), strict=True):
        if column.shape != (len(design),):
            raise BadInput(name, None, f"shape {column.shape} against {len(design)} rows of x")
    return (design, target, *rows)


def poisson(
    x: Floats,
    y: Floats,
    ridge: Floats,
    *,
    exposure: Floats | None = None,
    weight: Floats | None = None,
    centre: Floats | None = None,
) -> Minimum:
    """Fit y ~ Poisson(exposure exp(x b)): the loss is sum w (mu - y log mu) + penalty.

    Rows without exposure carry no news. Source: McCullagh & Nelder (1989), ch. 6.
    """
    x, y, exposure, weight = _columns(x, y, exposure=exposure, weight=weight)
    prior = np.zeros(x.shape[1]) if centre is None else finite("centre", centre)
    seen = exposure > 0
    x, y, exposure, weight = x[seen], y[seen], exposure[seen], weight[seen]
    if np.any(y < 0):
        raise BadInput("y", int(np.argmax(y < 0)), "a count below 0")

    def loss(b: Floats) -> tuple[float, Floats, Floats]:
        score = np.clip(x @ b, -BOUND, BOUND)
        mean = exposure * np.exp(score)
        off = b - prior
        value = float(weight @ (mean - y * score) + 0.5 * ridge @ off**2)
        gradient = x.T @ (weight * (mean - y)) + ridge * off
        hessian = x.T @ (x * (weight * mean)[:, None]) + np.diag(ridge)
        return value, gradient, hessian

    start = prior.copy()
    level = (weight @ y + 0.5) / (weight @ exposure + 0.5)
    if np.all(x[:, :1] == 1) and ridge[0] < 1:
        start[0] = np.log(level)
    return newton(loss, start)


def logistic(
    x: Floats,
    y: Floats,
    ridge: Floats,
    *,
    weight: Floats | None = None,
    centre: Floats | None = None,
) -> Minimum:
    """Fit P(y = 1) = expit(x b), y in [0, 1]."""
    x, y, weight = _columns(x, y, weight=weight)
    prior = np.zeros(x.shape[1]) if centre is None else finite("centre", centre)
    if np.any((y < 0) | (y > 1)):
        raise BadInput("y", int(np.argmax((y < 0) | (y > 1))), "outside 0..1")

    def loss(b: Floats) -> tuple[float, Floats, Floats]:
        score = x @ b
        chance = expit(score)
        off = b - prior
        value = float(weight @ (np.logaddexp(0, score) - y * score) + 0.5 * ridge @ off**2)
        gradient = x.T @ (weight * (chance - y)) + ridge * off
        hessian = x.T @ (x * (weight * chance * (1 - chance))[:, None]) + np.diag(ridge)
        return value, gradient, hessian

    return newton(loss, prior.copy())


def huber_line(
    x: Floats, y: Floats, ridge: Floats, *, weight: Floats | None = None, bend: float = 3.0
) -> Floats:
    """Return the coefficients of a ridge line whose errors beyond `bend` count linearly.

    Iterated re-weighting (Huber 1964); a group of forty that cancels moves the line as one outlier.
    """
    x, y, weight = _columns(x, y, weight=weight)
    pull = np.ones(len(y))
    line: Floats = np.zeros(x.shape[1])
    for _ in range(15):
        power = weight * pull
        normal = x.T @ (x * power[:, None]) + np.diag(ridge)
        line = np.asarray(np.linalg.solve(normal, x.T @ (power * y)))
        pull = 1 / np.maximum(np.abs(y - x @ line) / bend, 1)
    return line
