"""Money that comes or goes for something that was billed is told to its document."""

from __future__ import annotations

from app.core.signals import hear
from app.invoicing import anchoring, doors, forgotten, levelling, read, settle
from app.ledger import nightly
from app.ledger.facts import PartiesAsked
from app.payments.facts import (
    PaymentCaptured,
    PaymentReinstated,
    PaymentReturned,
    RefundDone,
)

__all__ = ["forgotten"]

if anchoring.as_breaks not in nightly.MORE:
    nightly.MORE.append(anchoring.as_breaks)


@hear(PaymentCaptured)
def _captured(fact: PaymentCaptured) -> None:
    _follow(fact.source, fact.source_id)


@hear(RefundDone)
def _refunded(fact: RefundDone) -> None:
    _follow(fact.source, fact.source_id)


@hear(PaymentReturned)
def _returned(fact: PaymentReturned) -> None:
    """The document is owed again, and its history says why; reminders begin anew."""
    _follow(fact.source, fact.source_id)
    _remember("returned", fact)


@hear(PaymentReinstated)
def _reinstated(fact: PaymentReinstated) -> None:
    _follow(fact.source, fact.source_id)
    _remember("reinstated", fact)


@hear(PartiesAsked)
def _asked_who_owes(fact: PartiesAsked) -> None:
    """The accountant reads who owes, under the number that all documents of a customer share."""
    fact.found.update(read.parties(fact.sources))


def _follow(source: str, source_id: int) -> None:
    settle.follow(source, source_id)
    levelling.follow(source, source_id)


def _remember(what: str, fact: PaymentReturned | PaymentReinstated) -> None:
    document = settle.document_of((fact.source, fact.source_id))
    if document is not None:
        doors.note(document.id, what, cents=fact.amount_cents, payment=fact.payment_id)
