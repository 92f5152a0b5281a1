"""A customer's account: what was asked for, what came, what is owed after each: the ledger's.

One line per movement of `receivable` under a document, so that the last balance is what the ledger
holds. What was paid before its invoice is said beside it, or an invoice paid at the booking would
look as if it was never asked for.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from app.core.db import db
from app.core.i18n import _
from app.core.slots import local_day
from app.invoicing.models import Charge, Document
from app.invoicing.settle import SOURCE
from app.invoicing.whose import Whose
from app.ledger.models import LedgerEntry, LedgerLine

ASKS = ("invoice", "deposit")


@dataclass(frozen=True)
class Movement:
    """One line: `cents` above zero is asked for, below zero came or was given back."""

    on: dt.date
    order: tuple[dt.datetime, int]
    what: str
    cents: int
    document: Document
    balance_cents: int = 0

    @property
    def debit(self) -> int:
        """What was asked for."""
        return max(self.cents, 0)

    @property
    def credit(self) -> int:
        """What came."""
        return max(-self.cents, 0)


@dataclass(frozen=True)
class Statement:
    """Movements between two days, with the balance before and after."""

    before_cents: int
    movements: list[Movement]
    after_cents: int
    unbilled_cents: int


def of(
    whose: Whose,
    currency: str,
    zone: ZoneInfo,
    since: dt.date | None = None,
    until: dt.date | None = None,
) -> Statement:
    """The account of a customer; without days, all of it."""
    found = _running(sorted(_movements(whose, currency, zone), key=lambda one: one.order))
    before = [one for one in found if since is not None and one.on < since]
    shown = [
        one
        for one in found
        if (since is None or one.on >= since) and (until is None or one.on <= until)
    ]
    start = before[-1].balance_cents if before else 0
    end = shown[-1].balance_cents if shown else start
    return Statement(start, shown, end, _unbilled(whose.customer, currency))


def _running(found: Iterable[Movement]) -> list[Movement]:
    balance, kept = 0, []
    for one in found:
        balance += one.cents
        kept.append(replace(one, balance_cents=balance))
    return kept


def _documents(whose: Whose, currency: str) -> dict[int, Document]:
    rows = db.session.scalars(
        select(Document).where(
            whose.holds(), Document.currency == currency, Document.kind != "quote"
        )
    )
    return {one.id: one for one in rows}


def _movements(whose: Whose, currency: str, zone: ZoneInfo) -> Iterator[Movement]:
    """In no order. A document's own entries make one line with what was paid before it."""
    documents = _documents(whose, currency)
    own: dict[int, tuple[int, tuple[dt.datetime, int]]] = {}
    for entry, cents in _entries(list(documents)):
        asked = documents[entry.source_id]
        word, _sep, rest = entry.event.partition(":")
        number = rest.split(":")[0]
        day, order = local_day(entry.posted_at, zone), (entry.posted_at, entry.id)
        if word == "advance" or (word == "billed" and number == str(asked.id)):
            moved, first = own.get(asked.id, (0, order))
            own[asked.id] = moved + cents, first
        elif cents:
            named = documents.get(int(number)) if number.isdecimal() else None
            about = named if word in ("billed", "credited", "deducted") and named else asked
            yield Movement(day, order, _words(word, cents, about), cents, about)
    for document in documents.values():
        if document.kind in ASKS:
            moved, order = own.get(document.id, (0, (document.issued_at, 0)))
            yield from _asked(document, moved, order)


def _asked(document: Document, moved: int, order: tuple[dt.datetime, int]) -> Iterator[Movement]:
    """The document, and what had come before it."""
    on = document.issued_on
    name = _("Facture d’acompte") if document.kind == "deposit" else _("Facture")
    yield Movement(on, order, name, document.gross_cents, document)
    if before := document.gross_cents - moved:
        yield Movement(on, order, _("Déjà réglé avant la facture"), -before, document)


def _entries(ids: Sequence[int]) -> Iterator[tuple[LedgerEntry, int]]:
    """What moved what is owed under these documents, oldest first."""
    rows = db.session.execute(
        select(LedgerEntry, func.sum(LedgerLine.amount_cents))
        .join(LedgerLine, LedgerLine.entry_id == LedgerEntry.id)
        .where(
            LedgerEntry.source == SOURCE,
            LedgerEntry.source_id.in_(ids),
            LedgerLine.account == "receivable",
        )
        .group_by(LedgerEntry.id)
        .order_by(LedgerEntry.id)
    )
    for entry, cents in rows:
        yield entry, int(cents)


def _words(event: str, cents: int, about: Document) -> str:
    """What a movement was."""
    if about.kind == "credit_note":
        return _("Avoir")
    known = {
        "deducted": _("Acompte déduit"),
        "captured": _("Règlement reçu"),
        "refunded": _("Remboursement"),
        "returned": _("Règlement repris par la banque"),
    }
    return known.get(event) or (_("Règlement reçu") if cents < 0 else _("Somme due"))


def _unbilled(customer: str, currency: str) -> int:
    """What was sold, is not paid, and waits for its invoice."""
    sold = (
        select(Charge.source, Charge.source_id)
        .where(
            Charge.customer == customer,
            Charge.currency == currency,
            Charge.document_id.is_(None),
            Charge.netted.is_(False),
        )
        .distinct()
        .subquery()
    )
    total = db.session.scalar(
        select(func.coalesce(func.sum(LedgerLine.amount_cents), 0))
        .join(LedgerEntry, LedgerEntry.id == LedgerLine.entry_id)
        .join(
            sold,
            (sold.c.source == LedgerEntry.source) & (sold.c.source_id == LedgerEntry.source_id),
        )
        .where(LedgerLine.account == "receivable")
    )
    return int(total or 0)
