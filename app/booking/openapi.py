"""The contract of the API, as OpenAPI 3.1: written by hand beside the routes it describes."""

from __future__ import annotations

from typing import Any

from app.spaces.models import KINDS
from app.web.api import MOST, PREFIX

CENTS = {"type": "integer", "minimum": 0, "description": "Cents, tax included"}
MOMENT = {"type": "string", "format": "date-time"}
PEOPLE = {"type": "integer", "minimum": 1, "maximum": 1000, "default": 1}


def _object(required: list[str], **properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": required, "properties": properties}


STEP = _object(["code", "cents"], code={"type": "string"}, cents={"type": "integer"})

SCHEMAS: dict[str, Any] = {
    "Space": _object(
        ["id", "name", "kind", "capacity", "base_cents_per_hour"],
        id={"type": "string"},
        name={"type": "string"},
        kind={"type": "string", "enum": list(KINDS)},
        capacity={"type": "integer"},
        base_cents_per_hour=CENTS,
    ),
    "Cancellation": _object(
        ["free_hours_before", "late_refund_percent", "at_most_todays_price", "text"],
        free_hours_before={"type": "integer"},
        late_refund_percent={"type": "integer"},
        at_most_todays_price={
            "type": "boolean",
            "description": "A time that has become cheaper is refunded at its price of the moment",
        },
        text={"type": "string", "description": "The rule as customers read it"},
        refund_cents_now=CENTS | {"description": "What comes back if it is cancelled now"},
    ),
    "Quote": _object(
        ["id", "space", "starts_at", "ends_at", "price_cents", "steps", "expires_at"],
        id={"type": "string"},
        space={"type": "string"},
        starts_at=MOMENT,
        ends_at=MOMENT,
        price_cents=CENTS,
        steps={"type": "array", "items": STEP},
        personalised={
            "type": "boolean",
            "description": "The price looks at who asks: say so before the order",
        },
        expires_at=MOMENT,
        cancellation={"$ref": "#/components/schemas/Cancellation"},
    ),
    "Booking": _object(
        ["id", "space", "starts_at", "ends_at", "state", "price_cents"],
        id={"type": "string"},
        space={"type": "string"},
        starts_at=MOMENT,
        ends_at=MOMENT,
        state={"type": "string", "enum": ["held", "confirmed", "lapsed", "cancelled"]},
        price_cents=CENTS,
        payment_url={"type": "string", "description": "Where a held booking is paid"},
        cancellation={"$ref": "#/components/schemas/Cancellation"},
    ),
    "Problem": _object(
        ["status", "code", "detail"],
        status={"type": "integer"},
        code={"type": "string"},
        detail={"type": "string"},
        errors={
            "type": "array",
            "items": _object(
                ["field", "error"], field={"type": "string"}, error={"type": "string"}
            ),
        },
        alternatives={"type": "array", "items": {"type": "object"}},
    ),
}

PROBLEM = {
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
}
KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "schema": {"type": "string", "maxLength": 200},
    "description": "The same key and body give the same answer for 24 hours",
}


def _query(name: str, schema: dict[str, Any], *, required: bool = False) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": required, "schema": schema}


def _answers(code: str, schema: dict[str, Any], *problems: str) -> dict[str, Any]:
    known = {
        "400": "The body is no JSON",
        "401": "No valid token",
        "403": "The token lacks the scope",
        "404": "Nothing of this venue has this name",
        "409": "Taken: the nearest free times are offered. Or the quote or key has served already",
        "410": "The quote has expired",
        "415": "The body does not say that it is JSON",
        "413": "The body is longer than 64 kB",
        "422": "The request is not as described",
        "429": "Asked too often: `Retry-After` says how many seconds to wait",
        "503": "Too busy, nothing was written: try again",
    }
    found: dict[str, Any] = {
        code: {"description": "Done", "content": {"application/json": {"schema": schema}}}
    }
    for problem in ("401", "403", "422", "429", "503", *problems):
        found[problem] = {"description": known[problem], **PROBLEM}
    for later in ("429", "503"):
        found[later] = found[later] | {"headers": {"Retry-After": {"schema": {"type": "integer"}}}}
    return found


def _body(schema: dict[str, Any]) -> dict[str, Any]:
    needed = bool(schema["required"])
    return {"required": needed, "content": {"application/json": {"schema": schema}}}


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


def _paths() -> dict[str, Any]:
    code = {"name": "code", "in": "path", "required": True, "schema": {"type": "string"}}
    return {
        "/spaces": {"get": _spaces()},
        "/availability": {"get": _availability()},
        "/quotes": {"post": _quotes()},
        "/bookings": {"post": _bookings()},
        "/bookings/{code}": {
            "get": _operation(
                "bookings:read", "One booking", [code], _answers("200", _ref("Booking"), "404")
            )
        },
        "/bookings/{code}/cancellation": {
            "post": _operation(
                "bookings:write",
                "Cancel under the public policy",
                [code, KEY],
                _answers(
                    "201", _object(["refund_cents"], refund_cents=CENTS), "400", "404", "413", "415"
                ),
                _body(_object([], promised_refund_cents=CENTS)),
            )
        },
    }


def _spaces() -> dict[str, Any]:
    parameters = [
        _query("kind", {"type": "string", "enum": list(KINDS)}),
        _query("page", {"type": "integer", "minimum": 1}),
        _query("per_page", {"type": "integer", "minimum": 1, "maximum": MOST}),
    ]
    items = {"type": "array", "items": _ref("Space")}
    page = _object(["items", "total"], items=items, total={"type": "integer"})
    return _operation("spaces:read", "Spaces on sale", parameters, _answers("200", page))


def _quotes() -> dict[str, Any]:
    wish = _object(
        ["space", "starts_at", "ends_at"],
        space={"type": "string"},
        starts_at=MOMENT,
        ends_at=MOMENT,
        people=PEOPLE,
    )
    said = _answers("201", _ref("Quote"), "400", "404", "409", "413", "415")
    return _operation("quotes:write", "A price, kept for 15 minutes", [KEY], said, _body(wish))


def _bookings() -> dict[str, Any]:
    order = _object(
        ["quote", "email", "name"],
        quote={"type": "string"},
        email={"type": "string", "format": "email"},
        name={"type": "string"},
        payment={"type": "string", "enum": ["online", "desk", "on_account"], "default": "online"},
    )
    said = _answers("201", _ref("Booking"), "400", "409", "410", "413", "415")
    return _operation("bookings:write", "Book from a quote", [KEY], said, _body(order))


def _availability() -> dict[str, Any]:
    parameters = [
        _query("space", {"type": "string"}, required=True),
        _query("day", {"type": "string", "format": "date"}, required=True),
        _query("days", {"type": "integer", "minimum": 1, "maximum": 14}),
        _query("minutes", {"type": "integer", "minimum": 15, "maximum": 1440}, required=True),
        _query("people", PEOPLE),
    ]
    item = _object(["starts_at", "state"], starts_at=MOMENT, state={"type": "string"})
    answer = _object(["items"], items={"type": "array", "items": item})
    return _operation(
        "availability:read",
        "Starts and their prices of this moment",
        parameters,
        _answers("200", answer, "404"),
    )


def _operation(
    scope: str,
    summary: str,
    parameters: list[dict[str, Any]],
    responses: dict[str, Any],
    body: dict[str, Any] | None = None,
) -> dict[str, Any]:
    found: dict[str, Any] = {
        "summary": summary,
        "parameters": parameters,
        "responses": responses,
        "security": [{"token": [scope]}],
    }
    if body is not None:
        found["requestBody"] = body
    return found


def document(name: str) -> dict[str, Any]:
    """The whole contract, under the venue's own name."""
    return {
        "openapi": "3.1.0",
        "info": {"title": name, "version": "1.0.0"},
        "servers": [{"url": PREFIX}],
        "paths": _paths(),
        "components": {
            "schemas": SCHEMAS,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }
