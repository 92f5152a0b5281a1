"""What a company's people booked becomes charges, so that a month end has something to bill."""

from __future__ import annotations

from sqlalchemy import select

from app.booking import charging
from app.booking.cancel import share
from app.booking.models import Booking, Cancellation
from app.core.db import db
from app.demo.billing import Firm
from app.demo.scribe import POLICY


def charge(found: Firm) -> int:
    """What the company's people booked becomes charges, as if each had been heard when it was
    sold; how many bookings there are."""
    rows = db.session.scalars(
        select(Booking)
        .where(Booking.company_id == found.company_id)
        .order_by(Booking.created_at, Booking.id)
    ).all()
    ids = [booking.id for booking in rows]
    ended = {
        one.booking_id: one
        for one in db.session.scalars(select(Cancellation).where(Cancellation.booking_id.in_(ids)))
    }
    for booking in rows:
        charging.sold(booking)
        if booking.id in ended:
            back = share(booking.price_cents, booking.starts_at, POLICY, ended[booking.id].at)
            charging.given_back(booking, "cancelled", back)
    return len(rows)
