"""Value tables, stored quotes, fixed prices, and the log of demand."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import CheckConstraint, Index, LargeBinary, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Model, cents, document, instant, key, owned, points_to, ref, stamp
from app.core.tenancy import TenantOwned


class ValueTable(TenantOwned, Model):
    """What the engine solved for one space and day: bytes it wrote and only it can read."""

    __tablename__ = "value_table"
    __table_args__ = owned(
        points_to("space_id", "space"),
        UniqueConstraint("tenant_id", "space_id", "day"),
    )

    id: Mapped[key]
    space_id: Mapped[ref]
    day: Mapped[dt.date]
    version: Mapped[str]
    content: Mapped[bytes] = mapped_column(LargeBinary)
    origin: Mapped[str] = mapped_column(server_default="prior")
    solved_at: Mapped[stamp]


class SolveRun(TenantOwned, Model):
    """One nightly solve of a tenant: how it went, and what was kept when it failed."""

    __tablename__ = "solve_run"
    __table_args__ = owned(Index("ix_solve_run_started", "tenant_id", "started_at"))

    id: Mapped[key]
    space_id: Mapped[ref | None]
    started_at: Mapped[stamp]
    ended_at: Mapped[instant | None]
    outcome: Mapped[str] = mapped_column(server_default="running")
    detail: Mapped[document]


class Quote(TenantOwned, Model):
    """A price that was said: inputs, named steps that sum to it, and until when it is kept."""

    __tablename__ = "quote"
    __table_args__ = owned(
        points_to("space_id", "space"),
        CheckConstraint("starts_at < ends_at", name="interval"),
        CheckConstraint("price_cents >= 0", name="price"),
        Index("ix_quote_token", "tenant_id", "token", unique=True),
    )

    id: Mapped[key]
    token: Mapped[str]
    space_id: Mapped[ref]
    starts_at: Mapped[instant]
    ends_at: Mapped[instant]
    quantity: Mapped[int] = mapped_column(server_default="1")
    people: Mapped[int] = mapped_column(server_default="1")
    price_cents: Mapped[cents]
    currency: Mapped[str] = mapped_column(server_default="EUR")
    vat_bp: Mapped[int]
    steps: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    evidence: Mapped[document]
    inputs: Mapped[document]
    model_version: Mapped[str]
    created_at: Mapped[stamp]
    expires_at: Mapped[instant]


class FixedPrice(TenantOwned, Model):
    """The manager's word: this much per hour on these days, whatever the engine says."""

    __tablename__ = "fixed_price"
    __table_args__ = owned(
        points_to("space_id", "space"),
        CheckConstraint("first_day <= last_day", name="days"),
        CheckConstraint("hour_cents >= 0", name="price"),
        Index("ix_fixed_price_space", "tenant_id", "space_id", "first_day"),
    )

    id: Mapped[key]
    space_id: Mapped[ref]
    first_day: Mapped[dt.date]
    last_day: Mapped[dt.date]
    hour_cents: Mapped[cents]
    reason: Mapped[str] = mapped_column(server_default="")
    set_by: Mapped[ref | None]
    created_at: Mapped[stamp]


class DemandEvent(TenantOwned, Model):
    """One price shown, taken, refused or found unavailable; a word of the day, no person."""

    __tablename__ = "demand_event"
    __table_args__ = owned(
        points_to("space_id", "space"),
        CheckConstraint("outcome in ('shown', 'booked', 'left', 'unavailable')", name="outcome"),
        Index("ix_demand_event_space", "tenant_id", "space_id", "day"),
        Index("ix_demand_event_at", "tenant_id", "at"),
    )

    id: Mapped[key]
    at: Mapped[stamp]
    session: Mapped[str]
    space_id: Mapped[ref | None]
    kind: Mapped[str]
    day: Mapped[dt.date]
    start_minute: Mapped[int]
    minutes: Mapped[int]
    people: Mapped[int] = mapped_column(server_default="1")
    lead_minutes: Mapped[int]
    list_cents: Mapped[cents]
    shown_cents: Mapped[cents | None]
    arm: Mapped[int] = mapped_column(server_default="0")
    alternatives: Mapped[int] = mapped_column(server_default="0")
    outcome: Mapped[str]
