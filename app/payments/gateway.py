"""What the product asks of whoever moves money, and what it may hear back.

Amounts are integer cents. Every write carries an idempotency key of the caller's: the same key and
the same arguments may be sent again at any time and move money once. Four answers are possible:
a result, `Declined` (the payer's bank said no), `Refused` (the request is wrong and changed
nothing), `Unavailable` (nothing was done; ask again), and `Unknown` (it may or may not be done).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

SHORTEST_CHECKOUT = timedelta(minutes=30)
LONGEST_CHECKOUT = timedelta(hours=24)


class GatewayError(Exception):
    """Something other than a result. `code` is the provider's, `request_id` its own reference."""

    def __init__(self, message: str, *, code: str = "", request_id: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.request_id = request_id


class Declined(GatewayError):
    """The payer's bank said no. Nothing was taken; another method may work."""

    def __init__(
        self, message: str, *, code: str = "", decline_code: str = "", request_id: str = ""
    ) -> None:
        super().__init__(message, code=code, request_id=request_id)
        self.decline_code = decline_code


class Refused(GatewayError):
    """The request is wrong: asking again the same way is of no use. Nothing was changed."""


class Unavailable(GatewayError):
    """Nothing was done: unreachable, or too many requests. Ask again later with the same key."""


class Unknown(GatewayError):
    """It may or may not be done. Only the same key, or looking at the object, can tell."""


class Forged(GatewayError):
    """A webhook that the provider did not sign, or signed too long ago."""


@dataclass(frozen=True, slots=True)
class StripeCredentials:
    """Whose money it is: own keys, or the platform's key and a connected account."""

    api_key: str = field(repr=False)
    account: str | None = None
    webhook_secret: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a basket as the payer reads it; tax included."""

    name: str
    unit_cents: int
    quantity: int = 1
    description: str = ""


class CheckoutStatus(StrEnum):
    """Where a visitor stands on the provider's page."""

    OPEN = "open"
    COMPLETE = "complete"
    EXPIRED = "expired"


class PaymentStatus(StrEnum):
    """Where the money stands. `AWAITING` covers a decline: the payer may try again."""

    AWAITING = "awaiting"
    CHALLENGED = "challenged"
    PROCESSING = "processing"
    RESERVED = "reserved"
    SUCCEEDED = "succeeded"
    CANCELED = "canceled"


class RefundStatus(StrEnum):
    """Where money going back stands. A refund may still fail after it succeeded."""

    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELED = "canceled"


@dataclass(frozen=True, slots=True)
class Checkout:
    """A page to pay on. `payment_id` is set once the visitor went through."""

    id: str
    status: CheckoutStatus
    is_paid: bool
    url: str | None
    amount_cents: int
    currency: str
    reference: str
    payment_id: str | None
    email: str | None
    expires_at: datetime
    created_at: datetime
    livemode: bool
    metadata: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Payment:
    """One movement of money towards the venue, as it stands now."""

    id: str
    status: PaymentStatus
    amount_cents: int
    received_cents: int
    refunded_cents: int
    currency: str
    method: str
    last4: str
    charge_id: str | None
    fee_cents: int | None
    is_disputed: bool
    failure_code: str
    failure_message: str
    livemode: bool
    metadata: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Refund:
    """One movement of money back to the payer."""

    id: str
    payment_id: str | None
    status: RefundStatus
    amount_cents: int
    currency: str
    created_at: datetime
    metadata: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Dispute:
    """The payer's bank took a payment back and asks for proof, or decided."""

    id: str
    payment_id: str | None
    status: str
    amount_cents: int


@dataclass(frozen=True, slots=True)
class Envelope:
    """What an event says about itself. The object is fetched again, never believed from here."""

    id: str
    type: str
    account: str | None
    livemode: bool
    object_id: str
    object_type: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class MerchantAccount:
    """The venue at the provider."""

    id: str
    business_name: str
    country: str
    can_be_paid: bool
    has_papers: bool


@dataclass(frozen=True, slots=True)
class OnboardingLink:
    """Where a venue hands in its papers; good for one visit."""

    url: str
    expires_at: datetime


class Gateway(Protocol):
    """Every method may raise `Refused`, `Unavailable` or `Unknown` besides what it says."""

    def open_checkout(
        self,
        credentials: StripeCredentials,
        *,
        key: str,
        reference: str,
        lines: Sequence[Line],
        success_url: str,
        cancel_url: str,
        currency: str = "eur",
        methods: Sequence[str] = ("card",),
        email: str | None = None,
        expires_at: datetime | None = None,
        locale: str = "fr",
        description: str = "",
        metadata: Mapping[str, str] | None = None,
        fee_cents: int | None = None,
    ) -> Checkout:
        """Open a page to pay on, 30 minutes to 24 hours (24 hours when no end is given)."""
        ...

    def fetch_checkout(self, credentials: StripeCredentials, checkout_id: str) -> Checkout:
        """The checkout as it stands."""
        ...

    def find_checkouts(
        self, credentials: StripeCredentials, *, reference: str, since: datetime
    ) -> list[Checkout]:
        """Checkouts opened since then with this reference, newest first."""
        ...

    def expire_checkout(self, credentials: StripeCredentials, checkout_id: str) -> Checkout:
        """End an open checkout; one that already ended is returned as it is, perhaps paid."""
        ...

    def fetch_payment(self, credentials: StripeCredentials, payment_id: str) -> Payment:
        """The payment as it stands, with its fee once known."""
        ...

    def refund(
        self,
        credentials: StripeCredentials,
        *,
        key: str,
        payment_id: str,
        amount_cents: int | None = None,
        metadata: Mapping[str, str] | None = None,
    ) -> Refund:
        """Give back an amount, or all that is left. Too much is `Refused`."""
        ...

    def fetch_refund(self, credentials: StripeCredentials, refund_id: str) -> Refund:
        """The refund as it stands."""
        ...

    def refunds_of(self, credentials: StripeCredentials, payment_id: str) -> list[Refund]:
        """All refunds of a payment, newest first."""
        ...

    def fetch_dispute(self, credentials: StripeCredentials, dispute_id: str) -> Dispute:
        """The dispute as it stands."""
        ...

    def list_events(
        self, credentials: StripeCredentials, *, since: datetime, types: Sequence[str] = ()
    ) -> Iterator[Envelope]:
        """Events since then, newest first, for the account of the credentials."""
        ...

    def verify_webhook(
        self, payload: bytes, signature: str, secrets: str | Sequence[str]
    ) -> Envelope:
        """The envelope of a webhook signed with one of the secrets, else `Forged`."""
        ...

    def fetch_account(self, credentials: StripeCredentials) -> MerchantAccount:
        """The account the credentials speak for."""
        ...

    def create_account(
        self,
        credentials: StripeCredentials,
        *,
        key: str,
        business_name: str,
        email: str,
        country: str = "FR",
        metadata: Mapping[str, str] | None = None,
    ) -> MerchantAccount:
        """A connected account of the platform; it cannot be paid before onboarding."""
        ...

    def onboarding_link(
        self, credentials: StripeCredentials, account_id: str, *, return_url: str, refresh_url: str
    ) -> OnboardingLink:
        """A fresh link for the venue's papers."""
        ...
