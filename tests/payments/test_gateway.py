"""The gateway on a running fake: results, and the right error for each thing that goes wrong."""

import socket
import threading
from datetime import UTC, datetime, timedelta

import pytest

from app.payments.fake.delivery import signature
from app.payments.fake.server import WEBHOOK_SECRET
from app.payments.gateway import (
    CheckoutStatus,
    Declined,
    Forged,
    Gateway,
    Line,
    PaymentStatus,
    RefundStatus,
    Refused,
    StripeCredentials,
    Unavailable,
    Unknown,
)
from app.payments.stripe import StripeGateway, outcomes
from tests.payments.test_fake_stripe import paid

SESSIONS = {"method": "POST", "path": "/v1/checkout/sessions"}
REFUNDS = {"method": "POST", "path": "/v1/refunds"}
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def gateway(fake):
    made = StripeGateway(fake.url, connect_seconds=1, read_seconds=0.5)
    yield made
    made.close()


@pytest.fixture
def till_of(venue):
    """The venue's credentials: the platform's key and its connected account."""
    return StripeCredentials("sk_test_platform", venue, WEBHOOK_SECRET)


@pytest.fixture
def opened(gateway: Gateway, till_of):
    def open_it(key="hold-7", **changes):
        return gateway.open_checkout(
            till_of,
            **{
                "key": key,
                "reference": "booking-7",
                "lines": [Line("Salle Meunier", 3900), Line("Café", 250, 4, "arabica")],
                "success_url": "http://127.0.0.1/merci",
                "cancel_url": "http://127.0.0.1/panier",
                "email": "ada@example.org",
                "metadata": {"tenant": "3"},
            }
            | changes,
        )

    return open_it


def charges(wire, venue):
    return len(wire.client(account=venue).v1.charges.list().data)


# -- results -----------------------------------------------------------------------------------
def test_from_basket_to_refund(gateway, till_of, opened, visitor):
    end = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=2)
    made = opened(expires_at=end, description="Réservation 7")
    assert (made.status, made.is_paid, made.payment_id) == (CheckoutStatus.OPEN, False, None)
    assert (made.amount_cents, made.currency, made.expires_at) == (4900, "eur", end)
    visitor.pay(made.url)
    done = gateway.fetch_checkout(till_of, made.id)
    assert (done.status, done.is_paid, done.reference) == (
        CheckoutStatus.COMPLETE,
        True,
        "booking-7",
    )
    money = gateway.fetch_payment(till_of, done.payment_id)
    assert (money.status, money.received_cents, money.method, money.last4) == (
        PaymentStatus.SUCCEEDED,
        4900,
        "card",
        "4242",
    )
    assert money.fee_cents == 99  # 1.5 % of 49 € and 25 cents
    assert money.metadata == {"reference": "booking-7", "tenant": "3"} == done.metadata
    back = gateway.refund(
        till_of, key="refund-1", payment_id=money.id, amount_cents=900, metadata={"why": "late"}
    )
    assert (back.status, back.amount_cents, back.payment_id) == (
        RefundStatus.SUCCEEDED,
        900,
        money.id,
    )
    assert back.metadata == {"key": "refund-1", "why": "late"}
    assert gateway.fetch_refund(till_of, back.id) == back
    assert gateway.refund(till_of, key="refund-2", payment_id=money.id).amount_cents == 4000
    assert gateway.fetch_payment(till_of, money.id).refunded_cents == 4900
    assert [one.amount_cents for one in gateway.refunds_of(till_of, money.id)] == [4000, 900]


def test_a_debit_is_processing_then_paid(gateway, till_of, opened, visitor, knobs):
    made = opened(methods=("card", "sepa_debit"))
    visitor.debit(made.url, "FR1420041010050500013M02606")
    now = gateway.fetch_checkout(till_of, made.id)
    assert (now.status, now.is_paid) == (CheckoutStatus.COMPLETE, False)
    money = gateway.fetch_payment(till_of, now.payment_id)
    assert (money.status, money.fee_cents, money.last4) == (PaymentStatus.PROCESSING, None, "2606")
    knobs.post("clock", advance=3)
    assert gateway.fetch_payment(till_of, now.payment_id).status is PaymentStatus.SUCCEEDED
    assert gateway.fetch_checkout(till_of, made.id).is_paid


def test_a_failed_debit_awaits_with_its_reason(gateway, till_of, opened, visitor, knobs):
    made = opened(methods=("sepa_debit",))
    visitor.debit(made.url, "FR8420041010050500013M02607")
    knobs.post("clock", advance=3)
    now = gateway.fetch_checkout(till_of, made.id)
    money = gateway.fetch_payment(till_of, now.payment_id)
    assert (money.status, money.failure_code) == (PaymentStatus.AWAITING, "insufficient_funds")
    assert money.failure_message


def test_a_dispute_shows_on_the_payment(gateway, till_of, opened, visitor):
    made = opened()
    visitor.pay(made.url, "4000 0000 0000 0259")
    done = gateway.fetch_checkout(till_of, made.id)
    assert gateway.fetch_payment(till_of, done.payment_id).is_disputed


def test_expiring_finds_a_visitor_who_was_quicker(gateway, till_of, opened, visitor):
    lapsed = opened("a")
    assert gateway.expire_checkout(till_of, lapsed.id).status is CheckoutStatus.EXPIRED
    assert gateway.expire_checkout(till_of, lapsed.id).status is CheckoutStatus.EXPIRED
    quick = opened("b")
    visitor.pay(quick.url)
    found = gateway.expire_checkout(till_of, quick.id)
    assert (found.status, found.is_paid) == (CheckoutStatus.COMPLETE, True)


def test_events_catch_up(gateway, till_of, opened, visitor):
    made = opened()
    visitor.pay(made.url)
    events = list(gateway.list_events(till_of, since=LONG_AGO))
    assert events[0].type == "checkout.session.completed"
    assert {event.account for event in events} == {"acct_moulin"}
    only = list(gateway.list_events(till_of, since=LONG_AGO, types=["checkout.session.completed"]))
    assert [(one.object_id, one.object_type) for one in only] == [(made.id, "checkout.session")]
    future = datetime.now(UTC) + timedelta(hours=1)
    assert not list(gateway.list_events(till_of, since=future))


def test_a_venue_connects(gateway, visitor):
    platform = StripeCredentials("sk_test_platform")
    about = {"key": "venue-3", "business_name": "Le Moulin", "email": "moulin@example.org"}
    made = gateway.create_account(platform, **about)
    assert (made.business_name, made.country, made.can_be_paid) == ("Le Moulin", "FR", False)
    assert gateway.create_account(platform, **about).id == made.id
    link = gateway.onboarding_link(
        platform, made.id, return_url="http://127.0.0.1/ok", refresh_url="http://127.0.0.1/again"
    )
    assert link.expires_at > datetime.now(UTC)
    visitor.post(link.url)
    own = gateway.fetch_account(StripeCredentials("sk_test_platform", made.id))
    assert (own.can_be_paid, own.has_papers) == (True, True)
    assert gateway.fetch_account(platform).id == "acct_platform"


def test_own_keys_need_no_platform(gateway, knobs):
    knobs.post("accounts", id="acct_alone", key="sk_test_alone", business_name="Seul")
    assert gateway.fetch_account(StripeCredentials("sk_test_alone")).business_name == "Seul"


def test_the_platform_takes_its_share(gateway, till_of, opened, visitor, wire, venue):
    visitor.pay(opened(fee_cents=100).url)
    charge = wire.client(account=venue).v1.charges.list().data[0]
    assert charge.application_fee_amount == 100


# -- errors ------------------------------------------------------------------------------------
def test_declined(wire):
    with pytest.raises(Declined) as error, outcomes(write=True):
        paid(wire.client(), method="pm_card_visa_chargeDeclinedInsufficientFunds")
    assert (error.value.code, error.value.decline_code) == ("card_declined", "insufficient_funds")
    assert error.value.request_id.startswith("req_")


def test_refused(gateway, till_of, opened, visitor):
    with pytest.raises(Refused) as error:
        opened(lines=[Line("Café", 10)])
    assert error.value.code == "amount_too_small"
    with pytest.raises(Refused, match="at least 30 minutes"):
        opened(expires_at=datetime.now(UTC) + timedelta(minutes=15))
    with pytest.raises(Refused) as error:
        gateway.fetch_payment(till_of, "pi_nowhere")
    assert error.value.code == "resource_missing"
    with pytest.raises(Refused):
        gateway.fetch_account(StripeCredentials("sk_test_nobody"))
    with pytest.raises(Refused) as error:
        gateway.fetch_account(StripeCredentials("sk_test_platform", "acct_nobody"))
    assert error.value.code == "account_invalid"


def test_too_much_back_is_refused(gateway, till_of, opened, visitor):
    made = opened()
    visitor.pay(made.url)
    payment = gateway.fetch_checkout(till_of, made.id).payment_id
    with pytest.raises(Refused, match="greater than unrefunded"):
        gateway.refund(till_of, key="r", payment_id=payment, amount_cents=4901)
    assert gateway.fetch_payment(till_of, payment).refunded_cents == 0


def test_the_same_key_for_something_else_is_refused(opened):
    opened()
    with pytest.raises(Refused) as error:
        opened(reference="booking-8")
    assert error.value.code == "idempotency_error"


def test_a_write_without_a_key_is_our_own_mistake(opened):
    with pytest.raises(ValueError, match="idempotency key"):
        opened("")


def test_nobody_at_home_is_unavailable(till_of):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    absent = StripeGateway(f"http://127.0.0.1:{port}")
    with pytest.raises(Unavailable):
        absent.refund(till_of, key="r", payment_id="pi_1")
    absent.close()


def test_too_many_requests_are_unavailable_and_the_key_stays_good(opened, knobs):
    knobs.post("faults", kind="rate_limit", **SESSIONS)
    with pytest.raises(Unavailable):
        opened()
    assert opened().status is CheckoutStatus.OPEN


@pytest.mark.parametrize("kind", ["timeout_before", "timeout_after", "reset_before", "reset_after"])
def test_a_lost_answer_is_unknown_and_the_same_key_resolves_it(
    gateway, till_of, opened, visitor, knobs, wire, venue, kind
):
    knobs.post("faults", kind=kind, seconds=0.8, **SESSIONS)
    with pytest.raises(Unknown):
        opened()
    made = resolved(opened)
    visitor.pay(made.url)
    payment = gateway.fetch_checkout(till_of, made.id).payment_id
    knobs.post("faults", kind=kind, seconds=0.8, **REFUNDS)
    with pytest.raises(Unknown):
        gateway.refund(till_of, key="r", payment_id=payment, amount_cents=900)
    resolved(gateway.refund, till_of, key="r", payment_id=payment, amount_cents=900)
    assert [one.amount_cents for one in gateway.refunds_of(till_of, payment)] == [900]
    found = gateway.find_checkouts(till_of, reference="booking-7", since=LONG_AGO)
    assert [one.id for one in found] == [made.id]
    assert charges(wire, venue) == 1


def resolved(ask, *args, **kwargs):
    """Ask again with the same key until it is known, as the janitor does."""
    for _ in range(20):
        try:
            return ask(*args, **kwargs)
        except Unknown as still:
            assert still.code in {"", "idempotency_key_in_use"}  # noqa: PT017 either is in order
            threading.Event().wait(0.1)
    raise AssertionError("never known")


def test_a_500_stays_unknown_under_its_key_and_is_found_by_looking(
    gateway, till_of, opened, visitor, knobs
):
    knobs.post("faults", kind="error_500_after", **SESSIONS)
    for _ in range(2):
        with pytest.raises(Unknown):
            opened()
    (made,) = gateway.find_checkouts(till_of, reference="booking-7", since=LONG_AGO)
    assert not gateway.find_checkouts(till_of, reference="booking-8", since=LONG_AGO)
    visitor.pay(made.url)
    payment = gateway.fetch_checkout(till_of, made.id).payment_id
    knobs.post("faults", kind="error_500_after", **REFUNDS)
    with pytest.raises(Unknown):
        gateway.refund(till_of, key="refund-9", payment_id=payment)
    assert [one.metadata["key"] for one in gateway.refunds_of(till_of, payment)] == ["refund-9"]


def test_a_read_that_fails_is_unavailable(gateway, till_of, opened, knobs):
    made = opened()
    knobs.post("faults", kind="error_500", method="GET", times=2)
    with pytest.raises(Unavailable):
        gateway.fetch_checkout(till_of, made.id)
    knobs.post("faults", kind="error_500", method="GET", times=1)
    assert gateway.fetch_checkout(till_of, made.id) == made


def test_credentials_do_not_show_in_logs():
    shown = repr(StripeCredentials("sk_live_secret", "acct_1", "whsec_secret"))
    assert "secret" not in shown
    assert "acct_1" in shown


# -- webhooks ----------------------------------------------------------------------------------
@pytest.fixture
def signed(opened, visitor, knobs, till):
    visitor.pay(opened().url)
    knobs.post("deliver")
    return till.heard[-1]


def test_a_signed_webhook_is_an_envelope(gateway, signed):
    body, sign = signed
    told = gateway.verify_webhook(body, sign, WEBHOOK_SECRET)
    assert (told.type, told.object_type, told.account, told.livemode) == (
        "checkout.session.completed",
        "checkout.session",
        "acct_moulin",
        False,
    )
    assert told.object_id.startswith("cs_test_")
    assert told.id.startswith("evt_")


def test_two_secrets_are_good_while_one_is_replaced(gateway, signed):
    assert gateway.verify_webhook(*signed, ["whsec_new", WEBHOOK_SECRET]).id


@pytest.mark.parametrize("secrets", ["whsec_other", [], "", ["", "whsec_other"]])
def test_a_webhook_of_another_secret_is_forged(gateway, signed, secrets):
    with pytest.raises(Forged):
        gateway.verify_webhook(*signed, secrets)


def test_a_changed_body_is_forged(gateway, signed):
    body, sign = signed
    with pytest.raises(Forged):
        gateway.verify_webhook(body.replace(b"4900", b"1"), sign, WEBHOOK_SECRET)


@pytest.mark.parametrize("age", [301, 3 * 24 * 3600])
def test_an_old_webhook_is_forged(gateway, signed, age):
    body, _ = signed
    old = datetime.now(UTC).timestamp() - age
    with pytest.raises(Forged, match="Timestamp"):
        gateway.verify_webhook(body, signature(body.decode(), WEBHOOK_SECRET, old), WEBHOOK_SECRET)


@pytest.mark.parametrize(
    ("body", "sign"),
    [
        (b"", ""),
        (b"{}", "t=1"),
        (b"\xff\xfe", "t=1,v1=x"),
        (b"{}", "v1=x"),
        (b"{}", "garbage"),
        (b"{}", "t=soon,v1=x"),
    ],
)
def test_noise_is_forged(gateway, body, sign):
    with pytest.raises(Forged):
        gateway.verify_webhook(body, sign, WEBHOOK_SECRET)


@pytest.mark.parametrize("text", ["{}", "[]", "null", "not json", '{"id": 1, "object": "event"}'])
def test_a_signed_body_that_is_no_event_is_forged(gateway, text):
    sign = signature(text, WEBHOOK_SECRET, datetime.now(UTC).timestamp())
    with pytest.raises(Forged):
        gateway.verify_webhook(text.encode(), sign, WEBHOOK_SECRET)
