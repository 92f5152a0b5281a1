"""What occupancy tells whoever listens, in the same transaction."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True)
class TimeChanged:
    """Units of a space were taken or given back at a time; `units` is how many it has, 0 when
    that was not looked up."""

    space_id: int
    starts_at: dt.datetime
    units: int = 0
