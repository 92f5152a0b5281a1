"""From a hold to a booking, in place; and what happens when the money comes too late."""

from __future__ import annotations

from app.booking import charging, read
from app.booking.facts import BookingConfirmed, BookingLost
from app.booking.models import Booking
from app.core import clock, faults
from app.core.db import db
from app.core.errors import Refused, Taken
from app.core.i18n import _
from app.core.signals import publish
from app.core.slots import Interval
from app.ledger import rules as ledger
from app.ledger import taxes
from app.ledger.rules import Cause
from app.occupancy import rules as occupancy
from app.occupancy.rules import Taking
from app.payments import refunds
from app.payments import rules as payments

WAYS_WITHOUT_PAYING = ("desk", "on_account", "free")


def confirm(booking_id: int, *, by_payment: bool = False) -> bool:
    """Make it theirs: True when it is, False when the time went to somebody else.

    A hold that lapsed is taken again when its time is still free. What is confirmed stays so;
    what was cancelled never comes back. Without a payment only the desk, an account or a price of
    zero may confirm.
    """
    booking = read.locked(booking_id)
    if booking.state == "confirmed":
        return True
    if booking.state == "cancelled":
        return False
    if not by_payment and booking.payment_way not in WAYS_WITHOUT_PAYING:
        raise Refused(_("Cette réservation attend son paiement."))
    if not _seat(booking):
        booking.state = "lapsed"
        return False
    booking.state = "confirmed"
    booking.confirmed_at = clock.now()
    booking.held_until = None
    ledger.post(
        Cause("booking", booking.id, "sold", booking.code),
        booking.currency,
        ledger.sale(booking.price_cents, booking.vat_bp, taxes.vat_account()),
    )
    charging.sold(booking)
    faults.point("sale_posted")
    db.session.flush()  # whoever hears of it finds it written
    publish(BookingConfirmed(booking.id))
    return True


def _seat(booking: Booking) -> bool:
    place = occupancy.place(booking.space_id)
    if occupancy.keep(place, booking.quantity, "booking", booking.id):
        return True
    try:
        with db.session.begin_nested():
            occupancy.take(
                place,
                Interval(booking.starts_at, booking.ends_at),
                booking.quantity,
                Taking("booking", "booking", booking.id),
            )
    except Taken:
        return False
    return True


def paid(booking_id: int, payment_id: int, amount_cents: int) -> None:
    """The money for a booking is there: confirm it, or give the money back at once and say so.

    Of a booking that was given back meanwhile, the policy's share goes back and the rest is due.
    """
    sold = confirm(booking_id, by_payment=True)
    ended = not sold and read.cancellation(booking_id) is not None
    if sold or ended:
        too_much = -payments.due_on("booking", booking_id)
        if too_much > 0:  # two pages were open and both were paid, or it was cancelled meanwhile
            why = "cancelled" if ended else "paid_twice"
            refunds.request(payment_id, min(too_much, amount_cents), why)
        return
    refunds.request(payment_id, amount_cents, "too_late")
    publish(BookingLost(booking_id, amount_cents))
