"""A running fake, a till that hears its webhooks, and a visitor who types card numbers."""

import os
import re
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
import stripe
import urllib3
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

from app.payments.fake.server import PLATFORM, PLATFORM_KEY, WEBHOOK_SECRET, FakeStripe

ENOUGH = 60


@dataclass
class Till:
    """A receiver of webhooks that keeps what it was sent and answers as it is told."""

    heard: list[tuple[bytes, str]] = field(default_factory=list)
    answer: int = 200
    url: str = ""

    def __call__(self, environ: Any, start_response: Any) -> Any:
        request = Request(environ)
        self.heard.append((request.get_data(), request.headers.get("Stripe-Signature", "")))
        return Response("", self.answer)(environ, start_response)

    def events(self, secret: str = WEBHOOK_SECRET) -> list[stripe.Event]:
        """What was heard, each checked by the real SDK."""
        return [stripe.Webhook.construct_event(body, sign, secret) for body, sign in self.heard]

    def types(self) -> list[str]:
        return [event.type for event in self.events()]


class Knobs:
    """The knobs of a fake over HTTP."""

    def __init__(self, url: str) -> None:
        self.url, self.http = url, urllib3.PoolManager(retries=False)

    def post(self, name: str, **doc: Any) -> Any:
        answer = self.http.request("POST", f"{self.url}/_knobs/{name}", json=doc)
        assert answer.status == 200, answer.data
        return answer.json()

    def get(self, name: str) -> Any:
        return self.http.request("GET", f"{self.url}/_knobs/{name}").json()

    def clear(self) -> Any:
        return self.http.request("DELETE", f"{self.url}/_knobs/faults").json()


@dataclass
class Page:
    """What a browser would hold after one request."""

    status: int
    text: str
    location: str


class Visitor:
    """A browser without script: reads pages, fills in forms, follows nothing by itself."""

    def __init__(self) -> None:
        self.http = urllib3.PoolManager(retries=False)

    def get(self, url: str, language: str = "fr") -> Page:
        headers = {"Accept-Language": language}
        return self._page(self.http.request("GET", url, headers=headers, redirect=False), url)

    def post(self, url: str, **fields: str) -> Page:
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        answer = self.http.request(
            "POST", url, body=urlencode(fields), headers=headers, redirect=False
        )
        return self._page(answer, url)

    def _page(self, answer: Any, url: str) -> Page:
        location = answer.headers.get("Location", "")
        if location.startswith("/"):
            parts = urlsplit(url)
            location = f"{parts.scheme}://{parts.netloc}{location}"
        return Page(answer.status, unescape(answer.data.decode()), location)

    def pay(self, url: str, number: str = "4242 4242 4242 4242", **changes: str) -> Page:
        """Fill in the card form that the page shows and submit it."""
        shown = self.get(url)
        assert re.search(r'<form method="post" action="/c/pay/', shown.text), shown.text
        typed = {"method": "card", "number": number, "expiry": "12/40", "cvc": "123"}
        who = {"name": "Ada Martin", "email": "ada@example.org"}
        return self.post(url, **typed | who | changes)

    def debit(self, url: str, iban: str) -> Page:
        return self.post(url, method="sepa_debit", iban=iban, name="Ada", email="ada@example.org")


@pytest.fixture
def till() -> Iterator[Till]:
    made = Till()
    server = make_server("127.0.0.1", 0, made, threaded=True)
    made.url = f"http://127.0.0.1:{server.server_port}/hooks"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield made
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def fake(till: Till) -> Iterator[FakeStripe]:
    """A fake in memory that sends its webhooks to the till only when told to."""
    made = FakeStripe()
    made.platform(till.url)
    with made.start(webhooks=False):
        yield made


@pytest.fixture
def knobs(fake: FakeStripe) -> Iterator[Knobs]:
    made = Knobs(fake.url)
    yield made
    made.http.clear()


@pytest.fixture
def visitor() -> Iterator[Visitor]:
    made = Visitor()
    yield made
    made.http.clear()


@pytest.fixture
def venue(knobs: Knobs) -> str:
    """A connected account that may be paid."""
    knobs.post("accounts", id="acct_moulin", platform=PLATFORM, business_name="Le Moulin")
    return "acct_moulin"


@dataclass
class Wire:
    """The real SDK on some API: the fake's or Stripe's own."""

    http: stripe.HTTPClient
    base: str
    key: str

    def client(self, key: str = "", account: str | None = None) -> stripe.StripeClient:
        return stripe.StripeClient(
            key or self.key,
            stripe_account=account,
            base_addresses={"api": self.base},
            http_client=self.http,
            max_network_retries=0,
        )


@pytest.fixture
def wire(fake: FakeStripe) -> Iterator[Wire]:
    http = stripe.RequestsClient(timeout=(2, ENOUGH))
    yield Wire(http, fake.url, PLATFORM_KEY)
    http.close()


REAL_KEY = os.environ.get("STRIPE_TEST_KEY", "")
LEGS = [
    "fake",
    pytest.param(
        "stripe",
        marks=[
            pytest.mark.allow_hosts(["api.stripe.com"]),
            pytest.mark.skipif(
                not REAL_KEY, reason="STRIPE_TEST_KEY is not set: Stripe's test mode is not asked"
            ),
        ],
    ),
]


@pytest.fixture(params=LEGS)
def either(request: pytest.FixtureRequest) -> Iterator[Wire]:
    """The fake, and Stripe's test mode when a key allows it: the same promises from both."""
    if request.param == "fake":
        yield request.getfixturevalue("wire")
        return
    assert REAL_KEY.startswith("sk_test_"), "only a test-mode key may be used here"
    http = stripe.RequestsClient(timeout=(5, 60))
    yield Wire(http, "https://api.stripe.com", REAL_KEY)
    http.close()


def wait_for(what: Any, seconds: float = ENOUGH) -> Any:
    """The first true answer of `what` within some seconds."""
    end = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)
    return found
