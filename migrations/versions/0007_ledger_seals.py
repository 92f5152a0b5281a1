"""Seals and closures of the ledger, VAT that waits for the money, and what the database refuses."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.core import rls

revision = "0007"
down_revision = "0006"

ACCOUNTS = (
    "receivable",
    "card_clearing",
    "sepa_clearing",
    "cash",
    "terminal",
    "bank",
    "sales",
    "vat",
    "vat_pending",
    "vat_collected",
    "penalties",
    "prepaid",
    "deposits_held",
    "till_difference",
    "suspense",
)

# Lines come in whole entries that sum to zero, and never to an entry that is sealed.
LINES_FIT = """
create function ledger_lines_fit() returns trigger language plpgsql as $$
begin
  if exists (select from fresh group by tenant_id, entry_id having sum(amount_cents) <> 0) then
    raise exception 'an entry does not sum to zero' using errcode = '23514';
  end if;
  if exists (select from fresh f join ledger_seal s
      on s.tenant_id = f.tenant_id and s.entry_id = f.entry_id) then
    raise exception 'the entry is sealed' using errcode = '42501';
  end if;
  return null;
end $$;
create trigger lines_fit after insert on ledger_line
  referencing new table as fresh for each statement execute function ledger_lines_fit();
"""
# What was sold under another software is history: it is in no closure of ours.
DAY_OPEN = """
create function ledger_day_is_open() returns trigger language plpgsql as $$
begin
  if new.event <> 'imported' and exists (select from ledger_closure c
      where c.tenant_id = new.tenant_id and c.kind = 'day' and c.until > new.posted_at) then
    raise exception 'that day is closed' using errcode = '42501';
  end if;
  return new;
end $$;
create trigger day_is_open before insert on ledger_entry
  for each row execute function ledger_day_is_open();
"""


def seals() -> None:
    """One row per entry: its number without gaps and the keyed digest."""
    op.create_table(
        "ledger_seal",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("entry_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "rows", postgresql.JSONB(), server_default=sa.text("'{}'::jsonb"), nullable=False
        ),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column(
            "sealed_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_ledger_seal_tenant_id")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "entry_id"],
            ["ledger_entry.tenant_id", "ledger_entry.id"],
            name=op.f("fk_ledger_seal_tenant_id_entry_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_seal")),
        sa.UniqueConstraint("tenant_id", "id", name=op.f("uq_ledger_seal_tenant_id_id")),
        sa.UniqueConstraint("tenant_id", "number", name=op.f("uq_ledger_seal_tenant_id_number")),
        sa.UniqueConstraint(
            "tenant_id", "entry_id", name=op.f("uq_ledger_seal_tenant_id_entry_id")
        ),
    )


def checks() -> None:
    """One row per reading of the whole chain."""
    op.create_table(
        "ledger_check",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column(
            "at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("breaks", sa.Integer(), nullable=False),
        sa.Column("found", postgresql.JSONB(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_ledger_check_tenant_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_check")),
        sa.UniqueConstraint("tenant_id", "id", name=op.f("uq_ledger_check_tenant_id_id")),
    )
    op.create_index("ix_ledger_check_at", "ledger_check", ["tenant_id", "at"])


def closures() -> None:
    """One row per day, month and year that ended."""
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "ledger_closure",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("until", moment, nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("closed_at", moment, server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("kind in ('day', 'month', 'year')", name=op.f("ck_ledger_closure_kind")),
        sa.CheckConstraint("first_day <= last_day", name=op.f("ck_ledger_closure_days")),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_ledger_closure_tenant_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_closure")),
        sa.UniqueConstraint("tenant_id", "id", name=op.f("uq_ledger_closure_tenant_id_id")),
        sa.UniqueConstraint(
            "tenant_id",
            "kind",
            "first_day",
            name=op.f("uq_ledger_closure_tenant_id_kind_first_day"),
        ),
        sa.UniqueConstraint(
            "tenant_id", "kind", "number", name=op.f("uq_ledger_closure_tenant_id_kind_number")
        ),
    )
    op.create_index("ix_ledger_closure_until", "ledger_closure", ["tenant_id", "kind", "until"])


def upgrade() -> None:
    """Two append-only tables, two guards, and columns that say how a venue owes its VAT."""
    op.add_column(
        "tenant",
        sa.Column("books_timezone", sa.Text(), server_default="Europe/Paris", nullable=False),
    )
    op.add_column("tenant", sa.Column("vat_debits_since", sa.Date(), nullable=True))
    op.add_column(
        "payment",
        sa.Column(
            "rates", postgresql.JSONB(), server_default=sa.text("'{}'::jsonb"), nullable=False
        ),
    )
    op.execute("alter table ledger_line drop constraint ck_ledger_line_account")
    op.execute(
        f"alter table ledger_line add constraint ck_ledger_line_account"
        f" check (account in {ACCOUNTS}) not valid"
    )
    op.execute("alter table ledger_line validate constraint ck_ledger_line_account")
    seals()
    checks()
    closures()
    for table in ("ledger_seal", "ledger_check", "ledger_closure"):
        for statement in rls.tenant_table(table) + rls.append_only(table):
            op.execute(statement)
    op.execute(LINES_FIT)
    op.execute(DAY_OPEN)
