"""Events: one immutable snapshot per change, listed by the API and sent to the endpoints."""

import fnmatch
import json
import random
from typing import Any

from app.payments.fake.api import API_VERSION, PAGING, Call, page, route, within
from app.payments.fake.store import Doc, fresh_id
from app.payments.fake.wire import public, required, texts

Endpoint = Doc


def record(call: Call, kind: str, doc: Doc) -> Doc:
    """Note that `doc` changed, and put the notice on its way to whoever listens."""
    event: Doc = {
        "id": fresh_id("evt_"),
        "object": "event",
        "api_version": API_VERSION,
        "created": int(call.store.now()),
        "data": {"object": public(doc)},
        "livemode": call.livemode,
        "pending_webhooks": 0,
        "request": {"id": call.request, "idempotency_key": call.key},
        "type": kind,
    }
    owner = call.store.anywhere(call.account)
    platform = owner[1].get("_platform") if owner else None
    if platform:
        event["account"] = call.account
    listeners = _listeners(call, kind, platform)
    event["pending_webhooks"] = len(listeners)
    call.store.put(call.account, event)
    for endpoint in listeners:
        _send(call, event, endpoint)
    return event


def _listeners(call: Call, kind: str, platform: str | None) -> list[Endpoint]:
    own = [e for e in call.store.having(call.account, "webhook_endpoint") if not e["_connect"]]
    above = call.store.having(platform, "webhook_endpoint") if platform else []
    return [
        endpoint
        for endpoint in own + [e for e in above if e["_connect"]]
        if any(fnmatch.fnmatchcase(kind, wanted) for wanted in endpoint["enabled_events"])
    ]


def _send(call: Call, event: Doc, endpoint: Endpoint) -> None:
    """Queue the copies that the webhook knob asks for."""
    knob = call.store.knob("webhooks")
    touched = event["type"] in knob.get("types", [event["type"]])
    past = call.store.sql("select count(*) from delivery")[0][0]
    chance = random.Random(f"{knob.get('seed', 0)}/{past}")  # noqa: S311 a repeatable fault
    lost = touched and chance.random() < float(knob.get("drop", 0))
    copies = int(knob.get("copies", 1)) if touched else 1
    for _ in range(copies):
        wait = float(knob.get("delay", 0)) if touched else 0.0
        wait += chance.random() * float(knob.get("scatter", 0)) if touched else 0.0
        state = "dropped" if lost else "held" if touched and knob.get("hold") else "pending"
        call.store.sql(
            "insert into delivery (event, endpoint, due, state) values (?, ?, ?, ?)",
            event["id"],
            endpoint["id"],
            call.store.now() + wait,
            state,
        )


@route("GET", "events", "type types created " + " ".join(PAGING))
def list_events(call: Call) -> Doc:
    """Newest first; `type` or `types[]`, with `*` as Stripe allows it."""
    wanted = call.params.get("types") or [call.params.get("type") or "*"]
    events = within(call, call.store.having(call.account, "event"))
    kept = [e for e in events if any(fnmatch.fnmatchcase(e["type"], kind) for kind in wanted)]
    return page(call, kept, "/v1/events")


@route("GET", "events/<id>")
def retrieve_event(call: Call, ident: str) -> Doc:
    """One event of the account."""
    return call.get("event", ident)


def endpoint(call: Call, url: str, **fields: Any) -> Endpoint:
    """Have events of the account (or, with `connect`, of its connected accounts) sent to `url`."""
    return call.new(
        "webhook_endpoint",
        "we_",
        url=url,
        status="enabled",
        enabled_events=fields.get("enabled_events") or ["*"],
        metadata=fields.get("metadata") or {},
        _connect=bool(fields.get("connect")),
        _secret=fields.get("secret") or fresh_id("whsec_", 32),
    )


@route("POST", "webhook_endpoints", "url enabled_events connect description metadata api_version")
def create_endpoint(call: Call) -> Doc:
    """The secret is told once, here."""
    made = endpoint(
        call,
        str(required(call.params, "url")),
        enabled_events=list(required(call.params, "enabled_events")),
        connect=call.params.get("connect") == "true",
        metadata=texts(call.params),
    )
    return made | {"secret": made["_secret"]}


@route("GET", "webhook_endpoints", " ".join(PAGING))
def list_endpoints(call: Call) -> Doc:
    """The account's endpoints, without their secrets."""
    return page(call, call.store.having(call.account, "webhook_endpoint"), "/v1/webhook_endpoints")


@route("DELETE", "webhook_endpoints/<id>")
def delete_endpoint(call: Call, ident: str) -> Doc:
    """Stop sending there."""
    found = call.get("webhook_endpoint", ident)
    call.store.sql("delete from object where id = ?", found["id"])
    return {"id": ident, "object": "webhook_endpoint", "deleted": True}


def payload(event: Doc) -> str:
    """The exact body sent for an event."""
    return json.dumps(event, indent=2, ensure_ascii=False)
