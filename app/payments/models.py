"""What was asked of a payer, what the gateway said, and what was given back."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Index, LargeBinary, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Model, cents, document, instant, key, owned, points_to, ref, stamp
from app.core.tenancy import TenantOwned

# pending → open → processing → captured, or failed / expired; unknown until the janitor knows.
STATES = ("pending", "open", "processing", "captured", "failed", "expired", "unknown")
METHODS = ("card", "sepa_debit", "cash", "terminal", "transfer", "on_account")


class PaymentAccount(TenantOwned, Model):
    """Where a tenant's card payments go: a connected account, or keys of its own, encrypted."""

    __tablename__ = "payment_account"
    __table_args__ = owned(UniqueConstraint("tenant_id"))

    id: Mapped[key]
    provider: Mapped[str] = mapped_column(server_default="stripe")
    stripe_account: Mapped[str | None]
    own_key: Mapped[bytes | None] = mapped_column(LargeBinary)
    own_webhook_secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    ready: Mapped[bool] = mapped_column(server_default="false")
    card: Mapped[bool] = mapped_column(server_default="true")
    sepa_debit: Mapped[bool] = mapped_column(server_default="false")
    created_at: Mapped[stamp]


class PaymentRoute(Model):
    """Which tenant a connected account belongs to; read before any scope is known."""

    __tablename__ = "payment_route"

    stripe_account: Mapped[str] = mapped_column(primary_key=True)
    tenant_id: Mapped[int] = mapped_column(BigInteger)
    network_id: Mapped[int] = mapped_column(BigInteger)


class Payment(TenantOwned, Model):
    """One attempt to be paid. Nothing is forgotten: a second attempt is a second row."""

    __tablename__ = "payment"
    __table_args__ = owned(
        points_to("person_id", "person"),
        points_to("till_site_id", "site"),
        CheckConstraint("amount_cents > 0", name="amount"),
        CheckConstraint(f"state in {STATES}", name="state"),
        CheckConstraint(f"method in {METHODS}", name="method"),
        Index("ix_payment_source", "tenant_id", "source", "source_id"),
        Index("ix_payment_checkout", "tenant_id", "checkout_id"),
        Index("ix_payment_intent", "tenant_id", "intent_id"),
        Index("ix_payment_state", "tenant_id", "state", "created_at"),
    )

    id: Mapped[key]
    source: Mapped[str]
    source_id: Mapped[ref]
    person_id: Mapped[ref | None]
    method: Mapped[str]
    state: Mapped[str] = mapped_column(server_default="pending")
    amount_cents: Mapped[cents]
    rates: Mapped[document]
    currency: Mapped[str] = mapped_column(server_default="EUR")
    idempotency_key: Mapped[str] = mapped_column(unique=True)
    checkout_id: Mapped[str | None]
    checkout_url: Mapped[str | None]
    intent_id: Mapped[str | None]
    failure: Mapped[str | None]
    detail: Mapped[document]
    taken_by: Mapped[ref | None]
    till_site_id: Mapped[ref | None]
    asked_times: Mapped[int] = mapped_column(server_default="0")
    needs_person: Mapped[str | None]
    created_at: Mapped[stamp]
    expires_at: Mapped[instant | None]
    captured_at: Mapped[instant | None]
    returned_at: Mapped[instant | None]
    returns: Mapped[int] = mapped_column(server_default="0", default=0)


class Refund(TenantOwned, Model):
    """Money going back: requested, unknown, done or failed. Its reason is for people."""

    __tablename__ = "refund"
    __table_args__ = owned(
        points_to("payment_id", "payment"),
        CheckConstraint("amount_cents > 0", name="amount"),
        CheckConstraint("state in ('requested', 'unknown', 'done', 'failed')", name="state"),
        UniqueConstraint("tenant_id", "payment_id", "reason"),
        Index("ix_refund_state", "tenant_id", "state"),
    )

    id: Mapped[key]
    payment_id: Mapped[ref]
    amount_cents: Mapped[cents]
    reason: Mapped[str]
    state: Mapped[str] = mapped_column(server_default="requested")
    idempotency_key: Mapped[str] = mapped_column(unique=True)
    gateway_id: Mapped[str | None]
    failure: Mapped[str | None]
    requested_by: Mapped[ref | None]
    asked_times: Mapped[int] = mapped_column(server_default="0")
    created_at: Mapped[stamp]
    done_at: Mapped[instant | None]


class GatewayEvent(TenantOwned, Model):
    """A webhook's envelope, stored once by its event id and worked on later."""

    __tablename__ = "gateway_event"
    __table_args__ = owned(
        UniqueConstraint("tenant_id", "event_id"),
        Index("ix_gateway_event_todo", "tenant_id", "received_at"),
    )

    id: Mapped[key]
    event_id: Mapped[str]
    type: Mapped[str]
    object_id: Mapped[str]
    account: Mapped[str | None]
    received_at: Mapped[stamp]
    applied_at: Mapped[instant | None]
    outcome: Mapped[str | None]


class TillSession(TenantOwned, Model):
    """The till of a site was opened by somebody: what was in it, and what the books said. Without a
    site it is the venue's first, from before each had its own."""

    __tablename__ = "till_session"
    __table_args__ = owned(
        points_to("site_id", "site"),
        UniqueConstraint("tenant_id", "number"),
        CheckConstraint("float_cents >= 0", name="float"),
        CheckConstraint("origin in ('', 'bank', 'difference')", name="origin"),
    )

    id: Mapped[key]
    site_id: Mapped[ref | None]
    number: Mapped[int]
    opened_at: Mapped[stamp]
    opened_by: Mapped[ref | None]
    float_cents: Mapped[cents]
    books_cents: Mapped[cents]
    origin: Mapped[str] = mapped_column(server_default="")
    reason: Mapped[str] = mapped_column(server_default="")


class TillMovement(TenantOwned, Model):
    """Cash put in (above zero) or taken out for another reason than a sale."""

    __tablename__ = "till_movement"
    __table_args__ = owned(
        points_to("session_id", "till_session"),
        CheckConstraint("kind in ('bank', 'expense')", name="kind"),
        CheckConstraint("amount_cents <> 0", name="amount"),
        Index("ix_till_movement_session", "tenant_id", "session_id"),
    )

    id: Mapped[key]
    session_id: Mapped[ref]
    at: Mapped[stamp]
    by_account: Mapped[ref | None]
    kind: Mapped[str]
    amount_cents: Mapped[cents]
    reason: Mapped[str]


class TillClosing(TenantOwned, Model):
    """The till was counted and closed by somebody, who answers for what was missing."""

    __tablename__ = "till_closing"
    __table_args__ = owned(
        points_to("session_id", "till_session"),
        UniqueConstraint("tenant_id", "session_id"),
        CheckConstraint("counted_cents = expected_cents or explanation <> ''", name="explained"),
        CheckConstraint("banked_cents between 0 and counted_cents", name="banked"),
    )

    id: Mapped[key]
    session_id: Mapped[ref]
    at: Mapped[stamp]
    by_account: Mapped[ref | None]
    counted: Mapped[dict[str, int]] = mapped_column(JSONB)
    counted_cents: Mapped[cents]
    expected_cents: Mapped[cents]
    banked_cents: Mapped[cents]
    explanation: Mapped[str] = mapped_column(server_default="")
