"""Money going back: asked for once, done by a job, its outcome never guessed."""

from __future__ import annotations

from sqlalchemy import func, select

from app.core import clock, outbox, words
from app.core.db import db
from app.core.errors import Refused
from app.core.i18n import _
from app.core.signals import publish
from app.ledger import taxes
from app.ledger.rules import Cause
from app.payments import gateway as gw
from app.payments import till
from app.payments.facts import RefundDone
from app.payments.models import Payment, Refund
from app.payments.rules import AT_DESK, CLEARING, locked


def refundable(payment: Payment) -> int:
    """Cents of a captured payment that did not go back and were not asked to."""
    if payment.state != "captured" or payment.returned_at is not None:
        return 0
    gone = db.session.execute(
        select(func.coalesce(func.sum(Refund.amount_cents), 0)).where(
            Refund.payment_id == payment.id, Refund.state != "failed"
        )
    ).scalar_one()
    return payment.amount_cents - int(gone)


def request(
    payment_id: int, amount_cents: int, reason: str, by: int | None = None
) -> Refund | None:
    """Ask to give back; None when the same reason asked before. Refuses more than was paid.

    The gateway is called by a job; money taken at the desk goes back at the desk and is done here.
    """
    payment = locked(payment_id)
    before = db.session.scalars(
        select(Refund).where(Refund.payment_id == payment_id, Refund.reason == reason)
    ).one_or_none()
    if before is not None:
        return None
    if not 0 < amount_cents <= refundable(payment):
        raise Refused(_("On ne peut pas rembourser plus que ce qui a été payé."))
    refund = Refund(
        payment_id=payment_id,
        amount_cents=amount_cents,
        reason=reason,
        idempotency_key=f"ref_{words.token()}",
        requested_by=by,
        state="requested",
    )
    db.session.add(refund)
    db.session.flush()  # id for the job
    if payment.method in AT_DESK:
        finish(refund, payment, None)
    else:
        outbox.defer("payments.refund", refund_id=refund.id, lane="money")
    return refund


def give_back(source: str, source_id: int, amount_cents: int, reason: str, by: int | None) -> int:
    """Spread an amount over the captured payments of something, newest first; what was asked."""
    left = amount_cents
    for payment in db.session.scalars(
        select(Payment)
        .where(
            Payment.source == source, Payment.source_id == source_id, Payment.state == "captured"
        )
        .order_by(Payment.id.desc())
    ):
        part = min(left, refundable(payment))
        if part > 0:
            request(payment.id, part, reason, by)
            left -= part
    return amount_cents - left


def of_payment(payment_id: int) -> list[Refund]:
    """What goes or went back of one payment, oldest first."""
    return list(
        db.session.scalars(
            select(Refund).where(Refund.payment_id == payment_id).order_by(Refund.id)
        )
    )


def perform(refund_id: int) -> gw.Refund | None:
    """Call the gateway for one refund with its own key; None when it needs no call any more."""
    refund = db.session.get_one(Refund, refund_id)
    payment = db.session.get_one(Payment, refund.payment_id)
    if refund.state not in ("requested", "unknown") or payment.intent_id is None:
        return None
    key, amount, intent = refund.idempotency_key, refund.amount_cents, payment.intent_id
    credentials = till.credentials()
    return till.asked().refund(credentials, key=key, payment_id=intent, amount_cents=amount)


def note(refund_id: int, said: gw.Refund | None, failure: str | None = None) -> None:
    """Write down what the gateway said of a refund; silence is a state too."""
    refund = db.session.scalars(
        select(Refund).where(Refund.id == refund_id).with_for_update()
    ).one()
    payment = locked(refund.payment_id)
    refund.asked_times += 1
    if refund.state == "done":
        return
    if failure is not None:
        refund.state, refund.failure = "failed", failure
        payment.needs_person = payment.needs_person or "refund_failed"
    elif said is None:
        refund.state = "unknown"
    elif said.status in (gw.RefundStatus.SUCCEEDED, gw.RefundStatus.PENDING):
        finish(refund, payment, said.id)
    else:
        refund.state, refund.failure = "failed", said.status.value
        payment.needs_person = payment.needs_person or "refund_failed"


def finish(refund: Refund, payment: Payment, gateway_id: str | None) -> None:
    """The money went back: post it and tell."""
    refund.state = "done"
    refund.gateway_id = gateway_id
    refund.done_at = clock.now()
    taxes.receive(
        Cause(payment.source, payment.source_id, f"refunded:{refund.id}"),
        payment.currency,
        CLEARING[payment.method],
        -refund.amount_cents,
    )
    publish(
        RefundDone(refund.id, payment.id, payment.source, payment.source_id, refund.amount_cents)
    )
