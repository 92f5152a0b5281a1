"""Halls rented by the half day: the gap programme over a window of dates.

Two slots per date; a rental may run over several dates, so neighbouring dates are one programme.
A window of twenty slots on each side of the date in question is enough: what lies beyond changes
no price that anyone would notice, because no rental reaches so far.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from .demand import DaySpec, table, whole

WINDOW = 20


def hall(
    half_day_cents: ArrayLike,
    *,
    dates: int = WINDOW,
    longest: int = 6,
    long_rate: float = 0.9,
    closed: ArrayLike = False,
) -> DaySpec:
    """Return the window of a hall: 2 slots a date, rentals of 1 to `longest` half days.

    half_day_cents   per slot (2 * dates,), or one rate; further half days cost `long_rate` of it
    closed           True for half days not for rent
    """
    whole("dates", dates, 1, 100)
    whole("longest", longest, 1, 2 * dates)
    slots = 2 * dates
    rate = table("half_day_cents", half_day_cents, (slots,), low=1.0)
    shut = np.broadcast_to(np.asarray(closed, dtype=np.bool_), (slots,))
    total = np.concatenate([[0.0], np.cumsum(rate)])
    blocked = np.concatenate([[0], np.cumsum(shut)])
    start = np.arange(slots)[:, None]
    end = np.minimum(start + np.arange(1, longest + 1), slots)
    span = total[end] - total[start]
    first = rate[:, None]
    card = first + long_rate * (span - first)
    return DaySpec(
        slots,
        720,
        range(1, longest + 1),
        card,
        sellable=blocked[end] == blocked[start],
        max_lead_minutes=2 * 366 * 1440,
    )
