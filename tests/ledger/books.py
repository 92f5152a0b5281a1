"""The ledger as its owner sees it: written in a transaction that is taken back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, create_engine, insert, text
from sqlalchemy.pool import NullPool

from app.config import Settings
from app.ledger import taxes
from app.ledger.chain import Keys
from app.ledger.models import LedgerEntry, LedgerLine
from app.ledger.rules import Line, sale
from app.ledger.seal import seal
from app.ledger.verify import Break, breaks

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
        return seal(self.connection, self.tenant, KEYS)

    def breaks(self, **more: object) -> list[Break]:
        return list(breaks(self.connection, self.tenant, KEYS, **more))


@contextmanager
def opened(settings: Settings, tenant: int) -> Iterator[Books]:
    """Books whose every word is taken back at the end."""
    engine = create_engine(settings.owner_database_url, poolclass=NullPool)
    with engine.connect() as connection:
        yield Books(connection, tenant)
        connection.rollback()
    engine.dispose()
