"""Everything out again, in the formats that the import reads; formulas are defused."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import func, select

from app.booking.models import Booking, Cancellation
from app.core.db import db
from app.members.models import Person
from app.spaces.models import Composition, Space

DANGEROUS = ("=", "+", "-", "@", "\t", "\r")
SPACES = (
    "name",
    "kind",
    "capacity",
    "units",
    "base_rate",
    "step_minutes",
    "min_minutes",
    "max_minutes",
    "buffer_minutes",
    "equipment",
)
BOOKINGS = (
    "space",
    "starts_at",
    "ends_at",
    "booked_at",
    "cancelled_at",
    "price",
    "people",
    "email",
    "name",
    "code",
    "state",
)


def defused(value: Any) -> str:
    """A cell that no spreadsheet takes for a formula."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(DANGEROUS) else text


def lines(headings: Iterable[str], rows: Iterable[Iterable[Any]]) -> Iterator[str]:
    """CSV, a line at a time, so that a million rows need no memory."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(list(headings))
    for row in rows:
        writer.writerow([defused(value) for value in row])
        if buffer.tell() > 32_768:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()


def money(cents: int) -> str:
    """`39.50`, as the import reads it."""
    return f"{cents // 100}.{cents % 100:02d}"


def spaces() -> Iterator[str]:
    """Every space on sale."""
    units = (
        select(func.count(Composition.id)).where(Composition.space_id == Space.id).scalar_subquery()
    )
    rows = db.session.execute(
        select(Space, units).where(Space.retired_at.is_(None)).order_by(Space.position, Space.id)
    )
    return lines(
        SPACES,
        (
            (
                s.name,
                s.kind,
                s.capacity,
                n,
                money(s.base_cents),
                s.step_minutes,
                s.min_minutes,
                s.max_minutes,
                s.buffer_minutes,
                "|".join(s.equipment),
            )
            for s, n in rows
        ),
    )


def bookings() -> Iterator[str]:
    """Every booking that was confirmed, cancelled ones included; times on the site's clock."""
    rows = db.session.execute(
        select(Booking, Space, Cancellation.at, Person.email, Person.name)
        .join(Space, Space.id == Booking.space_id)
        .outerjoin(Cancellation, Cancellation.booking_id == Booking.id)
        .outerjoin(Person, Person.id == Booking.person_id)
        .where(Booking.state.in_(("confirmed", "cancelled")))
        .order_by(Booking.starts_at, Booking.id)
        .execution_options(yield_per=1000)
    )
    return lines(BOOKINGS, (_booking_row(*row) for row in rows))


def _booking_row(
    booking: Booking, space: Space, cancelled: Any, email: str | None, name: str | None
) -> tuple[Any, ...]:
    zone = space.site.zone
    stamps = (booking.starts_at, booking.ends_at, booking.created_at, cancelled)
    local = [t.astimezone(zone).isoformat() if t else None for t in stamps]
    return (
        space.name,
        *local,
        money(booking.price_cents),
        booking.people,
        email,
        name,
        booking.code,
        booking.state,
    )
