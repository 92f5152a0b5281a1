"""What happened to a booking, told from the rows that say who and when."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import select

from app.accounts.models import Account
from app.booking import names, read
from app.booking.models import Booking, Move
from app.core.audit import AuditEntry
from app.core.db import db
from app.core.i18n import _, day_name, euros


@dataclass(frozen=True)
class Event:
    """When, what, and the account that did it."""

    at: dt.datetime
    text: str
    by: int | None = None
    name: str = ""


def of(booking: Booking) -> list[Event]:
    """Everything that is known, oldest first, with the names of who did it."""
    events = sorted(
        [*_rows(booking), *_moves(booking), *_journal(booking)], key=lambda event: event.at
    )
    ids = {event.by for event in events if event.by}
    rows = db.session.execute(select(Account.id, Account.name).where(Account.id.in_(ids)))
    people: dict[int | None, str] = {id_: name for id_, name in rows}  # noqa: C416  rows are no pairs
    return [Event(e.at, e.text, e.by, people.get(e.by, "")) for e in events]


def _rows(booking: Booking) -> Iterator[Event]:
    yield Event(booking.created_at, names.origin(booking))
    if booking.confirmed_at:
        yield Event(booking.confirmed_at, _("Confirmée"))
    for arrival in read.check_ins([booking.id]).values():
        yield Event(arrival.at, _("Arrivée notée"), arrival.by_account)
    for absence in read.no_shows([booking.id]).values():
        yield Event(absence.at, _("Absence constatée"), absence.by_account)
    if (end := read.cancellation(booking.id)) is not None:
        text = _("Annulée, %(amount)s rendus", amount=euros(end.refund_cents))
        yield Event(end.at, f"{text} : {end.reason}" if end.reason else text, end.by_account)


def _moves(booking: Booking) -> Iterator[Event]:
    zone = booking.space.site.zone
    for row in db.session.scalars(select(Move).where(Move.booking_id == booking.id)):
        was = row.from_starts_at.astimezone(zone)
        text = _(
            "Déplacée, auparavant %(day)s à %(time)s", day=day_name(was.date()), time=f"{was:%H:%M}"
        )
        yield Event(row.at, text, row.by_account)


def _journal(booking: Booking) -> Iterator[Event]:
    words = names.acts()
    for entry in db.session.scalars(
        select(AuditEntry).where(AuditEntry.subject == f"booking:{booking.id}")
    ):
        if entry.action in words:
            yield Event(entry.at, words[entry.action], entry.actor_id)
