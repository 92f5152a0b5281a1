"""Webhooks on the wire: signed as Stripe signs them, retried, or kept back for a test to send."""

import hashlib
import hmac
import json
import random
import threading
import time
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

import urllib3

from app.payments.fake.api import run_due
from app.payments.fake.events import payload
from app.payments.fake.store import Doc, Store

RETRIES = (5, 30, 120, 600, 3600, 7200, 14400, 28800, 57600, 86400, 86400)
TICK = 0.05


def signature(body: str, secret: str, moment: float) -> str:
    """The `Stripe-Signature` header: HMAC-SHA256 over `timestamp.body`."""
    signed = f"{int(moment)}.{body}".encode()
    digest = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    return f"t={int(moment)},v1={digest}"


def at_home(url: str) -> tuple[dict[str, str], str]:
    """`*.localhost` is this machine (RFC 6761), also where the resolver has never heard of it."""
    parts = urlsplit(url)
    if not (parts.hostname or "").endswith(".localhost"):
        return {}, url
    netloc = parts.netloc.replace(str(parts.hostname), "127.0.0.1")
    return {"Host": parts.netloc}, parts._replace(netloc=netloc).geturl()


class Post:
    """Sends deliveries. One thread does so in `auto` mode; in `manual` mode a test does."""

    def __init__(self, store: Store) -> None:
        """Nothing is sent before `start()` or `flush()`."""
        self.store = store
        self.http = urllib3.PoolManager(retries=False, timeout=urllib3.Timeout(10.0))
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin the background thread."""
        self._thread = threading.Thread(target=self._run, name="webhooks", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the background thread and wait for it."""
        self._stop.set()
        if self._thread:
            self._thread.join(timeout=15)
        self.http.clear()

    def _run(self) -> None:
        while not self._stop.wait(TICK):
            run_due(self.store)
            if self.store.knob("webhooks").get("mode", "auto") == "auto":
                self.flush()

    def flush(self, ids: Iterable[int] | None = None, *, due_only: bool = True) -> list[Doc]:
        """Send what is pending, oldest first, or exactly `ids` in the order given."""
        if ids is None:
            rows = self.store.sql(
                "select id from delivery where state = 'pending' and due <= ? order by due, id",
                self.store.now() if due_only else float("inf"),
            )
            ids = [row[0] for row in rows]
        return [self._send(ident) for ident in ids]

    def _send(self, ident: int) -> Doc:
        rows = self.store.sql("select event, endpoint, attempts from delivery where id = ?", ident)
        event_id, endpoint_id, attempts = rows[0]
        event, endpoint = self.store.anywhere(event_id), self.store.anywhere(endpoint_id)
        if event is None or endpoint is None:
            self.store.sql("update delivery set state = 'dropped' where id = ?", ident)
            return {"delivery": ident, "event": event_id, "status": None}
        moment = self.store.now() - float(self.store.knob("webhooks").get("age", 0))
        began = time.perf_counter()
        status = self.post(endpoint[1]["url"], endpoint[1]["_secret"], payload(event[1]), moment)
        done = status is not None and 200 <= status < 300
        self._note(ident, attempts, done=done, status=status)
        return {
            "delivery": ident,
            "event": event_id,
            "type": event[1]["type"],
            "endpoint": endpoint_id,
            "status": status,
            "seconds": round(time.perf_counter() - began, 4),
        }

    def _note(self, ident: int, attempts: int, *, done: bool, status: int | None) -> None:
        wait = RETRIES[min(attempts, len(RETRIES) - 1)]
        state = "sent" if done else "failed" if attempts >= len(RETRIES) else "pending"
        self.store.sql(
            "update delivery set state = ?, attempts = attempts + 1, answer = ?, due = ?"
            " where id = ?",
            state,
            status,
            self.store.now() + (0 if done else wait),
            ident,
        )

    def post(self, url: str, secret: str, body: str, moment: float) -> int | None:
        """Send one signed body; the status of the answer, or None when there was none."""
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
            "Stripe-Signature": signature(body, secret, moment),
        }
        host, reached = at_home(url)
        try:
            answer = self.http.request(
                "POST", reached, body=body.encode(), headers=headers | host, redirect=False
            )
        except urllib3.exceptions.HTTPError:
            return None
        return int(answer.status)


def pick(store: Store, wanted: Doc) -> list[int]:
    """The deliveries a test asks for: all that wait, or named events in `order`, sent or not."""
    if order := wanted.get("order"):
        rows = store.sql("select min(id), event from delivery group by event, endpoint")
        place = {event: index for index, event in enumerate(order)}
        rows = sorted((row for row in rows if row[1] in place), key=lambda row: place[row[1]])
    else:
        rows = store.sql("select id from delivery where state in ('pending', 'held') order by id")
    ids = [row[0] for row in rows for _ in range(int(wanted.get("copies", 1)))]
    if "shuffle" in wanted:
        random.Random(wanted["shuffle"]).shuffle(ids)  # noqa: S311 a repeatable disorder
    return ids


def forged(event: Doc, wanted: Doc) -> str:
    """The body of an event that never was, or not like this."""
    fields: Doc = {k: wanted[k] for k in ("id", "type", "account", "livemode") if k in wanted}
    body: dict[str, Any] = event | fields
    if "object" in wanted:
        body["data"] = {"object": body["data"]["object"] | wanted["object"]}
    if size := int(wanted.get("size", 0)):
        body["padding"] = "x" * max(0, size - len(json.dumps(body)))
    return payload(body)
