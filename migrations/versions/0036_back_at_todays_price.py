"""A venue may give back at most today's price: since when it does, and what a move leaves."""

from __future__ import annotations

from alembic import op

revision = "0036"
down_revision = "0023"


def upgrade() -> None:
    """One moment of the tenant, one amount of a booking."""
    op.execute("alter table tenant add column refund_today_since timestamptz")
    op.execute(
        "alter table booking add column refund_most_cents bigint,"
        " add constraint ck_booking_refund_most check (refund_most_cents >= 0)"
    )


def downgrade() -> None:
    """All of it comes back again."""
    op.execute("alter table booking drop column refund_most_cents")
    op.execute("alter table tenant drop column refund_today_since")
