"""From a quote to a hold: the room and the price are kept while somebody pays."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, select

from app.booking import read
from app.booking.models import Booking
from app.core import clock, outbox, tenancy, words
from app.core.db import insert_once, send, written
from app.core.errors import Busy, Refused
from app.core.i18n import _
from app.core.slots import Interval
from app.occupancy import rules as occupancy
from app.occupancy.rules import Taking
from app.rates.models import Quote


@dataclass(frozen=True)
class Terms:
    """How a booking begins: where from, for whom, how it will be paid, how long it waits."""

    hold_minutes: int = 15
    origin: str = "web"
    person_id: int | None = None
    way: str = "online"
    label: str = ""


def hold(quote: Quote, terms: Terms) -> Booking:
    """A held booking at the price that was said, or `Taken` with nothing written.

    The same quote gives the same booking again: a double click holds one room, the second of two
    at once waits for the first one's row. One whose hold has lapsed is held anew if the room is
    free.
    """
    until = clock.now() + dt.timedelta(minutes=terms.hold_minutes)
    found = _begun(quote, terms, until)
    if not isinstance(found, Booking):
        return _again(found, until)
    _take(found, until, terms.label)
    outbox.defer("booking.lapse", booking_id=found.id, at=until, lane="holds")
    return found


BEGIN = insert_once(
    Booking,
    *("tenant_id", "code", "token", "space_id", "person_id", "quote_id", "starts_at", "ends_at"),
    *("quantity", "people", "state", "payment_way", "price_cents", "currency", "vat_bp", "steps"),
    *("organisation", "origin", "sequence", "simulated", "held_until"),
)
OF_QUOTE = select(Booking.id).where(Booking.quote_id == bindparam("quote"))
TRIES = 5


def _begun(quote: Quote, terms: Terms, until: dt.datetime) -> Booking | int:
    """The first booking of a quote, or the id of the one that it has. A code that another booking
    has is thrown again."""
    for _try in range(TRIES):
        values = _values(quote, terms, until)
        if (made := send(BEGIN, values).scalar()) is not None:
            return written(Booking(id=made, **values))
        if (before := send(OF_QUOTE, {"quote": quote.id}).scalar()) is not None:
            return int(before)
    raise Busy(_("Le service est très demandé. Rien n’a été enregistré : réessayez."))


def _values(quote: Quote, terms: Terms, until: dt.datetime) -> dict[str, Any]:
    return {
        "tenant_id": tenancy.tenant_id(),
        "code": words.short_code(),
        "token": words.token(),
        "space_id": quote.space_id,
        "person_id": terms.person_id,
        "quote_id": quote.id,
        "starts_at": quote.starts_at,
        "ends_at": quote.ends_at,
        "quantity": quote.quantity,
        "people": quote.people,
        "state": "held",
        "payment_way": "free" if quote.price_cents == 0 else terms.way,
        "price_cents": quote.price_cents,
        "currency": quote.currency,
        "vat_bp": quote.vat_bp,
        "steps": quote.steps,
        "organisation": {},
        "origin": terms.origin,
        "sequence": 0,
        "simulated": False,
        "held_until": until,
    }


def _take(booking: Booking, until: dt.datetime, label: str) -> None:
    occupancy.take(
        occupancy.place(booking.space_id),
        Interval(booking.starts_at, booking.ends_at),
        booking.quantity,
        Taking("hold", "booking", booking.id, label, until),
    )


def _again(booking_id: int, until: dt.datetime) -> Booking:
    booking = read.locked(booking_id)
    if booking.state == "cancelled":
        raise Refused(_("Cette réservation a été annulée."))
    now = clock.now()
    lapsed = booking.state == "lapsed" or (
        booking.state == "held" and booking.held_until is not None and booking.held_until <= now
    )
    if lapsed:
        occupancy.release("booking", booking.id)
        _take(booking, until, "")
        booking.state, booking.held_until = "held", until
        outbox.defer("booking.lapse", booking_id=booking.id, at=until, lane="holds")
    return booking


def lapse(booking_id: int) -> bool:
    """Let a hold go when its time is over; False when it was confirmed or still has time."""
    booking = read.locked(booking_id)
    if booking.state != "held" or booking.held_until is None or booking.held_until > clock.now():
        return False
    booking.state = "lapsed"
    occupancy.release("booking", booking.id)
    return True


def give_up(booking: Booking) -> None:
    """The visitor changed their mind before paying: the room is free at once."""
    booking = read.locked(booking.id)
    if booking.state == "held":
        booking.state = "lapsed"
        occupancy.release("booking", booking.id)
