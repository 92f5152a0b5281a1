"""Money of a customer that no document needs: kept as credit, used for another document, or given
back. It lies on the document that it came for, as a balance below zero."""

from __future__ import annotations

from sqlalchemy import func, select

from app.core.db import db
from app.core.errors import Refused
from app.core.i18n import _
from app.invoicing import doors, levelling, settle
from app.invoicing.models import Document
from app.invoicing.settle import SOURCE
from app.ledger import taxes
from app.ledger.models import LedgerEntry, LedgerLine
from app.ledger.rules import Cause
from app.payments import refunds
from app.payments import rules as payments


def of_customer(customer: str, currency: str) -> list[tuple[Document, int]]:
    """Documents on which a customer has credit, and how much; the oldest first."""
    owed = func.sum(LedgerLine.amount_cents)
    rows = db.session.execute(
        select(Document, owed)
        .join(LedgerEntry, LedgerEntry.source_id == Document.id)
        .join(LedgerLine, LedgerLine.entry_id == LedgerEntry.id)
        .where(
            Document.customer == customer,
            Document.currency == currency,
            LedgerEntry.source == SOURCE,
            LedgerLine.account == "receivable",
        )
        .group_by(Document.id)
        .having(owed < 0)
        .order_by(Document.id)
    )
    return [(one, left) for one, cents in rows if (left := -int(cents) - going_back(one.id)) > 0]


def going_back(document_id: int) -> int:
    """What was asked to go back and did not yet."""
    return settle.under_way((SOURCE, document_id))


def use(document_id: int, *, by: int | None) -> int:
    """Pay a document with what its customer has elsewhere, oldest first; what was used.

    Refuses when there is nothing to use or nothing to pay. Taken from one document and brought to
    the other through `transfer`, so VAT leaves one and comes to the other at its own rates.
    """
    target = db.session.get_one(Document, document_id)
    settle.hold([(SOURCE, one.id) for one, _c in of_customer(target.customer, target.currency)])
    settle.hold([(SOURCE, document_id)])
    due = payments.due_now(SOURCE, document_id)
    used = 0
    for source, cents in of_customer(target.customer, target.currency):
        part = min(cents, due - used)
        if part > 0:
            _bring(source, target, part, by)
            used += part
    if not used:
        raise Refused(_("Il n’y a pas de crédit à utiliser pour ce document."))
    return used


def _bring(source: Document, target: Document, cents: int, by: int | None) -> None:
    event = doors.note(source.id, "credit_used", by=by, cents=cents, to=target.name)
    doors.note(target.id, "credited", by=by, cents=cents, source=source.name)
    for one, sign in ((source, -1), (target, 1)):
        cause = Cause(SOURCE, one.id, f"allocated:{event.id}", f"{source.name} → {target.name}")
        taxes.receive(cause, one.currency, "transfer", sign * cents)
        levelling.follow(SOURCE, one.id)


def give_back(document_id: int, cents: int, *, by: int | None) -> int:
    """Send credit back by the way it came, the newest payment first; what was asked for.

    Refuses more than the document has too much, and what cannot go back by itself.
    """
    settle.hold([(SOURCE, document_id)])
    left = -settle.due_of(document_id) - going_back(document_id)
    if not 0 < cents <= left:
        raise Refused(_("On ne rend pas plus que ce que le client a en trop."), field="rendre")
    turn = sum(len(refunds.of_payment(one.id)) for one in payments.of_source(SOURCE, document_id))
    reason = f"document:{document_id}:{turn}"
    asked = refunds.give_back(SOURCE, document_id, cents, reason, by)
    if asked < cents:
        raise Refused(
            _(
                "Les règlements de ce document ne suffisent pas : rendez le reste depuis la"
                " réservation d’origine, ou gardez-le en crédit."
            ),
            field="rendre",
        )
    return asked
