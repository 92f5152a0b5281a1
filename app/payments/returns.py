"""Money that the bank took back after it was there: a card payment that was contested, a SEPA debit
that was returned, days or a year later.

The sale stands and is owed again; the receipt is taken back at the rates it had, and so is the VAT
that it made due. When the bank gives the money back, all of it is posted anew.
"""

from __future__ import annotations

from sqlalchemy import func, select

from app.core import clock
from app.core.db import db
from app.core.signals import publish
from app.ledger import taxes
from app.ledger.rules import Cause
from app.payments import gateway as gw
from app.payments.facts import PaymentReinstated, PaymentReturned
from app.payments.models import Payment, Refund

GONE = (gw.PaymentStatus.AWAITING, gw.PaymentStatus.CANCELED)


def follow(payment: Payment, money: gw.Payment | None, account: str) -> None:
    """Post what the bank did to a captured payment since; nothing when it did nothing."""
    if money is None or payment.state != "captured":
        return
    is_disputed = money.is_disputed and "dispute_won" not in payment.detail
    is_gone = is_disputed or money.status in GONE
    if is_gone and payment.returned_at is None:
        _take_back(payment, account)
        payment.needs_person = payment.needs_person or ("disputed" if is_disputed else "returned")
    elif not is_gone and payment.returned_at is not None:
        _reinstate(payment, account)


def _take_back(payment: Payment, account: str) -> None:
    payment.returned_at = clock.now()
    payment.returns += 1
    cents = _kept(payment)
    _post(payment, account, "returned", -cents)
    publish(PaymentReturned(payment.id, payment.source, payment.source_id, cents))


def _reinstate(payment: Payment, account: str) -> None:
    payment.returned_at = None
    cents = _kept(payment)
    _post(payment, account, "reinstated", cents)
    if payment.needs_person in ("disputed", "returned"):
        payment.needs_person = None
    publish(PaymentReinstated(payment.id, payment.source, payment.source_id, cents))


def _kept(payment: Payment) -> int:
    """What of it had not gone back already."""
    back = db.session.execute(
        select(func.coalesce(func.sum(Refund.amount_cents), 0)).where(
            Refund.payment_id == payment.id, Refund.state == "done"
        )
    ).scalar_one()
    return payment.amount_cents - int(back)


def _post(payment: Payment, account: str, event: str, cents: int) -> None:
    """The receipt once more, this way or that, at its own rates while all of it is concerned."""
    if not cents:
        return
    rates = None
    was = taxes.parts_of(payment.source, payment.source_id, f"captured:{payment.id}")
    if abs(cents) == payment.amount_cents == sum(was.values()):
        sign = -1 if cents < 0 else 1
        rates = {rate: sign * part for rate, part in was.items()}
    cause = Cause(payment.source, payment.source_id, f"{event}:{payment.id}:{payment.returns}")
    taxes.receive(cause, payment.currency, account, cents, rates)
