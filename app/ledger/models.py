"""Entries and their lines, their seals, closures: all may be added to, and nothing else."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Model, cents, document, instant, key, owned, points_to, ref, stamp
from app.core.tenancy import TenantOwned

# Where money is: what a receipt debits and a refund credits.
MONEY = ("card_clearing", "sepa_clearing", "cash", "terminal", "bank")
# `vat` is due from the sale on (option for debits); `vat_pending` waits for the money, which turns
# it into `vat_collected`.
ACCOUNTS = (
    "receivable",
    *MONEY,
    "sales",
    "vat",
    "vat_pending",
    "vat_collected",
    "penalties",
    "prepaid",
    "deposits_held",
    "till_difference",
    "transfer",
    "suspense",
)
KINDS = ("day", "month", "year")


class LedgerEntry(TenantOwned, Model):
    """One movement. `(source, source_id, event)` is unique: no movement is posted twice."""

    __tablename__ = "ledger_entry"
    __table_args__ = owned(
        UniqueConstraint("tenant_id", "source", "source_id", "event"),
        Index("ix_ledger_entry_posted", "tenant_id", "posted_at"),
    )

    id: Mapped[key]
    posted_at: Mapped[stamp]
    source: Mapped[str]
    source_id: Mapped[ref]
    event: Mapped[str]
    currency: Mapped[str]
    memo: Mapped[str] = mapped_column(server_default="")


class LedgerLine(TenantOwned, Model):
    """Debit above zero, credit below. Sales, VAT and what a receipt pays off carry their rate."""

    __tablename__ = "ledger_line"
    __table_args__ = owned(
        points_to("entry_id", "ledger_entry"),
        CheckConstraint("amount_cents <> 0", name="amount"),
        CheckConstraint(f"account in {ACCOUNTS}", name="account"),
        Index("ix_ledger_line_entry", "tenant_id", "entry_id"),
        Index("ix_ledger_line_account", "tenant_id", "account"),
    )

    id: Mapped[key]
    entry_id: Mapped[ref]
    account: Mapped[str]
    vat_bp: Mapped[int | None]
    amount_cents: Mapped[cents]


class LedgerSeal(TenantOwned, Model):
    """An entry's place in the chain: its number without gaps, what each of its rows said, and a
    digest under a key that the database does not know."""

    __tablename__ = "ledger_seal"
    __table_args__ = owned(
        points_to("entry_id", "ledger_entry"),
        UniqueConstraint("tenant_id", "number"),
        UniqueConstraint("tenant_id", "entry_id"),
    )

    id: Mapped[key]
    number: Mapped[int] = mapped_column(BigInteger)
    entry_id: Mapped[ref]
    rows: Mapped[document]
    digest: Mapped[str]
    key_id: Mapped[str]
    sealed_at: Mapped[stamp]


class LedgerCheck(TenantOwned, Model):
    """The chain was read from its first link to this number; what did not fit."""

    __tablename__ = "ledger_check"
    __table_args__ = owned(Index("ix_ledger_check_at", "tenant_id", "at"))

    id: Mapped[key]
    at: Mapped[stamp]
    number: Mapped[int] = mapped_column(BigInteger)
    breaks: Mapped[int]
    found: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list)


class LedgerClosure(TenantOwned, Model):
    """A day, month or year that ended: its totals as bytes, the grand total among them."""

    __tablename__ = "ledger_closure"
    __table_args__ = owned(
        UniqueConstraint("tenant_id", "kind", "first_day"),
        UniqueConstraint("tenant_id", "kind", "number"),
        CheckConstraint(f"kind in {KINDS}", name="kind"),
        CheckConstraint("first_day <= last_day", name="days"),
        Index("ix_ledger_closure_until", "tenant_id", "kind", "until"),
    )

    id: Mapped[key]
    kind: Mapped[str]
    number: Mapped[int]
    first_day: Mapped[dt.date]
    last_day: Mapped[dt.date]
    until: Mapped[instant]
    content: Mapped[str]
    digest: Mapped[str]
    key_id: Mapped[str]
    closed_at: Mapped[stamp]
