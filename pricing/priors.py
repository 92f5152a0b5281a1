"""Cold start: what to expect of a space nobody has data about, from its kind and its base rate.

These are priors, not measurements: round figures for European coworking, taken where public numbers
exist (mean meeting 2.5 h, booked 10 days ahead; starts peak at 9-10 and 14; occupancy 15-30 %), and
labelled "prior" in every model version. Estimation shrinks away from them as quotes come in.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from .data import BadInput
from .demand import DaySpec, Demand
from .results import Floats

_LEAD_EDGES = (0.0, 120.0, 1440.0, 3 * 1440.0, 7 * 1440.0, 21 * 1440.0, 60 * 1440.0, 180 * 1440.0)
#: Requests close to the day answer less to price; added to a, per lead class.
_LEAD_SHIFT = (0.6, 0.4, 0.2, 0.0, -0.1, -0.2, -0.3)
_WEEKDAYS = (1.0, 1.15, 1.15, 1.15, 0.9, 0.35, 0.25)


@dataclass(frozen=True)
class Prior:
    """What is expected of one kind of space.

    hours_wanted   hours asked for per unit on a weekday of ten opening hours
    mean_hours     mean length asked for
    lead_share     share of requests per lead class of `lead_edges`
    a, b           accept probability sigmoid(a - b p / list): 65 % take the list price
    weekdays       factor per weekday, Monday first
    b_sd           how little we know: standard deviation of log b
    """

    kind: str
    base_cents_per_hour: int
    hours_wanted: float
    mean_hours: float
    lead_share: tuple[float, ...]
    weekdays: tuple[float, ...] = _WEEKDAYS
    a: float = 5.6
    b: float = 5.0
    b_sd: float = 0.4
    lead_edges: tuple[float, ...] = _LEAD_EDGES
    lead_shift: tuple[float, ...] = _LEAD_SHIFT

    def card(self, slot_minutes: int, lengths: Sequence[int], slots: int) -> Floats:
        """Return a static card in cents from the base rate, (slots, lengths).

        Hours add up to half a day (4 h); the rest of the day costs half per hour.
        """
        hours = np.asarray(lengths, dtype=np.float64) * slot_minutes / 60
        paid = np.minimum(hours, 4) + 0.5 * np.maximum(hours - 4, 0)
        return np.tile(self.base_cents_per_hour * paid, (slots, 1))

    def demand(
        self, day: DaySpec, *, weekday: int, first_minute: int, season: float = 1.0
    ) -> Demand:
        """Return the demand expected for a day.

        weekday 0-6 from Monday; first_minute: local minute of the day's first slot; season: factor
        for time of year, holidays and events, 1 for a usual day.
        """
        if not 0 <= weekday <= 6:
            raise BadInput("weekday", None, "must be 0 (Monday) to 6 (Sunday)")
        if not 0 <= first_minute < 1440:
            raise BadInput("first_minute", None, "must be a local minute, 0 to 1439")
        if not 0 <= season <= 20:
            raise BadInput("season", None, "must be a factor from 0 to 20")
        hour = (first_minute + (np.arange(day.slots) + 0.5) * day.slot_minutes) / 60
        mean = _shape(day, hour, self.mean_hours)
        hours = mean.sum(axis=0) @ np.asarray(day.lengths) * day.slot_minutes / 60
        level = self.hours_wanted * day.units * self.weekdays[weekday] / max(hours, 1e-9)
        usual = self._demand(day, mean * level)
        if season == 1:
            return usual
        return self._demand(day, mean * level * season, usual)

    def _demand(self, day: DaySpec, mean: Floats, typical: Demand | None = None) -> Demand:
        return Demand(
            mean,
            np.full(day.shape, self.a),
            np.full(day.shape, self.b),
            np.asarray(self.lead_edges),
            np.asarray(self.lead_share),
            np.asarray(self.lead_shift),
            self.b_sd,
            typical,
            "prior",
        )


def _shape(day: DaySpec, hour: Floats, mean_hours: float) -> Floats:
    """Return the relative frequency of each window: two daily peaks, geometric length."""
    start = (
        0.25
        + np.exp(-(((hour - 9.75) / 1.5) ** 2))
        + 0.8 * np.exp(-(((hour - 14.25) / 1.5) ** 2))
        + 0.3 * np.exp(-(((hour - 17.5) / 1.2) ** 2))
    ) * ((hour > 7) & (hour < 21))
    long = np.asarray(day.lengths) * day.slot_minutes / 60
    length = np.exp(-long / mean_hours) * np.where(np.isclose(long % 1, 0), 1.5, 1.0)
    mean: Floats = np.where(day.windows, (start + 0.02)[:, None] * length, 0.0)
    return mean


#: hours wanted per unit and day, mean hours, share of requests per lead class
_KINDS: Mapping[str, tuple[float, float, tuple[float, ...]]] = {
    "meeting_room": (4.5, 2.5, (0.10, 0.20, 0.15, 0.20, 0.22, 0.10, 0.03)),
    "office": (5.0, 6.0, (0.03, 0.12, 0.15, 0.20, 0.30, 0.15, 0.05)),
    "desk_pool": (4.5, 6.0, (0.25, 0.35, 0.15, 0.13, 0.09, 0.02, 0.01)),
    "phone_booth": (3.0, 0.75, (0.60, 0.25, 0.08, 0.05, 0.02, 0.0, 0.0)),
    "workshop": (4.0, 3.5, (0.08, 0.20, 0.20, 0.22, 0.20, 0.08, 0.02)),
    "event_hall": (3.5, 5.0, (0.0, 0.02, 0.05, 0.13, 0.25, 0.35, 0.20)),
    "equipment": (3.0, 4.0, (0.20, 0.30, 0.20, 0.15, 0.10, 0.04, 0.01)),
    "bike": (3.0, 3.0, (0.45, 0.30, 0.12, 0.08, 0.04, 0.01, 0.0)),
}
KINDS = tuple(_KINDS)


def priors(kind: str, base_cents_per_hour: int) -> Prior:
    """Return the prior of a kind of space; refuses an unknown kind and a rate that is no money."""
    if kind not in _KINDS:
        raise BadInput("kind", None, f"must be one of {', '.join(KINDS)}, not {kind!r}")
    if not (math.isfinite(base_cents_per_hour) and 0 < base_cents_per_hour < 10_000_000):
        raise BadInput("base_cents_per_hour", None, "must be a positive number of cents")
    hours_wanted, mean_hours, lead_share = _KINDS[kind]
    return Prior(kind, base_cents_per_hour, hours_wanted, mean_hours, lead_share)
