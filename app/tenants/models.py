"""Network > Tenant, the hosts that lead to them, and what a tenant looks like."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Model, document, instant, key, owned, ref, stamp
from app.core.tenancy import TenantOwned


class Network(Model):
    """Several independent operators under one login. A lone venue is a network of one."""

    __tablename__ = "network"

    id: Mapped[key]
    name: Mapped[str]
    slug: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[stamp]
    settings: Mapped[document]


class Tenant(Model):
    """A venue operator with its brand and its legal person."""

    __tablename__ = "tenant"
    __table_args__ = (
        UniqueConstraint("network_id", "id"),
        UniqueConstraint("network_id", "slug"),
        CheckConstraint("hold_minutes between 5 and 120", name="hold_minutes"),
        CheckConstraint("free_cancel_hours between 0 and 720", name="free_cancel_hours"),
        CheckConstraint("late_refund_percent between 0 and 100", name="late_refund_percent"),
        CheckConstraint("state in ('draft', 'live', 'closed')", name="state"),
        CheckConstraint("vies_down in ('sell', 'hold')", name="vies_down"),
    )

    id: Mapped[key]
    network_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("network.id"))
    name: Mapped[str]
    slug: Mapped[str]
    state: Mapped[str] = mapped_column(server_default="draft")
    locale: Mapped[str] = mapped_column(server_default="fr")
    currency: Mapped[str] = mapped_column(server_default="EUR")
    sender_name: Mapped[str | None]
    reply_to: Mapped[str | None]
    phone: Mapped[str | None]
    hold_minutes: Mapped[int] = mapped_column(server_default="15")
    free_cancel_hours: Mapped[int] = mapped_column(server_default="24")
    late_refund_percent: Mapped[int] = mapped_column(server_default="50")
    refund_today_since: Mapped[instant | None] = mapped_column(server_default=text("now()"))
    no_show_minutes: Mapped[int] = mapped_column(server_default="30")
    member_percent: Mapped[int] = mapped_column(server_default="100")
    desk_payment: Mapped[bool] = mapped_column(server_default="true")
    simulated: Mapped[bool] = mapped_column(server_default="false")
    books_timezone: Mapped[str] = mapped_column(server_default="Europe/Paris")
    vat_debits_since: Mapped[dt.date | None]
    vies_down: Mapped[str] = mapped_column(server_default="sell")
    legal: Mapped[document]
    copy: Mapped[document]
    created_at: Mapped[stamp]

    @property
    def sender(self) -> str:
        """The name that mails come from."""
        return self.sender_name or self.name

    @property
    def books_zone(self) -> ZoneInfo:
        """The clock that days of the accounts end by."""
        return ZoneInfo(self.books_timezone)


class Domain(Model):
    """A host name and where it leads. Public by nature: readable without any scope."""

    __tablename__ = "domain"
    __table_args__ = (
        ForeignKeyConstraint(["network_id", "tenant_id"], ["tenant.network_id", "tenant.id"]),
        Index(
            "uq_domain_canonical",
            "network_id",
            text("coalesce(tenant_id, 0)"),
            unique=True,
            postgresql_where=text("canonical"),
        ),
        CheckConstraint("host = lower(host) and host !~ '[^a-z0-9.-]'", name="host"),
    )

    host: Mapped[str] = mapped_column(primary_key=True)
    network_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("network.id"))
    tenant_id: Mapped[int | None] = mapped_column(BigInteger)
    canonical: Mapped[bool] = mapped_column(server_default="false")
    proof: Mapped[str | None]
    verified_at: Mapped[instant | None]
    released_at: Mapped[instant | None]
    created_at: Mapped[stamp]


class DomainClaim(TenantOwned, Model):
    """A host that a venue asked for and has not proved. Several venues may ask for one."""

    __tablename__ = "domain_claim"
    __table_args__ = owned(
        UniqueConstraint("tenant_id", "host"),
        CheckConstraint("host = lower(host) and host !~ '[^a-z0-9.-]'", name="host"),
    )

    id: Mapped[key]
    host: Mapped[str]
    proof: Mapped[str]
    asked_by: Mapped[ref | None]
    created_at: Mapped[stamp]
    checked_at: Mapped[instant | None]


class Appearance(TenantOwned, Model):
    """A version of a tenant's looks. Publishing makes a new one; nothing is erased."""

    __tablename__ = "appearance"
    __table_args__ = owned(
        UniqueConstraint("tenant_id", "version"),
        Index(
            "uq_appearance_draft",
            "tenant_id",
            unique=True,
            postgresql_where=text("published_at is null"),
        ),
    )

    id: Mapped[key]
    version: Mapped[int]
    theme: Mapped[str] = mapped_column(server_default="etabli")
    brand: Mapped[str]
    accent: Mapped[str | None]
    radius: Mapped[int | None]
    density: Mapped[str] = mapped_column(server_default="airy")
    font_pair: Mapped[str | None]
    mode: Mapped[str] = mapped_column(server_default="auto")
    logo_file: Mapped[ref | None]
    logo_dark_file: Mapped[ref | None]
    texts: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'::jsonb"))
    created_by: Mapped[ref | None]
    created_at: Mapped[stamp]
    publish_at: Mapped[instant | None]
    published_at: Mapped[instant | None]
