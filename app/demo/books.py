"""The rows of one venue, gathered, then written at once."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from app.booking.models import Booking, Cancellation, CheckIn, NoShow
from app.core import bulk
from app.core.db import Model
from app.ledger.models import LedgerEntry, LedgerLine
from app.ledger.rules import Line
from app.occupancy.models import Occupancy
from app.payments.models import Payment, Refund


@dataclass
class Books:
    """The rows of one venue, by table, until they are written."""

    rows: dict[type[Model], list[bulk.Row]] = field(default_factory=dict)
    entries: list[tuple[dict[str, Any], list[Line]]] = field(default_factory=list)

    def add(self, model: type[Model], row: bulk.Row) -> None:
        """One row; who keeps it may complete it until the books are closed."""
        self.rows.setdefault(model, []).append(row)

    def post(self, booking_id: int, event: str, at: dt.datetime, lines: list[Line]) -> None:
        """One movement of money."""
        head = {"source": "booking", "source_id": booking_id, "event": event, "posted_at": at}
        self.entries.append((head, [line for line in lines if line.amount_cents]))

    def close(self) -> None:
        """Write everything, what is pointed to first."""
        order = (Booking, Occupancy, CheckIn, NoShow, Cancellation, Payment, Refund)
        for model in order:
            bulk.write(model, self.rows.get(model, []))
        kept = [(head, lines) for head, lines in self.entries if lines]
        ids = bulk.ids(LedgerEntry, len(kept))
        heads = [
            head | {"id": id_, "currency": "EUR", "memo": ""}
            for id_, (head, _) in zip(ids, kept, strict=True)
        ]
        bulk.write(LedgerEntry, heads)
        lines = [
            {
                "entry_id": id_,
                "account": line.account,
                "vat_bp": line.vat_bp,
                "amount_cents": line.amount_cents,
            }
            for id_, (_, lines) in zip(ids, kept, strict=True)
            for line in lines
        ]
        numbers = bulk.ids(LedgerLine, len(lines))
        numbered = [row | {"id": id_} for row, id_ in zip(lines, numbers, strict=True)]
        bulk.write(LedgerLine, numbered, whole="entry_id")
