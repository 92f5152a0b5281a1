"""Entries and their lines. The application may add them and nothing else."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Model, cents, key, owned, points_to, ref, stamp
from app.core.tenancy import TenantOwned

ACCOUNTS = (
    "receivable",
    "card_clearing",
    "sepa_clearing",
    "cash",
    "terminal",
    "bank",
    "sales",
    "vat",
    "suspense",
)


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
    """Debit above zero, credit below. VAT lines carry their rate."""

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
