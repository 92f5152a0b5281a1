"""How many bookings still stand when their hour comes: cancellations by lead, and no-shows.

A booking is lost at a rate that is constant within each class of lead; classes have Gamma priors,
so a venue without a past loses what such venues lose, and one with a past what it lost itself. Time
at risk is counted to the minute: a booking of which the day is still to come counts for the time
that it stood. Whoever stands at the hour comes or stays away: a Beta prior and what was seen.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import beta

from .data import BadInput, Bookings
from .results import Floats

DAY = 1440.0
EDGES = np.array([0.0, 1, 3, 7, 14, 30, 400]) * DAY
"""Minutes before the start; a class lies between two."""
LOST = np.array([0.02, 0.016, 0.016, 0.012, 0.012, 0.02])
"""Lost in each class by a booking made before it: 9 % of those made long ahead, as simulated."""
WEIGHT = 20.0
"""Bookings that the prior of a class is worth."""
ABSENT, ABSENT_WEIGHT = 0.03, 30.0


@dataclass(frozen=True)
class Attrition:
    """What was learnt: losses and time at risk (minutes) per class, absences among those due."""

    lost: Floats
    at_risk: Floats
    absent: int
    due: int

    @property
    def rate(self) -> Floats:
        """Return the posterior mean loss per minute of each class."""
        width = np.diff(EDGES)
        out: Floats = (WEIGHT * LOST + self.lost) / (WEIGHT * width + self.at_risk)
        return out

    def stands(self, lead: Floats | float) -> Floats:
        """Return P(a booking that stands `lead` minutes before its start still does then)."""
        lead = np.asarray(lead, dtype=np.float64)
        if not np.all(np.isfinite(lead)):
            raise BadInput("lead", None, "must be finite")
        spent = np.clip(lead[..., None] - EDGES[:-1], 0.0, np.diff(EDGES))
        out: Floats = np.exp(-(spent * self.rate).sum(axis=-1))
        return out

    @property
    def no_show(self) -> float:
        """Return the posterior mean share of standing bookings that nobody turns up for."""
        return (ABSENT * ABSENT_WEIGHT + self.absent) / (ABSENT_WEIGHT + self.due)

    def no_show_interval(self, share: float = 0.9) -> tuple[float, float]:
        """Return the central interval of the share of no-shows."""
        rule = beta(
            ABSENT * ABSENT_WEIGHT + self.absent,
            (1 - ABSENT) * ABSENT_WEIGHT + self.due - self.absent,
        )
        return float(rule.ppf((1 - share) / 2)), float(rule.ppf((1 + share) / 2))

    def comes(self, leads: Floats) -> tuple[float, float]:
        """Return (mean, standard deviation) of how many of the bookings with these leads come."""
        chance = self.stands(np.asarray(leads)) * (1 - self.no_show)
        return float(chance.sum()), float(np.sqrt((chance * (1 - chance)).sum()))


UNKNOWN = Attrition(np.zeros(len(LOST)), np.zeros(len(LOST)), 0, 0)
"""Nothing seen: the prior."""


def learn(bookings: Bookings, now: np.datetime64) -> Attrition:
    """Count losses, time at risk and absences among bookings made before `now` (local minutes)."""
    begins = (bookings.day + np.timedelta64(0, "m")) + bookings.start.astype("timedelta64[m]")
    known = bookings.made_at <= now
    end = np.minimum(begins, now)
    gone = bookings.is_cancelled & (bookings.cancelled_at <= end)
    end = np.where(gone, bookings.cancelled_at, end)
    first = _minutes(begins - bookings.made_at)[known]
    last = _minutes(begins - end)[known]
    spent = np.minimum(first[:, None], EDGES[1:]) - np.maximum(last[:, None], EDGES[:-1])
    place = np.searchsorted(EDGES, last[gone[known]], side="right") - 1
    lost = np.bincount(np.clip(place, 0, len(LOST) - 1), minlength=len(LOST)).astype(np.float64)
    due = known & ~bookings.is_cancelled & (begins <= now)
    return Attrition(
        lost,
        np.maximum(spent, 0.0).sum(axis=0),
        int((bookings.no_show & due).sum()),
        int(due.sum()),
    )


def _minutes(spans: np.ndarray) -> Floats:
    out: Floats = np.maximum(spans.astype("timedelta64[m]").astype(np.float64), 0.0)
    return out
