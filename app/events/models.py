"""Events: one row per date, the spaces that each takes, who is invited, and where it moved from."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Index, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import BigInteger

from app.core.db import Model, cents, instant, key, owned, points_to, ref, stamp
from app.core.i18n import lang
from app.core.tenancy import TenantOwned

AUDIENCES = ("members", "companies", "public")
STATES = ("draft", "published", "cancelled")
MODELS = ("", "afterwork", "workshop", "open_day")
RHYTHMS = ("weekly", "monthly")


class EventSeries(TenantOwned, Model):
    """Dates that were planned together; each is an event of its own and lives its own life."""

    __tablename__ = "event_series"
    __table_args__ = owned(CheckConstraint(f"rhythm in {RHYTHMS}", name="rhythm"))

    id: Mapped[key]
    name: Mapped[str]
    rhythm: Mapped[str]
    every: Mapped[int] = mapped_column(server_default="1", default=1)
    by_account: Mapped[ref | None]
    created_at: Mapped[stamp]


class Event(TenantOwned, Model):
    """One event on one date. `slug` is its address in every language and `uid` its name in
    calendars: both stay for life. `sequence` grows with each change that calendars must learn.

    The spaces are taken in the occupancy table, set-up and clear-down included, from the draft on:
    what is planned cannot be sold. A cancelled event takes nothing.
    """

    __tablename__ = "event"
    __table_args__ = owned(
        points_to("site_id", "site"),
        points_to("series_id", "event_series"),
        points_to("picture_id", "stored_file"),
        points_to("card_id", "stored_file"),
        UniqueConstraint("tenant_id", "slug"),
        CheckConstraint(f"audience in {AUDIENCES}", name="audience"),
        CheckConstraint(f"state in {STATES}", name="state"),
        CheckConstraint(f"model in {MODELS}", name="model"),
        CheckConstraint("starts_at < ends_at", name="interval"),
        CheckConstraint("setup_minutes between 0 and 1440", name="setup"),
        CheckConstraint("clear_minutes between 0 and 1440", name="clear"),
        CheckConstraint("capacity between 1 and 100000", name="capacity"),
        CheckConstraint("reminder_hours between 0 and 168", name="reminder"),
        CheckConstraint("(state = 'cancelled') = (cancelled_at is not null)", name="cancelled"),
        Index("ix_event_starts", "tenant_id", "starts_at", "id"),
        Index("ix_event_series", "tenant_id", "series_id"),
    )

    id: Mapped[key]
    series_id: Mapped[ref | None]
    site_id: Mapped[ref]
    slug: Mapped[str]
    uid: Mapped[str]
    sequence: Mapped[int] = mapped_column(server_default="0", default=0)
    model: Mapped[str] = mapped_column(server_default="", default="")
    title_fr: Mapped[str]
    title_en: Mapped[str] = mapped_column(server_default="", default="")
    lead_fr: Mapped[str] = mapped_column(server_default="", default="")
    lead_en: Mapped[str] = mapped_column(server_default="", default="")
    description_fr: Mapped[str] = mapped_column(server_default="", default="")
    description_en: Mapped[str] = mapped_column(server_default="", default="")
    programme_fr: Mapped[str] = mapped_column(server_default="", default="")
    programme_en: Mapped[str] = mapped_column(server_default="", default="")
    access_fr: Mapped[str] = mapped_column(server_default="", default="")
    access_en: Mapped[str] = mapped_column(server_default="", default="")
    organiser: Mapped[str] = mapped_column(server_default="", default="")
    contact: Mapped[str] = mapped_column(server_default="", default="")
    audience: Mapped[str] = mapped_column(server_default="public", default="public")
    state: Mapped[str] = mapped_column(server_default="draft", default="draft")
    starts_at: Mapped[instant]
    ends_at: Mapped[instant]
    setup_minutes: Mapped[int] = mapped_column(server_default="0", default=0)
    clear_minutes: Mapped[int] = mapped_column(server_default="0", default=0)
    capacity: Mapped[int]
    displaced_cents: Mapped[cents] = mapped_column(server_default="0", default=0)
    picture_id: Mapped[ref | None]
    picture_alt: Mapped[str] = mapped_column(server_default="", default="")
    card_id: Mapped[ref | None]
    card_mark: Mapped[str] = mapped_column(server_default="", default="")
    reminder_hours: Mapped[int] = mapped_column(server_default="24", default=24)
    search: Mapped[str] = mapped_column(server_default="", default="")
    published_at: Mapped[instant | None]
    cancelled_at: Mapped[instant | None]
    reminded_at: Mapped[instant | None]
    asked_at: Mapped[instant | None]
    cancel_reason: Mapped[str] = mapped_column(server_default="", default="")
    by_account: Mapped[ref | None]
    created_at: Mapped[stamp]
    changed_at: Mapped[stamp]

    @property
    def title(self) -> str:
        """What it is called, in the reader's language where it has a name there."""
        return (lang() == "en" and self.title_en) or self.title_fr


class EventSpace(TenantOwned, Model):
    """This event takes that space, the whole of it."""

    __tablename__ = "event_space"
    __table_args__ = owned(
        points_to("event_id", "event"),
        points_to("space_id", "space"),
        UniqueConstraint("tenant_id", "event_id", "space_id"),
        Index("ix_event_space_space", "tenant_id", "space_id"),
    )

    id: Mapped[key]
    event_id: Mapped[ref]
    space_id: Mapped[ref]


class EventCompany(TenantOwned, Model):
    """People of this company are invited to that event."""

    __tablename__ = "event_company"
    __table_args__ = owned(
        points_to("event_id", "event"),
        points_to("company_id", "company"),
        UniqueConstraint("tenant_id", "event_id", "company_id"),
        Index("ix_event_company_company", "tenant_id", "company_id"),
    )

    id: Mapped[key]
    event_id: Mapped[ref]
    company_id: Mapped[ref]


class EventMove(TenantOwned, Model):
    """A published event went to another time or place: from where, who, when."""

    __tablename__ = "event_move"
    __table_args__ = owned(
        points_to("event_id", "event"),
        Index("ix_event_move_event", "tenant_id", "event_id", "id"),
    )

    id: Mapped[key]
    event_id: Mapped[ref]
    from_starts_at: Mapped[instant]
    from_ends_at: Mapped[instant]
    from_spaces: Mapped[list[int]] = mapped_column(ARRAY(BigInteger), server_default="{}")
    to_starts_at: Mapped[instant]
    to_ends_at: Mapped[instant]
    to_spaces: Mapped[list[int]] = mapped_column(ARRAY(BigInteger), server_default="{}")
    by_account: Mapped[ref | None]
    at: Mapped[stamp]


class EventOpinion(TenantOwned, Model):
    """What somebody said afterwards, once: `who` is a digest of their address, never shown."""

    __tablename__ = "event_opinion"
    __table_args__ = owned(
        points_to("event_id", "event"),
        UniqueConstraint("tenant_id", "event_id", "who"),
        CheckConstraint("stars between 1 and 5", name="stars"),
        CheckConstraint("again is null or again in ('yes', 'maybe', 'no')", name="again"),
    )

    id: Mapped[key]
    event_id: Mapped[ref]
    who: Mapped[str]
    stars: Mapped[int]
    again: Mapped[str | None]
    text: Mapped[str] = mapped_column(server_default="", default="")
    at: Mapped[stamp]


class AgendaPolicy(TenantOwned, Model):
    """Which other sites may show the venue's agenda in a frame; without a row, none may."""

    __tablename__ = "agenda_policy"
    __table_args__ = owned(UniqueConstraint("tenant_id"))

    id: Mapped[key]
    origins: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
