"""The door of the API: key, account, idempotency, then one handler inside one transaction."""

import base64
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from werkzeug.wrappers import Request, Response

from app.payments.fake import faults
from app.payments.fake.store import Doc, Store, fresh_id
from app.payments.fake.wire import Refusal, decode, encode, invalid, public, unknown_object

API_VERSION = "2026-10-28.endive"
KEY_LIFE = 24 * 3600
COMMON = {"expand"}
PAGING = {"limit", "starting_after", "ending_before"}


@dataclass(slots=True)
class Call:
    """One request, or one thing that happens later, on behalf of one account."""

    store: Store
    account: str
    livemode: bool = False
    base: str = ""
    params: Doc = field(default_factory=dict)
    request: str | None = None
    key: str | None = None
    platform: str | None = None

    def get(self, kind: str, ident: str, *, param: str = "id", status: int = 404) -> Doc:
        """The account's own document, or the same 404 as for an id that never was."""
        doc = self.store.get(self.account, kind, ident)
        if doc is None:
            raise unknown_object(kind, ident, status=status, param=param)
        return doc

    def new(self, kind: str, prefix: str, **fields: Any) -> Doc:
        """Store a new document of the account."""
        head = {"id": fresh_id(prefix), "object": kind, "created": int(self.store.now())}
        return self.store.put(self.account, head | {"livemode": self.livemode} | fields)

    def save(self, doc: Doc) -> Doc:
        """Store a changed document."""
        return self.store.put(self.account, doc)


Handler = Callable[..., Doc]
ROUTES: list[tuple[str, re.Pattern[str], Handler, set[str]]] = []
EXPANDABLE = {"payment_intent", "latest_charge", "charge", "customer", "payment_method",
              "balance_transaction"}  # fmt: skip


def route(method: str, path: str, allowed: str = "") -> Callable[[Handler], Handler]:
    """Register a handler; `allowed` lists its parameters, anything else is refused by name."""
    pattern = re.compile("^/v1/" + re.sub(r"<\w+>", r"([\\w.]+)", path) + "$")

    def register(handler: Handler) -> Handler:
        ROUTES.append((method, pattern, handler, set(allowed.split()) | COMMON))
        return handler

    return register


def page(call: Call, docs: list[Doc], url: str) -> Doc:
    """One page of a list that is sorted newest first."""
    try:
        limit = int(call.params.get("limit", 10))
    except ValueError:
        raise invalid("Invalid integer", "limit", "parameter_invalid_integer") from None
    if not 1 <= limit <= 100:
        raise invalid("Limit must be between 1 and 100.", "limit", "parameter_invalid_integer")
    ids = [doc["id"] for doc in docs]
    for cursor in ("starting_after", "ending_before"):
        mark = call.params.get(cursor)
        if mark and mark not in ids:
            raise unknown_object("object", mark, status=400, param=cursor)
        if mark:
            place = ids.index(mark)
            docs = docs[place + 1 :] if cursor == "starting_after" else docs[:place]
    if call.params.get("ending_before"):
        chosen, more = docs[-limit:], len(docs) > limit
    else:
        chosen, more = docs[:limit], len(docs) > limit
    return {
        "object": "list",
        "url": url,
        "has_more": more,
        "data": [public(doc) for doc in chosen],
    }


def within(call: Call, docs: list[Doc]) -> list[Doc]:
    """Keep the documents whose `created` answers the filter of the same name."""
    wanted = call.params.get("created")
    if not wanted:
        return docs
    if not isinstance(wanted, dict):
        return [doc for doc in docs if doc["created"] == int(wanted)]
    tests: dict[str, Callable[[int, int], bool]] = {
        "gt": lambda a, b: a > b,
        "gte": lambda a, b: a >= b,
        "lt": lambda a, b: a < b,
        "lte": lambda a, b: a <= b,
    }
    if set(wanted) - set(tests):
        raise invalid("Unknown comparison.", "created")
    return [
        doc
        for doc in docs
        if all(tests[name](doc["created"], int(bound)) for name, bound in wanted.items())
    ]


def expand(call: Call, doc: Doc, path: list[str]) -> None:
    """Replace the id at `path` by its document, in place."""
    name, rest = path[0], path[1:]
    children = doc.get(name)
    if name == "data":
        for child in doc["data"]:
            expand(call, child, rest)
        return
    if isinstance(children, str):
        found = call.store.anywhere(children)
        if name not in EXPANDABLE or found is None:
            raise invalid(f"This property cannot be expanded ({name}).", "expand")
        doc[name] = children = public(found[1])
    if rest and isinstance(children, dict):
        expand(call, children, rest)


class Api:
    """Answers /v1; holds no state of its own beyond the store."""

    def __init__(self, store: Store) -> None:
        """`store` is shared with the hosted pages and the delivery thread."""
        self.store = store

    def __call__(self, request: Request) -> Response:
        """Answer, refuse, or fail as the fault knobs ask."""
        request_id = fresh_id("req_", 14)
        try:
            call = self._opened(request, request_id)
            fault = faults.take(self.store, request.method, request.path, call.account)
            fault.at_the_door()
            status, body, replayed_from = self._answered(request, call, fault)
        except Refusal as refusal:
            status, body, replayed_from = refusal.status, encode(refusal.body), None
        response = Response(body, status, content_type="application/json")
        response.headers["Request-Id"] = request_id
        response.headers["Stripe-Version"] = request.headers.get("Stripe-Version", API_VERSION)
        if key := request.headers.get("Idempotency-Key"):
            response.headers["Idempotency-Key"] = key
        if replayed_from:
            response.headers["Idempotent-Replayed"] = "true"
            response.headers["Original-Request"] = replayed_from
        return response

    def _opened(self, request: Request, request_id: str) -> Call:
        """The account a key and a `Stripe-Account` header give access to."""
        key = bearer(request.headers.get("Authorization", ""))
        rows = self.store.sql("select account from api_key where key = ?", key)
        if not rows:
            message = (
                f"Invalid API Key provided: {key[:8]}{'*' * 8}"
                if key
                else ("You did not provide an API key.")
            )
            raise Refusal(message, 401, stored=False)
        account, livemode = rows[0][0], key.startswith("sk_live_")
        call = Call(self.store, account, livemode, request.host_url.rstrip("/"), request=request_id)
        named = request.headers.get("Stripe-Account")
        if named and named != account:
            found = self.store.anywhere(named)
            if found is None or found[1].get("_platform") != account:
                raise Refusal(
                    f"The provided key '{key[:8]}***' does not have access to account '{named}' "
                    "(or that account does not exist). Application access may have been revoked.",
                    403,
                    stored=False,
                    code="account_invalid",
                )
            call.account, call.platform = named, account
        call.key = request.headers.get("Idempotency-Key") if request.method == "POST" else None
        return call

    def _answered(
        self, request: Request, call: Call, fault: "faults.Fault"
    ) -> tuple[int, str, str | None]:
        raw = request.get_data(as_text=True) if request.method == "POST" else ""
        if call.key and (known := self._claimed(call, request.path, raw)):
            return known
        try:
            fault.before()
            with self.store.transaction():
                status, body = self._effect(request, call, fault)
                self._remember(call, status, body)
        except BaseException:
            self._release(call)
            raise
        fault.after()
        return status, body, None

    def _effect(self, request: Request, call: Call, fault: "faults.Fault") -> tuple[int, str]:
        """Run the handler. A declined card is an answer: what it changed stays changed."""
        run_due(self.store, call.base)
        if fault.kind == "error_500":
            return 500, encode(faults.SERVER_ERROR)
        try:
            doc = self._handled(request, call)
        except Refusal as refusal:
            if not refusal.stored:
                raise
            return refusal.status, encode(refusal.body)
        if fault.kind == "error_500_after":
            return 500, encode(faults.SERVER_ERROR)
        return 200, encode(public(doc))

    def _handled(self, request: Request, call: Call) -> Doc:
        for method, pattern, handler, allowed in ROUTES:
            match = pattern.match(request.path)
            if match and method == request.method:
                source = request.form if method == "POST" else request.args
                call.params = decode(source.items(multi=True))
                for name in call.params:
                    if name not in allowed:
                        raise invalid(
                            f"Received unknown parameter: {name}", name, "parameter_unknown"
                        )
                doc = public(handler(call, *match.groups()))
                for path in call.params.get("expand", []):
                    expand(call, doc, path.split("."))
                return doc
        raise Refusal(
            f"Unrecognized request URL ({request.method}: {request.path}).", 404, stored=False
        )

    # -- idempotency -----------------------------------------------------------------------
    def _claimed(self, call: Call, path: str, raw: str) -> tuple[int, str, str] | None:
        """None when the key is now ours; the stored answer when it was used before."""
        digest = hashlib.sha256(raw.encode()).hexdigest()
        now = int(self.store.now())
        if len(call.key or "") > 255:
            raise invalid("Idempotency keys can have up to 255 characters.", "Idempotency-Key")
        with self.store.transaction():
            self.store.sql("delete from idempotency where created < ?", now - KEY_LIFE)
            rows = self.store.sql(
                "select path, digest, status, body, request from idempotency"
                " where account = ? and key = ?",
                call.account,
                call.key,
            )
            if not rows:
                self.store.sql(
                    "insert into idempotency values (?, ?, ?, ?, ?, ?, null, null)",
                    call.account,
                    call.key,
                    path,
                    digest,
                    now,
                    call.request,
                )
                return None
        known_path, known_digest, status, body, first = rows[0]
        if (known_path, known_digest) != (path, digest):
            raise misused_key(str(call.key), known_path if known_path != path else None)
        if status is None:
            raise Refusal(
                "There is currently another in-progress request using this Idempotent Key (that "
                "probably means you submitted twice, and the other request is still going "
                f"through): {call.key}.",
                409,
                type="idempotency_error",
                code="idempotency_key_in_use",
            )
        return status, body, first

    def _remember(self, call: Call, status: int, body: str) -> None:
        if call.key:
            self.store.sql(
                "update idempotency set status = ?, body = ? where account = ? and key = ?",
                status,
                body,
                call.account,
                call.key,
            )

    def _release(self, call: Call) -> None:
        if call.key:
            self.store.sql(
                "delete from idempotency where account = ? and key = ? and status is null",
                call.account,
                call.key,
            )


def bearer(header: str) -> str:
    """The secret key of an Authorization header, Bearer or Basic."""
    scheme, _, value = header.partition(" ")
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(value).decode().partition(":")[0]
        except ValueError:
            return ""
    return value.strip()


def misused_key(key: str, other_path: str | None) -> Refusal:
    """The same key for another request."""
    rule = (
        f"for the same endpoint they were first used for ('{other_path}')"
        if other_path
        else "with the same parameters they were first used with"
    )
    return Refusal(
        f"Keys for idempotent requests can only be used {rule}. Try using a key other than "
        f"'{key}' if you meant to execute a different request.",
        type="idempotency_error",
        stored=False,
    )


Task = Callable[[Call, str, Doc], None]
TASKS: dict[str, Task] = {}


def task(kind: str) -> Callable[[Task], Task]:
    """Register what happens when a task of this kind is due."""

    def register(work: Task) -> Task:
        TASKS[kind] = work
        return work

    return register


def run_due(store: Store, base: str = "") -> int:
    """Do what the clock makes due: expiries, SEPA answers, late refunds. Tells how many."""
    with store.transaction():
        count = 0
        while due := store.due():
            for kind, subject in due:
                account, doc = store.anywhere(subject) or ("", {})
                TASKS[kind](Call(store, account, doc.get("livemode", False), base), subject, doc)
            count += len(due)
        return count
