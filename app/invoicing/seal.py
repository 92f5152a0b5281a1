"""The chain of issued documents: each seal covers the document, its bytes and the seal before it,
under the keys of the books, which the database does not know."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, select, tuple_

from app.core import tenancy
from app.core.db import db, table_of
from app.invoicing.models import Document, DocumentFile, DocumentSeries
from app.ledger.chain import GENESIS, Keys, moment

SEALED = tuple(
    name
    for name in Document.__table__.columns.keys()  # noqa: SIM118  # not a dict
    if name not in ("id", "seal", "tenant_id")
)
DOCUMENT, FILE, COUNTER = (table_of(one) for one in (Document, DocumentFile, DocumentSeries))
PART = 100


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
    return mac(keys, document, tenancy.tenant_id())


def mac(keys: Keys, row: Any, tenant: int) -> str:
    """The same of a row as any connection reads it."""
    said = {name: _plain(getattr(row, name)) for name in SEALED}
    return keys.mac(said | {"tenant": tenant}, row.key_id)


def _plain(value: Any) -> Any:
    if isinstance(value, dt.datetime):
        return moment(value)
    return value.isoformat() if isinstance(value, dt.date) else value


def last(series: str) -> str:
    """The newest seal of a series; whoever asks holds the series' lock. The venue is named: what
    row security knows of it gives no order, and all documents would be sorted to find one."""
    found = db.session.scalar(
        select(Document.seal)
        .where(Document.tenant_id == tenancy.tenant_id(), Document.series == series)
        .order_by(Document.year.desc(), Document.number.desc())
        .limit(1)
    )
    return found or GENESIS


def breaks(keys: Keys, series: str) -> Iterator[Break]:
    """Every document of the entered venue that does not hold, in order, and numbers that are
    gone."""
    db.session.flush()  # what is read below is the tables' own
    yield from breaks_in(db.session.connection(), keys, tenancy.tenant_id(), series)


def breaks_in(connection: Connection, keys: Keys, tenant: int, series: str) -> Iterator[Break]:
    """The same of any venue that a connection sees, so that the doctor and a page ask the same
    words. Rows are read a few at a time: memory does not grow with the archive."""
    before, number, year = GENESIS, 0, 0
    for row in _rows(connection, tenant, series):
        number = number + 1 if row.year == year else 1
        year = row.year
        if row.number != number:
            yield Break(row.id, row.name, "gap")
            number = row.number
        if row.previous != before:
            yield Break(row.id, row.name, "chain")
        known = row.key_id in keys.known
        if not known or not hmac.compare_digest(mac(keys, row, tenant), row.seal):
            yield Break(row.id, row.name, "content")
        yield from _file_breaks(connection, tenant, row)
        before = row.seal
    yield from _cut_off(connection, tenant, (series, year, number))


def _rows(connection: Connection, tenant: int, series: str) -> Iterator[Row[Any]]:
    after = (0, 0)
    while True:
        part = connection.execute(
            select(DOCUMENT)
            .where(DOCUMENT.c.tenant_id == tenant, DOCUMENT.c.series == series)
            .where(tuple_(DOCUMENT.c.year, DOCUMENT.c.number) > after)
            .order_by(DOCUMENT.c.year, DOCUMENT.c.number)
            .limit(PART)
        ).all()
        yield from part
        if len(part) < PART:
            return
        after = (part[-1].year, part[-1].number)


def _file_breaks(connection: Connection, tenant: int, row: Row[Any]) -> Iterator[Break]:
    """Files that are gone or changed."""
    rows = connection.execute(
        select(FILE.c.format, FILE.c.content).where(
            FILE.c.tenant_id == tenant, FILE.c.document_id == row.id
        )
    )
    kept = {format_: digest(content) for format_, content in rows}
    for format_, sha256 in (("pdf", row.pdf_sha256), ("xml", row.xml_sha256)):
        if kept.get(format_, "") != sha256:
            yield Break(row.id, row.name, f"{format_} file")


def _cut_off(connection: Connection, tenant: int, end: tuple[str, int, int]) -> Iterator[Break]:
    """The counter says how far the series went: its end cannot be cut off in silence."""
    series, year, number = end
    counters = connection.execute(
        select(COUNTER).where(
            COUNTER.c.tenant_id == tenant, COUNTER.c.series == series, COUNTER.c.year >= year
        )
    )
    for counter in counters:
        if counter.year > year or counter.last > number:
            yield Break(0, f"{series} {counter.year}-{counter.last}", "cut off")
