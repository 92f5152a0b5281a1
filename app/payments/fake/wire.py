"""What goes over the wire: bracketed form fields in, JSON documents and errors out."""

import json
import re
from collections.abc import Iterable
from typing import Any

from app.payments.fake.store import Doc

PART = re.compile(r"[^\[\]]+")
CURRENCIES = {"eur", "chf", "gbp", "usd"}


class Refusal(Exception):
    """An error answer of the API. `stored` tells whether its idempotency key remembers it."""

    def __init__(
        self, message: str, status: int = 400, *, stored: bool = True, **fields: Any
    ) -> None:
        """`fields` are those of Stripe's error object: type, code, param, decline_code..."""
        super().__init__(message)
        self.status = status
        self.stored = stored
        self.error: Doc = {"message": message, "type": "invalid_request_error"} | fields

    @property
    def body(self) -> Doc:
        """The JSON body of the answer."""
        return {"error": self.error}


def missing(param: str) -> Refusal:
    """A required parameter is absent."""
    return Refusal(
        f"Missing required param: {param}.", stored=False, code="parameter_missing", param=param
    )


def invalid(message: str, param: str, code: str | None = None) -> Refusal:
    """A parameter was sent and cannot be used."""
    refusal = Refusal(message, stored=False, param=param)
    if code:
        refusal.error["code"] = code
    return refusal


def unknown_object(kind: str, ident: str, *, status: int = 404, param: str = "id") -> Refusal:
    """404 in a path, 400 in a body; another account's object is answered just the same."""
    return Refusal(
        f"No such {kind}: '{ident}'", status, stored=False, code="resource_missing", param=param
    )


def decode(pairs: Iterable[tuple[str, str]]) -> Doc:
    """`a[b][0]=1` becomes {"a": {"b": ["1"]}}, and so does `a[b][]=1`."""
    tree: Doc = {}
    for place, (name, value) in enumerate(pairs):
        parts = PART.findall(name)
        if name.endswith("[]"):
            parts.append(f"+{place}")
        node = tree
        for part in parts[:-1]:
            child = node.setdefault(part, {})
            if not isinstance(child, dict):
                raise invalid("Invalid object", name)
            node = child
        node[parts[-1]] = value
    return {name: listed(value) for name, value in tree.items()}


def listed(value: Any) -> Any:
    """Turn objects whose keys are all indices into lists."""
    if not isinstance(value, dict):
        return value
    inner = {name: listed(child) for name, child in value.items()}
    if inner and all(name.isdigit() or name.startswith("+") for name in inner):
        return list(inner.values())
    return inner


def integer(params: Doc, name: str, default: int | None = None, least: int = 1) -> int:
    """A whole number, `least` or more."""
    raw = params.get(name, default)
    if raw is None:
        raise missing(name)
    try:
        value = int(str(raw))
    except ValueError:
        raise invalid(f"Invalid integer: {raw}", name, "parameter_invalid_integer") from None
    if value < least:
        raise invalid(
            f"This value must be greater than or equal to {least}.",
            name,
            "parameter_invalid_integer",
        )
    return value


def required(params: Doc, name: str) -> Any:
    """The parameter, or the refusal that names it."""
    if params.get(name) in (None, "", {}, []):
        raise missing(name)
    return params[name]


def currency(params: Doc, name: str = "currency") -> str:
    """A currency the fake knows, in lower case."""
    value = str(required(params, name)).lower()
    if value not in CURRENCIES:
        raise invalid(f"Invalid currency: {value}.", name)
    return value


def texts(params: Doc, name: str = "metadata") -> dict[str, str]:
    """A flat map of texts, within Stripe's limits."""
    value = params.get(name) or {}
    if not isinstance(value, dict) or len(value) > 50:
        raise invalid(f"Invalid {name}: up to 50 keys with text values.", name)
    for key, text in value.items():
        if len(key) > 40 or len(str(text)) > 500:
            raise invalid(
                f"Metadata keys have up to 40 characters, values up to 500 ({key}).", name
            )
    return {key: str(text) for key, text in value.items()}


def public(doc: Doc) -> Doc:
    """The document as the API shows it: what starts with an underscore stays inside."""
    return {name: value for name, value in doc.items() if not name.startswith("_")}


def encode(doc: Doc) -> str:
    """The exact text sent, in Stripe's two-space layout."""
    return json.dumps(doc, indent=2, ensure_ascii=False)


def money(cents: int, code: str) -> str:
    """An amount as Stripe words it in messages."""
    sign = {"eur": "€", "gbp": "£", "usd": "$"}.get(code, code.upper() + " ")
    return f"{sign}{cents // 100:,}.{cents % 100:02d}"
