"""What is sold for an event, to whom, and each single ticket.

Two rows count: the event's own (`TicketSale`) and one for each category. Both are locked before a
place is taken or freed, always in that order, and PostgreSQL refuses `taken > quota`
(docs/ticketing.md).
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Model, cents, document, instant, key, owned, points_to, ref, stamp
from app.core.tenancy import TenantOwned
from app.spaces.natures import NATURES

PRICINGS = ("fixed", "free", "open")
BUYERS = ("everybody", "members", "companies")
ORDER_STATES = ("held", "confirmed", "lapsed", "cancelled")
TICKET_STATES = ("held", "valid", "used", "cancelled", "transferred", "lapsed")
WAIT_STATES = ("waiting", "offered", "taken", "expired", "left")
WAYS = ("online", "desk", "on_account", "free", "cash", "terminal", "transfer")
ORIGINS = ("web", "offer", "door")
DEAREST = 10**7


class TicketSale(TenantOwned, Model):
    """How tickets of one event are sold, and how many places of all categories are taken."""

    __tablename__ = "ticket_sale"
    __table_args__ = owned(
        points_to("event_id", "event"),
        UniqueConstraint("tenant_id", "event_id"),
        CheckConstraint("taken between 0 and quota", name="quota"),
        CheckConstraint("free_hours between 0 and 8760", name="free_hours"),
        CheckConstraint("late_percent between 0 and 100", name="late_percent"),
        CheckConstraint("offer_hours between 1 and 168", name="offer_hours"),
        CheckConstraint("most between 1 and 50", name="most"),
    )

    id: Mapped[key]
    event_id: Mapped[ref]
    quota: Mapped[int]
    taken: Mapped[int] = mapped_column(server_default="0", default=0)
    free_hours: Mapped[int] = mapped_column(server_default="24", default=24)
    late_percent: Mapped[int] = mapped_column(server_default="0", default=0)
    offer_hours: Mapped[int] = mapped_column(server_default="24", default=24)
    most: Mapped[int] = mapped_column(server_default="10", default=10)
    moved_at: Mapped[instant | None]


class TicketCategory(TenantOwned, Model):
    """One kind of ticket: its price TTC, its nature for VAT, its quota, who may buy it and when."""

    __tablename__ = "ticket_category"
    __table_args__ = owned(
        points_to("event_id", "event"),
        CheckConstraint("taken between 0 and quota", name="quota"),
        CheckConstraint(f"pricing in {PRICINGS}", name="pricing"),
        CheckConstraint(f"buyers in {BUYERS}", name="buyers"),
        CheckConstraint(f"nature in {tuple(NATURES)}", name="nature"),
        CheckConstraint(f"price_cents between 0 and {DEAREST}", name="price"),
        CheckConstraint("(pricing = 'free') = (price_cents = 0)", name="free"),
        CheckConstraint("minimum_cents between 0 and price_cents", name="minimum"),
        CheckConstraint("vat_bp between 0 and 10000", name="vat"),
        CheckConstraint("from_at is null or until_at is null or from_at < until_at", name="window"),
        Index("ix_ticket_category_event", "tenant_id", "event_id", "position", "id"),
    )

    id: Mapped[key]
    event_id: Mapped[ref]
    position: Mapped[int] = mapped_column(server_default="0", default=0)
    name_fr: Mapped[str]
    name_en: Mapped[str] = mapped_column(server_default="", default="")
    note_fr: Mapped[str] = mapped_column(server_default="", default="")
    note_en: Mapped[str] = mapped_column(server_default="", default="")
    pricing: Mapped[str]
    price_cents: Mapped[cents]
    minimum_cents: Mapped[cents] = mapped_column(server_default="0", default=0)
    nature: Mapped[str] = mapped_column(server_default="admission", default="admission")
    vat_bp: Mapped[int]
    quota: Mapped[int]
    taken: Mapped[int] = mapped_column(server_default="0", default=0)
    buyers: Mapped[str] = mapped_column(server_default="everybody", default="everybody")
    from_at: Mapped[instant | None]
    until_at: Mapped[instant | None]
    questions: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default="[]")
    archived_at: Mapped[instant | None]


class PromoCode(TenantOwned, Model):
    """A word that lowers the price, for one event or all of them, so many times."""

    __tablename__ = "promo_code"
    __table_args__ = owned(
        points_to("event_id", "event"),
        UniqueConstraint("tenant_id", "code"),
        CheckConstraint("(percent is null) <> (amount_cents is null)", name="one_kind"),
        CheckConstraint("percent is null or percent between 1 and 100", name="percent"),
        CheckConstraint(
            f"amount_cents is null or amount_cents between 1 and {DEAREST}", name="amount"
        ),
        CheckConstraint("uses >= 0 and (most is null or uses <= most)", name="uses"),
        CheckConstraint("from_at is null or until_at is null or from_at < until_at", name="window"),
    )

    id: Mapped[key]
    event_id: Mapped[ref | None]
    code: Mapped[str]
    percent: Mapped[int | None]
    amount_cents: Mapped[cents | None]
    from_at: Mapped[instant | None]
    until_at: Mapped[instant | None]
    most: Mapped[int | None]
    uses: Mapped[int] = mapped_column(server_default="0", default=0)
    archived_at: Mapped[instant | None]
    created_at: Mapped[stamp]


class TicketOrder(TenantOwned, Model):
    """Somebody pays for tickets, theirs or others'. Held while they pay, then confirmed, or let go.
    `token` is the unguessable part of its address."""

    __tablename__ = "ticket_order"
    __table_args__ = owned(
        points_to("event_id", "event"),
        points_to("person_id", "person"),
        points_to("company_id", "company"),
        points_to("promo_id", "promo_code"),
        UniqueConstraint("tenant_id", "code"),
        UniqueConstraint("tenant_id", "token"),
        UniqueConstraint("tenant_id", "form_key"),
        CheckConstraint(f"state in {ORDER_STATES}", name="state"),
        CheckConstraint(f"way in {WAYS}", name="way"),
        CheckConstraint(f"origin in {ORIGINS}", name="origin"),
        CheckConstraint("price_cents >= 0 and discount_cents >= 0", name="amounts"),
        Index("ix_ticket_order_event", "tenant_id", "event_id", "id"),
        Index("ix_ticket_order_person", "tenant_id", "person_id", "id"),
        Index(
            "ix_ticket_order_held",
            "tenant_id",
            "event_id",
            "held_until",
            postgresql_where=text("state = 'held'"),
        ),
        Index(
            "ix_ticket_order_company",
            "tenant_id",
            "company_id",
            "created_at",
            postgresql_where=text("company_id is not null"),
        ),
    )

    id: Mapped[key]
    code: Mapped[str]
    token: Mapped[str]
    form_key: Mapped[str]
    event_id: Mapped[ref]
    person_id: Mapped[ref | None]
    company_id: Mapped[ref | None]
    name: Mapped[str] = mapped_column(server_default="", default="")
    email: Mapped[str] = mapped_column(server_default="", default="")
    locale: Mapped[str] = mapped_column(server_default="fr", default="fr")
    state: Mapped[str]
    way: Mapped[str] = mapped_column(server_default="online", default="online")
    origin: Mapped[str] = mapped_column(server_default="web", default="web")
    price_cents: Mapped[cents]
    discount_cents: Mapped[cents] = mapped_column(server_default="0", default=0)
    currency: Mapped[str] = mapped_column(server_default="EUR", default="EUR")
    promo_id: Mapped[ref | None]
    organisation: Mapped[document]
    order_number: Mapped[str] = mapped_column(server_default="", default="")
    sequence: Mapped[int] = mapped_column(server_default="0", default=0)
    held_until: Mapped[instant | None]
    terms_at: Mapped[instant | None]
    terms_mark: Mapped[str | None]
    confirmed_at: Mapped[instant | None]
    cancelled_at: Mapped[instant | None]
    by_account: Mapped[ref | None]
    created_at: Mapped[stamp]


class Ticket(TenantOwned, Model):
    """One place for one person. `code` is what the QR says: unguessable, good once. Handed on, it
    dies and another row lives."""

    __tablename__ = "ticket"
    __table_args__ = owned(
        points_to("order_id", "ticket_order"),
        points_to("event_id", "event"),
        points_to("category_id", "ticket_category"),
        points_to("from_ticket_id", "ticket"),
        UniqueConstraint("tenant_id", "code"),
        UniqueConstraint("tenant_id", "from_ticket_id"),
        CheckConstraint(f"state in {TICKET_STATES}", name="state"),
        CheckConstraint("price_cents >= 0 and list_cents >= price_cents", name="price"),
        CheckConstraint("refund_cents between 0 and price_cents", name="refund"),
        CheckConstraint("(state = 'used') = (checked_in_at is not null)", name="used"),
        Index("ix_ticket_event", "tenant_id", "event_id", "id"),
        Index("ix_ticket_order", "tenant_id", "order_id", "id"),
        Index("ix_ticket_category", "tenant_id", "category_id", "state"),
    )

    id: Mapped[key]
    order_id: Mapped[ref]
    event_id: Mapped[ref]
    category_id: Mapped[ref]
    from_ticket_id: Mapped[ref | None]
    code: Mapped[str]
    holder_name: Mapped[str]
    holder_email: Mapped[str] = mapped_column(server_default="", default="")
    state: Mapped[str]
    list_cents: Mapped[cents]
    price_cents: Mapped[cents]
    vat_bp: Mapped[int]
    answers: Mapped[list[dict[str, str]]] = mapped_column(JSONB, server_default="[]")
    checked_in_at: Mapped[instant | None]
    cancelled_at: Mapped[instant | None]
    refund_cents: Mapped[cents] = mapped_column(server_default="0", default=0)
    created_at: Mapped[stamp]


class TicketWait(TenantOwned, Model):
    """Somebody waits for places of a category. An offer holds the places until its end."""

    __tablename__ = "ticket_wait"
    __table_args__ = owned(
        points_to("event_id", "event"),
        points_to("category_id", "ticket_category"),
        points_to("order_id", "ticket_order"),
        UniqueConstraint("tenant_id", "token"),
        CheckConstraint(f"state in {WAIT_STATES}", name="state"),
        CheckConstraint("quantity between 1 and 50", name="quantity"),
        CheckConstraint("state <> 'offered' or offered_until is not null", name="offer"),
        Index("ix_ticket_wait_queue", "tenant_id", "event_id", "state", "id"),
    )

    id: Mapped[key]
    event_id: Mapped[ref]
    category_id: Mapped[ref]
    order_id: Mapped[ref | None]
    token: Mapped[str]
    name: Mapped[str]
    email: Mapped[str]
    locale: Mapped[str] = mapped_column(server_default="fr", default="fr")
    quantity: Mapped[int]
    state: Mapped[str] = mapped_column(server_default="waiting", default="waiting")
    offered_until: Mapped[instant | None]
    created_at: Mapped[stamp]
