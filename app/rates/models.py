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
    """What the engine solved for one space and day: bytes it wrote and only it can read.

    `live` is what prices are read from; `proposed` waits for the manager's word; `before` is what
    was live until a proposal was accepted, to go back to. `noted_at` is when the prices that
    changes are limited from were asked. `version` names the bytes.
    """

    __tablename__ = "value_table"
    __table_args__ = owned(
        points_to("space_id", "space"),
        CheckConstraint("state in ('live', 'proposed', 'before')", name="state"),
        UniqueConstraint("tenant_id", "space_id", "day", "state"),
    )

    id: Mapped[key]
    space_id: Mapped[ref]
    day: Mapped[dt.date]
    version: Mapped[str]
    content: Mapped[bytes] = mapped_column(LargeBinary)
    origin: Mapped[str] = mapped_column(server_default="prior")
    state: Mapped[str] = mapped_column(server_default="live")
    policy: Mapped[str] = mapped_column(server_default="")
    expected: Mapped[document]
    noted_at: Mapped[dt.datetime | None]
    accepted_at: Mapped[dt.datetime | None]
    solved_at: Mapped[stamp]


class KeptTable(TenantOwned, Model):
    """Bytes that prices were read from and that a later solve replaced: what a replay needs.

    Swept a day after it was replaced, unless a quote was read from it.
    """

    __tablename__ = "kept_table"
    __table_args__ = owned(
        points_to("space_id", "space"),
        UniqueConstraint("tenant_id", "space_id", "day", "version"),
    )

    id: Mapped[key]
    space_id: Mapped[ref]
    day: Mapped[dt.date]
    version: Mapped[str]
    content: Mapped[bytes] = mapped_column(LargeBinary)
    replaced_at: Mapped[stamp]


class SolveRun(TenantOwned, Model):
    """One nightly solve of a space: how it went, what was decided and why; what was kept when it
    failed."""

    __tablename__ = "solve_run"
    __table_args__ = owned(
        Index("ix_solve_run_started", "tenant_id", "started_at"),
        Index("ix_solve_run_space", "tenant_id", "space_id", "id"),
    )

    id: Mapped[key]
    space_id: Mapped[ref | None]
    started_at: Mapped[stamp]
    ended_at: Mapped[instant | None]
    outcome: Mapped[str] = mapped_column(server_default="running")
    detail: Mapped[document]


class SteeringChange(TenantOwned, Model):
    """The manager's word on how a space is priced: what was, what is wanted, who and when.

    A `trial` was only tried: `result` says what it would do. One that was `applied` can be taken
    back by applying what was `before`; what was set for several spaces at once is one `batch`.
    """

    __tablename__ = "steering_change"
    __table_args__ = owned(
        points_to("space_id", "space"),
        CheckConstraint("state in ('trial', 'applied')", name="state"),
        Index("ix_steering_change_space", "tenant_id", "space_id", "id"),
    )

    id: Mapped[key]
    space_id: Mapped[ref]
    state: Mapped[str] = mapped_column(server_default="trial")
    batch: Mapped[str]
    before: Mapped[document]
    wanted: Mapped[document]
    result: Mapped[document]
    set_by: Mapped[ref | None]
    created_at: Mapped[stamp]
    applied_at: Mapped[dt.datetime | None]


class Quote(TenantOwned, Model):
    """A price that was said: inputs, named steps that sum to it, and until when it is kept."""

    __tablename__ = "quote"
    __table_args__ = owned(
        points_to("space_id", "space"),
        CheckConstraint("starts_at < ends_at", name="interval"),
        CheckConstraint("price_cents >= 0", name="price"),
        Index("ix_quote_token", "tenant_id", "token", unique=True),
        Index("ix_quote_table", "tenant_id", "space_id", "table_version"),
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
    table_version: Mapped[str] = mapped_column(server_default="")
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


class LocalDate(TenantOwned, Model):
    """Something in town on which more people ask than on such a day: a fair, a festival."""

    __tablename__ = "local_date"
    __table_args__ = owned(
        UniqueConstraint("tenant_id", "name", "first_day"),
        CheckConstraint("last_day between first_day and first_day + 60", name="span"),
        CheckConstraint("length(name) between 1 and 80", name="name"),
    )

    id: Mapped[key]
    name: Mapped[str]
    first_day: Mapped[dt.date]
    last_day: Mapped[dt.date]
    noted_by: Mapped[ref | None]
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
