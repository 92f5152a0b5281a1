"""Money that comes or goes for something that was billed is told to its document."""

from __future__ import annotations

from app.core.signals import hear
from app.invoicing import settle
from app.payments.facts import (
    PaymentCaptured,
    PaymentReinstated,
    PaymentReturned,
    RefundDone,
)


@hear(PaymentCaptured)
def _captured(fact: PaymentCaptured) -> None:
    settle.follow(fact.source, fact.source_id)


@hear(RefundDone)
def _refunded(fact: RefundDone) -> None:
    settle.follow(fact.source, fact.source_id)


@hear(PaymentReturned)
def _returned(fact: PaymentReturned) -> None:
    settle.follow(fact.source, fact.source_id)


@hear(PaymentReinstated)
def _reinstated(fact: PaymentReinstated) -> None:
    settle.follow(fact.source, fact.source_id)
