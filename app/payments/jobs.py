"""What is done after the commit: settle, refund, and the janitor who asks again."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import or_, select

from app.core import clock, outbox
from app.core.db import db
from app.payments import gateway as gw
from app.payments import inbox, refunds, rules, till
from app.payments.models import Payment, Refund

# When a silent payment is asked about again; past the last it goes in front of a person.
PATIENCE = (
    dt.timedelta(minutes=1),
    dt.timedelta(minutes=10),
    dt.timedelta(hours=1),
    dt.timedelta(days=1),
)
DEBIT_PATIENCE = dt.timedelta(days=10)


@outbox.job("payments.settle")
def settle(payment_id: int) -> None:
    """Ask the gateway what became of a payment and apply it once."""
    payment = db.session.get_one(Payment, payment_id)
    if payment.method not in ("card", "sepa_debit"):
        return
    db.session.commit()
    try:
        said = rules.look(payment)
    except (gw.Unavailable, gw.Unknown):
        _ask_later(payment_id)
        return
    except (gw.GatewayError, till.NotConnected) as error:
        rules.locked(payment_id).needs_person = f"cannot_ask: {error}"[:200]
        return
    rules.apply(payment_id, said)


def _ask_later(payment_id: int) -> None:
    payment = rules.locked(payment_id)
    payment.asked_times += 1
    if payment.asked_times > len(PATIENCE):
        payment.needs_person = payment.needs_person or "gateway_silent"
        return
    outbox.defer(
        "payments.settle",
        payment_id=payment_id,
        at=clock.now() + PATIENCE[payment.asked_times - 1],
        lane="money",
    )


@outbox.job("payments.refund")
def refund(refund_id: int) -> None:
    """Call the gateway for a refund; its key makes a second call harmless."""
    try:
        said = refunds.perform(refund_id)
    except (gw.Unavailable, gw.Unknown):
        refunds.note(refund_id, None)
        _refund_later(refund_id)
        return
    except till.NotConnected:  # the venue left its gateway: somebody is told, and we go on trying
        refunds.note(refund_id, None)
        payment_id = db.session.get_one(Refund, refund_id).payment_id
        rules.locked(payment_id).needs_person = "refund_unknown"
        _refund_later(refund_id)
        return
    except gw.GatewayError as error:
        refunds.note(refund_id, None, failure=str(error)[:200])
        return
    if said is not None:
        refunds.note(refund_id, said)


def _refund_later(refund_id: int) -> None:
    row = db.session.get_one(Refund, refund_id)
    if row.asked_times > len(PATIENCE):
        rules.locked(row.payment_id).needs_person = "refund_unknown"
        return
    later = clock.now() + PATIENCE[min(row.asked_times, len(PATIENCE)) - 1]
    outbox.defer("payments.refund", refund_id=refund_id, at=later, lane="money")


@outbox.job("payments.apply_event")
def apply_event(event_row: int) -> None:
    """Interpret one stored webhook."""
    inbox.apply(event_row)


@outbox.job("payments.janitor")
def janitor() -> None:
    """Find payments, refunds and events that nobody asked about for a while, and ask."""
    now = clock.now()
    for payment_id in db.session.scalars(
        select(Payment.id).where(
            Payment.method.in_(("card", "sepa_debit")),
            or_(
                Payment.state.in_(("pending", "unknown", "open"))
                & (Payment.created_at < now - PATIENCE[0]),
                (Payment.state == "processing")
                & (Payment.created_at < now - dt.timedelta(hours=6)),
            ),
            Payment.needs_person.is_(None),
        )
    ):
        outbox.defer(
            "payments.settle", payment_id=payment_id, once=f"settle:{payment_id}", lane="money"
        )
    for refund_id in db.session.scalars(
        select(Refund.id).where(
            Refund.state.in_(("requested", "unknown")), Refund.created_at < now - PATIENCE[0]
        )
    ):
        outbox.defer(
            "payments.refund", refund_id=refund_id, once=f"refund:{refund_id}", lane="money"
        )
    inbox.retry_stuck()
