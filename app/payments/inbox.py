"""Webhooks: keep the signed envelope once, answer, work later. What they say is only a hint."""

from __future__ import annotations

import datetime as dt

import structlog
from flask import current_app
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.core import clock, outbox, tenancy
from app.core.db import db
from app.payments import gateway as gw
from app.payments import rules, till
from app.payments.models import GatewayEvent, Payment, PaymentRoute, Refund

log = structlog.get_logger("webhook")


def tenant_of_account(account: str) -> PaymentRoute | None:
    """Whose connected account this is."""
    return db.session.get(PaymentRoute, account)


def secrets_of_tenant() -> list[str]:
    """Secrets that may sign webhooks sent to the entered tenant's host."""
    found = [current_app.config["SETTINGS"].stripe_webhook_secret]
    account = till.account()
    if account and account.own_webhook_secret:
        found.insert(0, till.unseal(account.own_webhook_secret))
    return [secret for secret in found if secret]


def belongs(envelope: gw.Envelope) -> bool:
    """Whether an event is the entered tenant's: its account, and its mode."""
    account = till.account()
    if account is None:
        return False
    if account.own_key:
        live = till.unseal(account.own_key).startswith(("sk_live", "rk_live"))
        return envelope.account is None and envelope.livemode == live
    live = current_app.config["SETTINGS"].stripe_platform_key.startswith(("sk_live", "rk_live"))
    return envelope.account == account.stripe_account and envelope.livemode == live


def keep(envelope: gw.Envelope) -> bool:
    """Store an event once and defer its work; False when it was stored before."""
    row = db.session.execute(
        insert(GatewayEvent)
        .values(
            tenant_id=tenancy.tenant_id(),
            event_id=envelope.id,
            type=envelope.type,
            object_id=envelope.object_id,
            account=envelope.account,
        )
        .on_conflict_do_nothing()
        .returning(GatewayEvent.id)
    ).scalar_one_or_none()
    if row is None:
        return False
    outbox.defer("payments.apply_event", event_row=row, lane="money")
    return True


def apply(event_row: int) -> None:
    """Fetch again what an event speaks of and apply one transition; mark it done.

    Nothing is locked while the gateway is asked: two who work on one event both ask, the payment's
    own row lets one transition through, and the second finds the event done.
    """
    event = db.session.get_one(GatewayEvent, event_row)
    if event.applied_at is not None:
        return
    payment = _payment_of(event)
    said = rules.look(payment) if payment is not None else None
    event = _locked(event_row)
    if event.applied_at is not None:
        return
    if payment is None or said is None:
        event.outcome = "not ours"
    else:
        rules.apply(payment.id, said)
        event.outcome = f"payment {payment.id}"
    event.applied_at = clock.now()


def _locked(event_row: int) -> GatewayEvent:
    return db.session.scalars(
        select(GatewayEvent)
        .where(GatewayEvent.id == event_row)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def _payment_of(event: GatewayEvent) -> Payment | None:
    object_id = event.object_id
    if event.type.startswith("checkout.session."):
        return _by_checkout(object_id)
    if event.type.startswith("payment_intent."):
        return _first(select(Payment).where(Payment.intent_id == object_id))
    if event.type.startswith("charge.dispute."):
        return _disputed(object_id)
    if event.type.startswith(("refund.", "charge.refund.")):
        return _first(
            select(Payment)
            .join(Refund, Refund.payment_id == Payment.id)
            .where(Refund.gateway_id == object_id)
        )
    return None


def _disputed(dispute_id: str) -> Payment | None:
    """The payment of a dispute; one that was won stays marked at the provider, so we note it."""
    credentials = till.credentials()
    dispute = till.asked().fetch_dispute(credentials, dispute_id)
    payment = _first(select(Payment).where(Payment.intent_id == dispute.payment_id))
    if payment is not None and dispute.status == "won":
        payment.detail = {**payment.detail, "dispute_won": dispute.id}
    return payment


def _by_checkout(checkout_id: str) -> Payment | None:
    """By its number; by our own reference when the answer with the number was lost."""
    found = _first(select(Payment).where(Payment.checkout_id == checkout_id))
    if found is not None:
        return found
    credentials = till.credentials()
    checkout = till.asked().fetch_checkout(credentials, checkout_id)
    return _first(select(Payment).where(Payment.idempotency_key == checkout.reference))


def _first(query: object) -> Payment | None:
    return db.session.scalars(query).first()  # type: ignore[call-overload,no-any-return]


def retry_stuck() -> int:
    """Defer again events that were stored and never applied."""
    stuck = list(
        db.session.scalars(
            select(GatewayEvent.id).where(
                GatewayEvent.applied_at.is_(None),
                GatewayEvent.received_at < clock.now() - dt.timedelta(minutes=2),
            )
        )
    )
    for row in stuck:
        outbox.defer("payments.apply_event", event_row=row, once=f"event:{row}", lane="money")
    return len(stuck)
