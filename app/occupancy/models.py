"""The table that cannot lie: what takes a unit of space, and when."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    Computed,
    DateTime,
    Index,
    and_,
    bindparam,
    func,
    literal_column,
    or_,
    text,
)
from sqlalchemy.dialects.postgresql import TSTZRANGE, ExcludeConstraint, Range
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Model, any_of, instant, key, owned, points_to, ref, stamp
from app.core.slots import Interval
from app.core.tenancy import TenantOwned

KINDS = ("hold", "booking", "event", "closure", "repair", "buffer")

LONG = dt.timedelta(days=1)
BOUNDS = ("since", "start", "end")


class Occupancy(TenantOwned, Model):
    """One unit, taken during one interval. A hold becomes a booking in place.

    `space_id` is the space it was sold as, empty when a unit itself is taken (a repair).
    `during` is what is kept free of others, cleaning included; `[starts_at, ends_at)` is the use.
    A hold past `expires_at` counts for nothing, whether or not anybody swept it away.
    `lasting` marks what takes more than a day: it may reach into an interval from far before.
    """

    __tablename__ = "occupancy"
    __table_args__ = owned(
        points_to("unit_id", "unit"),
        points_to("space_id", "space"),
        ExcludeConstraint(
            (literal_column("int8range(unit_id, unit_id, '[]')"), "&&"),
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
            "starts_at < ends_at and lower(during) = starts_at and ends_at <= upper(during)",
            name="use_inside",
        ),
        Index("ix_occupancy_source", "tenant_id", "source", "source_id"),
        Index("ix_occupancy_holds", "expires_at", postgresql_where=text("kind = 'hold'")),
        Index("ix_occupancy_starts", "tenant_id", "starts_at"),
        Index("ix_occupancy_unit", "unit_id", "starts_at"),
        Index("ix_occupancy_lasting", "unit_id", postgresql_where=text("lasting")),
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
    lasting: Mapped[bool] = mapped_column(
        Computed("upper(during) - lower(during) > '1 day'::interval", persisted=True)
    )
    created_at: Mapped[stamp]


def meets() -> ColumnElement[bool]:
    """What takes some units during an interval; `meeting` gives the values.

    Every look-up goes through this: `&&` alone reads the whole table. Behind row security an
    operator that is not leakproof is asked after the policy, so that no index can serve it; plain
    bounds find the few rows, and it has the last word.
    """
    since, start, end = (bindparam(n, type_=DateTime(timezone=True)) for n in BOUNDS)
    return and_(
        Occupancy.unit_id == any_of("units"),
        or_(Occupancy.lasting, Occupancy.starts_at > since),
        Occupancy.starts_at < end,
        Occupancy.during.op("&&")(func.tstzrange(start, end)),
    )


def meeting(units: Iterable[int], interval: Interval) -> dict[str, object]:
    """The values of `meets`."""
    start, end = interval.start, interval.end
    return {"units": list(units), "since": start - LONG, "start": start, "end": end}
