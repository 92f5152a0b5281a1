"""What bookings do when payments speak."""

from __future__ import annotations

from app.booking import confirm
from app.core.signals import hear
from app.payments.facts import PaymentCaptured, PaymentPromised


@hear(PaymentCaptured)
def _captured(fact: PaymentCaptured) -> None:
    if fact.source == "booking":
        confirm.paid(fact.source_id, fact.payment_id, fact.amount_cents)


@hear(PaymentPromised)
def _promised(fact: PaymentPromised) -> None:
    """A direct debit takes days: the room is theirs now, a failed debit is for a person."""
    if fact.source == "booking":
        confirm.confirm(fact.source_id, by_payment=True)
