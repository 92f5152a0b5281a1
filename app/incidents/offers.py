"""A choice that is put to whoever booked: until when it is theirs, and how it ends."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import select

from app.booking.models import Booking
from app.core import clock, outbox, words
from app.core.db import db
from app.core.errors import Refused
from app.core.i18n import _
from app.incidents.models import Outage, OutageOffer

DOUBT = dt.timedelta(minutes=2)
"""How long letters wait: taken back within, nobody ever hears of it."""

LONGEST = dt.timedelta(hours=24)
BEFORE = dt.timedelta(hours=1)  # somebody must still be able to come, or not to
SHORTEST = dt.timedelta(minutes=30)


def open_of(outage_id: int) -> dict[int, OutageOffer]:
    """Choices that nobody made yet, by booking."""
    rows = db.session.scalars(
        select(OutageOffer).where(
            OutageOffer.outage_id == outage_id, OutageOffer.answered_at.is_(None)
        )
    )
    return {row.booking_id: row for row in rows}


def by_token(token: str) -> OutageOffer | None:
    """Whose link it is."""
    return db.session.scalars(select(OutageOffer).where(OutageOffer.token == token)).one_or_none()


def locked(offer_id: int) -> OutageOffer:
    """The row, for this transaction alone."""
    query = select(OutageOffer).where(OutageOffer.id == offer_id).with_for_update()
    return db.session.scalars(query.execution_options(populate_existing=True)).one()


def until(booking: Booking) -> dt.datetime:
    """When an answer must be there: a day from now, and an hour before they come."""
    return min(clock.now() + LONGEST, booking.starts_at - BEFORE)


def make(outage: Outage, booking: Booking, space_id: int | None, by: int | None) -> OutageOffer:
    """Ask them; the same question is not asked twice. Refuses when nobody could be written to, and
    when there is no time left to answer."""
    if (before := open_of(outage.id).get(booking.id)) is not None:
        return before
    code = booking.code
    if booking.person is None or not booking.person.email:
        raise Refused(_("La réservation %(code)s n’a pas d’e-mail : décidez pour elle.", code=code))
    end = until(booking)
    if end < clock.now() + SHORTEST:
        raise Refused(_("La réservation %(code)s commence bientôt : décidez pour elle.", code=code))
    row = OutageOffer(
        outage_id=outage.id,
        booking_id=booking.id,
        space_id=space_id,
        token=words.token(),
        at=clock.now(),
        ends_at=end,
        by_account=by,
    )
    db.session.add(row)
    db.session.flush()  # id for the letter
    outbox.defer("incidents.offer", offer_id=row.id, at=clock.now() + DOUBT, lane="mail")
    outbox.defer("incidents.offer_ends", offer_id=row.id, at=end, lane="holds")
    return row


def close(rows: Sequence[OutageOffer], answer: str, *, by_default: bool = False) -> None:
    """It is settled, by them or otherwise."""
    for row in rows:
        row.answered_at, row.answer, row.by_default = clock.now(), answer, by_default


def fresh(outage_id: int) -> list[OutageOffer]:
    """Choices of which nobody heard yet, to be taken back without a word."""
    since = clock.now() - DOUBT
    return [row for row in open_of(outage_id).values() if row.at > since]
