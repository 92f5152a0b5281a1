"""The chain of issued documents: each seal covers the document, its bytes and the seal before it,
under the keys of the books, which the database does not know."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from app.core import tenancy
from app.core.db import db
from app.invoicing.models import Document, DocumentFile, DocumentSeries
from app.ledger.chain import GENESIS, Keys, moment

SEALED = tuple(
    name
    for name in Document.__table__.columns.keys()  # noqa: SIM118  # not a dict
    if name not in ("id", "seal", "tenant_id")
)


@dataclass(frozen=True)
class Break:
    """A document that is not what was sealed."""

    document_id: int
    name: str
    what: str


def digest(content: bytes) -> str:
    """How bytes are named."""
    return hashlib.sha256(content).hexdigest()


def seal(keys: Keys, document: Document) -> str:
    """The seal of a document, its predecessor's inside. Refuses a key that is not at hand."""
    said = {name: _plain(getattr(document, name)) for name in SEALED}
    return keys.mac(said | {"tenant": tenancy.tenant_id()}, document.key_id)


def _plain(value: Any) -> Any:
    if isinstance(value, dt.datetime):
        return moment(value)
    return value.isoformat() if isinstance(value, dt.date) else value


def last(series: str) -> str:
    """The newest seal of a series; whoever asks holds the series' lock."""
    found = db.session.scalar(
        select(Document.seal)
        .where(Document.series == series)
        .order_by(Document.year.desc(), Document.number.desc())
        .limit(1)
    )
    return found or GENESIS


def breaks(keys: Keys, series: str) -> Iterator[Break]:
    """Every document of the entered venue that does not hold, in order, and numbers that are gone.

    Rows are read a few at a time: memory does not grow with the archive.
    """
    before, number, year = GENESIS, 0, 0
    rows = db.session.scalars(
        select(Document)
        .where(Document.series == series)
        .order_by(Document.year, Document.number)
        .execution_options(yield_per=100, populate_existing=True)
    )
    for row in rows:
        number = number + 1 if row.year == year else 1
        year = row.year
        if row.number != number:
            yield Break(row.id, row.name, "gap")
            number = row.number
        if row.previous != before:
            yield Break(row.id, row.name, "chain")
        known = row.key_id in keys.known
        if not known or not hmac.compare_digest(seal(keys, row), row.seal):
            yield Break(row.id, row.name, "content")
        yield from _file_breaks(row)
        before = row.seal
    yield from _cut_off(series, year, number)


def _file_breaks(row: Document) -> Iterator[Break]:
    """Files that are gone or changed."""
    kept = {
        file.format: digest(file.content)
        for file in db.session.scalars(
            select(DocumentFile).where(DocumentFile.document_id == row.id)
        )
    }
    for format_, sha256 in (("pdf", row.pdf_sha256), ("xml", row.xml_sha256)):
        if kept.get(format_, "") != sha256:
            yield Break(row.id, row.name, f"{format_} file")


def _cut_off(series: str, year: int, number: int) -> Iterator[Break]:
    """The counter says how far the series went: its end cannot be cut off in silence."""
    counters = db.session.scalars(
        select(DocumentSeries).where(DocumentSeries.series == series, DocumentSeries.year >= year)
    )
    for counter in counters:
        if counter.year > year or counter.last > number:
            yield Break(0, f"{series} {counter.year}-{counter.last}", "cut off")
