"""How prices are steered: settings, proposals, and the tables that old quotes were read from."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.core import rls

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Two tables of the tenants; a value table may wait beside the live one."""
    _columns()
    _kept()
    _changes()
    for table in ("kept_table", "steering_change"):
        for statement in rls.tenant_table(table):
            op.execute(statement)


def _document(name: str) -> sa.Column:
    empty = sa.text("'{}'::jsonb")
    return sa.Column(name, postgresql.JSONB(), server_default=empty, nullable=False)


def _columns() -> None:
    moment = sa.DateTime(timezone=True)
    op.add_column("space", _document("steering"))
    op.add_column(
        "value_table", sa.Column("state", sa.Text(), server_default="live", nullable=False)
    )
    op.add_column("value_table", sa.Column("policy", sa.Text(), server_default="", nullable=False))
    op.add_column("value_table", _document("expected"))
    op.add_column("value_table", sa.Column("noted_at", moment, nullable=True))
    op.add_column("value_table", sa.Column("accepted_at", moment, nullable=True))
    op.create_check_constraint(
        op.f("ck_value_table_state"), "value_table", "state in ('live', 'proposed', 'before')"
    )
    op.drop_constraint("uq_value_table_tenant_id_space_id_day", "value_table")
    op.create_unique_constraint(
        op.f("uq_value_table_tenant_id_space_id_day_state"),
        "value_table",
        ["tenant_id", "space_id", "day", "state"],
    )
    op.create_index("ix_solve_run_space", "solve_run", ["tenant_id", "space_id", "id"])
    op.add_column("quote", sa.Column("table_version", sa.Text(), server_default="", nullable=False))
    op.create_index("ix_quote_table", "quote", ["tenant_id", "space_id", "table_version"])


def _owned(table: str, *columns: sa.Column) -> None:
    op.create_table(
        table,
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("space_id", sa.BigInteger(), nullable=False),
        *columns,
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f(f"fk_{table}_tenant_id")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "space_id"],
            ["space.tenant_id", "space.id"],
            name=op.f(f"fk_{table}_tenant_id_space_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("tenant_id", "id", name=op.f(f"uq_{table}_tenant_id_id")),
    )


def _kept() -> None:
    now = sa.text("now()")
    _owned(
        "kept_table",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("replaced_at", sa.DateTime(timezone=True), server_default=now, nullable=False),
        sa.UniqueConstraint(
            "tenant_id",
            "space_id",
            "day",
            "version",
            name=op.f("uq_kept_table_tenant_id_space_id_day_version"),
        ),
    )


def _changes() -> None:
    moment = sa.DateTime(timezone=True)
    _owned(
        "steering_change",
        sa.Column("state", sa.Text(), server_default="trial", nullable=False),
        sa.Column("batch", sa.Text(), nullable=False),
        _document("before"),
        _document("wanted"),
        _document("result"),
        sa.Column("set_by", sa.BigInteger(), nullable=True),
        sa.Column("created_at", moment, server_default=sa.text("now()"), nullable=False),
        sa.Column("applied_at", moment, nullable=True),
        sa.CheckConstraint("state in ('trial', 'applied')", name=op.f("ck_steering_change_state")),
    )
    op.create_index("ix_steering_change_space", "steering_change", ["tenant_id", "space_id", "id"])
