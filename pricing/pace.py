"""How full a day will be, seen k days ahead: what stays of the books, and what still comes.

    final = kept + new,   kept = sum of P(stays) over bookings now on the books,
                          new ~ Poisson(exp(x b)), x = weekday, pace of the last week, fill, season.

`fill`, the share of capacity gone, is exposure in disguise: a day that is nearly full cannot sell.
The season enters once a whole year has been seen, not before: half a year of data would mistake a
trend for a season. The answer is averaged with the most robust line that practice knows (final on
books and weekday, Huber), since two models with different faults beat each alone.

Intervals are conformal: bounds in units of the model's own standard deviation that follow their
own past misses, so they stay honest however wrong the model is.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from .data import BadInput, Floats, Ints, finite
from .glm import half_life_weights, huber_line, logistic, poisson

YEAR = 365
PRIOR_YEARS = 1.0
SEEN_AT_LEAST = 28
JUDGED_FROM = 120  # the errors of a beginner say nothing of those to come
STEP = 0.1


@dataclass(frozen=True)
class Pace:
    """What is known about days 0..T-1, each seen `lead` days ahead; all arrays (T,).

    `on_books` net bookings then; `week_before` the same seven days earlier; `kept` how many of them
    were expected to stay; `stayed` how many did; `final` the outcome; `fill` the share of capacity
    taken. `stayed` and `final` of days that are still ahead are not looked at.
    """

    lead: int
    weekday: Ints
    on_books: Floats
    week_before: Floats
    kept: Floats
    stayed: Floats
    final: Floats
    fill: Floats

    def __post_init__(self) -> None:
        """Refuse columns of unequal length, NaN and counts below 0."""
        for name in ("on_books", "week_before", "kept", "stayed", "final", "fill"):
            column = finite(name, getattr(self, name), 0)
            if column.shape != np.shape(self.weekday):
                raise BadInput(name, None, "not as long as weekday")
            object.__setattr__(self, name, column)
        if self.lead < 0:
            raise BadInput("lead", None, "below 0")


@dataclass(frozen=True)
class Outlook:
    """Forecasts for chosen days, all (n,): mean, the likeliest whole number, central interval."""

    mean: Floats
    likely: Floats
    low: Floats
    high: Floats


def keep_chance(
    features: Floats, stayed: Floats, age: Floats, wanted: Floats, half_life: float = 90.0
) -> Floats:
    """Return P(stays) for `wanted` rows, learnt from `features` (n, p) of bookings already settled.

    The first column must be ones; the others are shrunk to no effect (ridge 2). Without a settled
    booking every chance is 1: nothing has ever been cancelled.
    """
    if len(stayed) == 0:
        return np.ones(len(wanted))
    ridge = np.full(features.shape[1], 2.0)
    ridge[0] = 0.01
    fit = logistic(features, stayed, ridge, weight=half_life_weights(age, half_life))
    return np.asarray(1 / (1 + np.exp(-np.clip(wanted @ fit.at, -30, 30))))


def _design(pace: Pace, scale: float, *, season: bool) -> tuple[Floats, Floats]:
    """Return the design of `new` (T, p) and its ridge: hinges let demand dry up as days fill."""
    days = np.arange(len(pace.weekday))
    hinges = [np.maximum(pace.fill - at, 0) / (1 - at) for at in (0.7, 0.85, 0.93)]
    grown = np.log1p(np.maximum(pace.on_books - pace.week_before, 0))
    columns = [np.ones(len(days)), *np.eye(7)[pace.weekday].T]
    columns += [pace.fill, *hinges, pace.kept / scale, grown]
    ridge = [1e-3] + [15.0] * 13
    if season:
        turn = 2 * np.pi * days / 365.25
        columns += [np.sin(turn), np.cos(turn)]
        ridge += [30.0, 30.0]
    return np.stack(columns, axis=1), np.array(ridge)


def _new(pace: Pace, known: int, day: int) -> float:
    """Return the expected new bookings of `day`, learnt from the days before `known`."""
    past = np.arange(known)
    scale = max(float(pace.final[past].mean()), 1.0)
    season = known - pace.lead > PRIOR_YEARS * YEAR
    design, ridge = _design(pace, scale, season=season)
    weight = half_life_weights(known - past.astype(np.float64), 300.0)
    new = np.maximum(pace.final - pace.stayed, 0)
    fit = poisson(design[past], new[past], ridge, weight=weight)
    most = 2 * float(new[past].max()) + 1
    return min(float(np.exp(np.clip(design[day] @ fit.at, -30, 30))), most)


def _line(pace: Pace, known: int, day: int) -> float:
    """Return the outcome by the robust line on books and weekday, half-life 75 days."""
    past = np.arange(known)
    x = np.column_stack([np.ones(len(pace.weekday)), pace.on_books, np.eye(7)[pace.weekday]])
    ridge = np.array([1e-3, 1.0] + [10.0] * 7)
    weight = half_life_weights(known - past.astype(np.float64), 75.0)
    rise = pace.final - pace.on_books
    line = huber_line(x[past], rise[past], ridge, weight=weight)
    return float(pace.on_books[day] + x[day] @ line)


def _settled(pace: Pace, day: int) -> int:
    """Return how many days are over at the close of the origin: that day's own outcome is known."""
    return min(day - pace.lead + 1, day)


def expect(pace: Pace, day: int) -> tuple[float, float]:
    """Return (expected outcome, expected new bookings) of `day`, as known `lead` days before it.

    With fewer than 28 settled days there is nothing to learn from: the books' survivors are all
    that is promised.
    """
    known = _settled(pace, day)
    if known < SEEN_AT_LEAST:
        return float(pace.kept[day]), 0.0
    new = _new(pace, known, day)
    told = float(pace.kept[day]) + new
    return max(2 / 3 * told + 1 / 3 * _line(pace, known, day), 0.0), new


def _bounds(score: Floats, settled: Ints, first: int, share: float) -> Floats:
    """Return the interval of each day in units of its spread, (days, 2).

    Each tail follows its own misses (quantile tracking, Angelopoulos, Candes & Tibshirani 2023): a
    miss moves it out by `STEP` (1 - tail), a hit moves it in by `STEP` tail, so in the long run it
    is missed as often as promised however wrong the model is. Only errors settled at a day's own
    origin move it. It starts a fifth wider than a normal's.
    """
    tail = (1 - share) / 2
    low, high = 1.2 * float(ndtri(tail)), 1.2 * float(ndtri(1 - tail))
    limits = np.tile([low, high], (len(score), 1))
    judged = first
    for day in range(first, len(score)):
        while judged < settled[day]:
            low -= STEP * (float(score[judged] < limits[judged, 0]) - tail)
            high += STEP * (float(score[judged] > limits[judged, 1]) - tail)
            judged += 1
        limits[day] = low, high
    return limits


def outlook(pace: Pace, days: Ints, share: float = 0.9, memory: int = 400) -> Outlook:
    """Forecast each of `days` from its own origin, with intervals that cover `share`.

    The errors of up to `memory` earlier forecasts, a whole year so that every season has its say,
    set the intervals, those of its first four months apart.
    """
    last = int(np.max(days)) + 1
    first = max(int(np.min(days)) - memory, min(JUDGED_FROM, int(np.min(days))))
    mean, new = np.zeros(last), np.zeros(last)
    for day in range(first, last):
        mean[day], new[day] = expect(pace, day)
    # bookings still to come err together (a fair, a group), those on the books one by one
    spread = np.sqrt(1 + 0.1 * pace.kept[:last] + new + (0.3 * new) ** 2)
    score = (pace.final[:last] - mean) / spread
    settled = np.array([_settled(pace, day) for day in range(last)])
    limits = _bounds(score, settled, first, share) * spread[:, None] + mean[:, None]
    low, high = np.maximum(limits[days].T, 0)
    return Outlook(mean[days], np.round(mean[days]), low, high)
