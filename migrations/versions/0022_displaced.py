"""What an event displaces, and which of its letters were written."""

from __future__ import annotations

from alembic import op

revision = "0022"
down_revision = "0027"


def upgrade() -> None:
    """Columns with constant defaults: no row is rewritten."""
    op.execute("alter table event add column displaced_cents bigint default 0 not null")
    op.execute("alter table event add column reminded_at timestamptz")
    op.execute("alter table event add column asked_at timestamptz")
