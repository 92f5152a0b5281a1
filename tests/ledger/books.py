"""The ledger as its owner sees it: written in a transaction that is taken back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, create_engine, insert, text
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from app.config import Settings
from app.core import bulk, tenancy
from app.core.db import db
from app.ledger import taxes
from app.ledger.chain import Keys
from app.ledger.models import LedgerEntry, LedgerLine
from app.ledger.rules import Line, sale
from app.ledger.seal import seal
from app.ledger.verify import Break, breaks

NOW = dt.timedelta(hours=-1)  # seal what was posted this very moment too
KEYS = Keys.of(["a key of the tests, thirty-two letters or more"])


class Books:
    """One tenant's ledger on a connection that may do anything."""

    def __init__(self, connection: Connection, tenant: int) -> None:
        self.connection, self.tenant = connection, tenant
        self.sources = 0

    def do(self, statement: str, **values: object) -> None:
        self.connection.execute(text(statement), values)

    def ask(self, query: str, **values: object) -> list[tuple]:
        return [tuple(row) for row in self.connection.execute(text(query), values)]

    def post(
        self, event: str, lines: list[Line], *, source_id: int, at: dt.datetime | None = None
    ) -> int:
        head = {"tenant_id": self.tenant, "source": "test", "source_id": source_id, "event": event}
        head |= {"currency": "EUR", "memo": f"T{source_id}"} | ({"posted_at": at} if at else {})
        entry = self.connection.execute(
            insert(LedgerEntry).values(head).returning(LedgerEntry.id)
        ).scalar_one()
        rows = [
            {
                "tenant_id": self.tenant, "entry_id": entry, "account": line.account,
                "vat_bp": line.vat_bp, "amount_cents": line.amount_cents,
            }
            for line in lines if line.amount_cents
        ]  # fmt: skip
        self.connection.execute(insert(LedgerLine).values(rows))
        return entry

    def sell(self, cents: int, rate: int = 2000, at: dt.datetime | None = None) -> tuple[int, int]:
        """A sale and its payment by card; both entries."""
        self.sources += 1
        source = 900_000 + self.sources
        sold = self.post("sold", sale(cents, rate), source_id=source, at=at)
        paid = self.post(
            "captured:1", taxes.receipt("card_clearing", cents, {rate: cents}, {}),
            source_id=source, at=at,
        )  # fmt: skip
        return sold, paid

    def seal(self) -> int:
        return seal(self.connection, self.tenant, KEYS, settle=NOW)

    def breaks(self, **more: object) -> list[Break]:
        return list(breaks(self.connection, self.tenant, KEYS, **more))


@contextmanager
def on(books: Books) -> Iterator[None]:
    """Let what asks the session ask this connection."""
    session = Session(books.connection, join_transaction_mode="create_savepoint")
    db.session.remove()
    db.session.registry.set(session)
    try:
        yield
    finally:
        session.close()
        db.session.registry.clear()


@contextmanager
def opened(settings: Settings, tenant: int) -> Iterator[Books]:
    """Books whose every word is taken back at the end."""
    engine = create_engine(settings.owner_database_url, poolclass=NullPool)
    with engine.connect() as connection:
        yield Books(connection, tenant)
        connection.rollback()
    engine.dispose()


def write(entries: list[tuple[dt.datetime, int, str, list[Line]]]) -> None:
    tenant = tenancy.tenant_id()
    heads = [
        {"tenant_id": tenant, "source": "test", "source_id": n, "event": event,
         "currency": "EUR", "posted_at": at}
        for at, n, event, _lines in entries
    ]  # fmt: skip
    ids = db.session.scalars(
        insert(LedgerEntry).returning(LedgerEntry.id, sort_by_parameter_order=True), heads
    ).all()
    rows = [
        {"entry_id": id_, "account": line.account, "vat_bp": line.vat_bp,
         "amount_cents": line.amount_cents}
        for id_, (_at, _n, _event, lines) in zip(ids, entries, strict=True)
        for line in lines if line.amount_cents
    ]  # fmt: skip
    for row, number in zip(rows, bulk.ids(LedgerLine, len(rows)), strict=True):
        row["id"] = number
    bulk.write(LedgerLine, rows, whole="entry_id")
