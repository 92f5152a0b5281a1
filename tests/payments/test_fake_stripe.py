"""What the product counts on from Stripe, asked through the real SDK over real HTTP.

Tests with `either` also run against Stripe's own test mode when STRIPE_TEST_KEY is set.
"""

import threading
import time
from uuid import uuid4

import pytest
import stripe

BASKET = {
    "currency": "eur",
    "unit_amount": 3900,
    "product_data": {"name": "Salle Meunier, mardi 14:00 – 16:00"},
}


def paid(client, amount=3900, method="pm_card_visa", **more):
    return client.v1.payment_intents.create(
        {
            "amount": amount,
            "currency": "eur",
            "payment_method": method,
            "payment_method_types": ["card"],
            "confirm": True,
        }
        | more
    )


def session(client, options=None, **more):
    return client.v1.checkout.sessions.create(
        {
            "mode": "payment",
            "line_items": [{"price_data": BASKET, "quantity": 1}],
            "success_url": "http://127.0.0.1/merci?session={CHECKOUT_SESSION_ID}",
            "cancel_url": "http://127.0.0.1/panier",
        }
        | more,
        options=options or {},
    )


# -- keys and accounts -----------------------------------------------------------------------
def test_refuses_an_unknown_key(either):
    with pytest.raises(stripe.AuthenticationError) as refusal:
        either.client("sk_test_nobody").v1.charges.list()
    assert refusal.value.http_status == 401


def test_one_account_never_sees_the_other(wire, venue, knobs):
    knobs.post("accounts", id="acct_fonderie", platform="acct_platform", business_name="Fonderie")
    intent = paid(wire.client(account=venue))
    for stranger in (wire.client(account="acct_fonderie"), wire.client()):
        with pytest.raises(stripe.InvalidRequestError) as refusal:
            stranger.v1.payment_intents.retrieve(intent.id)
        assert (refusal.value.http_status, refusal.value.code) == (404, "resource_missing")
        with pytest.raises(stripe.InvalidRequestError, match="No such payment_intent"):
            stranger.v1.refunds.create({"payment_intent": intent.id})
        assert not stranger.v1.payment_intents.list().data
        assert not stranger.v1.events.list().data
    assert wire.client(account=venue).v1.payment_intents.retrieve(intent.id).amount == 3900


def test_a_platform_reaches_only_its_own_venues(wire, knobs):
    knobs.post("accounts", id="acct_alone", key="sk_test_alone", business_name="Seul")
    with pytest.raises(stripe.PermissionError) as refusal:
        wire.client(account="acct_alone").v1.charges.list()
    assert refusal.value.error.code == "account_invalid"
    assert paid(wire.client("sk_test_alone")).status == "succeeded"


def test_a_new_venue_is_paid_only_after_its_papers(wire, visitor, till, knobs):
    client = wire.client()
    account = client.v1.accounts.create(
        {"type": "standard", "country": "FR", "business_profile": {"name": "Le Moulin"}}
    )
    assert not account.charges_enabled
    with pytest.raises(stripe.InvalidRequestError, match="onboarding"):
        session(wire.client(account=account.id))
    link = client.v1.account_links.create(
        {
            "account": account.id,
            "type": "account_onboarding",
            "return_url": "http://127.0.0.1/done",
            "refresh_url": "http://127.0.0.1/again",
        }
    )
    assert account.id in visitor.get(link.url).text
    assert visitor.post(link.url).location == "http://127.0.0.1/done"
    assert visitor.get(link.url).location == "http://127.0.0.1/again"
    assert client.v1.accounts.retrieve(account.id).charges_enabled
    knobs.post("deliver")
    assert [(e.type, e.account) for e in till.events()] == [("account.updated", account.id)]
    assert session(wire.client(account=account.id)).status == "open"


# -- requests ---------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"amount": "a lot"}, "amount"),
        ({"amount": 0}, "amount"),
        ({"amount": 10}, "amount"),
        ({"currency": "xxx"}, "currency"),
        ({"nonsense": 1}, "nonsense"),
    ],
)
def test_refuses_a_wrong_parameter_by_name(either, change, param):
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        paid(either.client(), **change)
    assert refusal.value.param == param
    assert refusal.value.http_status == 400


def test_refuses_a_missing_parameter(either):
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        either.client().v1.payment_intents.create({"currency": "eur"})
    assert (refusal.value.code, refusal.value.param) == ("parameter_missing", "amount")


def test_an_unknown_id_is_404(either):
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        either.client().v1.payment_intents.retrieve("pi_nowhere")
    assert (refusal.value.http_status, refusal.value.code) == (404, "resource_missing")


def test_pages_of_a_list_join_without_gap_or_double(either):
    client = either.client()
    mark = uuid4().hex
    made = [client.v1.customers.create({"email": f"{mark}@example.org"}).id for _ in range(5)]
    first = client.v1.customers.list({"email": f"{mark}@example.org", "limit": 2})
    assert [one.id for one in first.data] == made[:2:-1]
    assert first.has_more
    assert [one.id for one in first.auto_paging_iter()] == made[::-1]
    back = client.v1.customers.list(
        {"email": f"{mark}@example.org", "limit": 2, "ending_before": made[0]}
    )
    assert [one.id for one in back.data] == [made[2], made[1]]


# -- cards ------------------------------------------------------------------------------------
def test_a_good_card_is_charged_and_its_fee_known(either):
    client = either.client()
    intent = paid(client, metadata={"booking": "7"})
    assert (intent.status, intent.amount_received) == ("succeeded", 3900)
    full = client.v1.payment_intents.retrieve(
        intent.id, {"expand": ["latest_charge.balance_transaction"]}
    )
    charge = full.latest_charge
    assert (charge.paid, charge.captured, charge.payment_method_details.card.last4) == (
        True,
        True,
        "4242",
    )
    assert charge.balance_transaction.net == 3900 - charge.balance_transaction.fee
    assert full.metadata.to_dict() == {"booking": "7"}


@pytest.mark.parametrize(
    ("method", "code", "decline_code"),
    [
        ("pm_card_visa_chargeDeclined", "card_declined", "generic_decline"),
        ("pm_card_visa_chargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds"),
        ("pm_card_chargeDeclinedExpiredCard", "expired_card", None),
        ("pm_card_chargeDeclinedIncorrectCvc", "incorrect_cvc", None),
        ("pm_card_chargeDeclinedProcessingError", "processing_error", None),
    ],
)
def test_a_bad_card_is_declined_and_leaves_a_failed_charge(either, method, code, decline_code):
    client = either.client()
    with pytest.raises(stripe.CardError) as refusal:
        paid(client, method=method)
    assert (refusal.value.http_status, refusal.value.code) == (402, code)
    if decline_code:
        assert refusal.value.error.decline_code == decline_code
    intent = client.v1.payment_intents.retrieve(refusal.value.error.payment_intent.id)
    assert (intent.status, intent.amount_received) == ("requires_payment_method", 0)
    assert intent.last_payment_error.code == code
    charges = client.v1.charges.list({"payment_intent": intent.id}).data
    assert [charge.status for charge in charges] == ["failed"]


def test_a_card_may_be_held_then_taken_in_part(either):
    client = either.client()
    intent = paid(client, capture_method="manual")
    assert (intent.status, intent.amount_capturable) == ("requires_capture", 3900)
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.payment_intents.capture(intent.id, {"amount_to_capture": 3901})
    taken = client.v1.payment_intents.capture(intent.id, {"amount_to_capture": 2000})
    assert (taken.status, taken.amount_received) == ("succeeded", 2000)


def test_a_paid_intent_is_neither_paid_again_nor_canceled(either):
    client = either.client()
    intent = paid(client)
    for act in (client.v1.payment_intents.confirm, client.v1.payment_intents.cancel):
        with pytest.raises(stripe.InvalidRequestError) as refusal:
            act(intent.id)
        assert refusal.value.code == "payment_intent_unexpected_state"


def test_authentication_stands_between_a_card_and_its_charge(either):
    client = either.client()
    intent = paid(
        client, method="pm_card_authenticationRequired", return_url="http://127.0.0.1/back"
    )
    assert intent.status == "requires_action"
    assert intent.next_action.redirect_to_url.url
    assert intent.amount_received == 0
    assert client.v1.payment_intents.cancel(intent.id).status == "canceled"


# -- refunds ----------------------------------------------------------------------------------
def test_refunds_add_up_to_the_charge_and_no_further(either):
    client = either.client()
    intent = paid(client)
    part = client.v1.refunds.create({"payment_intent": intent.id, "amount": 1000})
    assert (part.status, part.amount) == ("succeeded", 1000)
    with pytest.raises(stripe.InvalidRequestError, match="greater than unrefunded amount"):
        client.v1.refunds.create({"payment_intent": intent.id, "amount": 2901})
    assert client.v1.refunds.create({"payment_intent": intent.id}).amount == 2900
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        client.v1.refunds.create({"payment_intent": intent.id})
    assert refusal.value.code == "charge_already_refunded"
    charge = client.v1.charges.retrieve(intent.latest_charge)
    assert (charge.amount_refunded, charge.refunded) == (3900, True)
    assert [r.amount for r in client.v1.refunds.list({"payment_intent": intent.id})] == [2900, 1000]


def test_an_unpaid_intent_has_nothing_to_refund(either):
    client = either.client()
    intent = client.v1.payment_intents.create({"amount": 3900, "currency": "eur"})
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.refunds.create({"payment_intent": intent.id})


def test_a_refund_may_come_back_later(wire, knobs):
    client = wire.client()
    intent = paid(client, method="pm_card_refundFail")
    refund = client.v1.refunds.create({"payment_intent": intent.id})
    assert refund.status == "succeeded"
    knobs.post("clock", advance=6)
    assert client.v1.refunds.retrieve(refund.id).status == "failed"
    assert client.v1.charges.retrieve(intent.latest_charge).amount_refunded == 0


def test_a_dispute_takes_the_charge_back(wire, knobs):
    client = wire.client()
    intent = paid(client, method="pm_card_createDispute")
    found = client.v1.disputes.list({"payment_intent": intent.id}).data
    assert [(d.status, d.amount) for d in found] == [("needs_response", 3900)]
    assert client.v1.charges.retrieve(intent.latest_charge).disputed
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        client.v1.refunds.create({"payment_intent": intent.id})
    assert refusal.value.code == "charge_disputed"
    knobs.post(f"disputes/{found[0].id}", status="won")
    assert client.v1.refunds.create({"payment_intent": intent.id}).status == "succeeded"


# -- idempotency ------------------------------------------------------------------------------
def test_same_key_same_body_is_done_once_and_answered_alike(either):
    client, key = either.client(), uuid4().hex
    one, two = (session(client, {"idempotency_key": key}) for _ in range(2))
    assert one.id == two.id
    assert "Idempotent-Replayed" not in one.last_response.headers
    assert two.last_response.headers["Idempotent-Replayed"] == "true"
    assert one.last_response.body == two.last_response.body


def test_same_key_other_body_is_refused(either):
    client, key = either.client(), uuid4().hex
    session(client, {"idempotency_key": key})
    with pytest.raises(stripe.IdempotencyError) as refusal:
        session(client, {"idempotency_key": key}, client_reference_id="other")
    assert refusal.value.http_status == 400
    with pytest.raises(stripe.IdempotencyError, match="endpoint"):
        client.v1.customers.create({}, options={"idempotency_key": key})


def test_a_declined_card_stays_declined_under_its_key(either):
    client, key = either.client(), uuid4().hex
    ids = set()
    for _ in range(2):
        with pytest.raises(stripe.CardError) as refusal:
            client.v1.payment_intents.create(
                {
                    "amount": 3900,
                    "currency": "eur",
                    "payment_method": "pm_card_visa_chargeDeclined",
                    "payment_method_types": ["card"],
                    "confirm": True,
                },
                options={"idempotency_key": key},
            )
        ids.add(refusal.value.error.payment_intent.id)
    assert len(ids) == 1


def test_a_key_survives_a_wrong_parameter(either):
    client, key = either.client(), uuid4().hex
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.customers.create({"nonsense": "1"}, options={"idempotency_key": key})
    assert client.v1.customers.create({"name": "Ada"}, options={"idempotency_key": key}).id


def test_a_key_belongs_to_one_account(wire, venue):
    one = session(wire.client(account=venue), {"idempotency_key": "k"})
    two = session(wire.client(), {"idempotency_key": "k"})
    assert one.id != two.id


def test_the_same_key_at_work_elsewhere_is_409_then_replayed(wire, knobs):
    knobs.post("faults", kind="slow", path="/v1/checkout/sessions", seconds=0.6)
    seen = []

    def slowly():
        seen.append(session(wire.client(), {"idempotency_key": "k"}).id)

    thread = threading.Thread(target=slowly)
    thread.start()
    time.sleep(0.2)
    with pytest.raises(stripe.APIError) as refusal:
        session(wire.client(), {"idempotency_key": "k"})
    thread.join()
    assert (refusal.value.http_status, refusal.value.error.code) == (409, "idempotency_key_in_use")
    assert session(wire.client(), {"idempotency_key": "k"}).id == seen[0]


def test_a_500_is_remembered_even_when_it_did_the_work(wire, knobs):
    client = wire.client()
    knobs.post("faults", kind="error_500_after", method="POST", path="/v1/checkout/sessions")
    for _ in range(3):
        with pytest.raises(stripe.APIError) as refusal:
            session(client, {"idempotency_key": "k"})
        assert refusal.value.http_status == 500
    assert refusal.value.headers["Idempotent-Replayed"] == "true"
    assert len(client.v1.checkout.sessions.list().data) == 1


def test_a_key_is_forgotten_after_a_day(wire, knobs):
    one = session(wire.client(), {"idempotency_key": "k"})
    knobs.post("clock", advance=24 * 3600 + 1)
    assert session(wire.client(), {"idempotency_key": "k"}).id != one.id


# -- checkout ---------------------------------------------------------------------------------
def test_a_session_holds_a_basket(either):
    client = either.client()
    made = session(
        client,
        client_reference_id="booking-7",
        customer_email="ada@example.org",
        metadata={"booking": "7"},
        expires_at=int(time.time()) + 3600,
        line_items=[{"price_data": BASKET, "quantity": 2}],
    )
    assert (made.status, made.payment_status, made.amount_total) == ("open", "unpaid", 7800)
    assert (made.client_reference_id, made.metadata["booking"]) == ("booking-7", "7")
    assert made.payment_intent is None
    assert made.url
    lines = client.v1.checkout.sessions.line_items.list(made.id).data
    assert [(line.quantity, line.amount_total) for line in lines] == [(2, 7800)]


@pytest.mark.parametrize("seconds", [25 * 60, 25 * 3600])
def test_a_session_lasts_from_half_an_hour_to_a_day(either, seconds):
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        session(either.client(), expires_at=int(time.time()) + seconds)
    assert refusal.value.param == "expires_at"


def test_a_session_is_ended_once(either):
    client = either.client()
    made = session(client)
    ended = client.v1.checkout.sessions.expire(made.id)
    assert (ended.status, ended.url) == ("expired", None)
    with pytest.raises(stripe.InvalidRequestError, match="Only Checkout Sessions with a status"):
        client.v1.checkout.sessions.expire(made.id)


def test_a_session_ends_by_itself(wire, knobs, till):
    made = session(wire.client(), expires_at=int(time.time()) + 1800)
    knobs.post("clock", advance=1801)
    assert wire.client().v1.checkout.sessions.retrieve(made.id).status == "expired"
    knobs.post("deliver")
    assert till.types() == ["checkout.session.expired"]


# -- events -----------------------------------------------------------------------------------
def test_events_tell_each_change_and_carry_a_snapshot(wire, till, knobs):
    client = wire.client()
    intent = paid(client)
    client.v1.refunds.create({"payment_intent": intent.id, "amount": 100})
    listed = client.v1.events.list({"limit": 100}).data
    assert [event.type for event in listed][::-1] == [
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.succeeded",
        "refund.created",
        "charge.refunded",
    ]
    first = listed[-1]
    assert first.data.object.status == "requires_payment_method"
    assert client.v1.events.retrieve(first.id).id == first.id
    only = client.v1.events.list({"types": ["refund.created", "charge.succeeded"]}).data
    assert [event.type for event in only] == ["refund.created", "charge.succeeded"]
    knobs.post("deliver")
    assert [event.id for event in till.events()] == [event.id for event in listed][::-1]
    assert all("account" not in event for event in till.events())


def test_events_of_a_venue_name_it(wire, venue, till, knobs):
    paid(wire.client(account=venue))
    knobs.post("deliver")
    assert {event.account for event in till.events()} == {venue}
    assert not wire.client().v1.events.list().data


def test_an_endpoint_of_its_own_hears_its_own_venue_only(wire, venue, till, knobs):
    knobs.post("accounts", id="acct_alone", key="sk_test_alone", business_name="Seul")
    alone = wire.client("sk_test_alone")
    made = alone.v1.webhook_endpoints.create(
        {"url": till.url, "enabled_events": ["payment_intent.succeeded"]}
    )
    paid(alone)
    knobs.post("deliver")
    assert [event.type for event in till.events(made.secret)] == ["payment_intent.succeeded"]
    with pytest.raises(stripe.SignatureVerificationError):
        till.events()
