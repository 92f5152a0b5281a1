"""Everything out again, in the formats that the import reads; formulas are defused."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import select

from app.booking.models import Booking, Cancellation
from app.core.db import db
from app.members.models import Person
from app.spaces.models import Composition, Space, Unit
from app.transfer.sheet import DANGEROUS

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
    "parts",
    "floor",
    "audience",
    "pricing",
    "floor_percent",
    "ceiling_percent",
    "rounding",
    "vat",
    "lead_minutes",
    "horizon_days",
)
BOOKINGS = (
    "space",
    "starts_at",
    "ends_at",
    "booked_at",
    "cancelled_at",
    "price",
    "people",
    "units",
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
    """Every space on sale, with its rules; a whole names the spaces that it is made of."""
    on_sale = select(Space).where(Space.retired_at.is_(None))
    rows = db.session.scalars(on_sale.order_by(Space.position, Space.id)).all()
    units: dict[int, set[int]] = defaultdict(set)
    for space_id, unit_id in db.session.execute(
        select(Composition.space_id, Composition.unit_id)
        .join(Unit, Unit.id == Composition.unit_id)
        .where(Unit.retired_at.is_(None))
    ):
        units[space_id].add(unit_id)
    return lines(SPACES, (_space_row(one, rows, units) for one in rows))


def _space_row(one: Space, rows: Sequence[Space], units: Mapping[int, set[int]]) -> tuple[Any, ...]:
    whole = one.takes == "all"
    parts = [s.name for s in rows if s.takes == "any" and units[s.id] <= units[one.id]]
    return (
        one.name,
        one.kind,
        one.capacity,
        len(units[one.id]),
        money(one.base_cents),
        one.step_minutes,
        one.min_minutes,
        one.max_minutes,
        one.buffer_minutes,
        "|".join(one.equipment),
        "|".join(parts) if whole else "",
        one.floor,
        one.audience,
        one.pricing,
        one.floor_percent,
        one.ceiling_percent,
        money(one.rounding_cents),
        money(one.vat_bp),
        one.lead_minutes,
        one.horizon_days,
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
        booking.quantity,
        email,
        name,
        booking.code,
        booking.state,
    )
