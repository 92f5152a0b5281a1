"""Maintenance: what is to be done again and again, its proofs, and the ticks of a day."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Model, cents, instant, key, owned, points_to, ref, stamp
from app.core.tenancy import TenantOwned

KINDS = ("preventive", "legal")
RESULTS = ("ok", "remarks", "failed")


class Plan(TenantOwned, Model):
    """Something to be done every so many days, or hours of use, whichever comes first. A legal
    check is never skipped: it keeps its due date until it was done, with its proof."""

    __tablename__ = "upkeep_plan"
    __table_args__ = owned(
        points_to("site_id", "site"),
        points_to("space_id", "space"),
        points_to("asset_id", "asset"),
        CheckConstraint(f"kind in {KINDS}", name="kind"),
        CheckConstraint("every_days is not null or every_hours is not null", name="every"),
        CheckConstraint("every_days is null or every_days between 1 and 3660", name="every_days"),
        CheckConstraint("every_hours is null or every_hours between 1 and 100000", name="hours"),
        CheckConstraint("minutes between 15 and 1440", name="minutes"),
        Index(
            "ix_upkeep_plan_due",
            "tenant_id",
            "due_on",
            postgresql_where=text("retired_at is null"),
        ),
    )

    id: Mapped[key]
    kind: Mapped[str]
    name: Mapped[str]
    site_id: Mapped[ref]
    space_id: Mapped[ref | None]
    asset_id: Mapped[ref | None]
    every_days: Mapped[int | None]
    every_hours: Mapped[int | None]
    minutes: Mapped[int] = mapped_column(server_default="60")
    closes_space: Mapped[bool] = mapped_column(server_default="false", default=False)
    supplier: Mapped[str] = mapped_column(server_default="", default="")
    due_on: Mapped[dt.date | None]
    hours_at_last: Mapped[int] = mapped_column(server_default="0", default=0)
    retired_at: Mapped[instant | None]
    created_at: Mapped[stamp]


class Visit(TenantOwned, Model):
    """One time that it is done: planned, perhaps with the space taken, then done with a result."""

    __tablename__ = "upkeep_visit"
    __table_args__ = owned(
        points_to("plan_id", "upkeep_plan"),
        points_to("asset_id", "asset"),
        points_to("space_id", "space"),
        CheckConstraint("starts_at < ends_at", name="interval"),
        CheckConstraint(f"result is null or result in {RESULTS}", name="result"),
        CheckConstraint("(done_at is null) = (result is null)", name="done"),
        CheckConstraint("cost_cents >= 0", name="cost"),
        Index("ix_upkeep_visit_plan", "tenant_id", "plan_id", "id"),
        Index("ix_upkeep_visit_starts", "tenant_id", "starts_at"),
    )

    id: Mapped[key]
    plan_id: Mapped[ref | None]
    asset_id: Mapped[ref | None]
    space_id: Mapped[ref | None]
    starts_at: Mapped[instant]
    ends_at: Mapped[instant]
    displaced_cents: Mapped[cents] = mapped_column(server_default="0", default=0)
    done_at: Mapped[instant | None]
    result: Mapped[str | None]
    cost_cents: Mapped[cents] = mapped_column(server_default="0", default=0)
    note: Mapped[str] = mapped_column(server_default="", default="")
    by_account: Mapped[ref | None]
    created_at: Mapped[stamp]


class Reading(TenantOwned, Model):
    """What the counter of a machine showed. From the first one on its hours are counted by it, and
    by bookings only since the last."""

    __tablename__ = "upkeep_reading"
    __table_args__ = owned(
        points_to("asset_id", "asset"),
        CheckConstraint("hours between 0 and 10000000", name="hours"),
        Index("ix_upkeep_reading_asset", "tenant_id", "asset_id", "id"),
    )

    id: Mapped[key]
    asset_id: Mapped[ref]
    hours: Mapped[int]
    at: Mapped[instant]
    by_account: Mapped[ref | None]


class Proof(TenantOwned, Model):
    """A paper that shows that it was done: a report, a picture."""

    __tablename__ = "upkeep_proof"
    __table_args__ = owned(
        points_to("visit_id", "upkeep_visit"), points_to("file_id", "stored_file")
    )

    id: Mapped[key]
    visit_id: Mapped[ref]
    file_id: Mapped[ref]
    name: Mapped[str]
    created_at: Mapped[stamp]


class DayTask(TenantOwned, Model):
    """Something for the day's sheet that nothing else knows: a delivery, a chore."""

    __tablename__ = "day_task"
    __table_args__ = owned(
        points_to("site_id", "site"),
        CheckConstraint("kind in ('delivery', 'task')", name="kind"),
        Index("ix_day_task_day", "tenant_id", "day"),
    )

    id: Mapped[key]
    site_id: Mapped[ref]
    day: Mapped[dt.date]
    minute: Mapped[int | None]
    kind: Mapped[str]
    text: Mapped[str]
    by_account: Mapped[ref | None]
    created_at: Mapped[stamp]


class DayTick(TenantOwned, Model):
    """A line of the day's sheet that somebody ticked, and when."""

    __tablename__ = "day_tick"
    __table_args__ = owned(UniqueConstraint("tenant_id", "day", "line"))

    id: Mapped[key]
    day: Mapped[dt.date]
    line: Mapped[str]
    at: Mapped[instant]
    by_account: Mapped[ref | None]
    by_name: Mapped[str] = mapped_column(server_default="", default="")
