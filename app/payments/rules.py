"""Begin, open and settle payments: each state is reached once and never left backwards.

A visitor waits for one call only, `send`, which stands between two commits: the row
first, then the gateway, then what it said. Everything else is settled by asking the gateway again
what the object has become (docs/payments.md).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, select

from app.core import clock, outbox, words
from app.core.db import db
from app.core.errors import Refused
from app.core.i18n import _
from app.core.signals import publish
from app.ledger import rules as ledger
from app.ledger import taxes
from app.ledger.rules import Cause
from app.payments import gateway as gw
from app.payments import returns, till
from app.payments.facts import PaymentCaptured, PaymentFailed, PaymentPromised
from app.payments.models import Payment

CLEARING = {
    "card": "card_clearing",
    "sepa_debit": "sepa_clearing",
    "cash": "cash",
    "terminal": "terminal",
    "transfer": "bank",
    "on_account": "receivable",
}
AT_DESK = ("cash", "terminal", "transfer")
LIVE = ("pending", "open", "processing", "unknown")
ENDED = ("captured", "failed", "expired")
# The end of a page is written on the row, so that a repeated wish is the same wish; the slack
# leaves time to repeat it.
SLACK = dt.timedelta(minutes=10)
# A page whose answer was lost is found by its reference until then. None found: it never opened,
# and the payer may try anew (the gateway repeats a stored 500 under the old key for a day).
FOUND_BY = dt.timedelta(minutes=2)


@dataclass(frozen=True)
class Due:
    """What is to be paid: by whom, for what, how much, and how much of it at each VAT rate (in
    basis points) where that is known before anything is sold."""

    source: str
    source_id: int
    amount_cents: int
    person_id: int | None = None
    currency: str = "EUR"
    rates: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Page:
    """What the payer's page needs: words, addresses, until when."""

    title: str
    description: str
    success_url: str
    cancel_url: str
    email: str | None
    locale: str


def begin(due: Due, method: str, expires_at: dt.datetime | None = None) -> Payment:
    """A payment row, before anybody is asked for money. Refuses an amount of zero or less."""
    if due.rates and sum(due.rates.values()) != due.amount_cents:
        raise ValueError(f"{due}: the rates do not sum to the amount")
    if due.amount_cents <= 0:
        raise Refused(_("Il n’y a rien à payer."))
    soonest = clock.now() + gw.SHORTEST_CHECKOUT + SLACK
    payment = Payment(
        source=due.source,
        source_id=due.source_id,
        person_id=due.person_id,
        method=method,
        amount_cents=due.amount_cents,
        rates={str(rate): cents for rate, cents in due.rates.items() if cents},
        currency=due.currency,
        idempotency_key=f"pay_{words.token()}",
        expires_at=max(expires_at or soonest, soonest).replace(microsecond=0),
        detail={},
        state="pending",
    )
    db.session.add(payment)
    db.session.flush()  # id for the reference that the gateway keeps
    return payment


@dataclass(frozen=True)
class Opening:
    """All that the gateway is asked, read beforehand: nothing of it needs the database."""

    credentials: gw.StripeCredentials
    asked: dict[str, Any]


def opening(payment: Payment, page: Page) -> Opening:
    """What to ask for this payment. The same row asks the same with the same key, so a repeated
    wish opens no second page."""
    line = gw.Line(name=page.title, unit_cents=payment.amount_cents, description=page.description)
    return Opening(
        till.credentials(),
        {
            "key": payment.idempotency_key,
            "reference": payment.idempotency_key,
            "lines": [line],
            "success_url": page.success_url,
            "cancel_url": page.cancel_url,
            "currency": payment.currency.lower(),
            "methods": [payment.method],
            "email": page.email,
            "expires_at": payment.expires_at,
            "locale": page.locale,
        },
    )


def send(wish: Opening) -> gw.Checkout:
    """Ask the gateway for a page to pay on. No transaction may be open: it takes its time."""
    return till.asked().open_checkout(wish.credentials, **wish.asked)


def open_checkout(payment: Payment, page: Page) -> gw.Checkout:
    """Both steps at once, where nobody waits for the connection."""
    return send(opening(payment, page))


def note_opened(payment_id: int, checkout: gw.Checkout) -> Payment:
    """Write down the page that the gateway opened."""
    payment = locked(payment_id)
    if payment.state in ("pending", "unknown"):
        payment.state = "open"
    payment.checkout_id = checkout.id
    payment.checkout_url = checkout.url
    return payment


def note_unknown(payment_id: int) -> None:
    """The gateway did not answer: the janitor will ask, the payer is told the truth."""
    payment = locked(payment_id)
    if payment.state in ("pending", "open"):
        payment.state = "unknown"
    outbox.defer("payments.settle", payment_id=payment_id, at=clock.now() + dt.timedelta(minutes=1))


def note_failed(payment_id: int, why: str) -> None:
    """The gateway said no before anything was taken."""
    payment = locked(payment_id)
    if payment.state in LIVE:
        _end(payment, "failed", why)


def locked(payment_id: int) -> Payment:
    """The row, for this transaction alone."""
    return db.session.scalars(
        select(Payment)
        .where(Payment.id == payment_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


@dataclass(frozen=True)
class Said:
    """What the gateway says of one payment now."""

    checkout: gw.Checkout | None
    payment: gw.Payment | None


def look(payment: Payment) -> Said:
    """Ask the gateway what became of a payment. Neither lock nor connection is held meanwhile."""
    page, intent, reference = payment.checkout_id, payment.intent_id, payment.idempotency_key
    since = payment.created_at - dt.timedelta(minutes=5)
    credentials = till.credentials()
    gateway = till.asked()
    if page:
        checkout: gw.Checkout | None = gateway.fetch_checkout(credentials, page)
    else:
        found = gateway.find_checkouts(credentials, reference=reference, since=since)
        checkout = found[0] if found else None
    intent = intent or (checkout.payment_id if checkout else None)
    return Said(checkout, gateway.fetch_payment(credentials, intent) if intent else None)


def apply(payment_id: int, said: Said) -> Payment:
    """One guarded transition from what the gateway says; nothing when it says nothing new."""
    payment = locked(payment_id)
    if said.checkout is not None:
        payment.checkout_id = said.checkout.id
        payment.checkout_url = said.checkout.url or payment.checkout_url
    if said.payment is not None:
        payment.intent_id = said.payment.id
    if payment.state != "captured":
        _advance(payment, said)
    returns.follow(payment, said.payment, CLEARING[payment.method])
    return payment


def _advance(payment: Payment, said: Said) -> None:
    """The money first, whatever we believed; then what only a live payment can become."""
    money = said.payment
    if money is not None and money.status == gw.PaymentStatus.SUCCEEDED:
        payment.detail = {"last4": money.last4, "fee_cents": money.fee_cents}
        capture(payment)
    elif money is not None and money.status == gw.PaymentStatus.PROCESSING:
        _promise(payment)
    elif payment.state == "processing" and money is not None:
        _end(payment, "failed", money.failure_code)
    elif payment.state in LIVE:
        _wait(payment, said)


def _promise(payment: Payment) -> None:
    if payment.state != "processing":
        payment.state = "processing"
        publish(PaymentPromised(payment.id, payment.source, payment.source_id))


def _wait(payment: Payment, said: Said) -> None:
    """No money yet: the page ended, was cancelled, is open, or never came to be."""
    page, money = said.checkout, said.payment
    if page is not None and page.status == gw.CheckoutStatus.EXPIRED:
        _end(payment, "expired", "")
    elif money is not None and money.status == gw.PaymentStatus.CANCELED:
        _end(payment, "failed", "canceled")
    elif page is not None:
        payment.state = "open"
    elif payment.state == "unknown" and payment.created_at < clock.now() - FOUND_BY:
        _end(payment, "failed", "never_opened")


def capture(payment: Payment) -> None:
    """The money is there: post it and tell. The row is locked by the caller."""
    payment.state = "captured"
    payment.captured_at = clock.now()
    if payment.method != "on_account":
        taxes.receive(
            Cause(payment.source, payment.source_id, f"captured:{payment.id}"),
            payment.currency,
            CLEARING[payment.method],
            payment.amount_cents,
            {int(rate): cents for rate, cents in payment.rates.items()} or None,
        )
    publish(PaymentCaptured(payment.id, payment.source, payment.source_id, payment.amount_cents))


def _end(payment: Payment, state: str, why: str) -> None:
    promised = payment.state == "processing"
    payment.state = state
    payment.failure = why or None
    if promised:
        payment.needs_person = "debit_failed"
    publish(PaymentFailed(payment.id, payment.source, payment.source_id, was_promised=promised))


def record_at_desk(
    due: Due, method: str, by: int | None, till_site_id: int | None = None
) -> Payment:
    """Staff took the money: cash, terminal or transfer. Captured at once, with who took it, and at
    which site's till."""
    if method not in AT_DESK:
        raise Refused(_("Ce moyen de paiement ne s’enregistre pas à l’accueil."))
    payment = begin(due, method)
    payment.taken_by, payment.till_site_id = by, till_site_id
    capture(payment)
    return payment


def of_source(source: str, source_id: int) -> list[Payment]:
    """Every attempt for one thing, oldest first."""
    return list(
        db.session.scalars(
            select(Payment)
            .where(Payment.source == source, Payment.source_id == source_id)
            .order_by(Payment.id)
        )
    )


def due_on(source: str, source_id: int) -> int:
    """Cents still to be paid for something; negative when too much was paid."""
    return ledger.balance("receivable", source, source_id)


def promised_on(source: str, source_id: int) -> int:
    """Cents on their way: direct debits that the bank took in and has not paid yet."""
    waits = (Payment.source == source, Payment.source_id == source_id)
    return int(
        db.session.scalar(
            select(func.coalesce(func.sum(Payment.amount_cents), 0)).where(
                *waits, Payment.state == "processing"
            )
        )
        or 0
    )


def due_now(source: str, source_id: int) -> int:
    """Cents that nobody has paid nor promised; negative when too much was."""
    return due_on(source, source_id) - promised_on(source, source_id)
