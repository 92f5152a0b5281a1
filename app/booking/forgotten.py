"""What bookings know of somebody who wants to be forgotten: what is still to come and to pay, then
the words that they left. When and what was booked stays, for the figures."""

from __future__ import annotations

from sqlalchemy import func, or_, select, update

from app.booking import read, words
from app.booking.models import Booking, Cancellation
from app.core import clock
from app.core.db import db
from app.core.i18n import _, day_name, euros
from app.core.signals import hear
from app.core.words import token as fresh_token
from app.ledger.models import LedgerEntry, LedgerLine
from app.members.facts import LeavingAsked, Obstacle, PersonErased
from app.payments.models import Payment
from app.tenants.resolve import public_url


@hear(LeavingAsked)
def what_is_left(fact: LeavingAsked) -> None:
    """Bookings that are not over, then money on any that is not even."""
    coming = _coming(fact.person_id)
    fact.found.extend(_to_come(one) for one in coming)
    fact.found.extend(
        _uneven(one, cents) for one, cents in _open(fact.person_id) if one not in coming
    )


def _coming(person_id: int) -> list[Booking]:
    now = clock.now()
    kept = (Booking.state == "confirmed") & (Booking.ends_at > now)
    held = (Booking.state == "held") & (Booking.held_until > now)
    return list(
        db.session.scalars(
            select(Booking)
            .options(*read.WITH_NAMES)
            .where(Booking.person_id == person_id, or_(kept, held))
            .order_by(Booking.starts_at)
        )
    )


def _open(person_id: int) -> list[tuple[Booking, int]]:
    """Bookings on which the ledger says that somebody owes something; a company pays its own."""
    cents = func.sum(LedgerLine.amount_cents)
    left = (
        select(LedgerEntry.source_id, cents.label("cents"))
        .join(LedgerLine, LedgerLine.entry_id == LedgerEntry.id)
        .where(
            LedgerEntry.source == "booking",
            LedgerLine.account == "receivable",
            LedgerEntry.source_id.in_(select(Booking.id).where(Booking.person_id == person_id)),
        )
        .group_by(LedgerEntry.source_id)
        .having(cents != 0)
        .subquery()
    )
    rows = db.session.execute(
        select(Booking, left.c.cents)
        .options(*read.WITH_NAMES)
        .join(left, left.c.source_id == Booking.id)
        .where(Booking.company_id.is_(None))
        .order_by(Booking.starts_at)
    )
    return [(one, int(owed)) for one, owed in rows]


def _said(one: Booking) -> str:
    day, _start = words.local(one.starts_at, one.space.site)
    return f"{one.space.name}, {day_name(day, 'short')} ({one.code})"


def _to_come(one: Booking) -> Obstacle:
    started = one.starts_at <= clock.now()
    path = f"/b/{one.token}" + ("/annulation" if one.state == "confirmed" and not started else "")
    return Obstacle(_("Réservation à venir : %(what)s", what=_said(one)), public_url(path))


def _uneven(one: Booking, cents: int) -> Obstacle:
    what, amount = _said(one), euros(abs(cents))
    if cents > 0:
        said = _("À régler : %(amount)s, %(what)s", amount=amount, what=what)
    else:
        said = _("À vous rendre : %(amount)s, %(what)s", amount=amount, what=what)
    return Obstacle(said, public_url(f"/b/{one.token}"))


@hear(PersonErased)
def forget(fact: PersonErased) -> None:
    """The links of their letters lead nowhere, and what they wrote is gone."""
    mine = Booking.person_id == fact.person_id
    for one in db.session.scalars(select(Booking).where(mine)):
        one.token = fresh_token()
        one.notes, one.order_number, one.organisation = None, None, {}
    ids = select(Booking.id).where(mine)
    db.session.execute(
        update(Cancellation).where(Cancellation.booking_id.in_(ids)).values(reason="")
    )
    db.session.execute(
        update(Payment)
        .where(Payment.person_id == fact.person_id)
        .values(checkout_url=None, needs_person=None)
    )
