"""The knobs of the fake: each failure happens as asked, as often as asked, seen by the SDK."""

import subprocess
import sys
import time
from itertools import permutations

import pytest
import stripe
import urllib3

from app.payments.fake.server import FakeStripe
from tests.payments.conftest import wait_for
from tests.payments.test_fake_stripe import paid, session

CREATE = {"method": "POST", "path": "/v1/payment_intents"}


@pytest.fixture
def hasty(fake):
    """An SDK that waits 0.3 s for an answer."""
    http = stripe.RequestsClient(timeout=(0.3, 0.3))

    def client(key="k"):
        made = stripe.StripeClient(
            "sk_test_platform",
            base_addresses={"api": fake.url},
            http_client=http,
            max_network_retries=0,
        )
        return made.v1.payment_intents.create(
            {"amount": 3900, "currency": "eur", "payment_method": "pm_card_visa", "confirm": True},
            options={"idempotency_key": key},
        )

    yield client
    http.close()


@pytest.mark.parametrize(
    ("kind", "charges"),
    [
        ("timeout_before", 0),
        ("reset_before", 0),
        ("timeout_after", 1),
        ("reset_after", 1),
    ],
)
def test_a_lost_answer_hides_an_effect_or_none(wire, hasty, knobs, kind, charges):
    knobs.post("faults", kind=kind, seconds=0.6, **CREATE)
    with pytest.raises(stripe.APIConnectionError):
        hasty()
    time.sleep(0.5 if kind.startswith("timeout") else 0)
    assert len(wire.client().v1.charges.list().data) == charges
    assert hasty().status == "succeeded"
    assert len(wire.client().v1.charges.list().data) == 1


def test_a_slow_answer_comes_to_the_patient(wire, knobs):
    knobs.post("faults", kind="slow_answer", seconds=0.3, **CREATE)
    began = time.monotonic()
    assert paid(wire.client()).status == "succeeded"
    assert time.monotonic() - began >= 0.3


def test_too_many_requests_leave_the_key_free(wire, hasty, knobs):
    knobs.post("faults", kind="rate_limit", times=2, **CREATE)
    for _ in range(2):
        with pytest.raises(stripe.RateLimitError) as refusal:
            hasty()
        assert refusal.value.http_status == 429
    assert hasty().status == "succeeded"
    assert len(wire.client().v1.charges.list().data) == 1


def test_a_500_without_effect_is_kept_under_its_key(wire, hasty, knobs):
    knobs.post("faults", kind="error_500", **CREATE)
    for _ in range(2):
        with pytest.raises(stripe.APIError):
            hasty()
    assert not wire.client().v1.charges.list().data
    assert hasty("another").status == "succeeded"


def test_a_share_of_requests_fails_the_same_way_for_the_same_seed(wire, knobs):
    client, patterns = wire.client(), []
    for _ in range(2):
        knobs.post("faults", kind="rate_limit", times=-1, share=0.4, seed=7, path="/v1/account")
        pattern = ""
        for _ in range(20):
            try:
                client.v1.accounts.retrieve_current()
                pattern += "."
            except stripe.RateLimitError:
                pattern += "x"
        patterns.append(pattern)
        assert knobs.clear()["list"][0]["done"] == pattern.count("x")
    assert patterns[0] == patterns[1]
    assert {".", "x"} == set(patterns[0])


def test_a_fault_strikes_only_what_it_names(wire, venue, knobs):
    knobs.post("faults", kind="rate_limit", account=venue, times=-1)
    assert paid(wire.client()).status == "succeeded"
    with pytest.raises(stripe.RateLimitError):
        paid(wire.client(account=venue))


@pytest.mark.parametrize("doc", [{"kind": "earthquake"}, {"kind": "slow", "who": "me"}, {}])
def test_a_knob_that_does_not_exist_is_refused(knobs, doc):
    answer = knobs.http.request("POST", f"{knobs.url}/_knobs/faults", json=doc)
    assert answer.status == 400
    assert answer.json()["error"]


# -- webhooks -------------------------------------------------------------------------------------
def test_webhooks_come_many_times(wire, knobs, till):
    knobs.post("webhooks", copies=50, types=["payment_intent.succeeded"])
    paid(wire.client())
    knobs.post("deliver")
    assert till.types().count("payment_intent.succeeded") == 50
    assert till.types().count("charge.succeeded") == 1


def test_webhooks_come_in_every_order(wire, knobs, till):
    intent = paid(wire.client())
    wire.client().v1.refunds.create({"payment_intent": intent.id})
    ids = [event.id for event in wire.client().v1.events.list().data][:4]
    orders = list(permutations(ids))
    assert len(orders) == 24
    for order in orders:
        till.heard.clear()
        knobs.post("deliver", order=order)
        assert [event.id for event in till.events()] == list(order)


def test_webhooks_are_shuffled_alike_by_one_seed(wire, knobs, till):
    for _ in range(4):
        paid(wire.client())
    sent = knobs.post("deliver", shuffle=3)["sent"]
    assert len(sent) == 12
    numbers = [one["delivery"] for one in sent]
    assert sorted(numbers) == list(range(1, 13)) != numbers


def test_held_webhooks_wait_for_their_release(wire, knobs, till, fake):
    fake.post.start()
    knobs.post("webhooks", hold=True)
    paid(wire.client())
    time.sleep(0.3)
    assert not till.heard
    knobs.post("release")
    wait_for(lambda: len(till.heard) == 3)


def test_late_webhooks_come_when_the_clock_says(wire, knobs, till, fake):
    fake.post.start()
    knobs.post("webhooks", delay=3 * 24 * 3600)
    paid(wire.client())
    time.sleep(0.3)
    assert not till.heard
    knobs.post("clock", advance=3 * 24 * 3600 + 1)
    wait_for(lambda: len(till.heard) == 3)


def test_lost_webhooks_are_still_events(wire, knobs, till):
    knobs.post("webhooks", drop=1)
    paid(wire.client())
    assert not knobs.post("deliver")["sent"]
    assert len(wire.client().v1.events.list().data) == 3
    assert {one["state"] for one in knobs.get("deliveries")["deliveries"]} == {"dropped"}


def test_a_refused_webhook_is_sent_again(wire, knobs, till, fake):
    till.answer = 500
    fake.post.start()
    paid(wire.client())
    wait_for(lambda: len(till.heard) == 3)
    till.answer = 200
    till.heard.clear()
    time.sleep(0.2)
    assert not till.heard
    knobs.post("clock", advance=6)
    wait_for(lambda: len(till.heard) == 3)
    states = [(one["state"], one["attempts"]) for one in knobs.get("deliveries")["deliveries"]]
    assert states == [("sent", 2)] * 3


def test_an_old_signature_is_told_by_the_sdk(wire, knobs, till):
    knobs.post("webhooks", age=301)
    paid(wire.client())
    knobs.post("deliver")
    with pytest.raises(stripe.SignatureVerificationError, match="Timestamp outside"):
        till.events()


def test_forgeries(wire, knobs, till):
    endpoint = wire.client().v1.webhook_endpoints.list().data[0].id
    assert knobs.post("forge", endpoint=endpoint)["status"] == 200
    with pytest.raises(stripe.SignatureVerificationError, match="expected signature"):
        till.events()
    till.heard.clear()
    made = {
        "type": "no.such.thing",
        "livemode": True,
        "account": "acct_x",
        "object": {"id": "pi_9"},
    }
    knobs.post("forge", endpoint=endpoint, secret="true", size=1_000_000, **made)
    event = till.events()[0]
    assert (event.type, event.livemode, event.account) == ("no.such.thing", True, "acct_x")
    assert event.data.object.id == "pi_9"
    assert len(till.heard[0][0]) >= 1_000_000


# -- the program --------------------------------------------------------------------------------
@pytest.fixture
def sdk_of():
    """The real SDK for any running fake."""
    http = stripe.RequestsClient(timeout=5)
    yield lambda fake: stripe.StripeClient(
        "sk_test_platform", base_addresses={"api": fake.url}, http_client=http
    )
    http.close()


def test_state_survives_a_restart(tmp_path, till, sdk_of):
    seen = []
    for _ in range(2):
        fake = FakeStripe(tmp_path)
        fake.platform(till.url)
        with fake.start(webhooks=False):
            seen.append(session(sdk_of(fake), {"idempotency_key": "k"}).id)
            assert len(sdk_of(fake).v1.webhook_endpoints.list().data) == 2
    assert seen[0] == seen[1]


def test_a_request_cut_by_a_crash_may_be_sent_again(tmp_path, sdk_of):
    fake = FakeStripe(tmp_path)
    fake.platform()
    fake.store.sql(
        "insert into idempotency values ('acct_platform', 'k', '/v1/checkout/sessions', '', ?, 'r',"
        " null, null)",
        int(time.time()),
    )
    fake.store.close()
    fake.server.server_close()
    with FakeStripe(tmp_path).start(webhooks=False) as again:
        assert session(sdk_of(again), {"idempotency_key": "k"}).status == "open"


def test_the_command_serves_and_stops(tmp_path):
    command = [sys.executable, "-m", "app.payments.fake", "--port", "0", "--state", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        url = program.stdout.readline().split()[3].rstrip(",")
        assert urllib3.request("GET", f"{url}/_knobs").json()["faults"] == []
        program.terminate()
        assert program.wait(timeout=60) == 0
    assert (tmp_path / "stripe.sqlite").exists()
