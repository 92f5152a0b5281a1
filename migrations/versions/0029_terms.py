"""Which words were accepted with a booking."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0018"


def upgrade() -> None:
    """Nothing is known of earlier ones: their people are asked once more."""
    op.add_column("booking", sa.Column("terms_mark", sa.Text(), nullable=True))
