"""How many requests come for each window of each day, and how far ahead: the intensity of demand.

    log rate(day, start, length) = level(day) + shape(start, length)
    level = venue + weekday + holiday + school holiday + event + season
    shape = log of the prior pattern + bumps over the start + one effect per length

Both halves are penalised Poisson regressions with exposure, fitted in turn until they agree.
History counts with a half-life; whatever data does not say stays at the prior, and the prior can
itself be a fit of the kind of space or of the platform (`parent`): the shrinkage from above. From
bookings alone, without quotes, multiply the exposure by the share that accepts the price.

A date's own bookings then move its level: rate ~ Gamma(a, a) times the forecast, and n requests
seen where b were expected make it Gamma(a + n, a + b).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import gamma, nbinom

from .data import BadInput, Bools, Floats, Ints, Moments, finite
from .glm import half_life_weights, poisson

YEAR = 365
ROUNDS = 4
LEVEL_RIDGE = 4.0  # a weekday, holiday or event is believed to change demand by half, give or take
SHAPE_RIDGE = 4.0


@dataclass(frozen=True)
class Calendar:
    """What is known of days beforehand, all (n,): weekday 0 Monday to 6, flags, and dates."""

    day: Moments
    holiday: Bools
    school: Bools
    event: Floats

    def __post_init__(self) -> None:
        """Refuse missing dates, unequal lengths, and events that are not numbers."""
        day = np.array(self.day, dtype="datetime64[D]")
        if np.isnat(day).any():
            raise BadInput("day", int(np.argmax(np.isnat(day))), "no date")
        object.__setattr__(self, "day", day)
        for name, kind in (("holiday", bool), ("school", bool), ("event", np.float64)):
            column = np.broadcast_to(np.asarray(getattr(self, name), dtype=kind), day.shape)
            object.__setattr__(self, name, column)
        finite("event", self.event, 0)

    @classmethod
    def of(cls, days: Sequence[object] | Moments) -> "Calendar":
        """Return ordinary days: no holidays, no events."""
        day = np.array(days, dtype="datetime64[D]")
        none = np.zeros(day.shape)
        return cls(day, none.astype(bool), none.astype(bool), none)

    @property
    def weekday(self) -> Ints:
        """Return 0 for Monday to 6 for Sunday."""
        return np.asarray((self.day.astype(np.int64) + 3) % 7)

    def design(self) -> Floats:
        """Return the level's design (n, 15): one, weekdays, flags, event, two harmonics."""
        turn = 2 * np.pi * (self.day.astype(np.int64) % 365.25) / 365.25
        season = [f(m * turn) for m in (1, 2) for f in (np.sin, np.cos)]
        flags = [self.holiday.astype(np.float64), self.school.astype(np.float64), self.event]
        return np.column_stack([np.ones(len(turn)), np.eye(7)[self.weekday], *flags, *season])


@dataclass(frozen=True)
class Intensity:
    """A fitted demand. `level` and `shape` are coefficients, `covariance` of the level's.

    `pattern` is the mean per window of a day of level 1, (slots, lengths); `lead_share` (K,).
    """

    level: Floats
    covariance: Floats
    shape: Floats
    pattern: Floats
    lead_share: Floats
    requests: float
    spread: float

    def mean(self, calendar: Calendar) -> Floats:
        """Return expected requests per window, (days, slots, lengths)."""
        factor = np.exp(np.clip(calendar.design() @ self.level, -20, 20))
        return np.asarray(factor[:, None, None] * self.pattern)

    def interval(self, calendar: Calendar, share: float = 0.9) -> tuple[Floats, Floats]:
        """Return bounds of each day's requests: noise of counts, of days and of the estimate."""
        x = calendar.design()
        mean = self.mean(calendar).sum(axis=(1, 2))
        doubt = np.einsum("np,pq,nq->n", x, self.covariance, x) + self.spread
        return predictive(mean, 1 / np.maximum(doubt, 1e-9), share)


def predictive(mean: Floats, strength: Floats, share: float = 0.9) -> tuple[Floats, Floats]:
    """Return the central interval of a count whose rate is Gamma(strength) around `mean`."""
    tail = (1 - share) / 2
    chance = np.asarray(strength / (strength + np.maximum(mean, 1e-12)))
    bounds = (nbinom.ppf(q, strength, chance) for q in (tail, 1 - tail))
    low, high = (np.asarray(b, dtype=np.float64) for b in bounds)
    return low, high


@dataclass(frozen=True)
class DayLevel:
    """The multiplier of one date given its books: Gamma(a + n, a + b)."""

    strength: float
    seen: float
    expected: float

    @property
    def factor(self) -> float:
        """Return the posterior mean, 1 before anything was expected or seen."""
        return (self.strength + self.seen) / (self.strength + self.expected)

    def interval(self, share: float = 0.9) -> tuple[float, float]:
        """Return the central interval of the multiplier."""
        tail = (1 - share) / 2
        rule = gamma(self.strength + self.seen, scale=1 / (self.strength + self.expected))
        return float(rule.ppf(tail)), float(rule.ppf(1 - tail))


def on_the_books(seen: float, expected: float, spread: float = 0.15) -> DayLevel:
    """Return what `seen` requests say of a date where `expected` were due by now.

    `spread` is the variance of day levels around the forecast, as `Intensity.spread` estimates it.
    """
    for name, value in (("seen", seen), ("expected", expected)):
        if not (np.isfinite(value) and value >= 0):
            raise BadInput(name, None, "must be a number, 0 or more")
    if not (np.isfinite(spread) and spread > 0):
        raise BadInput("spread", None, "must be above 0")
    return DayLevel(1 / spread, seen, expected)


def _shape_design(slots: int, lengths: int) -> Floats:
    """Return bumps over the start and one column per length, (slots * lengths, p)."""
    place = (np.arange(slots) + 0.5) / slots
    centres = np.linspace(0, 1, max(min(slots, 10), 2))
    bumps = np.exp(-(((place[:, None] - centres) / (0.7 * centres[1])) ** 2))
    start = np.repeat(bumps, lengths, axis=0)
    length = np.tile(np.eye(lengths), (slots, 1))
    return np.hstack([start, length])


def _checked(
    counts: Floats, exposure: Floats, calendar: Calendar, prior: Floats
) -> tuple[Floats, Floats, Floats]:
    counts, exposure = finite("counts", counts, 0), finite("exposure", exposure, 0)
    prior = finite("prior", prior, 0)
    if counts.shape != exposure.shape or counts.shape[1:] != prior.shape:
        raise BadInput("counts", None, f"{counts.shape}, exposure {exposure.shape}")
    if len(counts) != len(calendar.day):
        raise BadInput("counts", None, f"{len(counts)} days, the calendar has {len(calendar.day)}")
    if prior.sum() <= 0:
        raise BadInput("prior", None, "expects nothing at all")
    if np.any((counts > 0) & (exposure <= 0)):
        raise BadInput("exposure", None, "0 for a window that was asked for")
    return counts, exposure, prior


def _season_known(calendar: Calendar) -> bool:
    """Return whether a whole year has been seen, without which a trend would pass for a season."""
    return (
        len(calendar.day) > 0 and int((calendar.day.max() - calendar.day.min()).astype(int)) > YEAR
    )


def _over_dispersion(counts: Floats, mean: Floats, weight: Floats) -> float:
    """Return the variance of day levels around the forecast, by moments, within 0.01 and 1."""
    if len(counts) < 14:
        return 0.15
    extra = float(weight @ ((counts - mean) ** 2 - mean))
    return float(np.clip(extra / max(float(weight @ mean**2), 1e-9), 0.01, 1.0))


def _weights(calendar: Calendar, half_life: float) -> Floats:
    """Return what each day counts for, the last one fully."""
    dates = calendar.day.astype(np.int64)
    age = dates.max(initial=0) - dates.astype(np.float64)
    return half_life_weights(age, half_life)


def _level_ridge(calendar: Calendar, columns: int) -> Floats:
    """Return the ridge of each effect on the level; an unseen season is held at nothing."""
    ridge: Floats = np.r_[1.0, np.full(columns - 1, LEVEL_RIDGE)]
    if not _season_known(calendar):
        ridge[-4:] = 1e6
    return ridge


def _form_of(asked: Floats, offered: Floats, form: Floats, centre: Floats) -> Floats:
    """Return the effects of slot and length that best tell `asked` from `offered`."""
    ridge = np.full(form.shape[1], SHAPE_RIDGE)
    found = poisson(form, asked.ravel(), ridge, exposure=offered.ravel(), centre=centre)
    return found.at


def fit(
    counts: Floats,
    exposure: Floats,
    calendar: Calendar,
    prior: Floats,
    *,
    parent: Intensity | None = None,
    half_life: float = 75.0,
    lead_counts: Floats | None = None,
    lead_prior: Floats | None = None,
) -> Intensity:
    """Learn the intensity from requests per (day, slot, length) and their exposure.

    `prior` (slots, lengths) is what an ordinary day was believed to bring. An empty history returns
    the prior; closed or unseen days have exposure 0 and change nothing.
    """
    counts, exposure, prior = _checked(counts, exposure, calendar, prior)
    x = calendar.design()
    weight = _weights(calendar, half_life)
    ridge = _level_ridge(calendar, x.shape[1])
    form = _shape_design(*prior.shape)
    level = np.zeros(x.shape[1]) if parent is None else parent.level
    shape = np.zeros(form.shape[1]) if parent is None else parent.shape
    centre, form_centre, covariance = level, shape, np.diag(1 / ridge)
    pattern = prior * np.exp(form @ shape).reshape(prior.shape)
    for _ in range(ROUNDS if len(counts) else 0):
        seen = (exposure * pattern).sum(axis=(1, 2))
        found = poisson(
            x, counts.sum(axis=(1, 2)), ridge, exposure=seen, weight=weight, centre=centre
        )
        level, covariance = found.at, found.covariance
        factor = weight * np.exp(np.clip(x @ level, -20, 20))
        offered = np.tensordot(factor, exposure, axes=1) * prior
        shape = _form_of(np.tensordot(weight, counts, axes=1), offered, form, form_centre)
        pattern = prior * np.exp(np.clip(form @ shape, -20, 20)).reshape(prior.shape)
    mean = np.exp(np.clip(x @ level, -20, 20)) * (exposure * pattern).sum(axis=(1, 2))
    return Intensity(
        level,
        covariance,
        shape,
        pattern,
        lead_shares(lead_counts, lead_prior),
        float(counts.sum()),
        _over_dispersion(counts.sum(axis=(1, 2)), mean, weight),
    )


def lead_shares(counts: Floats | None, prior: Floats | None, strength: float = 30.0) -> Floats:
    """Return shares per lead class: counts, shrunk to the prior as if it were 30 requests."""
    if counts is None:
        if prior is None:
            return np.ones(1)
        counts = np.zeros(len(prior))
    seen = finite("lead_counts", counts, 0)
    believed = np.ones(len(seen)) if prior is None else finite("lead_prior", prior, 0)
    if len(seen) != len(believed) or believed.sum() <= 0:
        raise BadInput("lead_counts", None, f"{len(seen)} classes, the prior has {len(believed)}")
    total = seen + strength * believed / believed.sum()
    return np.asarray(total / total.sum())


def tally(
    day: Moments, start: Ints, length: Ints, days: Moments, slots: int, lengths: Sequence[int]
) -> Floats:
    """Count requests per (day, start slot, length in slots); what falls outside the grid is left.

    Lengths between two bookable ones count as the longer, so that no demand is lost.
    """
    out = np.zeros((len(days), slots, len(lengths)))
    if len(day) == 0:
        return out
    row = np.clip(np.searchsorted(days, day), 0, len(days) - 1)
    k = np.searchsorted(np.asarray(lengths), length)
    inside = (days[row] == day) & (start >= 0) & (start < slots) & (k < len(lengths))
    np.add.at(out, (row[inside], start[inside], k[inside]), 1)
    return out
