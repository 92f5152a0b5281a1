"""One synthetic family of space-days, for benches and tests: random, seeded, and not too kind.

Twelve hours in half hours, bookings of about two hours. Starts peak twice, lengths are skewed, the
peak pays up to 40 % more than the trough, late requests pay more, card rates may fall with length.
`load` is requested slot-hours per slot-hour for sale. Figures measured here hold for this family:
the engine's assumptions are those of the family, only its numbers vary.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .demand import DaySpec, Demand
from .results import Floats

LEAD_EDGES = np.array([0, 120, 1440, 3 * 1440, 7 * 1440, 21 * 1440, 60 * 1440], dtype=np.float64)


def instance(
    load: float,
    seed: int,
    *,
    slots: int = 24,
    lengths: Sequence[int] = (2, 3, 4, 6, 8, 12),
    slot_minutes: int = 30,
    units: int = 1,
    kind: str = "rooms",
    buffer: int = 0,
    bounds: tuple[float, float] = (0.3, 3.0),
    rate_cents: float = 1500.0,
) -> tuple[DaySpec, Demand]:
    """Return a day and its demand; the same seed gives the same shape at every load."""
    rng = np.random.default_rng([seed, slots, units])
    span = np.asarray(lengths, dtype=np.float64)
    card = np.tile(rate_cents * span ** rng.uniform(0.88, 1.0), (slots, 1))
    day = DaySpec(
        slots,
        slot_minutes,
        lengths,
        card,
        units,
        kind,
        buffer,
        floor_cents=bounds[0] * card,
        ceiling_cents=bounds[1] * card,
        max_lead_minutes=60 * 1440,
    )
    peak = _peaks(slots, rng)
    size = span ** -rng.uniform(0.3, 0.9) * np.exp(0.25 * rng.normal(size=len(span)))
    mean = (0.25 + peak)[:, None] * size * day.windows
    mean *= load * units * slots / float((mean @ span).sum())
    worth = 1.0 + 0.4 * (_inside(peak, lengths) - 0.5) + 0.05 * rng.normal(size=len(span))
    slope = rng.uniform(5.0, 9.0)
    share = rng.dirichlet(4 * np.array([1.0, 1.5, 1.2, 1.2, 1.5, 0.6]))
    shift = np.linspace(0.5, -0.5, 6) * rng.uniform(0.0, 1.0)
    demand = Demand(
        mean, slope * worth, np.full(day.shape, slope), LEAD_EDGES, share, shift, source="planted"
    )
    return day, demand


def _peaks(slots: int, rng: np.random.Generator) -> Floats:
    place = (np.arange(slots) + 0.5) / slots
    first, second = rng.uniform(0.1, 0.3), rng.uniform(0.55, 0.75)
    width = rng.uniform(0.06, 0.12)
    peak = np.exp(-(((place - first) / width) ** 2)) + 0.8 * np.exp(
        -(((place - second) / width) ** 2)
    )
    out: Floats = peak / peak.max()
    return out


def _inside(peak: Floats, lengths: Sequence[int]) -> Floats:
    """Return the mean peak of each window's slots, (slots, lengths)."""
    total = np.concatenate([[0.0], np.cumsum(peak)])
    start = np.arange(len(peak))[:, None]
    end = np.minimum(start + np.asarray(lengths), len(peak))
    out: Floats = (total[end] - total[start]) / np.maximum(end - start, 1)
    return out
