"""Card payments of one venue on a fake Stripe: pages, payers, webhooks caught to be sent again."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from werkzeug.serving import make_server

from app.core.db import db
from app.payments import rules as payments
from app.payments.fake.server import PLATFORM, PLATFORM_KEY, WEBHOOK_SECRET, FakeStripe
from app.payments.models import Payment, PaymentAccount, PaymentRoute
from app.payments.stripe import StripeGateway
from tests.payments.conftest import Knobs, Visitor
from tests.payments.conftest import Till as Receiver
from tests.races.stage import Stage

HOOK_HOST = "plateforme.localhost"


@dataclass
class Till:
    """What a race does with money."""

    stage: Stage
    fake: FakeStripe
    knobs: Knobs
    heard: Receiver
    account: str

    def begin(self, booking_id: int) -> int:
        """A payment row for the whole price of a booking."""
        price = self.stage.booking(booking_id).price_cents
        return self.stage.act(
            lambda: payments.begin(payments.Due("booking", booking_id, price), "card").id
        )

    def open(self, payment_id: int) -> str:
        """The address of the page to pay on: the same call as the checkout makes."""
        back = "http://ring.localhost/retour"
        page = payments.Page("Salle Curie", "", back, back, "ada@example.org", "fr")
        wish = self.stage.act(
            lambda: payments.opening(db.session.get_one(Payment, payment_id), page)
        )
        with self.stage.app.app_context():
            checkout = payments.send(wish)
        self.stage.act(lambda: payments.note_opened(payment_id, checkout).id)
        return checkout.url or ""

    def pay(self, url: str) -> None:
        """Type a good card number on the page."""
        visitor = Visitor()
        page = visitor.pay(url)
        visitor.http.clear()
        assert page.status in (200, 302, 303), page

    def settle(self, payment_id: int) -> str:
        """Ask the gateway and apply what it says, as the page that payers come back to does."""

        def work() -> str:
            payment = db.session.get_one(Payment, payment_id)
            db.session.commit()
            return payments.apply(payment_id, payments.look(payment)).state

        return self.stage.act(work)

    def state(self, payment_id: int) -> str:
        """The state of a payment now."""
        return self.stage.sql("select state from payment where id = %(id)s", id=payment_id)[0][0]

    def hook(self, body: bytes, signature: str) -> int:
        """Deliver one webhook; the status of the answer."""
        answer = self.stage.app.test_client().post(
            "/hooks/stripe",
            base_url=f"http://{HOOK_HOST}",
            data=body,
            headers={"Stripe-Signature": signature},
        )
        return answer.status_code

    def sent(self) -> list[tuple[bytes, str]]:
        """Every webhook that the gateway has for us since it was last asked."""
        self.heard.heard.clear()
        self.knobs.post("deliver")
        return list(self.heard.heard)

    def charged(self) -> dict[str, int]:
        """Times each payment was really charged, by our reference."""
        found: dict[str, int] = {}
        for row in self.fake.store.having(self.account, "charge"):
            if row.get("paid"):
                intent = row["payment_intent"]
                found[intent] = found.get(intent, 0) + 1
        return found


@contextmanager
def open_till(stage: Stage) -> Iterator[Till]:
    """Connect the venue to a fake of its own until the block ends."""
    app, account = stage.app, f"acct_{stage.venue.id}"
    receiver = Receiver()
    server = make_server("127.0.0.1", 0, receiver, threaded=True)
    receiver.url = f"http://127.0.0.1:{server.server_port}/hooks"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    fake = FakeStripe()
    fake.platform(receiver.url)
    fake.start(webhooks=False)
    kept: Any = app.config["SETTINGS"]
    app.config["SETTINGS"] = replace(
        kept,
        stripe_api_base=fake.url,
        stripe_platform_key=PLATFORM_KEY,
        stripe_webhook_secret=WEBHOOK_SECRET,
    )
    app.extensions["gateway"] = gateway = StripeGateway(fake.url, read_seconds=3)
    knobs = Knobs(fake.url)
    knobs.post("accounts", id=account, platform=PLATFORM, business_name="Le Ring")
    try:
        stage.act(lambda: _connect(stage, account))
        yield Till(stage, fake, knobs, receiver, account)
    finally:
        del app.extensions["gateway"]
        app.config["SETTINGS"] = kept
        gateway.close()
        knobs.http.clear()
        fake.stop()
        server.shutdown()
        server.server_close()
        thread.join()


def _connect(stage: Stage, account: str) -> None:
    venue = stage.venue
    db.session.add(PaymentAccount(stripe_account=account, ready=True, card=True))
    db.session.add(
        PaymentRoute(stripe_account=account, tenant_id=venue.id, network_id=venue.network_id)
    )
