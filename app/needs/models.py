"""Shared things of a building, and who needs how many of them, whom, and from which supplier."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Model, instant, key, owned, points_to, ref, stamp
from app.core.tenancy import TenantOwned

ONE = "(event_id is null) <> (request_id is null)"
"""A need is an event's, or a request's that is none yet."""


class SharedThing(TenantOwned, Model):
    """Something that a building has a number of: chairs, microphones, tables."""

    __tablename__ = "shared_thing"
    __table_args__ = owned(
        points_to("site_id", "site"),
        UniqueConstraint("tenant_id", "site_id", "name"),
        CheckConstraint("quantity between 0 and 100000", name="quantity"),
    )

    id: Mapped[key]
    site_id: Mapped[ref]
    name: Mapped[str]
    quantity: Mapped[int]
    created_at: Mapped[stamp]


class Need(TenantOwned, Model):
    """So many of a thing, from the set-up to the end of the clear-down."""

    __tablename__ = "need"
    __table_args__ = owned(
        points_to("event_id", "event"),
        points_to("request_id", "space_request"),
        points_to("thing_id", "shared_thing"),
        CheckConstraint(ONE, name="one"),
        CheckConstraint("quantity between 1 and 100000", name="quantity"),
        Index("ix_need_event", "tenant_id", "event_id"),
        Index("ix_need_request", "tenant_id", "request_id"),
        Index("ix_need_thing", "tenant_id", "thing_id"),
    )

    id: Mapped[key]
    event_id: Mapped[ref | None]
    request_id: Mapped[ref | None]
    thing_id: Mapped[ref]
    quantity: Mapped[int]


class Shift(TenantOwned, Model):
    """Somebody works from an hour to an hour. `account_id` when it is one of the team."""

    __tablename__ = "shift"
    __table_args__ = owned(
        points_to("event_id", "event"),
        points_to("request_id", "space_request"),
        CheckConstraint(ONE, name="one"),
        CheckConstraint("starts_at < ends_at", name="interval"),
        Index("ix_shift_event", "tenant_id", "event_id"),
        Index("ix_shift_request", "tenant_id", "request_id"),
        Index("ix_shift_starts", "tenant_id", "starts_at"),
    )

    id: Mapped[key]
    event_id: Mapped[ref | None]
    request_id: Mapped[ref | None]
    who: Mapped[str]
    account_id: Mapped[ref | None]
    task: Mapped[str] = mapped_column(server_default="", default="")
    starts_at: Mapped[instant]
    ends_at: Mapped[instant]


class Supply(TenantOwned, Model):
    """What a supplier brings, to be ordered by a day; `ordered_at` once it was."""

    __tablename__ = "supply"
    __table_args__ = owned(
        points_to("event_id", "event"),
        points_to("request_id", "space_request"),
        CheckConstraint(ONE, name="one"),
        Index("ix_supply_event", "tenant_id", "event_id"),
        Index("ix_supply_request", "tenant_id", "request_id"),
        Index("ix_supply_due", "tenant_id", "order_by"),
    )

    id: Mapped[key]
    event_id: Mapped[ref | None]
    request_id: Mapped[ref | None]
    supplier: Mapped[str]
    what: Mapped[str]
    order_by: Mapped[dt.date]
    ordered_at: Mapped[instant | None]
    by_account: Mapped[ref | None]
