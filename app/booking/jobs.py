"""What happens to bookings by the clock."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select

from app.booking import hold, mails, read
from app.booking.models import Booking
from app.core import clock, outbox
from app.core.db import db
from app.occupancy import rules as occupancy
from app.web import idempotency


@outbox.job("booking.lapse")
def lapse(booking_id: int) -> None:
    """Let one hold go at the end of its time."""
    hold.lapse(booking_id)


@outbox.job("booking.letter")
def letter(
    kind: str,
    booking_id: int,
    version: int,
    cents: int = 0,
    entity: str = "",
    while_it_holds: bool = False,
) -> None:
    """Write one letter about a booking; a second run finds it written.

    One that waited is dropped when the booking changed since: what changed it wrote its own.
    """
    if while_it_holds and read.locked(booking_id).sequence + 1 != version:
        return
    mails.post(kind, booking_id, version=version, cents=cents, entity=entity)


@outbox.job("booking.sweep")
def sweep() -> None:
    """Tidy what died: holds, keys. Nobody waits for it."""
    late = clock.now() - dt.timedelta(minutes=1)
    for booking_id in db.session.scalars(
        select(Booking.id).where(Booking.state == "held", Booking.held_until < late)
    ).all():
        hold.lapse(booking_id)
    occupancy.sweep()
    idempotency.sweep()
