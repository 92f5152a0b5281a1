"""Hosts that a venue asks for, and when it gave one up."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.core import rls

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """A claim leads nowhere: only a proved host enters the routing table."""
    moment = sa.DateTime(timezone=True)
    op.add_column("domain", sa.Column("released_at", moment, nullable=True))
    op.create_table(
        "domain_claim",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("proof", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.BigInteger(), nullable=True),
        sa.Column("created_at", moment, server_default=sa.text("now()"), nullable=False),
        sa.Column("checked_at", moment, nullable=True),
        sa.CheckConstraint(
            "host = lower(host) and host !~ '[^a-z0-9.-]'", name=op.f("ck_domain_claim_host")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_domain_claim_tenant_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_domain_claim")),
        sa.UniqueConstraint("tenant_id", "host", name=op.f("uq_domain_claim_tenant_id_host")),
        sa.UniqueConstraint("tenant_id", "id", name=op.f("uq_domain_claim_tenant_id_id")),
    )
    for statement in rls.tenant_table("domain_claim"):
        op.execute(statement)
