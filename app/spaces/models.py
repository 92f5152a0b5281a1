"""What a tenant lends: where it is, what it is like, when and by whom it may be booked."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import CheckConstraint, Index, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.db import Model, cents, document, key, owned, points_to, ref, stamp
from app.core.tenancy import TenantOwned
from app.spaces.natures import NATURES

KINDS = (
    "meeting_room",
    "office",
    "desk_pool",
    "phone_booth",
    "workshop",
    "event_hall",
    "equipment",
    "bike",
)


class Site(TenantOwned, Model):
    """A building with one address, one time zone and one calendar of public holidays.
    `erp_capacity` is how many people the safety commission allows in it at once."""

    __tablename__ = "site"
    __table_args__ = owned(
        UniqueConstraint("tenant_id", "slug"), CheckConstraint("erp_capacity > 0", name="erp")
    )

    id: Mapped[key]
    name: Mapped[str]
    slug: Mapped[str]
    street: Mapped[str] = mapped_column(server_default="")
    postcode: Mapped[str] = mapped_column(server_default="")
    city: Mapped[str] = mapped_column(server_default="")
    country: Mapped[str] = mapped_column(server_default="FR")
    subdivision: Mapped[str | None]
    timezone: Mapped[str] = mapped_column(server_default="Europe/Paris")
    open_on_holidays: Mapped[bool] = mapped_column(server_default="false")
    access: Mapped[document]
    plan: Mapped[document]
    erp_capacity: Mapped[int | None]
    position: Mapped[int] = mapped_column(server_default="0")
    created_at: Mapped[stamp]

    @property
    def zone(self) -> ZoneInfo:
        """The wall clock of this building."""
        return ZoneInfo(self.timezone)


class Space(TenantOwned, Model):
    """Something that can be booked, with its rules and its base rate.

    `takes` is 'any' when a booking takes one of interchangeable units, 'all' when it takes every
    unit (a whole hall made of two halves). `base_cents` is per hour and unit, VAT included.
    `steering` is the manager's word on how prices move; `app.rates.steering` reads it.
    """

    __tablename__ = "space"
    __table_args__ = owned(
        points_to("site_id", "site"),
        UniqueConstraint("tenant_id", "slug"),
        CheckConstraint("takes in ('any', 'all')", name="takes"),
        CheckConstraint(f"kind in {KINDS}", name="kind"),
        CheckConstraint("capacity > 0", name="capacity"),
        CheckConstraint("step_minutes in (15, 30, 60, 120, 240)", name="step"),
        CheckConstraint("min_minutes > 0 and max_minutes >= min_minutes", name="length"),
        CheckConstraint("buffer_minutes between 0 and 480", name="buffer"),
        CheckConstraint("base_cents >= 0", name="base"),
        CheckConstraint("floor_percent > 0 and ceiling_percent >= floor_percent", name="band"),
        CheckConstraint("audience in ('public', 'members', 'staff')", name="audience"),
        CheckConstraint("pricing in ('dynamic', 'fixed')", name="pricing"),
        CheckConstraint(f"nature in {tuple(NATURES)}", name="nature"),
    )

    id: Mapped[key]
    site_id: Mapped[ref]
    kind: Mapped[str]
    name: Mapped[str]
    slug: Mapped[str]
    floor: Mapped[str] = mapped_column(server_default="")
    description: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'::jsonb"))
    takes: Mapped[str] = mapped_column(server_default="any")
    capacity: Mapped[int] = mapped_column(server_default="1")
    equipment: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    accessibility: Mapped[document]
    step_minutes: Mapped[int] = mapped_column(server_default="30")
    min_minutes: Mapped[int] = mapped_column(server_default="60")
    max_minutes: Mapped[int] = mapped_column(server_default="600")
    lead_minutes: Mapped[int] = mapped_column(server_default="0")
    horizon_days: Mapped[int] = mapped_column(server_default="90")
    buffer_minutes: Mapped[int] = mapped_column(server_default="0")
    audience: Mapped[str] = mapped_column(server_default="public")
    pricing: Mapped[str] = mapped_column(server_default="dynamic")
    steering: Mapped[document]
    base_cents: Mapped[cents]
    floor_percent: Mapped[int] = mapped_column(server_default="70")
    ceiling_percent: Mapped[int] = mapped_column(server_default="150")
    rounding_cents: Mapped[int] = mapped_column(server_default="100")
    vat_bp: Mapped[int] = mapped_column(server_default="2000")
    nature: Mapped[str] = mapped_column(server_default="equipped_space")
    door_code: Mapped[str | None]
    position: Mapped[int] = mapped_column(server_default="0")
    retired_at: Mapped[dt.datetime | None]
    created_at: Mapped[stamp]

    @property
    def is_step_free(self) -> bool:
        """Whether somebody in a wheelchair gets in, as the venue said."""
        return bool(self.accessibility.get("wheelchair") or self.accessibility.get("step_free"))

    site: Mapped[Site] = relationship(
        primaryjoin="foreign(Space.site_id) == Site.id", viewonly=True, lazy="joined"
    )


class Unit(TenantOwned, Model):
    """One indivisible thing that time is taken of. Units of one `cluster` share a lock."""

    __tablename__ = "unit"
    __table_args__ = owned(
        points_to("site_id", "site"),
        Index("ix_unit_cluster", "tenant_id", "cluster"),
    )

    id: Mapped[key]
    site_id: Mapped[ref]
    cluster: Mapped[ref]
    name: Mapped[str]
    retired_at: Mapped[dt.datetime | None]


class Composition(TenantOwned, Model):
    """This space is made of that unit; one unit may serve several spaces."""

    __tablename__ = "composition"
    __table_args__ = owned(
        points_to("space_id", "space"),
        points_to("unit_id", "unit"),
        UniqueConstraint("tenant_id", "space_id", "unit_id"),
        Index("ix_composition_unit", "tenant_id", "unit_id"),
    )

    id: Mapped[key]
    space_id: Mapped[ref]
    unit_id: Mapped[ref]
    position: Mapped[int] = mapped_column(server_default="0")


class Opening(TenantOwned, Model):
    """Open on a weekday from minute to minute of the wall clock; of a space, or of its site."""

    __tablename__ = "opening"
    __table_args__ = owned(
        points_to("site_id", "site"),
        points_to("space_id", "space"),
        CheckConstraint("weekday between 0 and 6", name="weekday"),
        CheckConstraint("opens >= 0 and closes <= 1440 and opens < closes", name="hours"),
        Index("ix_opening_site", "tenant_id", "site_id", "space_id", "weekday"),
    )

    id: Mapped[key]
    site_id: Mapped[ref]
    space_id: Mapped[ref | None]
    weekday: Mapped[int]
    opens: Mapped[int]
    closes: Mapped[int]


class DatedHours(TenantOwned, Model):
    """An exception on one date: other hours, or closed when both ends are empty."""

    __tablename__ = "dated_hours"
    __table_args__ = owned(
        points_to("site_id", "site"),
        points_to("space_id", "space"),
        CheckConstraint(
            "(opens is null and closes is null)"
            " or (opens >= 0 and closes <= 1440 and opens < closes)",
            name="hours",
        ),
        Index("ix_dated_hours_day", "tenant_id", "site_id", "day"),
    )

    id: Mapped[key]
    site_id: Mapped[ref]
    space_id: Mapped[ref | None]
    day: Mapped[dt.date]
    opens: Mapped[int | None]
    closes: Mapped[int | None]
    reason: Mapped[str] = mapped_column(server_default="")


class Photo(TenantOwned, Model):
    """A picture of a space, with the words for those who do not see it."""

    __tablename__ = "photo"
    __table_args__ = owned(points_to("space_id", "space"), points_to("file_id", "stored_file"))

    id: Mapped[key]
    space_id: Mapped[ref]
    file_id: Mapped[ref]
    alt: Mapped[str]
    position: Mapped[int] = mapped_column(server_default="0")


class PublicPrice(TenantOwned, Model):
    """What everybody was asked for a thing from a moment on: none while it was not on sale. The
    database writes it itself with each change of a price, and nobody changes it."""

    __tablename__ = "public_price"
    __table_args__ = owned(
        CheckConstraint("thing in ('product', 'space')", name="thing"),
        CheckConstraint("price_cents >= 0", name="price"),
        Index("ix_public_price_thing", "tenant_id", "thing", "thing_id", "from_at"),
    )

    id: Mapped[key]
    thing: Mapped[str]
    thing_id: Mapped[ref]
    price_cents: Mapped[cents | None]
    from_at: Mapped[stamp]
