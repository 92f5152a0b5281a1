"""F23: a debit returned on day 2, 50 or 400, a card contested: owed again, the ledger at zero, the
VAT that the money had made due taken back at each rate; won, all of it is there again."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from sqlalchemy import func, select

from app.core import clock
from app.core.db import db
from app.core.errors import Refused
from app.core.signals import _hearers, hear
from app.ledger import rules as ledger
from app.ledger import taxes
from app.ledger.models import LedgerEntry, LedgerLine
from app.ledger.rules import Cause
from app.payments import gateway as gw
from app.payments import refunds, rules
from app.payments.facts import PaymentReinstated, PaymentReturned
from app.payments.models import Payment
from app.payments.rules import Due, Said
from tests.jobs import run_jobs
from tests.payments.test_settle import connected, held, opened, settle
from tests.world import World

__all__ = ["connected"]
BASKET = {2000: 12_000, 1000: 5_500}


def said(payment: Payment, status: str = "succeeded", *, disputed: bool = False) -> Said:
    """What the gateway says of a debit."""
    money = gw.Payment(
        id="pi_1", status=gw.PaymentStatus(status), amount_cents=payment.amount_cents,
        received_cents=payment.amount_cents, refunded_cents=0, currency="eur",
        method="sepa_debit", last4="2606", charge_id="py_1", fee_cents=35, is_disputed=disputed,
        failure_code="", failure_message="", livemode=False, metadata={},
    )  # fmt: skip
    return Said(None, money)


def by_rate(account: str) -> dict[int, int]:
    """What an account holds at each rate for the thing that was sold."""
    rows = db.session.execute(
        select(LedgerLine.vat_bp, func.sum(LedgerLine.amount_cents))
        .join(LedgerEntry, LedgerEntry.id == LedgerLine.entry_id)
        .where(LedgerEntry.source == "test", LedgerLine.account == account)
        .group_by(LedgerLine.vat_bp)
    )
    return {rate: int(cents) for rate, cents in rows if cents}


@pytest.fixture
def debit(world: World) -> Payment:
    """A debit that arrived, for a sale at two rates."""
    lines = [line for rate, cents in BASKET.items() for line in ledger.sale(cents, rate)]
    ledger.post(Cause("test", 1, "sold"), "EUR", lines)
    payment = rules.begin(Due("test", 1, sum(BASKET.values()), rates=BASKET), "sepa_debit")
    rules.apply(payment.id, said(payment))
    assert payment.state == "captured"
    assert by_rate("vat_collected") == {2000: -2000, 1000: -500}
    assert rules.due_on("test", 1) == 0
    return payment


@pytest.mark.parametrize("days", [2, 50, 400])
def test_f23_a_returned_debit_is_owed_again_without_its_vat(debit: Payment, days: int) -> None:
    told: list[PaymentReturned] = []
    hear(PaymentReturned)(told.append)
    with time_machine.travel(clock.now() + dt.timedelta(days=days), tick=False):
        rules.apply(debit.id, said(debit, disputed=True))
        returned_at = debit.returned_at
        rules.apply(debit.id, said(debit, disputed=True))  # told twice, posted once
        assert debit.returned_at == returned_at == clock.now()
    _hearers[PaymentReturned].remove(told.append)
    assert [one.amount_cents for one in told] == [17_500]
    assert rules.due_on("test", 1) == 17_500
    assert by_rate("vat_collected") == {}
    assert by_rate("vat_pending") == {2000: -2000, 1000: -500}
    assert ledger.balance("sepa_clearing", "test", 1) == 0
    assert (debit.state, debit.needs_person) == ("captured", "disputed")
    total = select(func.coalesce(func.sum(LedgerLine.amount_cents), 0))
    assert db.session.scalar(total) == 0


def test_f23_what_was_taken_back_is_not_refunded(debit: Payment) -> None:
    rules.apply(debit.id, said(debit, "awaiting"))
    assert debit.needs_person == "returned"
    assert refunds.refundable(debit) == 0
    with pytest.raises(Refused):
        refunds.request(debit.id, 100, "x")


def test_f23_after_a_part_refund_only_the_rest_comes_back(debit: Payment) -> None:
    ledger.post(Cause("test", 1, "less"), "EUR", ledger.reversal(ledger.sale(5_500, 1000)))
    refund = refunds.request(debit.id, 5_500, "less")
    assert refund is not None
    refunds.finish(refund, debit, "re_1")
    rules.apply(debit.id, said(debit, disputed=True))
    assert rules.due_on("test", 1) == 12_000
    assert by_rate("vat_collected") == {}
    assert ledger.balance("sepa_clearing", "test", 1) == 0


def test_f23_paid_again_it_is_due_again(debit: Payment) -> None:
    rules.apply(debit.id, said(debit, disputed=True))
    rules.record_at_desk(Due("test", 1, 17_500), "transfer", None)
    assert rules.due_on("test", 1) == 0
    assert by_rate("vat_collected") == {2000: -2000, 1000: -500}


def test_f23_a_contested_card_and_its_victory_come_by_webhook(
    connected: World, visitor, knobs, till, client, wire
) -> None:
    """The real SDK, the fake bank: disputed at once, then won."""
    told: list[PaymentReinstated] = []
    hear(PaymentReinstated)(told.append)
    booking = held(connected)
    payment, checkout = opened(booking)
    visitor.pay(checkout.url, "4000 0000 0000 0259")
    settle(payment)
    browser = client("plateforme.localhost")

    def deliver() -> None:
        till.heard.clear()
        knobs.post("deliver")
        for body, signature in list(till.heard):
            browser.post("/hooks/stripe", data=body, headers={"Stripe-Signature": signature})
        run_jobs(only="payments.apply_event")
        db.session.expire_all()

    deliver()
    assert payment.returned_at is not None
    assert rules.due_on("booking", booking.id) == booking.price_cents
    dispute = wire.client(account="acct_moulin").v1.disputes.list().data[0]
    knobs.post(f"disputes/{dispute.id}", status="won")
    deliver()
    _hearers[PaymentReinstated].remove(told.append)
    assert (payment.returned_at, payment.needs_person) == (None, None)
    assert rules.due_on("booking", booking.id) == 0
    assert len(told) == 1
    assert taxes.parts_of("booking", booking.id, f"returned:{payment.id}:1") == {}, "as it came"
