"""What a space is to the tax office and to consumer law; who asked to begin early."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

NATURES = (
    "equipped_space",
    "bare_space",
    "equipment",
    "bike",
    "meal",
    "alcohol",
    "show",
    "admission",
    "training",
    "domiciliation",
    "service",
    "voucher",
)


def upgrade() -> None:
    """One column each; what is there is equipped workspace, equipment or a bike."""
    op.add_column(
        "space",
        sa.Column("nature", sa.Text(), server_default="equipped_space", nullable=False),
    )
    op.execute("update space set nature = kind where kind in ('equipment', 'bike')")
    op.execute(
        f"alter table space add constraint ck_space_nature check (nature in {NATURES}) not valid"
    )
    op.execute("alter table space validate constraint ck_space_nature")
    op.add_column("booking", sa.Column("early_start_at", sa.DateTime(timezone=True), nullable=True))
