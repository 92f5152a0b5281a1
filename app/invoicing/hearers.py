"""Money that comes or goes for something that was billed is told to its document."""

from __future__ import annotations

from app.core.signals import hear
from app.invoicing import settle
from app.payments.facts import PaymentCaptured, RefundDone


@hear(PaymentCaptured)
def _captured(fact: PaymentCaptured) -> None:
    settle.follow(fact.source, fact.source_id)


@hear(RefundDone)
def _refunded(fact: RefundDone) -> None:
    settle.follow(fact.source, fact.source_id)
