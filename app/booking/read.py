"""Find bookings, always through whoever may see them."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import joinedload

from app.booking.models import Booking, Cancellation, CheckIn, NoShow
from app.core.db import db
from app.core.slots import Interval
from app.core.words import fold
from app.members.models import Person


def _whole() -> Select[tuple[Booking]]:
    return select(Booking).options(joinedload(Booking.space), joinedload(Booking.person))


def by_token(token: str) -> Booking | None:
    """The booking of a secret link."""
    return db.session.scalars(_whole().where(Booking.token == token)).one_or_none()


def by_code(code: str) -> Booking | None:
    """The booking of a code that was read aloud or scanned; the desk's way in."""
    return db.session.scalars(_whole().where(Booking.code == code.strip().upper())).one_or_none()


def own(person_id: int, code: str) -> Booking | None:
    """A booking of this person, by its code."""
    return db.session.scalars(
        _whole().where(Booking.person_id == person_id, Booking.code == code)
    ).one_or_none()


def upcoming(person_id: int, now: dt.datetime) -> list[Booking]:
    """What this person still has before them, next first."""
    return list(
        db.session.scalars(
            _whole()
            .where(
                Booking.person_id == person_id,
                Booking.state == "confirmed",
                Booking.ends_at > now,
            )
            .order_by(Booking.starts_at)
        )
    )


def past(person_id: int, now: dt.datetime, *, limit: int = 20, offset: int = 0) -> list[Booking]:
    """What is over or was cancelled, latest first."""
    return list(
        db.session.scalars(
            _whole()
            .where(
                Booking.person_id == person_id,
                or_(
                    Booking.state == "cancelled",
                    (Booking.state == "confirmed") & (Booking.ends_at <= now),
                ),
            )
            .order_by(Booking.starts_at.desc())
            .limit(limit)
            .offset(offset)
        )
    )


def between(interval: Interval, *, states: tuple[str, ...] = ("confirmed", "held")) -> list[Booking]:
    """Bookings that touch an interval, in order of start."""
    return list(
        db.session.scalars(
            _whole()
            .where(
                Booking.starts_at < interval.end,
                Booking.ends_at > interval.start,
                Booking.state.in_(states),
            )
            .order_by(Booking.starts_at, Booking.id)
        )
    )


def search(words: str, *, limit: int = 20, offset: int = 0) -> tuple[list[Booking], int]:
    """Bookings whose code or person matches, latest first, and how many there are."""
    folded = f"%{fold(words)}%"
    query = _whole().outerjoin(Person, Person.id == Booking.person_id).where(
        or_(Booking.code == words.strip().upper(), Person.search.like(folded))
    )
    total = db.session.scalar(select(func.count()).select_from(query.subquery())) or 0
    rows = db.session.scalars(
        query.order_by(Booking.starts_at.desc()).limit(limit).offset(offset)
    )
    return list(rows), total


def check_ins(booking_ids: list[int]) -> dict[int, CheckIn]:
    """Who came, among these."""
    rows = db.session.scalars(select(CheckIn).where(CheckIn.booking_id.in_(booking_ids)))
    return {row.booking_id: row for row in rows}


def no_shows(booking_ids: list[int]) -> dict[int, NoShow]:
    """Who did not, among these."""
    rows = db.session.scalars(select(NoShow).where(NoShow.booking_id.in_(booking_ids)))
    return {row.booking_id: row for row in rows}


def cancellation(booking_id: int) -> Cancellation | None:
    """How a booking ended, if it did."""
    return db.session.scalars(
        select(Cancellation).where(Cancellation.booking_id == booking_id)
    ).one_or_none()


def locked(booking_id: int) -> Booking:
    """The row, for this transaction alone."""
    return db.session.scalars(
        select(Booking)
        .where(Booking.id == booking_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
