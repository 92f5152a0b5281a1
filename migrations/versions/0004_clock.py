"""The clock's lease and its ticks. They belong to no tenant."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Two small tables of the platform itself."""
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "lease",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("until", moment, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_lease")),
    )
    op.create_table(
        "tick",
        sa.Column("job", sa.Text(), nullable=False),
        sa.Column("period", moment, nullable=False),
        sa.Column("done_at", moment, server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("job", "period", name=op.f("pk_tick")),
    )
