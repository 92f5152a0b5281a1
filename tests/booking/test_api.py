"""The JSON API: the contract holds, a lost race is a 409 with alternatives, a key replays."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from openapi_spec_validator import validate

from app.accounts import tokens
from app.accounts.permissions import API_SCOPES
from app.core import clock, slots
from app.core.db import db
from app.rates.models import DemandEvent, Quote
from tests.at_desk import set_clock
from tests.world import World, tomorrow


@pytest.fixture
def call(world: World, client):
    """A program of tenant A with every scope."""
    _row, secret = tokens.make_token("tests", API_SCOPES, by=None)
    db.session.commit()
    browser = client(world.a.host)

    def send(method: str, path: str, *, key: str | None = None, token: str | None = secret, **json):
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        if key:
            headers["Idempotency-Key"] = key
        body = json if method == "POST" else None
        return browser.open(f"/api/v1{path}", method=method, json=body, headers=headers)

    return send


def wish(hour: int = 10, hours: int = 2, **more) -> dict[str, object]:
    start = tomorrow(hour, days=3)
    end = start + dt.timedelta(hours=hours)
    return {
        "space": "salle-curie",
        "starts_at": start.isoformat(),
        "ends_at": end.isoformat(),
    } | more


def quoted(call, **changes) -> dict:
    answer = call("POST", "/quotes", **wish(**changes))
    assert answer.status_code == 201, answer.json
    return answer.json


def order(quote: dict, **more) -> dict[str, object]:
    return {
        "quote": quote["id"],
        "email": "maya@example.org",
        "name": "Maya Roux",
        "payment": "desk",
    } | more


def test_the_contract_is_valid_and_names_nobody_else(call) -> None:
    document = call("GET", "/openapi.json", token=None).json
    validate(document)
    assert document["info"]["title"] == "Le Moulin Neuf"
    assert "oulisse" not in str(document)


def test_every_route_is_in_the_contract(app, call) -> None:
    paths = call("GET", "/openapi.json", token=None).json["paths"]
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith("/api/v1/") and not rule.rule.endswith("openapi.json"):
            name = rule.rule.removeprefix("/api/v1").replace("<code>", "{code}")
            for method in rule.methods - {"HEAD", "OPTIONS"}:
                assert method.lower() in paths[name], name


def test_without_a_token_nothing_is_told(call) -> None:
    answer = call("GET", "/spaces", token=None)
    assert (answer.status_code, answer.mimetype) == (401, "application/problem+json")


def test_a_token_of_another_venue_is_no_token(call, world: World, client) -> None:
    with world.b.entered():
        _row, secret = tokens.make_token("b", API_SCOPES, by=None)
        db.session.commit()
    assert call("GET", "/spaces", token=secret).status_code == 401


def test_a_scope_that_was_not_given_is_refused(call, world: World) -> None:
    _row, secret = tokens.make_token("reader", ["spaces:read"], by=None)
    db.session.commit()
    assert call("GET", "/spaces", token=secret).status_code == 200
    assert call("POST", "/quotes", token=secret, **wish()).status_code == 403


@pytest.fixture
def few(app, monkeypatch) -> int:
    """Ten calls a minute, on a clock that stands."""
    monkeypatch.setitem(app.config, "SETTINGS", replace(app.config["SETTINGS"], api_per_minute=10))
    set_clock(monkeypatch, dt.datetime(2030, 1, 1, 12, 0, 20, tzinfo=dt.UTC))
    return 10


def test_a_token_asks_so_often_and_is_told_when_again(call, few: int, world, monkeypatch) -> None:
    assert {call("GET", "/spaces").status_code for _ in range(few)} == {200}
    refused = call("GET", "/spaces")
    assert (refused.status_code, refused.mimetype) == (429, "application/problem+json")
    assert refused.json["code"] == "too_many"
    _row, other = tokens.make_token("another", API_SCOPES, by=None)
    db.session.commit()
    assert call("GET", "/spaces", token=other).status_code == 200
    seconds = int(refused.headers["Retry-After"])
    assert 0 < seconds <= 60
    set_clock(monkeypatch, clock.now() + dt.timedelta(seconds=seconds))
    assert call("GET", "/spaces").status_code == 200


def test_an_address_asks_so_often_whatever_its_tokens(call, few: int) -> None:
    answers = [call("GET", "/spaces", token=f"guess-{n}").status_code for n in range(2 * few + 1)]
    assert answers == [401] * 2 * few + [429]
    assert call("GET", "/spaces").status_code == 429


def test_a_refused_call_did_nothing(call, few: int) -> None:
    for _ in range(few):
        call("GET", "/spaces")
    assert call("POST", "/quotes", **wish()).status_code == 429
    assert db.session.scalar(db.select(db.func.count(Quote.id))) == 0


WISH = '{"space":"x","starts_at":"2030-01-01T10:00Z","ends_at":"2030-01-01T11:00Z","people":%s}'
BUYER = rb'{"quote":"x","email":"a@b.fr","name":"\ud800"}'
WRONG = {
    "no such route": ("GET", "/nothing", None, {}, 404),
    "a strange code": ("GET", "/bookings/%00%ff", None, {}, 404),
    "another method": ("DELETE", "/spaces", None, {}, 405),
    "a form": ("POST", "/quotes", b"space=x", {"Content-Type": "multipart/form-data"}, 415),
    "no JSON": ("POST", "/quotes", b'{"space":', {}, 400),
    "another alphabet": ("POST", "/quotes", b'{"space": "\xff"}', {}, 400),
    "a well": ("POST", "/quotes", b"[" * 60_000, {}, 400),
    "a list": ("POST", "/quotes", b"[]", {}, 422),
    "half a letter": ("POST", "/bookings", BUYER, {}, 422),
    "a number in a text": ("POST", "/quotes", (WISH % '"2"').encode(), {}, 422),
    "no number": ("POST", "/quotes", (WISH % "NaN").encode(), {}, 422),
    "too long": ("POST", "/quotes", b'"' + b"x" * 70_000 + b'"', {}, 413),
    "too long, with a key": ("POST", "/quotes", b"x" * 70_000, {"Idempotency-Key": "k"}, 413),
    "a page before the first": ("GET", "/spaces?page=0", None, {}, 422),
}


@pytest.mark.parametrize("what", WRONG)
def test_every_fault_is_a_problem_of_the_same_form(call, world, client, what: str) -> None:
    method, path, body, headers, status = WRONG[what]
    secret = tokens.make_token("raw", API_SCOPES, by=None)[1]
    db.session.commit()
    sent = {"Authorization": f"Bearer {secret}", "Content-Type": "application/json", **headers}
    answer = client(world.a.host).open(f"/api/v1{path}", method=method, data=body, headers=sent)
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
    assert answer.json["status"] == status
    assert answer.json["detail"]


def test_spaces_are_paged(call) -> None:
    first = call("GET", "/spaces?per_page=2").json
    assert len(first["items"]) == 2 < first["total"]


def test_availability_and_quote_say_the_same_price(call) -> None:
    day = slots.local_day(tomorrow(10, days=3), dt.UTC).isoformat()
    found = call("GET", f"/availability?space=salle-curie&day={day}&minutes=120").json["items"]
    at_ten = next(i for i in found if i["starts_at"][11:16] == "10:00")
    assert at_ten["state"] == "free"
    assert quoted(call)["price_cents"] == at_ten["price_cents"]


def test_each_wish_of_a_program_is_a_demand_of_its_own(call) -> None:
    first = quoted(call)
    quoted(call, hour=14)
    call("POST", "/bookings", **order(first))
    call("POST", "/quotes", **wish())
    rows = db.session.execute(
        db.select(DemandEvent.outcome, DemandEvent.session).order_by(DemandEvent.id)
    ).all()
    assert [outcome for outcome, _ in rows] == ["shown", "shown", "booked", "unavailable"]
    one, two, bought, lost = (session for _, session in rows)
    assert one == bought
    assert len({one, two, lost}) == 3


def test_a_quote_books_and_is_charged_as_said(call) -> None:
    quote = quoted(call)
    answer = call("POST", "/bookings", **order(quote))
    assert answer.status_code == 201
    assert answer.json["state"] == "confirmed"
    assert answer.json["price_cents"] == quote["price_cents"]
    again = call("GET", f"/bookings/{answer.json['id']}")
    assert again.json["starts_at"] == quote["starts_at"]


def test_a_lost_race_is_409_with_alternatives(call) -> None:
    first, second = quoted(call), quoted(call)
    assert call("POST", "/bookings", **order(first)).status_code == 201
    lost = call("POST", "/bookings", **order(second))
    assert (lost.status_code, lost.mimetype) == (409, "application/problem+json")
    assert len(lost.json["alternatives"]) == 3
    best = lost.json["alternatives"][0]
    taken = quoted_at(call, best)
    assert call("POST", "/bookings", **order(taken)).status_code == 201


def quoted_at(call, alternative: dict) -> dict:
    answer = call(
        "POST",
        "/quotes",
        space=alternative["space"],
        starts_at=alternative["starts_at"],
        ends_at=alternative["ends_at"],
    )
    assert answer.json["price_cents"] == alternative["price_cents"]
    return answer.json


def test_a_key_replays_and_refuses_another_body(call) -> None:
    quote = quoted(call)
    first = call("POST", "/bookings", key="k1", **order(quote))
    again = call("POST", "/bookings", key="k1", **order(quote))
    assert again.headers["Idempotent-Replayed"] == "true"
    assert (first.status_code, first.json) == (again.status_code, again.json)
    other = call("POST", "/bookings", key="k1", **order(quote, name="Somebody else"))
    assert (other.status_code, other.json["code"]) == (422, "idempotency_key_reused")


def test_every_wrong_field_is_named(call) -> None:
    answer = call("POST", "/quotes", space="", starts_at="tomorrow", people=0, colour="red")
    assert answer.status_code == 422
    assert {e["field"] for e in answer.json["errors"]} == {
        "space",
        "starts_at",
        "ends_at",
        "people",
        "colour",
    }


def test_cancelling_says_what_goes_back(call) -> None:
    booking = call("POST", "/bookings", **order(quoted(call))).json
    answer = call("POST", f"/bookings/{booking['id']}/cancellation", promised_refund_cents=0)
    assert (answer.status_code, answer.json["refund_cents"]) == (201, 0)
    assert call("GET", f"/bookings/{booking['id']}").json["state"] == "cancelled"


def test_a_foreign_code_is_a_code_that_never_was(call, world: World) -> None:
    foreign, random = call("GET", "/bookings/ABC123"), call("GET", "/bookings/ZZZ999")
    assert foreign.status_code == random.status_code == 404
    assert foreign.data == random.data


def test_no_body_and_another_format_are_told_apart(call, client, world: World) -> None:
    _row, secret = tokens.make_token("raw", API_SCOPES, by=None)
    db.session.commit()
    browser, headers = client(world.a.host), {"Authorization": f"Bearer {secret}"}

    def sent(data: bytes, media: str) -> tuple[int, str]:
        answer = browser.post("/api/v1/quotes", data=data, content_type=media, headers=headers)
        assert answer.mimetype == "application/problem+json"
        return answer.status_code, answer.json["code"]

    assert sent(b"{broken", "application/json") == (400, "unreadable")
    assert sent(b"\xff\xfe", "application/json") == (400, "unreadable")
    assert sent(b"space=salle-curie", "application/x-www-form-urlencoded")[0] == 415
    assert sent(b"[]", "application/json") == (422, "invalid")
    assert sent(b"", "application/json") == (422, "invalid")


def test_a_refusal_has_its_code_and_says_what_would_do(call) -> None:
    nobody = call("GET", "/spaces", token=None)
    assert (nobody.json["code"], nobody.headers["WWW-Authenticate"]) == ("unauthorized", "Bearer")
    verb = call("DELETE", "/spaces")
    assert (verb.status_code, verb.json["code"]) == (405, "method_not_allowed")
    assert "GET" in verb.headers["Allow"]
    assert call("GET", "/nothing").json["code"] == "not_found"


def test_a_quote_makes_one_booking_of_one_person(call) -> None:
    quote = quoted(call)
    first = call("POST", "/bookings", **order(quote))
    again = call("POST", "/bookings", **order(quote))
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json == again.json
    other = call("POST", "/bookings", **order(quote, email="hugo@example.org"))
    assert (other.status_code, other.json["code"]) == (409, "quote_used")
    paid_otherwise = call("POST", "/bookings", **order(quote, payment="online"))
    assert (paid_otherwise.status_code, paid_otherwise.json["code"]) == (409, "quote_used")


def test_cancelling_needs_no_body(call) -> None:
    booking = call("POST", "/bookings", **order(quoted(call))).json
    assert call("POST", f"/bookings/{booking['id']}/cancellation").status_code == 201
