"""Find documents and what became of them; lists come with what is still owed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Select,
    and_,
    any_,
    case,
    cast,
    func,
    literal,
    select,
)

from app.core import tenancy
from app.core.db import db
from app.core.slots import read_day
from app.core.words import fold
from app.invoicing.models import Charge, Document, DocumentFile, DocumentLink, Draft
from app.invoicing.settle import SOURCE
from app.invoicing.whose import Whose
from app.ledger import journal
from app.ledger.models import LedgerEntry, LedgerLine

STATES = ("due", "late", "paid", "over")
SORTS = ("date", "name", "gross", "due", "late")
FILTERS = ("q", "type", "etat", "du", "au")
"""What an address may ask a list for."""


@dataclass(frozen=True)
class Wish:
    """What a list is asked for; words and codes as they stand in the address."""

    words: str = ""
    kind: str = ""
    state: str = ""
    since: dt.date | None = None
    until: dt.date | None = None
    sort: str = "date"
    rising: bool = False
    whose: Whose | None = None


@dataclass(frozen=True)
class Row:
    """A document and what is still owed for it."""

    document: Document
    due_cents: int
    late: bool


def wish(asked: Mapping[str, str], whose: Whose | None = None) -> Wish:
    """From the address; what makes no sense is as if it was not there."""
    sort = asked.get("tri", "-date")
    return Wish(
        asked.get("q", "").strip()[:100],
        asked.get("type", ""),
        asked.get("etat", ""),
        read_day(asked.get("du")),
        read_day(asked.get("au")),
        sort.lstrip("-") if sort.lstrip("-") in SORTS else "date",
        not sort.startswith("-"),
        whose,
    )


def _owed() -> ColumnElement[int]:
    """What is owed for a document now, as the ledger holds it."""
    return (
        select(func.coalesce(func.sum(LedgerLine.amount_cents), 0))
        .join(LedgerEntry, LedgerEntry.id == LedgerLine.entry_id)
        .where(
            LedgerEntry.source == SOURCE,
            LedgerEntry.source_id == Document.id,
            LedgerLine.account == "receivable",
        )
        .correlate(Document)
        .scalar_subquery()
    )


def query(wanted: Wish, today: dt.date) -> Select[tuple[Document, int]]:
    """Documents of a wish with what is owed for each."""
    owed = _owed()
    found = select(Document, owed.label("owed"))
    for word in fold(wanted.words).split():
        found = found.where(Document.search.contains(word, autoescape=True))
    if wanted.kind:
        found = found.where(Document.kind == wanted.kind)
    if wanted.since:
        found = found.where(Document.issued_on >= wanted.since)
    if wanted.until:
        found = found.where(Document.issued_on <= wanted.until)
    if wanted.whose is not None:
        found = found.where(wanted.whose.holds())
    if wanted.state in STATES:
        found = found.where(_state(wanted.state, owed, today))
    return found


def _state(state: str, owed: ColumnElement[int], today: dt.date) -> ColumnElement[bool]:
    asks = Document.kind.in_(("invoice", "deposit"))
    return {
        "due": and_(asks, owed > 0),
        "late": and_(asks, owed > 0, Document.due_on < today),
        "paid": and_(asks, owed == 0),
        "over": owed < 0,
    }[state]


def page(wanted: Wish, today: dt.date, *, limit: int, offset: int) -> list[Row]:
    """One page of a list."""
    owed = _owed()
    column = {
        "date": Document.issued_on,
        "name": Document.buyer_name,
        "gross": Document.gross_cents,
        "due": owed,
        "late": Document.due_on,
    }[wanted.sort]
    order = column.asc() if wanted.rising else column.desc()
    last = Document.id.asc() if wanted.rising else Document.id.desc()
    found = query(wanted, today).order_by(order, last).limit(limit).offset(offset)
    return [_row(document, int(cents), today) for document, cents in db.session.execute(found)]


def _row(document: Document, cents: int, today: dt.date) -> Row:
    late = cents > 0 and document.due_on is not None and document.due_on < today
    return Row(document, cents, late)


def totals(wanted: Wish, today: dt.date) -> tuple[int, int, int]:
    """How many documents, what they come to (credit notes less), what is owed."""
    inner = query(wanted, today).subquery()
    gross = func.sum(
        case(
            (inner.c.kind == "credit_note", -inner.c.gross_cents),
            (inner.c.kind == "quote", 0),
            else_=inner.c.gross_cents,
        )
    )
    row = db.session.execute(
        select(func.count(), func.coalesce(gross, 0), func.coalesce(func.sum(inner.c.owed), 0))
    ).one()
    return int(row[0]), int(row[1]), int(row[2])


def document(document_id: int) -> Document | None:
    """A document of the entered venue."""
    return db.session.scalars(
        select(Document).where(
            Document.id == document_id, Document.tenant_id == tenancy.tenant_id()
        )
    ).one_or_none()


def draft(draft_id: int) -> Draft | None:
    """A draft of the entered venue."""
    return db.session.scalars(
        select(Draft).where(Draft.id == draft_id, Draft.tenant_id == tenancy.tenant_id())
    ).one_or_none()


def drafts() -> list[Draft]:
    """Drafts that wait for somebody, those that broke rules first."""
    return list(
        db.session.scalars(
            select(Draft)
            .where(Draft.state != "issued")
            .order_by((Draft.state == "refused").desc(), Draft.updated_at.desc())
            .limit(200)
        )
    )


def content(document_id: int, format_: str) -> bytes | None:
    """The bytes that were issued."""
    return db.session.scalar(
        select(DocumentFile.content).where(
            DocumentFile.document_id == document_id, DocumentFile.format == format_
        )
    )


def around(document_id: int) -> Sequence[tuple[str, Document]]:
    """Documents that this one names, and that name it."""
    later = (
        select(DocumentLink.relation, Document)
        .join(Document, Document.id == DocumentLink.document_id)
        .where(DocumentLink.earlier_id == document_id)
    )
    earlier = (
        select(DocumentLink.relation, Document)
        .join(Document, Document.id == DocumentLink.earlier_id)
        .where(DocumentLink.document_id == document_id)
    )
    found = [*db.session.execute(earlier), *db.session.execute(later)]
    return [(relation, one) for relation, one in found]


AUXILIARY = {"person": "P", "company": "E", "guest": "V", "firm": "F"}
"""What stands before the number of a customer in the accountant's books; a SIREN needs nothing."""


def auxiliary(customer: str) -> str:
    """The account of a customer under 411: `552100554`, `P7`."""
    kind, _colon, rest = customer.partition(":")
    return AUXILIARY.get(kind, "") + "".join(sign for sign in rest.upper() if sign.isalnum())[:16]


def parties(sources: Iterable[tuple[str, int]]) -> dict[tuple[str, int], journal.Party]:
    """Who owes what the ledger knows by its source: a document, or whatever was charged."""
    asked: dict[str, list[int]] = {}
    for source, number in sources:
        asked.setdefault(source, []).append(number)
    found = {}
    for source, numbers in asked.items():
        these = any_(cast(numbers, ARRAY(BigInteger)))  # a year of sales is too many parameters
        if source == "document":
            named = select(
                Document.id, Document.customer, Document.buyer_name, Document.name
            ).where(Document.id == these)
        else:
            named = (
                select(Charge.source_id, Charge.customer, Charge.buyer["name"].astext, literal(""))
                .where(Charge.source == source, Charge.source_id == these)
                .order_by(Charge.id)
            )
        for number, customer, name, paper in db.session.execute(named):
            party = journal.Party(auxiliary(customer), name or auxiliary(customer), paper)
            found[source, number] = party
    return found
