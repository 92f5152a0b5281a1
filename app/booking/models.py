"""A booking and what happened to it: each state is a row that says who and when."""

from __future__ import annotations

from typing import Any

from sqlalchemy import CheckConstraint, FetchedValue, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.db import Model, cents, document, instant, key, owned, points_to, ref, stamp
from app.core.tenancy import TenantOwned
from app.members.models import Person
from app.spaces.models import Space

STATES = ("held", "confirmed", "lapsed", "cancelled")


class Booking(TenantOwned, Model):
    """A person, a space, an interval, a price that was said. `state` is kept for constraints;
    who and when is in the rows beside it.

    `refund_hours`, `refund_percent` and `refund_today` are the venue's refund rule when it was
    sold: the database writes them with the row, and no later change of the rule touches them.
    """

    __tablename__ = "booking"
    __table_args__ = owned(
        points_to("space_id", "space"),
        points_to("person_id", "person"),
        points_to("quote_id", "quote"),
        points_to("company_id", "company"),
        UniqueConstraint("tenant_id", "code"),
        UniqueConstraint("tenant_id", "token"),
        UniqueConstraint("tenant_id", "quote_id"),
        CheckConstraint("starts_at < ends_at", name="interval"),
        CheckConstraint(f"state in {STATES}", name="state"),
        CheckConstraint("price_cents >= 0 and quantity > 0 and people > 0", name="amounts"),
        CheckConstraint("refund_most_cents >= 0", name="refund_most"),
        CheckConstraint(
            "refund_hours between 0 and 720 and refund_percent between 0 and 100",
            name="refund_terms",
        ),
        CheckConstraint(
            "payment_way in ('online', 'desk', 'on_account', 'free')", name="payment_way"
        ),
        Index("ix_booking_starts", "tenant_id", "starts_at"),
        Index("ix_booking_space", "tenant_id", "space_id", "starts_at"),
        Index("ix_booking_person", "tenant_id", "person_id", "starts_at"),
        Index(
            "ix_booking_company",
            "tenant_id",
            "company_id",
            "starts_at",
            postgresql_where=text("company_id is not null"),
        ),
    )

    id: Mapped[key]
    code: Mapped[str]
    token: Mapped[str]
    space_id: Mapped[ref]
    person_id: Mapped[ref | None]
    quote_id: Mapped[ref | None]
    starts_at: Mapped[instant]
    ends_at: Mapped[instant]
    quantity: Mapped[int] = mapped_column(server_default="1")
    people: Mapped[int] = mapped_column(server_default="1")
    state: Mapped[str]
    payment_way: Mapped[str] = mapped_column(server_default="online")
    price_cents: Mapped[cents]
    refund_hours: Mapped[int] = mapped_column(server_default=FetchedValue())
    refund_percent: Mapped[int] = mapped_column(server_default=FetchedValue())
    refund_today: Mapped[bool] = mapped_column(server_default=FetchedValue())
    refund_most_cents: Mapped[cents | None]
    currency: Mapped[str] = mapped_column(server_default="EUR")
    vat_bp: Mapped[int]
    steps: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list)
    order_number: Mapped[str | None]
    organisation: Mapped[document]
    company_id: Mapped[ref | None]
    notes: Mapped[str | None]
    origin: Mapped[str] = mapped_column(server_default="web")
    terms_at: Mapped[instant | None]
    terms_mark: Mapped[str | None]
    early_start_at: Mapped[instant | None]
    sequence: Mapped[int] = mapped_column(server_default="0")
    simulated: Mapped[bool] = mapped_column(server_default="false")
    held_until: Mapped[instant | None]
    confirmed_at: Mapped[instant | None]
    created_at: Mapped[stamp]

    space: Mapped[Space] = relationship(
        primaryjoin="foreign(Booking.space_id) == Space.id", viewonly=True, lazy="raise_on_sql"
    )
    person: Mapped[Person | None] = relationship(
        primaryjoin="foreign(Booking.person_id) == Person.id", viewonly=True, lazy="raise_on_sql"
    )


class Cancellation(TenantOwned, Model):
    """The end of a booking: by whom, when, what was given back and why that much."""

    __tablename__ = "cancellation"
    __table_args__ = owned(
        points_to("booking_id", "booking"), UniqueConstraint("tenant_id", "booking_id")
    )

    id: Mapped[key]
    booking_id: Mapped[ref]
    by: Mapped[str]
    by_account: Mapped[ref | None]
    at: Mapped[instant]
    refund_cents: Mapped[cents]
    reason: Mapped[str] = mapped_column(server_default="")


class Move(TenantOwned, Model):
    """A booking that changed place or time, with the price before and after."""

    __tablename__ = "move"
    __table_args__ = owned(points_to("booking_id", "booking"))

    id: Mapped[key]
    booking_id: Mapped[ref]
    by: Mapped[str]
    by_account: Mapped[ref | None]
    at: Mapped[instant]
    from_space_id: Mapped[ref]
    from_starts_at: Mapped[instant]
    from_ends_at: Mapped[instant]
    from_price_cents: Mapped[cents]
    to_price_cents: Mapped[cents]


class CheckIn(TenantOwned, Model):
    """They came."""

    __tablename__ = "check_in"
    __table_args__ = owned(
        points_to("booking_id", "booking"), UniqueConstraint("tenant_id", "booking_id")
    )

    id: Mapped[key]
    booking_id: Mapped[ref]
    at: Mapped[instant]
    by_account: Mapped[ref | None]
    how: Mapped[str]


class NoShow(TenantOwned, Model):
    """They did not, and the rest of the time went back on sale."""

    __tablename__ = "no_show"
    __table_args__ = owned(
        points_to("booking_id", "booking"), UniqueConstraint("tenant_id", "booking_id")
    )

    id: Mapped[key]
    booking_id: Mapped[ref]
    at: Mapped[instant]
    by_account: Mapped[ref | None]
