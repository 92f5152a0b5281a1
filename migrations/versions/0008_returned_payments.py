"""Payments that the bank took back: since when, how many times."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Two columns; what was captured stays captured."""
    moment = sa.DateTime(timezone=True)
    op.add_column("payment", sa.Column("returned_at", moment, nullable=True))
    op.add_column("payment", sa.Column("returns", sa.Integer(), server_default="0", nullable=False))
