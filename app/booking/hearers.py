"""What bookings do when payments speak, and what they write to people."""

from __future__ import annotations

import datetime as dt

from app.booking import confirm, forgotten, read
from app.booking.facts import BookingCancelled, BookingConfirmed, BookingLost, BookingMoved
from app.core import outbox
from app.core.signals import hear
from app.payments.facts import PaymentCaptured, PaymentPromised, RefundDone

__all__ = ["forgotten"]


@hear(PaymentCaptured)
def _captured(fact: PaymentCaptured) -> None:
    if fact.source == "booking":
        confirm.paid(fact.source_id, fact.payment_id, fact.amount_cents)


@hear(PaymentPromised)
def _promised(fact: PaymentPromised) -> None:
    """A direct debit takes days: the room is theirs now, a failed debit is for a person."""
    if fact.source == "booking":
        confirm.confirm(fact.source_id, by_payment=True)


@hear(BookingConfirmed)
def _confirmed(fact: BookingConfirmed) -> None:
    _write("confirmed", fact.booking_id)


@hear(BookingMoved)
def _moved(fact: BookingMoved) -> None:
    if not fact.quiet:
        _write("moved", fact.booking_id, at=fact.told_at)


@hear(BookingCancelled)
def _cancelled(fact: BookingCancelled) -> None:
    ended = read.cancellation(fact.booking_id)
    by_right = ended is not None and ended.by == "withdrawal"
    _write("withdrawn" if by_right else "cancelled", fact.booking_id, fact.refund_cents)


@hear(BookingLost)
def _lost(fact: BookingLost) -> None:
    _write("lost", fact.booking_id, fact.refund_cents)


@hear(RefundDone)
def _refunded(fact: RefundDone) -> None:
    if fact.source == "booking":
        outbox.defer(
            "booking.letter",
            kind="refunded",
            booking_id=fact.source_id,
            version=1,
            cents=fact.amount_cents,
            entity=f"refund:{fact.refund_id}",
            lane="mail",
        )


def _write(kind: str, booking_id: int, cents: int = 0, at: dt.datetime | None = None) -> None:
    """The letter is a job of this transaction: no booking without it, none without a booking."""
    booking = read.known(booking_id)
    if booking.person_id is None or booking.simulated:
        return
    outbox.defer(
        "booking.letter",
        kind=kind,
        booking_id=booking_id,
        version=booking.sequence + 1,
        cents=cents,
        while_it_holds=at is not None,
        at=at,
        lane="mail",
    )
