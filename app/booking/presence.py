"""They came, or they did not."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import delete, select

from app.booking import read
from app.booking.models import CheckIn, NoShow
from app.core import clock
from app.core.db import db
from app.core.errors import Refused
from app.core.i18n import _
from app.occupancy import rules as occupancy

EARLY = dt.timedelta(hours=1)


def check_in(booking_id: int, *, how: str, by: int | None) -> CheckIn:
    """Note an arrival; a second one is the first. Refuses another day and what is not confirmed."""
    booking = read.locked(booking_id)
    if booking.state != "confirmed":
        raise Refused(_("Cette réservation n’est pas confirmée."))
    now = clock.now()
    if now < booking.starts_at - EARLY:
        raise Refused(_("Cette réservation ne commence pas encore."))
    if now > booking.ends_at:
        raise Refused(_("Cette réservation est terminée."))
    before = db.session.scalars(
        select(CheckIn).where(CheckIn.booking_id == booking_id)
    ).one_or_none()
    if before is not None:
        return before
    if db.session.scalars(select(NoShow.id).where(NoShow.booking_id == booking_id)).one_or_none():
        raise Refused(_("L’absence a été constatée et le temps remis en vente."))
    row = CheckIn(booking_id=booking_id, at=now, by_account=by, how=how)
    db.session.add(row)
    return row


def undo_check_in(booking_id: int) -> bool:
    """A slip of the finger; False when nobody had arrived."""
    read.locked(booking_id)
    gone = delete(CheckIn).where(CheckIn.booking_id == booking_id).returning(CheckIn.id)
    return db.session.scalar(gone) is not None


def no_show(booking_id: int, grace_minutes: int, *, by: int | None) -> NoShow:
    """Nobody came within the grace time: the rest of it goes back on sale, nothing is refunded."""
    booking = read.locked(booking_id)
    now = clock.now()
    if booking.state != "confirmed" or now >= booking.ends_at:
        raise Refused(_("Cette réservation n’est plus en cours."))
    if now < booking.starts_at + dt.timedelta(minutes=grace_minutes):
        raise Refused(_("Attendez %(n)d minutes après le début.", n=grace_minutes))
    if db.session.scalars(select(CheckIn.id).where(CheckIn.booking_id == booking_id)).one_or_none():
        raise Refused(_("Cette personne est arrivée."))
    row = NoShow(booking_id=booking_id, at=now, by_account=by)
    db.session.add(row)
    occupancy.shorten("booking", booking_id, now)
    return row
