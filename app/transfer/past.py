"""What was read of a past booking, and which column of a file says what."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Past:
    """One booking as it was read."""

    line: int
    space: str
    starts_at: dt.datetime
    ends_at: dt.datetime
    booked_at: dt.datetime
    cancelled_at: dt.datetime | None
    price_cents: int
    people: int
    email: str | None
    name: str | None
    units: int = 1


@dataclass(frozen=True)
class Profile:
    """Which column says what. `kind`: whole bookings, pieces of them, or hotel nights."""

    kind: str
    columns: dict[str, str]
    constants: dict[str, Any]
    piece_minutes: int = 30
    check_in_minute: int = 15 * 60
    check_out_minute: int = 11 * 60
