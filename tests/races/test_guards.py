"""R05: one control for each guard. Switched off, the very thing it guards against happens."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from functools import partial

import pytest
from sqlalchemy import create_engine, select, text

from app.accounts import limits, tokens
from app.accounts.permissions import API_SCOPES
from app.booking.models import Booking
from app.core import clock, mail, outbox, schedule, tenancy
from app.core.db import db
from app.payments import till as tills
from app.payments.gateway import Envelope
from app.payments.models import GatewayEvent, PaymentAccount, PaymentRoute
from app.tenants import logo, resolve
from app.web import idempotency, security
from tests import volume
from tests.world import World, tomorrow

REPLAYS = volume.of(100, 1_000)


@pytest.fixture
def program(world: World, client):
    """A program with a token of venue A, and what it sends to book."""
    _row, secret = tokens.make_token("control", API_SCOPES, by=None)
    db.session.commit()
    browser = client(world.a.host)

    def post(path: str, body: dict[str, object], key: str | None = None):
        headers = {"Authorization": f"Bearer {secret}"}
        if key:
            headers["Idempotency-Key"] = key
        return browser.post(f"/api/v1{path}", json=body, headers=headers)

    return post


def wish(space: str = "plateau") -> dict[str, object]:
    start = tomorrow(10, days=4)
    end = start + dt.timedelta(hours=2)
    return {"space": space, "starts_at": start.isoformat(), "ends_at": end.isoformat()}


def quoted_twice(program) -> list[int]:
    return [program("/quotes", wish(), "same key").json["id"] for _ in range(2)]


def test_the_idempotency_key(program, monkeypatch) -> None:
    """R05, R10: with the key the first answer comes again; without it there are two quotes."""
    first, again = quoted_twice(program)
    assert first == again
    monkeypatch.setattr(idempotency, "_claim", lambda *_: None)
    first, again = quoted_twice(program)
    assert first != again


def test_a_thousand_replays(program, world: World) -> None:
    """R10: a thousand replays of one key are one booking with one answer; another body is 422."""
    quote = program("/quotes", wish()).json["id"]
    body = {"quote": quote, "email": "ada@example.org", "name": "Ada", "payment": "desk"}
    answers = [program("/bookings", body, "k") for _ in range(REPLAYS)]
    assert {(a.status_code, a.json["id"]) for a in answers} == {(201, answers[0].json["id"])}
    assert db.session.scalar(select(Booking.id).where(Booking.quote_id.is_not(None)))
    assert len(db.session.scalars(select(Booking.id)).all()) == 1
    other = program("/bookings", {**body, "name": "Eve"}, "k")
    assert (other.status_code, other.json["code"]) == (422, "idempotency_key_reused")


def test_a_key_that_is_at_work(program, monkeypatch) -> None:
    """R10: a second request while the first works is 409; a minute later it may try itself."""
    monkeypatch.setattr(idempotency, "_remember", lambda *_: None)
    assert program("/quotes", wish(), "k").status_code == 201
    busy = program("/quotes", wish(), "k")
    assert (busy.status_code, busy.json["code"]) == (409, "idempotency_key_in_use")
    later = clock.now() + idempotency.ABANDONED + dt.timedelta(seconds=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert program("/quotes", wish(), "k").status_code == 201


def forge(client) -> int:
    answer = client("plateforme.localhost").post(
        "/hooks/stripe", data=b"{}", headers={"Stripe-Signature": "t=1,v1=00"}
    )
    return answer.status_code


def test_the_webhook_signature(app, world: World, client, monkeypatch) -> None:
    """R05: a forged webhook writes nothing; if signatures were not asked for, it would."""
    db.session.add(PaymentAccount(stripe_account="acct_x", ready=True))
    db.session.add(
        PaymentRoute(stripe_account="acct_x", tenant_id=world.a.id, network_id=world.network_id)
    )
    db.session.commit()
    count = lambda: len(db.session.scalars(select(GatewayEvent.id)).all())  # noqa: E731
    assert (forge(client), count()) == (400, 0)
    false = Envelope(
        id="evt_f", type="charge.refunded", account="acct_x", livemode=False, object_id="ch",
        object_type="charge", created_at=clock.now(),
    )  # fmt: skip
    with app.app_context():
        gateway = tills.gateway()
    monkeypatch.setattr(gateway, "verify_webhook", lambda *_: false)
    assert (forge(client), count()) == (200, 1)


def test_the_form_token(world: World, client, monkeypatch) -> None:
    """R05: another site's form is refused; without the token it would switch the language."""
    send = partial(client(world.a.host).post, "/langue", data={"langue": "en"})
    assert send().status_code == 403
    monkeypatch.setattr(security.Origin, "_is_exempt", lambda _self: True)
    assert send().status_code != 403


def test_the_rate_limit(world: World, monkeypatch) -> None:
    """R05: the sixth guess is not looked at; without the count all are."""
    assert [limits.allow("control") for _ in range(7)] == [True] * 5 + [False] * 2
    monkeypatch.setattr(limits, "_key", lambda bucket: f"{bucket}{clock.now().timestamp()}")
    assert all(limits.allow("control") for _ in range(7))


def test_the_host(world: World, client, monkeypatch) -> None:
    """R05: a host that nobody proved leads nowhere; if any host were believed, it would."""
    asked = "inconnu.example"
    assert client(asked).get("/").status_code == 404
    real = resolve.route_of
    monkeypatch.setattr(resolve, "route_of", lambda _host: real(world.a.host))
    assert client(asked).get("/").status_code == 200


def test_the_scope(world: World) -> None:
    """R05: in the venue’s scope its rows are seen; were the scope wider, its sister’s would be."""
    query = text("select count(distinct tenant_id) from space")
    assert db.session.scalar(query) == 1
    both = (world.a.id, world.b.id)
    with tenancy.across_tenants(both, world.network_id, why="control"):
        assert db.session.scalar(query) == 2


def test_the_mail_key(world: World) -> None:
    """R05: one letter about one fact; without its key there would be two."""
    letter = mail.Letter(
        template="control", entity="booking:1:confirmed", recipient="ada@example.org",
        subject="x", text="x", html="x", sender_name="x",
    )  # fmt: skip
    assert [mail.post(letter) for _ in range(2)] == [True, False]
    assert mail.post(replace(letter, version=2))
    count = text("select count(*) from mail where template = 'control'")
    assert db.session.scalar(count) == 2


def test_the_upload_check(world: World, monkeypatch) -> None:
    """R05: a page that calls itself a picture is refused; kept as it came, it would be served."""
    page = b"GIF89a<script>alert(1)</script>"
    with pytest.raises(logo.BadLogo):
        logo.cleaned(page)
    monkeypatch.setattr(logo, "_picture", lambda content: content)
    assert b"<script>" in logo.cleaned(page)[0]


def waiting(name: str) -> int:
    count = text("select count(*) from procrastinate_jobs where task_name = :name")
    return db.session.scalar(count, {"name": name})


def test_the_queueing_lock(world: World) -> None:
    """R05: one wish waits once; without its name it would wait twice."""
    for _ in range(2):
        outbox.defer("booking.sweep", once="control")
    assert waiting("booking.sweep") == 1
    for _ in range(2):
        outbox.defer("booking.sweep")
    assert waiting("booking.sweep") == 3


def test_the_lease_and_the_tick(world: World, monkeypatch) -> None:
    """R05: one leads and a period is claimed once; without the lease both would lead."""
    length = dt.timedelta(seconds=20)
    assert schedule.take_lease("control", "one", length)
    assert not schedule.take_lease("control", "two", length)
    assert schedule.is_leader("control", "one")
    assert not schedule.is_leader("control", "two")
    period = dt.datetime(2031, 1, 1, tzinfo=dt.UTC)
    assert [schedule.claim("control", period) for _ in range(2)] == [True, False]
    db.session.execute(text("delete from lease"))
    assert schedule.take_lease("control", "two", length)


def test_row_security(settings, world: World) -> None:
    """R05: as the role of the application a tenant sees itself; as the owner it sees everybody."""
    query = text("select count(distinct tenant_id) from space")
    assert db.session.scalar(query) == 1
    engine = create_engine(settings.owner_database_url)
    with engine.connect() as connection:
        assert (connection.scalar(query) or 0) >= 3
    engine.dispose()
