"""Imports: the file, how far it is, what became of it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.core import rls

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """One table of the tenants."""
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "import_run",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("profile", sa.Text(), server_default="bookings", nullable=False),
        sa.Column("dry", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("site_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), server_default="waiting", nullable=False),
        sa.Column("rows", sa.Integer(), server_default="0", nullable=False),
        sa.Column(
            "report", postgresql.JSONB(), server_default=sa.text("'{}'::jsonb"), nullable=False
        ),
        sa.Column("asked_by", sa.BigInteger(), nullable=True),
        sa.Column("created_at", moment, server_default=sa.text("now()"), nullable=False),
        sa.Column("ended_at", moment, nullable=True),
        sa.CheckConstraint(
            "state in ('waiting', 'running', 'done', 'refused')",
            name=op.f("ck_import_run_state"),
        ),
        sa.CheckConstraint("what in ('spaces', 'bookings')", name=op.f("ck_import_run_what")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_import_run_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_run")),
        sa.UniqueConstraint("tenant_id", "id", name=op.f("uq_import_run_tenant_id_id")),
    )
    op.create_index("ix_import_run_created", "import_run", ["tenant_id", "created_at"])
    for statement in rls.tenant_table("import_run"):
        op.execute(statement)
