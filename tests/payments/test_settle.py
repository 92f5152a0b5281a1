"""From hold to money and back: real SDK, real HTTP, a gateway that misbehaves on demand."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
import time_machine
from sqlalchemy import func, select

from app.booking import cancel, hold
from app.booking.models import Booking
from app.core import clock, mail
from app.core.db import db
from app.core.slots import Interval
from app.ledger.models import LedgerLine
from app.occupancy import rules as occupancy
from app.payments import gateway as gw
from app.payments import inbox, refunds, rules
from app.payments import till as tills
from app.payments.fake.server import PLATFORM_KEY, WEBHOOK_SECRET
from app.payments.models import GatewayEvent, Payment, PaymentAccount, PaymentRoute, Refund
from app.payments.stripe import StripeGateway
from app.rates import rules as rates
from tests.jobs import run_jobs
from tests.world import World, space, tomorrow


@pytest.fixture
def connected(app, world: World, fake, venue):
    """Tenant A is paid through its connected account on the fake."""
    kept = app.config["SETTINGS"]
    app.config["SETTINGS"] = replace(
        kept,
        stripe_api_base=fake.url,
        stripe_platform_key=PLATFORM_KEY,
        stripe_webhook_secret=WEBHOOK_SECRET,
    )
    app.extensions["gateway"] = made = StripeGateway(fake.url, read_seconds=0.5)
    db.session.add(PaymentAccount(stripe_account=venue, ready=True, card=True, sepa_debit=True))
    db.session.add(
        PaymentRoute(stripe_account=venue, tenant_id=world.a.id, network_id=world.network_id)
    )
    db.session.commit()
    yield world
    made.close()
    app.config["SETTINGS"] = kept
    del app.extensions["gateway"]


def held(world: World, hour: int = 10) -> Booking:
    start = tomorrow(hour, days=3)
    asked = rates.Asked(space(world.a.room), Interval(start, start + dt.timedelta(hours=2)))
    booking = hold.hold(rates.ask(asked), hold.Terms())
    db.session.commit()
    return booking


def page_for(_booking: Booking) -> rules.Page:
    back = "http://a.localhost/retour"
    return rules.Page("Salle Curie", "", back, back, "ada@example.org", "fr")


def opened(booking: Booking, method: str = "card") -> tuple[Payment, gw.Checkout]:
    payment = rules.begin(rules.Due("booking", booking.id, booking.price_cents), method)
    db.session.commit()
    checkout = rules.open_checkout(payment, page_for(booking))
    rules.note_opened(payment.id, checkout)
    db.session.commit()
    return payment, checkout


def settle(payment: Payment) -> Payment:
    rules.apply(payment.id, rules.look(payment))
    db.session.commit()
    return payment


def ledger_sum() -> int:
    return db.session.scalar(select(func.coalesce(func.sum(LedgerLine.amount_cents), 0)))


def test_a_card_payment_confirms(connected: World, visitor) -> None:
    booking = held(connected)
    payment, checkout = opened(booking)
    visitor.pay(checkout.url)
    assert settle(payment).state == "captured"
    assert booking.state == "confirmed"
    assert rules.due_on("booking", booking.id) == 0 == ledger_sum()


def test_a_declined_card_keeps_the_hold(connected: World, visitor) -> None:
    booking = held(connected)
    payment, checkout = opened(booking)
    visitor.pay(checkout.url, "4000 0000 0000 0002")
    assert settle(payment).state == "open"
    assert booking.state == "held"


def test_settling_twice_captures_once(connected: World, visitor) -> None:
    payment, checkout = opened(held(connected))
    visitor.pay(checkout.url)
    settle(payment)
    lines = db.session.scalar(select(func.count(LedgerLine.id)))
    settle(payment)
    assert db.session.scalar(select(func.count(LedgerLine.id))) == lines


def test_paid_after_the_hold_and_still_free_is_confirmed(connected: World, visitor) -> None:
    booking = held(connected)
    payment, checkout = opened(booking)
    with time_machine.travel(clock.now() + dt.timedelta(minutes=16), tick=True):
        hold.lapse(booking.id)
        visitor.pay(checkout.url)
        settle(payment)
    assert booking.state == "confirmed"
    assert occupancy.rows_of("booking", booking.id)


def test_paid_after_another_took_it_is_refunded_once(connected: World, visitor, wire) -> None:
    late = held(connected)
    payment, checkout = opened(late)
    with time_machine.travel(clock.now() + dt.timedelta(minutes=16), tick=True):
        hold.lapse(late.id)
        other = held(connected)
        visitor.pay(checkout.url)
        settle(payment)
        run_jobs(only="payments.refund")
        settle(payment)
        run_jobs(only="payments.refund")
    assert (late.state, other.state) == ("lapsed", "held")
    back = db.session.scalars(select(Refund).where(Refund.payment_id == payment.id)).all()
    assert [(r.amount_cents, r.state) for r in back] == [(late.price_cents, "done")]
    charge = wire.client(account="acct_moulin").v1.charges.list().data[0]
    assert charge.amount_refunded == late.price_cents
    assert ledger_sum() == 0 == rules.due_on("booking", late.id)


def test_two_pages_paid_refund_one(connected: World, visitor) -> None:
    booking = held(connected)
    first, page = opened(booking)
    second, other = opened(booking)
    visitor.pay(page.url)
    visitor.pay(other.url)
    settle(first)
    settle(second)
    run_jobs(only="payments.refund")
    assert rules.due_on("booking", booking.id) == 0
    assert db.session.scalar(select(func.sum(Refund.amount_cents))) == booking.price_cents


def test_an_unknown_outcome_is_found_again_by_the_janitor(connected: World, knobs, visitor) -> None:
    booking = held(connected)
    payment = rules.begin(rules.Due("booking", booking.id, booking.price_cents), "card")
    db.session.commit()
    knobs.post(
        "faults", kind="timeout_after", method="POST", path="/v1/checkout/sessions", seconds=1
    )
    with pytest.raises(gw.Unknown):
        rules.open_checkout(payment, page_for(booking))
    rules.note_unknown(payment.id)
    db.session.commit()
    assert payment.state == "unknown"
    run_jobs(clock.now() + dt.timedelta(minutes=2), only="payments.settle")
    assert payment.state == "open"
    again = rules.open_checkout(payment, page_for(booking))
    assert again.id == payment.checkout_id


def test_a_refund_of_unknown_outcome_is_done_once(connected: World, knobs, visitor, wire) -> None:
    booking = held(connected)
    payment, checkout = opened(booking)
    visitor.pay(checkout.url)
    settle(payment)
    cancel.cancel(booking.id, cancel.Policy(24, 50), cancel.Actor())
    db.session.commit()
    knobs.post("faults", kind="timeout_after", method="POST", path="/v1/refunds", seconds=1)
    run_jobs(only="payments.refund")
    refund = db.session.scalars(select(Refund)).one()
    assert refund.state == "unknown"
    run_jobs(clock.now() + dt.timedelta(minutes=2), only="payments.refund")
    assert refund.state == "done"
    assert len(wire.client(account="acct_moulin").v1.refunds.list().data) == 1


def test_a_debit_on_its_way_confirms_and_its_failure_calls_a_person(
    connected: World, visitor, knobs
) -> None:
    booking = held(connected)
    payment, checkout = opened(booking, "sepa_debit")
    visitor.debit(checkout.url, "FR84 2004 1010 0505 0001 3M02 607")
    settle(payment)
    assert (payment.state, booking.state) == ("processing", "confirmed")
    knobs.post("clock", advance=5)
    settle(payment)
    assert (payment.state, payment.needs_person) == ("failed", "debit_failed")
    assert rules.due_on("booking", booking.id) == booking.price_cents


def test_webhooks_repeated_and_shuffled_change_nothing_more(
    connected: World, visitor, knobs, till, client, monkeypatch
) -> None:
    monkeypatch.setattr(mail, "deliver", lambda *_: None)
    booking = held(connected)
    payment, checkout = opened(booking)
    visitor.pay(checkout.url)
    knobs.post("deliver", shuffle=3)
    browser = client("plateforme.localhost")
    assert len(till.heard) >= 3
    for body, signature in [*reversed(till.heard), *till.heard, *till.heard]:
        answer = browser.post("/hooks/stripe", data=body, headers={"Stripe-Signature": signature})
        assert answer.status_code == 200
    run_jobs()
    db.session.expire_all()
    assert payment.state == "captured"
    assert db.session.get_one(Booking, booking.id).state == "confirmed"
    events = db.session.scalars(select(GatewayEvent.event_id)).all()
    assert len(events) == len(set(events))
    assert ledger_sum() == 0


class Watched:
    """The gateway, and whether a transaction was open when it was asked."""

    def __init__(self, inner: gw.Gateway) -> None:
        self.inner, self.asked = inner, dict[str, bool]()

    def __getattr__(self, name: str):
        call = getattr(self.inner, name)

        def watched(*args, **kwargs):
            if name != "verify_webhook":  # it asks nobody
                self.asked[name] = self.asked.get(name, False) or db.session().in_transaction()
            return call(*args, **kwargs)

        return watched


def test_no_connection_waits_for_the_gateway(
    app, connected: World, visitor, knobs, till, client, monkeypatch
) -> None:
    """Opening, looking, webhooks, refunds: each gives its connection back before it asks."""
    monkeypatch.setattr(mail, "deliver", lambda *_: None)
    app.extensions["gateway"] = watched = Watched(app.extensions["gateway"])
    booking = held(connected)
    payment, checkout = opened(booking)
    db.session.scalar(select(Payment.id))  # whoever looks has read something before
    rules.look(payment)
    visitor.pay(checkout.url)
    payment.checkout_id = None  # its news find it by our own reference
    db.session.commit()
    knobs.post("deliver")
    browser = client("plateforme.localhost")
    for body, signature in till.heard:
        browser.post("/hooks/stripe", data=body, headers={"Stripe-Signature": signature})
    run_jobs()
    refunds.request(payment.id, 100, "part")
    db.session.commit()
    run_jobs()
    app.extensions["gateway"] = watched.inner
    assert payment.state == "captured"
    assert {"open_checkout", "fetch_checkout", "fetch_payment", "refund"} <= watched.asked.keys()
    assert not any(watched.asked.values()), watched.asked


def test_a_forged_webhook_writes_nothing(connected: World, client) -> None:
    browser = client("plateforme.localhost")
    answer = browser.post("/hooks/stripe", data=b"{}", headers={"Stripe-Signature": "t=1,v1=beef"})
    assert answer.status_code == 400
    assert not db.session.scalars(select(GatewayEvent)).all()


def test_an_event_of_another_account_is_not_ours(connected: World) -> None:
    stranger = gw.Envelope(
        id="evt_1",
        type="charge.refunded",
        account="acct_other",
        livemode=False,
        object_id="ch_1",
        object_type="charge",
        created_at=clock.now(),
    )
    assert not inbox.belongs(stranger)
    live = replace(stranger, account="acct_moulin", livemode=True)
    assert not inbox.belongs(live)


def test_a_refund_of_a_venue_that_left_its_gateway_comes_before_a_person(
    connected: World, visitor, monkeypatch
) -> None:
    booking = held(connected)
    payment, checkout = opened(booking)
    visitor.pay(checkout.url)
    settle(payment)
    cancel.cancel(booking.id, cancel.Policy(24, 50), cancel.Actor())
    db.session.commit()

    def gone() -> None:
        raise tills.NotConnected("not connected")

    with monkeypatch.context() as off:
        off.setattr(tills, "credentials", gone)
        run_jobs(only="payments.refund")
    refund = db.session.scalars(select(Refund)).one()
    assert (refund.state, payment.needs_person) == ("unknown", "refund_unknown")
    run_jobs(clock.now() + dt.timedelta(minutes=2), only="payments.refund")
    assert refund.state == "done"
