"""/_knobs: how a test or a demo sets accounts, time, failures and webhooks."""

from typing import Any

from flask import Blueprint, Response, current_app, jsonify, request

from app.payments.fake import faults
from app.payments.fake.accounts import open_account
from app.payments.fake.api import API_VERSION, Call, run_due
from app.payments.fake.delivery import Post, forged, pick
from app.payments.fake.events import endpoint
from app.payments.fake.refunds import close_dispute, return_debit
from app.payments.fake.store import Doc, Store, fresh_id
from app.payments.fake.wire import public

knobs = Blueprint("knobs", __name__, url_prefix="/_knobs")
WEBHOOKS = {"mode", "copies", "delay", "scatter", "hold", "drop", "seed", "types", "age"}


def _store() -> Store:
    store: Store = current_app.extensions["store"]
    return store


def _post() -> Post:
    post: Post = current_app.extensions["post"]
    return post


def _asked(*known: str) -> Doc:
    doc: Doc = request.get_json(silent=True) or {}
    if unknown := set(doc) - set(known):
        raise ValueError(f"unknown: {', '.join(sorted(unknown))}; known: {', '.join(known)}")
    return doc


@knobs.errorhandler(ValueError)
@knobs.errorhandler(KeyError)
def bad_knob(error: Exception) -> tuple[Response, int]:
    """A knob that does not exist is refused by name."""
    return jsonify(error=str(error)), 400


@knobs.get("")
def overview() -> Response:
    """Every knob as it stands."""
    store = _store()
    return jsonify(
        now=store.now(),
        faults=store.knob("faults").get("list", []),
        webhooks=store.knob("webhooks"),
    )


@knobs.post("/accounts")
def accounts() -> Response:
    """Create an account that can be paid; says the same when it exists already."""
    doc = _asked("id", "key", "platform", "business_name", "email", "country")
    ident, key, platform = (doc.pop(name, "") for name in ("id", "key", "platform"))
    with _store().transaction():
        made = open_account(_store(), ident, key, platform, **doc)
    return jsonify(public(made))


@knobs.post("/endpoints")
def endpoints() -> Response:
    """Register a webhook endpoint, with a secret of your own when given."""
    doc = _asked("account", "url", "secret", "connect", "enabled_events")
    with _store().transaction():
        made = endpoint(Call(_store(), doc.pop("account")), doc.pop("url"), **doc)
    return jsonify(public(made) | {"secret": made["_secret"]})


@knobs.post("/clock")
def clock() -> Response:
    """Move the fake's clock and do what that makes due."""
    doc = _asked("advance", "now")
    store = _store()
    with store.transaction():
        step = doc["now"] - store.now() if "now" in doc else float(doc["advance"])
        store.advance(step)
        done = run_due(store, request.host_url.rstrip("/"))
    return jsonify(now=store.now(), done=done)


@knobs.post("/faults")
def install() -> Response:
    """Add a fault; faults are tried in the order they came."""
    doc: Doc = request.get_json() or {}
    if reason := faults.refused(doc):
        raise ValueError(reason)
    store = _store()
    with store.transaction():
        state = store.knob("faults")
        state.setdefault("list", []).append(doc | {"times": int(doc.get("times", 1))})
        store.turn("faults", state)
    return jsonify(state)


@knobs.delete("/faults")
def clear() -> Response:
    """Good weather again; tells what each fault did."""
    store = _store()
    with store.transaction():
        state = store.knob("faults")
        store.turn("faults", {})
    return jsonify(state)


@knobs.post("/webhooks")
def webhooks() -> Response:
    """Replace the webhook knob; an empty body restores plain delivery."""
    doc = _asked(*WEBHOOKS)
    with _store().transaction():
        _store().turn("webhooks", doc)
    return jsonify(doc)


@knobs.post("/deliver")
def deliver() -> Response:
    """Send now what is pending or held, in the order asked, and tell each answer."""
    doc = _asked("order", "shuffle", "copies")
    with _store().transaction():
        run_due(_store(), request.host_url.rstrip("/"))
        ids = pick(_store(), doc)
    return jsonify(sent=_post().flush(ids))


@knobs.post("/release")
def release() -> Response:
    """Let held webhooks go their ordinary way."""
    with _store().transaction():
        _store().sql("update delivery set state = 'pending' where state = 'held'")
    return jsonify(released=True)


@knobs.get("/deliveries")
def deliveries() -> Response:
    """The log of all deliveries."""
    rows = _store().sql(
        "select d.id, d.event, json_extract(o.doc, '$.type'), d.endpoint, d.state, d.attempts,"
        " d.answer from delivery d join object o on o.id = d.event order by d.id"
    )
    names = ("delivery", "event", "type", "endpoint", "state", "attempts", "status")
    return jsonify(deliveries=[dict(zip(names, row, strict=True)) for row in rows])


@knobs.post("/forge")
def forge() -> Response:
    """Send an event that is wrong in the way asked; by default signed with a wrong secret."""
    doc: dict[str, Any] = _asked(
        "endpoint", "event", "id", "type", "account", "livemode", "object", "secret", "age", "size"
    )
    store = _store()
    target = store.anywhere(doc["endpoint"])
    base = store.anywhere(doc["event"]) if "event" in doc else ("", _blank(store))
    if target is None or base is None:
        raise ValueError("no such endpoint or event")
    secret = doc.get("secret", "whsec_wrong")
    secret = target[1]["_secret"] if secret == "true" else secret  # noqa: S105 a marker
    moment = store.now() - float(doc.get("age", 0))
    status = _post().post(target[1]["url"], secret, forged(base[1], doc), moment)
    return jsonify(status=status)


def _blank(store: Store) -> Doc:
    return {
        "id": fresh_id("evt_"),
        "object": "event",
        "api_version": API_VERSION,
        "created": int(store.now()),
        "data": {"object": {"id": fresh_id("pi_"), "object": "payment_intent"}},
        "livemode": False,
        "pending_webhooks": 1,
        "request": {"id": None, "idempotency_key": None},
        "type": "payment_intent.succeeded",
    }


@knobs.post("/disputes/<ident>")
def decide(ident: str) -> Response:
    """Let the bank decide a dispute: {"status": "won"} or {"status": "lost"}."""
    doc = _asked("status")
    if doc["status"] not in {"won", "lost"}:
        raise ValueError("status must be won or lost")
    with _store().transaction():
        found = _store().anywhere(ident)
        if found is None:
            raise ValueError("no such dispute")
        call = Call(_store(), found[0], found[1]["livemode"])
        return jsonify(public(close_dispute(call, ident, doc["status"])))


@knobs.post("/returns/<ident>")
def give_back(ident: str) -> Response:
    """Let the payer's bank return a debit that was paid, by its payment intent."""
    doc = _asked("reason")
    with _store().transaction():
        found = _store().anywhere(ident)
        if found is None or found[1]["object"] != "payment_intent":
            raise ValueError("no such payment intent")
        call = Call(_store(), found[0], found[1]["livemode"])
        charge = call.get("charge", found[1]["latest_charge"])
        made = return_debit(call, charge, doc.get("reason", "debit_not_authorized"))
        return jsonify(public(made))
