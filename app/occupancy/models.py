"""The table that cannot lie: what takes a unit of space, and when."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, Index, func, literal_column, text
from sqlalchemy.dialects.postgresql import TSTZRANGE, ExcludeConstraint, Range
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Model, instant, key, owned, points_to, ref, stamp
from app.core.tenancy import TenantOwned

KINDS = ("hold", "booking", "event", "closure", "repair", "buffer")

# The same expression in constraint and queries, so that one index serves both.
UNIT_RANGE = "int8range(unit_id, unit_id, '[]')"


class Occupancy(TenantOwned, Model):
    """One unit, taken during one interval. A hold becomes a booking in place.

    `space_id` is the space it was sold as, empty when a unit itself is taken (a repair).
    `during` is what is kept free of others, cleaning included; `[starts_at, ends_at)` is the use.
    A hold past `expires_at` counts for nothing, whether or not anybody swept it away.
    """

    __tablename__ = "occupancy"
    __table_args__ = owned(
        points_to("unit_id", "unit"),
        points_to("space_id", "space"),
        ExcludeConstraint(
            (literal_column(UNIT_RANGE), "&&"),
            ("during", "&&"),
            name="occupancy_no_overlap",
            using="gist",
            deferrable=True,
            initially="IMMEDIATE",
        ),
        CheckConstraint(f"kind in {KINDS}", name="kind"),
        CheckConstraint("(kind = 'hold') = (expires_at is not null)", name="hold_expires"),
        CheckConstraint(
            "not isempty(during) and not lower_inf(during) and not upper_inf(during)"
            " and lower_inc(during) and not upper_inc(during)",
            name="during_bounded",
        ),
        CheckConstraint(
            "starts_at < ends_at and lower(during) <= starts_at and ends_at <= upper(during)",
            name="use_inside",
        ),
        Index("ix_occupancy_source", "tenant_id", "source", "source_id"),
        Index("ix_occupancy_holds", "expires_at", postgresql_where=text("kind = 'hold'")),
        Index("ix_occupancy_starts", "tenant_id", "starts_at"),
    )

    id: Mapped[key]
    unit_id: Mapped[ref]
    space_id: Mapped[ref | None]
    during: Mapped[Range[dt.datetime]] = mapped_column(TSTZRANGE)
    starts_at: Mapped[instant]
    ends_at: Mapped[instant]
    kind: Mapped[str]
    source: Mapped[str]
    source_id: Mapped[ref | None]
    label: Mapped[str] = mapped_column(server_default="")
    pinned: Mapped[bool] = mapped_column(server_default="false")
    expires_at: Mapped[instant | None]
    created_at: Mapped[stamp]


def unit_range(unit_id: object) -> object:
    """The indexed expression for one unit, to compare with."""
    return func.int8range(unit_id, unit_id, "[]")
