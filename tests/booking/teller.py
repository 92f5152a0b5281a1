"""A gateway in memory for the pages: what it answers is set by the test, what it was asked is kept.

That the real gateway behaves like this is the business of tests/payments.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from app.core import clock
from app.payments import gateway as gw


@dataclass
class Teller:
    """Opens pages at `pay.example`, remembers keys, and pays when it is told to."""

    opened: dict[str, gw.Checkout] = field(default_factory=dict)
    payments: dict[str, gw.Payment] = field(default_factory=dict)
    asked: list[dict[str, Any]] = field(default_factory=list)
    refunds: list[tuple[str, int]] = field(default_factory=list)
    trouble: Exception | None = None

    def open_checkout(self, credentials: gw.StripeCredentials, **asked: Any) -> gw.Checkout:
        self.asked.append(asked)
        if self.trouble is not None:
            raise self.trouble
        number = len(self.opened) + 1
        page = gw.Checkout(
            id=f"cs_{number}",
            status=gw.CheckoutStatus.OPEN,
            is_paid=False,
            url=f"https://pay.example/cs_{number}",
            amount_cents=sum(line.unit_cents for line in asked["lines"]),
            currency="eur",
            reference=asked["reference"],
            payment_id=None,
            email=asked["email"],
            expires_at=asked["expires_at"],
            created_at=clock.now(),
            livemode=False,
            metadata={},
        )
        return self.opened.setdefault(asked["key"], page)

    def fetch_checkout(self, credentials: gw.StripeCredentials, checkout_id: str) -> gw.Checkout:
        if self.trouble is not None:
            raise self.trouble
        return next(page for page in self.opened.values() if page.id == checkout_id)

    def find_checkouts(self, credentials: gw.StripeCredentials, **_: Any) -> list[gw.Checkout]:
        if self.trouble is not None:
            raise self.trouble
        return list(self.opened.values())

    def fetch_payment(self, credentials: gw.StripeCredentials, payment_id: str) -> gw.Payment:
        return self.payments[payment_id]

    def refund(self, credentials: Any, *, key: str, payment_id: str, amount_cents: int) -> Any:
        self.refunds.append((payment_id, amount_cents))
        return gw.Refund(
            id=f"re_{len(self.refunds)}",
            payment_id=payment_id,
            status=gw.RefundStatus.SUCCEEDED,
            amount_cents=amount_cents,
            currency="eur",
            created_at=clock.now(),
            metadata={},
        )

    def pay_last(self, status: gw.PaymentStatus = gw.PaymentStatus.SUCCEEDED) -> None:
        """The visitor typed a card number on the last page that was opened."""
        key, page = list(self.opened.items())[-1]
        name = f"pi_{page.id}"
        done = status in (gw.PaymentStatus.SUCCEEDED, gw.PaymentStatus.PROCESSING)
        self.payments[name] = gw.Payment(
            id=name,
            status=status,
            amount_cents=page.amount_cents,
            received_cents=page.amount_cents if done else 0,
            refunded_cents=0,
            currency="eur",
            method="card",
            last4="4242",
            charge_id=None,
            fee_cents=None,
            is_disputed=False,
            failure_code="",
            failure_message="",
            livemode=False,
            metadata={},
        )
        state = gw.CheckoutStatus.COMPLETE if done else gw.CheckoutStatus.OPEN
        self.opened[key] = replace(page, status=state, is_paid=done, payment_id=name)
