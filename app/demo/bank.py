"""The fake Stripe of the demo: venues' accounts, and the payments of bookings that are to come.

What was paid for the past needs no bank; what may still be refunded has a payment there.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from app.core.bulk import Row
from app.payments.fake.server import PLATFORM

PATIENCE = 20


@dataclass(frozen=True)
class Bank:
    """Where it listens and the platform's key; without an address nobody is asked."""

    base: str
    key: str

    def open_account(self, account: str, name: str, email: str) -> None:
        """A connected account that may be paid; once more changes nothing."""
        if self.base:
            body = {"id": account, "platform": PLATFORM, "business_name": name}
            body |= {"email": email, "country": "FR"}
            self._send("/_knobs/accounts", json.dumps(body), {"Content-Type": "application/json"})

    def charge(self, account: str, payments: Sequence[Row]) -> list[str]:
        """The id of a captured payment for each row; an invented one where there is no bank."""
        if not self.base:
            return [str(row["intent_id"]) for row in payments]
        with ThreadPoolExecutor(4) as lanes:
            return list(lanes.map(lambda row: self._charge(account, row), payments))

    def _charge(self, account: str, row: Row) -> str:
        fields = {
            "amount": row["amount_cents"],
            "currency": "eur",
            "payment_method": "pm_card_visa",
            "payment_method_types[]": "card",
            "confirm": "true",
            "metadata[reference]": row["idempotency_key"],
        }
        headers = {
            "Authorization": f"Bearer {self.key}",
            "Stripe-Account": account,
            "Idempotency-Key": str(row["idempotency_key"]),
            "Content-Type": "application/x-www-form-urlencoded",
        }
        return str(self._send("/v1/payment_intents", urlencode(fields), headers)["id"])

    def _send(self, path: str, body: str, headers: dict[str, str]) -> Row:
        request = Request(self.base + path, body.encode(), headers)  # noqa: S310  # http setting
        try:
            with urlopen(request, timeout=PATIENCE) as answer:  # noqa: S310
                found: Row = json.load(answer)
                return found
        except URLError as error:
            detail = error.read().decode() if hasattr(error, "read") else ""
            raise SystemExit(f"demo: the fake Stripe refuses {path}: {error} {detail}") from error
