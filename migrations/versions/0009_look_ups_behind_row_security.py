"""Occupancy is found by plain columns: behind row security no index serves a range operator."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

LASTING = "upper(during) - lower(during) > '1 day'::interval"
USE = "starts_at < ends_at and lower(during) = starts_at and ends_at <= upper(during)"


def upgrade() -> None:
    """Range operators are not leakproof, so the policy is checked first and the GiST index, which
    still guards, finds nothing for the application's role: a look read the whole table."""
    op.add_column(
        "occupancy",
        sa.Column("lasting", sa.Boolean(), sa.Computed(LASTING, persisted=True), nullable=False),
    )
    op.drop_constraint(op.f("ck_occupancy_use_inside"), "occupancy", type_="check")
    op.create_check_constraint(op.f("ck_occupancy_use_inside"), "occupancy", USE)
    op.create_index("ix_occupancy_unit", "occupancy", ["unit_id", "starts_at"])
    op.create_index(
        "ix_occupancy_lasting", "occupancy", ["unit_id"], postgresql_where=sa.text("lasting")
    )
