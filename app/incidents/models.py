"""Incidents and the things that break: each state is a row that says who and when."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import BigInteger

from app.core.db import Model, cents, document, instant, key, owned, points_to, ref, stamp
from app.core.tenancy import TenantOwned

STATES = ("reported", "acknowledged", "in_progress", "waiting", "resolved", "reopened")
CATEGORIES = ("screen", "network", "power", "climate", "furniture", "cleaning")
USABLE = ("yes", "partly", "no")
PRIORITIES = ("urgent", "high", "normal", "low")
FATES = ("moved", "refunded", "discounted", "stays")


class Asset(TenantOwned, Model):
    """A thing that is looked after: a projector, a heater, a laser cutter. Its `code` is in the QR
    that is stuck on it."""

    __tablename__ = "asset"
    __table_args__ = owned(
        points_to("site_id", "site"),
        points_to("space_id", "space"),
        UniqueConstraint("tenant_id", "code"),
        CheckConstraint("value_cents >= 0", name="value"),
        Index("ix_asset_space", "tenant_id", "space_id"),
    )

    id: Mapped[key]
    code: Mapped[str]
    site_id: Mapped[ref]
    space_id: Mapped[ref | None]
    name: Mapped[str]
    kind: Mapped[str] = mapped_column(server_default="")
    serial: Mapped[str] = mapped_column(server_default="")
    supplier: Mapped[str] = mapped_column(server_default="")
    bought_on: Mapped[dt.date | None]
    warranty_until: Mapped[dt.date | None]
    value_cents: Mapped[cents] = mapped_column(server_default="0")
    search: Mapped[str] = mapped_column(server_default="")
    retired_at: Mapped[instant | None]
    created_at: Mapped[stamp]


class Incident(TenantOwned, Model):
    """Something that does not work somewhere. `state` is kept for lists and constraints; who and
    when is in the steps."""

    __tablename__ = "incident"
    __table_args__ = owned(
        points_to("site_id", "site"),
        points_to("space_id", "space"),
        points_to("asset_id", "asset"),
        points_to("photo_id", "stored_file"),
        UniqueConstraint("tenant_id", "code"),
        CheckConstraint(f"state in {STATES}", name="state"),
        CheckConstraint(f"category in {CATEGORIES}", name="category"),
        CheckConstraint(f"usable in {USABLE}", name="usable"),
        CheckConstraint(f"priority in {PRIORITIES}", name="priority"),
        Index(
            "ix_incident_open",
            "tenant_id",
            "space_id",
            postgresql_where=text("state <> 'resolved'"),
        ),
        Index("ix_incident_asset", "tenant_id", "asset_id"),
    )

    id: Mapped[key]
    code: Mapped[str]
    site_id: Mapped[ref]
    space_id: Mapped[ref | None]
    asset_id: Mapped[ref | None]
    category: Mapped[str]
    usable: Mapped[str]
    description: Mapped[str] = mapped_column(server_default="")
    photo_id: Mapped[ref | None]
    state: Mapped[str] = mapped_column(server_default="reported", default="reported")
    priority: Mapped[str]
    assignee_id: Mapped[ref | None]
    supplier: Mapped[str] = mapped_column(server_default="", default="")
    search: Mapped[str] = mapped_column(server_default="")
    reported_at: Mapped[instant]
    respond_by: Mapped[instant]
    resolve_by: Mapped[instant]
    responded_at: Mapped[instant | None]
    resolved_at: Mapped[instant | None]
    created_at: Mapped[stamp]


class IncidentStep(TenantOwned, Model):
    """A state that an incident came to."""

    __tablename__ = "incident_step"
    __table_args__ = owned(
        points_to("incident_id", "incident"),
        CheckConstraint(f"state in {STATES}", name="state"),
        Index("ix_incident_step_incident", "tenant_id", "incident_id", "id"),
    )

    id: Mapped[key]
    incident_id: Mapped[ref]
    state: Mapped[str]
    at: Mapped[instant]
    by_account: Mapped[ref | None]
    by_name: Mapped[str] = mapped_column(server_default="", default="")


class IncidentFollower(TenantOwned, Model):
    """Somebody who is told how it goes on. The token opens their page; the first is who reported
    it. Without an e-mail the page is all they have."""

    __tablename__ = "incident_follower"
    __table_args__ = owned(
        points_to("incident_id", "incident"),
        points_to("person_id", "person"),
        UniqueConstraint("tenant_id", "token"),
        Index("ix_incident_follower_incident", "tenant_id", "incident_id", "id"),
    )

    id: Mapped[key]
    incident_id: Mapped[ref]
    token: Mapped[str]
    person_id: Mapped[ref | None]
    name: Mapped[str] = mapped_column(server_default="", default="")
    email: Mapped[str] = mapped_column(server_default="", default="")
    locale: Mapped[str] = mapped_column(server_default="fr", default="fr")
    reporter: Mapped[bool] = mapped_column(server_default="false", default=False)
    stopped_at: Mapped[instant | None]
    created_at: Mapped[stamp]


class IncidentComment(TenantOwned, Model):
    """What was said, to everybody who follows or to the team alone."""

    __tablename__ = "incident_comment"
    __table_args__ = owned(
        points_to("incident_id", "incident"),
        points_to("follower_id", "incident_follower"),
        Index("ix_incident_comment_incident", "tenant_id", "incident_id", "id"),
    )

    id: Mapped[key]
    incident_id: Mapped[ref]
    public: Mapped[bool]
    by_account: Mapped[ref | None]
    follower_id: Mapped[ref | None]
    by_name: Mapped[str]
    at: Mapped[instant]
    text: Mapped[str]


class IncidentCost(TenantOwned, Model):
    """Money that the repair took, VAT excluded."""

    __tablename__ = "incident_cost"
    __table_args__ = owned(
        points_to("incident_id", "incident"), CheckConstraint("net_cents > 0", name="net")
    )

    id: Mapped[key]
    incident_id: Mapped[ref]
    label: Mapped[str]
    net_cents: Mapped[cents]
    at: Mapped[instant]
    by_account: Mapped[ref | None]


class Outage(TenantOwned, Model):
    """A space out of sale because of an incident, from when until when. Its rows in the occupancy
    table have it as their source; `displaced_cents` is what the engine expected to sell there,
    VAT excluded, when it was taken out."""

    __tablename__ = "outage"
    __table_args__ = owned(
        points_to("incident_id", "incident"),
        points_to("space_id", "space"),
        CheckConstraint("starts_at < ends_at", name="interval"),
        Index(
            "uq_outage_open",
            "tenant_id",
            "incident_id",
            unique=True,
            postgresql_where=text("ended_at is null"),
        ),
    )

    id: Mapped[key]
    incident_id: Mapped[ref]
    space_id: Mapped[ref]
    unit_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    starts_at: Mapped[instant]
    ends_at: Mapped[instant]
    displaced_cents: Mapped[cents] = mapped_column(server_default="0")
    at: Mapped[instant]
    by_account: Mapped[ref | None]
    ended_at: Mapped[instant | None]
    ended_by: Mapped[ref | None]


class OutageFate(TenantOwned, Model):
    """What became of a booking that stood in the way."""

    __tablename__ = "outage_fate"
    __table_args__ = owned(
        points_to("outage_id", "outage"),
        points_to("booking_id", "booking"),
        points_to("from_space_id", "space"),
        points_to("to_space_id", "space"),
        CheckConstraint(f"fate in {FATES}", name="fate"),
        Index("ix_outage_fate_outage", "tenant_id", "outage_id", "id"),
        Index("ix_outage_fate_booking", "tenant_id", "booking_id"),
    )

    id: Mapped[key]
    outage_id: Mapped[ref]
    booking_id: Mapped[ref]
    fate: Mapped[str]
    from_space_id: Mapped[ref]
    to_space_id: Mapped[ref | None]
    back_cents: Mapped[cents] = mapped_column(server_default="0", default=0)
    back_net_cents: Mapped[cents] = mapped_column(server_default="0", default=0)
    displaced_cents: Mapped[cents] = mapped_column(server_default="0", default=0)
    at: Mapped[instant]
    by_account: Mapped[ref | None]
    undone_at: Mapped[instant | None]


class OutageOffer(TenantOwned, Model):
    """A choice that was put to whoever booked: the proposed space, another of the list, or their
    money. It is theirs until `ends_at`, then what was proposed happens. `token` opens its page."""

    __tablename__ = "outage_offer"
    __table_args__ = owned(
        points_to("outage_id", "outage"),
        points_to("booking_id", "booking"),
        points_to("space_id", "space"),
        UniqueConstraint("tenant_id", "token"),
        CheckConstraint("(answer is null) = (answered_at is null)", name="answered"),
        Index(
            "uq_outage_offer_open",
            "tenant_id",
            "booking_id",
            unique=True,
            postgresql_where=text("answered_at is null"),
        ),
    )

    id: Mapped[key]
    outage_id: Mapped[ref]
    booking_id: Mapped[ref]
    space_id: Mapped[ref | None]
    token: Mapped[str]
    at: Mapped[instant]
    ends_at: Mapped[instant]
    by_account: Mapped[ref | None]
    answered_at: Mapped[instant | None]
    answer: Mapped[str | None]
    by_default: Mapped[bool] = mapped_column(server_default="false", default=False)


class IncidentAlert(TenantOwned, Model):
    """A deadline that passed and was told, once."""

    __tablename__ = "incident_alert"
    __table_args__ = owned(
        points_to("incident_id", "incident"),
        UniqueConstraint("tenant_id", "incident_id", "kind", "due_at"),
        CheckConstraint("kind in ('respond', 'resolve')", name="kind"),
    )

    id: Mapped[key]
    incident_id: Mapped[ref]
    kind: Mapped[str]
    due_at: Mapped[instant]
    at: Mapped[instant]


class IncidentRating(TenantOwned, Model):
    """How satisfied a follower was when it was closed."""

    __tablename__ = "incident_rating"
    __table_args__ = owned(
        points_to("incident_id", "incident"),
        points_to("follower_id", "incident_follower"),
        UniqueConstraint("tenant_id", "follower_id"),
        CheckConstraint("stars between 1 and 5", name="stars"),
    )

    id: Mapped[key]
    incident_id: Mapped[ref]
    follower_id: Mapped[ref]
    stars: Mapped[int]
    note: Mapped[str] = mapped_column(server_default="", default="")
    at: Mapped[instant]


class IncidentPolicy(TenantOwned, Model):
    """What a venue decided: who may report, whose word takes a space out at once, what is offered
    where no equal space is free, and how fast it promises to be (opening minutes by priority)."""

    __tablename__ = "incident_policy"
    __table_args__ = owned(
        UniqueConstraint("tenant_id"),
        CheckConstraint("trusted in ('staff', 'members', 'everyone')", name="trusted"),
        CheckConstraint("no_equal in ('refund', 'discount')", name="no_equal"),
        CheckConstraint("discount_percent between 1 and 100", name="discount"),
    )

    id: Mapped[key]
    anonymous: Mapped[bool] = mapped_column(server_default="true", default=True)
    trusted: Mapped[str] = mapped_column(server_default="members", default="members")
    no_equal: Mapped[str] = mapped_column(server_default="refund", default="refund")
    discount_percent: Mapped[int] = mapped_column(server_default="30", default=30)
    targets: Mapped[document]
