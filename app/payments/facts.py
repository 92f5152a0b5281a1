"""What payments tell whoever listens, in the same transaction."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class PaymentCaptured:
    """The money is there."""

    payment_id: int
    source: str
    source_id: int
    amount_cents: int


@dataclass(frozen=True)
class PaymentPromised:
    """A direct debit is on its way: it may still fail in some days."""

    payment_id: int
    source: str
    source_id: int


@dataclass(frozen=True)
class PaymentFailed:
    """It will not come: refused, expired, or a debit that was returned."""

    payment_id: int
    source: str
    source_id: int
    was_promised: bool


@dataclass(frozen=True)
class PaymentReturned:
    """The bank took the money back: what was paid is owed again."""

    payment_id: int
    source: str
    source_id: int
    amount_cents: int


@dataclass(frozen=True)
class PaymentReinstated:
    """The bank gave back what it had taken."""

    payment_id: int
    source: str
    source_id: int
    amount_cents: int


@dataclass(frozen=True)
class RefundDone:
    """The money went back."""

    refund_id: int
    payment_id: int
    source: str
    source_id: int
    amount_cents: int
