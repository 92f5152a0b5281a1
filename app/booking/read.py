"""Find bookings, always through whoever may see them."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ColumnElement, Select, bindparam, func, or_, select
from sqlalchemy.orm import joinedload

from app.booking.models import Booking, Cancellation, CheckIn, Move, NoShow
from app.core.db import db
from app.core.slots import Interval
from app.core.words import fold
from app.ledger.models import LedgerEntry, LedgerLine
from app.members.models import Person
from app.payments.models import Payment
from app.rates.models import Quote
from app.spaces.models import Space

WITH_NAMES = (joinedload(Booking.space), joinedload(Booking.person))


def _whole() -> Select[tuple[Booking]]:
    return select(Booking).options(*WITH_NAMES)


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


def _is_past(now: dt.datetime) -> ColumnElement[bool]:
    return or_(
        Booking.state == "cancelled", (Booking.state == "confirmed") & (Booking.ends_at <= now)
    )


def past(person_id: int, now: dt.datetime, *, limit: int = 20, offset: int = 0) -> list[Booking]:
    """What is over or was cancelled, latest first."""
    return list(
        db.session.scalars(
            _whole()
            .where(Booking.person_id == person_id, _is_past(now))
            .order_by(Booking.starts_at.desc())
            .limit(limit)
            .offset(offset)
        )
    )


def between(
    interval: Interval, *, states: tuple[str, ...] = ("confirmed", "held")
) -> list[Booking]:
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
    query = (
        _whole()
        .outerjoin(Person, Person.id == Booking.person_id)
        .where(or_(Booking.code == words.strip().upper(), Person.search.like(folded)))
    )
    total = db.session.scalar(select(func.count()).select_from(query.subquery())) or 0
    rows = db.session.scalars(query.order_by(Booking.starts_at.desc()).limit(limit).offset(offset))
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


def last_move(booking_id: int) -> Move | None:
    """The latest move of a booking, if it was moved."""
    return db.session.scalars(
        select(Move).where(Move.booking_id == booking_id).order_by(Move.id.desc()).limit(1)
    ).one_or_none()


def quote_of(booking: Booking) -> Quote | None:
    """The quote that a booking took, if it began with one."""
    return db.session.scalars(select(Quote).where(Quote.id == booking.quote_id)).one_or_none()


def space_of(booking: Booking) -> Space:
    """The space of a booking that was loaded without it."""
    return db.session.scalars(select(Space).where(Space.id == booking.space_id)).one()


def person_of(booking: Booking) -> Person | None:
    """Who booked, of a booking that was loaded without them."""
    return db.session.scalars(select(Person).where(Person.id == booking.person_id)).one_or_none()


def next_of_all(now: dt.datetime) -> Booking | None:
    """The next confirmed booking of the venue that somebody made."""
    return db.session.scalars(
        _whole()
        .where(
            Booking.state == "confirmed", Booking.starts_at > now, Booking.person_id.is_not(None)
        )
        .order_by(Booking.starts_at, Booking.id)
        .limit(1)
    ).one_or_none()


def whole(booking_id: int) -> Booking:
    """A booking with its space and person, for whoever was given its id by a fact."""
    return db.session.scalars(_whole().where(Booking.id == booking_id)).one()


LOCKED = select(Booking).where(Booking.id == bindparam("booking")).with_for_update()


def locked(booking_id: int) -> Booking:
    """The row, for this transaction alone."""
    fresh = {"populate_existing": True}
    return db.session.scalars(LOCKED, {"booking": booking_id}, execution_options=fresh).one()


def known(booking_id: int) -> Booking:
    """A booking that a fact is about: the row that this transaction holds."""
    return db.session.get_one(Booking, booking_id)


def count_past(person_id: int, now: dt.datetime) -> int:
    """How many bookings of a person are over or were cancelled."""
    return (
        db.session.scalar(select(func.count()).where(Booking.person_id == person_id, _is_past(now)))
        or 0
    )


def owed(person_id: int) -> list[tuple[Booking, int]]:
    """Confirmed bookings of a person that are not paid in full, with what is left."""
    left = (
        select(LedgerEntry.source_id, func.sum(LedgerLine.amount_cents).label("cents"))
        .join(LedgerLine, LedgerLine.entry_id == LedgerEntry.id)
        .where(
            LedgerEntry.source == "booking",
            LedgerLine.account == "receivable",
            LedgerEntry.source_id.in_(select(Booking.id).where(Booking.person_id == person_id)),
        )
        .group_by(LedgerEntry.source_id)
        .subquery()
    )
    rows = db.session.execute(
        select(Booking, left.c.cents)
        .options(joinedload(Booking.space))
        .join(left, left.c.source_id == Booking.id)
        .where(Booking.state == "confirmed", Booking.company_id.is_(None), left.c.cents > 0)
        .order_by(Booking.starts_at)
    )
    return [(booking, int(cents)) for booking, cents in rows]


def paid_by(
    person_id: int, *, limit: int, offset: int
) -> tuple[list[tuple[Booking, Payment]], int]:
    """Payments that arrived for a person's bookings, latest first, and how many there are."""
    query = (
        select(Booking, Payment)
        .join(Payment, (Payment.source == "booking") & (Payment.source_id == Booking.id))
        .where(Booking.person_id == person_id, Payment.state == "captured")
    )
    total = db.session.scalar(select(func.count()).select_from(query.subquery())) or 0
    rows = db.session.execute(
        query.options(joinedload(Booking.space))
        .order_by(Payment.captured_at.desc())
        .limit(limit)
        .offset(offset)
    )
    return [(booking, payment) for booking, payment in rows], total
