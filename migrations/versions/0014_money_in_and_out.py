"""Doors to documents for those who pay them, reminders, and the till."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.core import rls

revision = "0014"
down_revision = "0013"

MOMENT = sa.DateTime(timezone=True)
NOW = sa.text("now()")
FROZEN = ("document_door", "reminder", "till_session", "till_movement", "till_closing")


def owned(table: str) -> list[sa.Constraint]:
    """What every table of a tenant has."""
    return [
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f(f"fk_{table}_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("tenant_id", "id", name=op.f(f"uq_{table}_tenant_id_id")),
    ]


def key() -> list[sa.Column]:
    return [
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
    ]


def cents(*names: str) -> list[sa.Column]:
    return [sa.Column(name, sa.BigInteger(), nullable=False) for name in names]


def unique(table: str, *columns: str) -> sa.UniqueConstraint:
    names = ("tenant_id", *columns)
    return sa.UniqueConstraint(*names, name=op.f(f"uq_{table}_{'_'.join(names)}"))


def points_to(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["tenant_id", column],
        [f"{to}.tenant_id", f"{to}.id"],
        name=op.f(f"fk_{table}_tenant_id_{column}"),
    )


def doors() -> None:
    """Where a customer sees and pays a document without an account."""
    op.create_table(
        "document_door",
        *key(),
        sa.Column("document_id", sa.BigInteger(), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        points_to("document_door", "document_id", "document"),
        *owned("document_door"),
        unique("document_door", "document_id"),
        unique("document_door", "token"),
    )


def reminders() -> None:
    """What was asked for again."""
    op.create_table(
        "reminder",
        *key(),
        sa.Column("document_id", sa.BigInteger(), nullable=False),
        sa.Column("round", sa.Integer(), server_default="1", nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        *cents("due_cents", "penalty_cents", "fixed_cents"),
        sa.CheckConstraint("level between 1 and 3", name=op.f("ck_reminder_level")),
        points_to("reminder", "document_id", "document"),
        *owned("reminder"),
        unique("reminder", "document_id", "round", "level"),
    )
    for name, kind, default in (
        ("mails_documents", sa.Boolean(), "true"),
        ("reminders", sa.Boolean(), "false"),
        ("reminder_days", postgresql.JSONB(), "[7, 21, 45]"),
        ("penalty_rule", sa.Text(), "ecb"),
    ):
        op.add_column(
            "billing_profile", sa.Column(name, kind, server_default=default, nullable=False)
        )
    op.execute(
        "alter table billing_profile add constraint ck_billing_profile_penalty_rule"
        " check (penalty_rule in ('ecb', 'legal'))"
    )


def till() -> None:
    """One drawer: opened with what is in it, closed with a count, by somebody."""
    op.create_table(
        "till_session",
        *key(),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("opened_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("opened_by", sa.BigInteger(), nullable=True),
        *cents("float_cents", "books_cents"),
        sa.Column("origin", sa.Text(), server_default="", nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint("float_cents >= 0", name=op.f("ck_till_session_float")),
        sa.CheckConstraint(
            "origin in ('', 'bank', 'difference')", name=op.f("ck_till_session_origin")
        ),
        *owned("till_session"),
        unique("till_session", "number"),
    )
    op.create_table(
        "till_movement",
        *key(),
        sa.Column("session_id", sa.BigInteger(), nullable=False),
        sa.Column("at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("by_account", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        *cents("amount_cents"),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint("kind in ('bank', 'expense')", name=op.f("ck_till_movement_kind")),
        sa.CheckConstraint("amount_cents <> 0", name=op.f("ck_till_movement_amount")),
        points_to("till_movement", "session_id", "till_session"),
        *owned("till_movement"),
    )
    op.create_index("ix_till_movement_session", "till_movement", ["tenant_id", "session_id"])
    op.create_table(
        "till_closing",
        *key(),
        sa.Column("session_id", sa.BigInteger(), nullable=False),
        sa.Column("at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("by_account", sa.BigInteger(), nullable=True),
        sa.Column("counted", postgresql.JSONB(), nullable=False),
        *cents("counted_cents", "expected_cents", "banked_cents"),
        sa.Column("explanation", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(
            "counted_cents = expected_cents or explanation <> ''",
            name=op.f("ck_till_closing_explained"),
        ),
        sa.CheckConstraint(
            "banked_cents between 0 and counted_cents", name=op.f("ck_till_closing_banked")
        ),
        points_to("till_closing", "session_id", "till_session"),
        *owned("till_closing"),
        unique("till_closing", "session_id"),
    )


def upgrade() -> None:
    """What was written in any of them stays."""
    doors()
    reminders()
    till()
    for table in FROZEN:
        for statement in (*rls.tenant_table(table), *rls.append_only(table)):
            op.execute(statement)
