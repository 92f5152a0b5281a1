"""Failures of the API on demand: each knob matches some requests and spoils a number of them."""

import fnmatch
import random
import time
from dataclasses import dataclass

from app.payments.fake.store import Doc, Store
from app.payments.fake.wire import Refusal

KINDS = {
    "timeout_before": "hang, then drop the connection; nothing happened",
    "timeout_after": "do it, hang, then drop the connection",
    "reset_before": "drop the connection at once; nothing happened",
    "reset_after": "do it, then drop the connection",
    "error_500": "answer 500 (and remember it for the key); nothing happened",
    "error_500_after": "do it, yet answer 500 (and remember it for the key)",
    "rate_limit": "answer 429 before the key is looked at",
    "slow": "wait, then do it and answer",
    "slow_answer": "do it, wait, then answer",
}
SERVER_ERROR: Doc = {
    "error": {
        "message": "An unknown error occurred.",
        "type": "api_error",
    }
}


@dataclass(frozen=True, slots=True)
class Fault:
    """What befalls one request; the empty kind is a good day."""

    kind: str = ""
    seconds: float = 0

    def at_the_door(self) -> None:
        """Whatever is refused before the idempotency key is looked at."""
        if self.kind == "rate_limit":
            raise Refusal("Too many requests.", 429, code="rate_limit", stored=False)

    def before(self) -> None:
        """Whatever goes wrong ahead of the effect."""
        if self.kind in {"timeout_before", "slow"}:
            time.sleep(self.seconds)
        if self.kind in {"timeout_before", "reset_before"}:
            raise ConnectionAbortedError(self.kind)

    def after(self) -> None:
        """Whatever goes wrong once the effect is stored."""
        if self.kind in {"timeout_after", "slow_answer"}:
            time.sleep(self.seconds)
        if self.kind in {"timeout_after", "reset_after"}:
            raise ConnectionAbortedError(self.kind)


def refused(doc: Doc) -> str:
    """Why a fault cannot be installed, or an empty text."""
    unknown = set(doc) - {"kind", "method", "path", "account", "times", "seconds", "share", "seed"}
    if unknown:
        return f"unknown: {', '.join(sorted(unknown))}"
    if doc.get("kind") not in KINDS:
        return f"kind must be one of {', '.join(KINDS)}"
    if not 0 < float(doc.get("share", 1)) <= 1:
        return "share must be above 0 and at most 1"
    return ""


def take(store: Store, method: str, path: str, account: str) -> Fault:
    """The first installed fault that matches, counted down; the same seed spoils the same calls."""
    with store.transaction():
        state = store.knob("faults")
        for doc in state.get("list", []):
            if doc["times"] == 0 or not _matches(doc, method, path, account):
                continue
            doc["seen"] = doc.get("seen", 0) + 1
            chance = random.Random(f"{doc.get('seed', 0)}/{doc['seen']}").random()  # noqa: S311
            hit = chance < float(doc.get("share", 1))
            if hit:
                doc["times"] -= 1
                doc["done"] = doc.get("done", 0) + 1
            store.turn("faults", state)
            if hit:
                return Fault(doc["kind"], float(doc.get("seconds", 0)))
    return Fault()


def _matches(doc: Doc, method: str, path: str, account: str) -> bool:
    return (
        doc.get("method", method).upper() == method
        and fnmatch.fnmatchcase(path, doc.get("path", "*"))
        and doc.get("account", account) == account
    )
