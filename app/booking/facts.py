"""What bookings tell whoever listens, in the same transaction."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True)
class BookingConfirmed:
    """It is theirs."""

    booking_id: int


@dataclass(frozen=True)
class BookingMoved:
    """Another place or time. `told_at` is when its letter goes, if it still holds then; None is at
    once. `quiet` is a move back before anybody was told: it needs no letter."""

    booking_id: int
    told_at: dt.datetime | None = None
    quiet: bool = False


@dataclass(frozen=True)
class BookingCancelled:
    """Given back, with what is refunded."""

    booking_id: int
    refund_cents: int


@dataclass(frozen=True)
class BookingLost:
    """Paid too late: somebody else sits there, the money goes back."""

    booking_id: int
    refund_cents: int
