"""How requests answer to a price, learnt from the quotes that were shown.

    P(accept | x, r) = sigmoid(x'h - b (r - 1)),   r = shown price / list price,  b = exp(beta)

h is the answer at the list price and b the slope; measured around r = 1 the two hardly compete. The
prior is beta ~ N(log b0, sd) from the kind of space, h ~ N(h0, sd); the estimate is the posterior
mode by Newton, its uncertainty the inverse Fisher information (Laplace).

Only varied prices teach b. Each (space, date, daypart, week) therefore gets an arm e in
{-1, -.5, 0, .5, 1}, always the same one, so that a customer sees a stable price: shown price =
price (1 + w e). The width w shrinks as the slope becomes known, and never to nothing.
"""

import hashlib
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np
from scipy.special import expit

from .data import BadInput, Floats, finite
from .solve import Minimum, newton

ARMS = (-1.0, -0.5, 0.0, 0.5, 1.0)
LEARNING, KNOWING = 0.10, 0.04  # exploration widths, before and after the slope is known
KNOWN_SD, IGNORANT_SD = 0.15, 0.5  # of log b
CONFLICT = 3.0  # prior standard deviations
BUMPS = np.array([0.1, 0.3, 0.5, 0.7, 0.9])
BUMP_WIDTH = 0.12


class PriorConflict(UserWarning):
    """The quotes contradict the prior slope; it was loosened."""


@dataclass(frozen=True)
class ResponsePrior:
    """What is believed before the first quote: the logit at list price and the slope.

    `at_list` and `at_list_sd` are (p,), one per feature; 65 % taking the list price is 0.62.
    """

    slope: float = 5.0
    slope_sd: float = 0.5
    at_list: Floats = field(default_factory=lambda: np.r_[0.62, np.zeros(7)])
    at_list_sd: Floats = field(default_factory=lambda: np.r_[1.0, np.full(5, 0.5), 0.3, 0.3])

    def __post_init__(self) -> None:
        """Refuse a slope or a spread that is not a positive number."""
        for name in ("slope", "slope_sd"):
            value = getattr(self, name)
            if not (np.isfinite(value) and value > 0):
                raise BadInput(name, None, "must be a positive number")
        object.__setattr__(self, "at_list", finite("at_list", self.at_list))
        object.__setattr__(self, "at_list_sd", finite("at_list_sd", self.at_list_sd, 1e-6))
        if self.at_list.shape != self.at_list_sd.shape:
            raise BadInput("at_list_sd", None, "not as long as at_list")


def features(middle: Floats, hours: Floats, lead_minutes: Floats) -> Floats:
    """Return x (n, 8): one, five bumps over the opening day, log length, log lead.

    `middle` is the middle of the window as a share of the opening day, `hours` its length,
    `lead_minutes` the time between the quote and the start. Centred at one hour and three days.
    """
    middle, hours, lead = np.broadcast_arrays(middle, hours, np.maximum(lead_minutes, 0))
    bumps = np.exp(-(((middle[..., None] - BUMPS) / BUMP_WIDTH) ** 2))
    rest = np.stack([np.log(hours), np.log1p(lead / 1440) - np.log(4)], axis=-1)
    return np.concatenate([np.ones((*middle.shape, 1)), bumps, rest], axis=-1)


@dataclass(frozen=True)
class Response:
    """A learnt response. `at` is (h..., beta), `covariance` of the same order."""

    at: Floats
    covariance: Floats
    quotes: int
    how: str
    prior_slope_sd: float

    @property
    def slope(self) -> float:
        """Return b, the slope per list price."""
        return float(np.exp(self.at[-1]))

    @property
    def slope_sd(self) -> float:
        """Return the standard deviation of log b."""
        return float(np.sqrt(self.covariance[-1, -1]))

    @property
    def is_ignorant(self) -> bool:
        """Return whether the slope is too uncertain to leave the static card."""
        return self.slope_sd > IGNORANT_SD

    @property
    def trust(self) -> float:
        """Return how far to leave the static card, 0 to 1: the share of the prior's variance that
        quotes have removed.

        Prices move from the static card to the optimum by this share (`toward`): a wrong belief
        about what people would pay costs more than anything else a pricing engine can get wrong.
        """
        if self.is_ignorant:
            return 0.0
        return float(np.clip(1 - (self.slope_sd / self.prior_slope_sd) ** 2, 0, 1))

    def at_list(self, x: Floats) -> Floats:
        """Return the logit of acceptance at the list price."""
        return np.asarray(x @ self.at[:-1])

    def accept(self, x: Floats, ratio: Floats) -> Floats:
        """Return the accept probability at price / list = ratio."""
        return np.asarray(expit(self.at_list(x) - self.slope * (ratio - 1)))

    def elasticity(self, x: Floats, ratio: float = 1.0) -> tuple[float, float, float]:
        """Return (elasticity, low, high) at one x: -b r (1 - F), with a 90 % interval."""
        refused = 1 - float(self.accept(x, np.asarray(ratio)))
        middle = -self.slope * ratio * refused
        lean = np.r_[-(1 - refused) * x, 1 + self.slope * (ratio - 1) * (1 - refused)]
        spread = float(np.sqrt(lean @ self.covariance @ lean))
        low, high = middle * np.exp(1.645 * spread), middle * np.exp(-1.645 * spread)
        return middle, float(low), float(high)


def _fit(
    x: Floats, rise: Floats, accepted: Floats, weight: Floats, prior: ResponsePrior
) -> Minimum:
    """Minimise the penalised loss; the Hessian is Fisher's, positive wherever we start."""
    centre = np.r_[prior.at_list, np.log(prior.slope)]
    ridge = np.r_[prior.at_list_sd, prior.slope_sd] ** -2.0

    def loss(at: Floats) -> tuple[float, Floats, Floats]:
        slope = np.exp(np.clip(at[-1], -20, 20))
        lean = np.column_stack([x, -slope * rise])
        score = x @ at[:-1] - slope * rise
        chance = expit(score)
        off = at - centre
        value = weight @ (np.logaddexp(0, score) - accepted * score) + 0.5 * ridge @ off**2
        gradient = lean.T @ (weight * (chance - accepted)) + ridge * off
        fisher = lean.T @ (lean * (weight * chance * (1 - chance))[:, None]) + np.diag(ridge)
        return float(value), gradient, fisher

    return newton(loss, centre)


def fit_response(
    x: Floats,
    ratio: Floats,
    accepted: Floats,
    prior: ResponsePrior | None = None,
    weight: Floats | None = None,
) -> Response:
    """Learn from quotes: features x (n, p), shown / list price, and whether each was taken.

    No quotes, or prices that never varied: the slope stays at its prior and its uncertainty says
    so. Quotes that contradict the prior by more than three of its standard deviations loosen it
    threefold, with a `PriorConflict` warning.
    """
    prior = prior or ResponsePrior()
    x = finite("x", np.reshape(x, (-1, len(prior.at_list))))
    ratio, accepted = finite("ratio", ratio, 0), finite("accepted", accepted, 0)
    weight = np.ones(len(x)) if weight is None else finite("weight", weight, 0)
    for name, column in (("ratio", ratio), ("accepted", accepted), ("weight", weight)):
        if column.shape != (len(x),):
            raise BadInput(name, None, f"{column.shape} against {len(x)} rows of x")
    if np.any(accepted > 1):
        raise BadInput("accepted", int(np.argmax(accepted > 1)), "neither 0 nor 1")
    found = _fit(x, ratio - 1, accepted, weight, prior)
    if _denied(found, prior):
        warnings.warn("the quotes contradict the prior slope", PriorConflict, stacklevel=2)
        loose = ResponsePrior(
            prior.slope, CONFLICT * prior.slope_sd, prior.at_list, prior.at_list_sd
        )
        found = _fit(x, ratio - 1, accepted, weight, loose)
    return Response(found.at, found.covariance, len(x), found.how, prior.slope_sd)


def _denied(found: Minimum, prior: ResponsePrior) -> bool:
    """Return whether the quotes alone would put the slope three prior deviations away."""
    gone = found.at[-1] - np.log(prior.slope)
    precision = 1 / found.covariance[-1, -1] - prior.slope_sd**-2
    if precision * prior.slope_sd**2 < 1:
        return False  # the quotes say less than the prior: nothing is contradicted
    alone = gone + gone / prior.slope_sd**2 / precision
    return bool(abs(alone) > CONFLICT * prior.slope_sd)


def width(slope_sd: float) -> float:
    """Return the exploration width w: wide while the slope is unknown, narrow for good after.

    Between sd 0.30 and 0.15 it falls in proportion, so learning does not end with a jump.
    """
    unknown = np.clip((slope_sd - KNOWN_SD) / KNOWN_SD, 0, 1)
    return float(KNOWING + (LEARNING - KNOWING) * unknown)


def arm(space: int, day: date, daypart: int, asked_on: date) -> float:
    """Return the arm of one space, date, daypart and week of asking: the same for everybody."""
    week = asked_on.isocalendar()
    key = f"{space}/{day.isoformat()}/{daypart}/{week.year}-{week.week}"
    drawn = hashlib.blake2b(key.encode(), digest_size=4).digest()
    return ARMS[int.from_bytes(drawn, "big") % len(ARMS)]


def variation(
    space: int, day: date, dayparts: Sequence[int], asked_on: date, slope_sd: float
) -> Floats:
    """Return the factor 1 + w e of each start slot, given the part of the day each belongs to.

    The same for everybody all week, and narrower the better the slope is known.
    """
    if not slope_sd >= 0:
        raise BadInput("slope_sd", None, "must be a number, 0 or more")
    arms = {part: arm(space, day, part, asked_on) for part in set(dayparts)}
    return dithered(np.ones(len(dayparts)), width(slope_sd), np.array([arms[p] for p in dayparts]))


def dithered(price: Floats, width_: float, arms: Floats) -> Floats:
    """Return the price to show: price (1 + w e)."""
    return np.asarray(price * (1 + width_ * arms))
