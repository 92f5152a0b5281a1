"""Stripe, through its SDK. The only file that knows the SDK.

Writes are sent once: an unknown outcome is told to the caller, whose row holds the key to ask
again. Reads are retried once by the SDK. Nothing is read from the SDK's globals.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, cast

import stripe
import urllib3

from app.payments.gateway import (
    Checkout,
    CheckoutStatus,
    Declined,
    Dispute,
    Envelope,
    Forged,
    Gateway,
    GatewayError,
    Line,
    MerchantAccount,
    OnboardingLink,
    Payment,
    PaymentStatus,
    Refund,
    RefundStatus,
    Refused,
    StripeCredentials,
    Unavailable,
    Unknown,
)

API_BASE = "https://api.stripe.com"
TOLERANCE = 300
WITH_CHARGE = ["latest_charge.balance_transaction"]
STATUSES = {
    "requires_payment_method": PaymentStatus.AWAITING,
    "requires_confirmation": PaymentStatus.AWAITING,
    "requires_action": PaymentStatus.CHALLENGED,
    "processing": PaymentStatus.PROCESSING,
    "requires_capture": PaymentStatus.RESERVED,
    "succeeded": PaymentStatus.SUCCEEDED,
    "canceled": PaymentStatus.CANCELED,
}


class StripeGateway(Gateway):
    """The gateway on one API base; safe to share between threads."""

    def __init__(
        self,
        api_base: str = API_BASE,
        *,
        connect_seconds: float = 3.0,
        read_seconds: float = 20.0,
        http_client: stripe.HTTPClient | None = None,
    ) -> None:
        """`read_seconds` is how long a visitor may wait before the outcome counts as unknown."""
        self._base = api_base.rstrip("/")
        self._http = http_client or stripe.RequestsClient(timeout=(connect_seconds, read_seconds))

    def close(self) -> None:
        """Close the connections of the calling thread."""
        self._http.close()  # type: ignore[no-untyped-call]

    def _client(self, credentials: StripeCredentials) -> stripe.StripeClient:
        return stripe.StripeClient(
            credentials.api_key,
            stripe_account=credentials.account,
            base_addresses={"api": self._base},
            max_network_retries=1,
            http_client=self._http,
        )

    # -- checkout --------------------------------------------------------------------------
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
        """Open a hosted page. `reference` and `metadata` also reach the payment itself.

        Stripe refuses an end nearer than 30 minutes: let the page end late and call
        `expire_checkout` when the hold lapses. Arguments must be the same for the same key, so
        `expires_at` comes from a stored row, never from the clock.
        """
        marks = {"reference": reference} | dict(metadata or {})
        params: dict[str, Any] = {
            "mode": "payment",
            "client_reference_id": reference,
            "line_items": [_line_item(line, currency) for line in lines],
            "payment_method_types": list(methods),
            "payment_intent_data": _intent(marks, description, fee_cents),
            "metadata": marks,
            "locale": locale,
            "success_url": success_url,
            "cancel_url": cancel_url,
        }
        if email:
            params["customer_email"] = email
        if expires_at:
            params["expires_at"] = int(expires_at.timestamp())
        with outcomes(write=True):
            return _checkout(
                self._client(credentials).v1.checkout.sessions.create(
                    cast("Any", params), options=_once(key)
                )
            )

    def fetch_checkout(self, credentials: StripeCredentials, checkout_id: str) -> Checkout:
        """The checkout as it stands."""
        with outcomes():
            return _checkout(self._client(credentials).v1.checkout.sessions.retrieve(checkout_id))

    def find_checkouts(
        self, credentials: StripeCredentials, *, reference: str, since: datetime
    ) -> list[Checkout]:
        """What became of an opening whose answer was lost for good (a 500 kept under its key)."""
        with outcomes():
            sessions = self._client(credentials).v1.checkout.sessions.list(
                {"created": {"gte": int(since.timestamp())}, "limit": 100}
            )
            return [
                _checkout(session)
                for session in sessions.auto_paging_iter()
                if session.client_reference_id == reference
            ]

    def expire_checkout(self, credentials: StripeCredentials, checkout_id: str) -> Checkout:
        """End it, or see that it ended: a visitor who was quicker is found COMPLETE here."""
        try:
            with outcomes(write=True):
                return _checkout(
                    self._client(credentials).v1.checkout.sessions.expire(
                        checkout_id, options={"max_network_retries": 0}
                    )
                )
        except Refused:
            found = self.fetch_checkout(credentials, checkout_id)
            if found.status is CheckoutStatus.OPEN:
                raise
            return found

    # -- payments and refunds --------------------------------------------------------------
    def fetch_payment(self, credentials: StripeCredentials, payment_id: str) -> Payment:
        """The payment as it stands, with its last charge and Stripe's fee."""
        with outcomes():
            return _payment(
                self._client(credentials).v1.payment_intents.retrieve(
                    payment_id, {"expand": WITH_CHARGE}
                )
            )

    def refund(
        self,
        credentials: StripeCredentials,
        *,
        key: str,
        payment_id: str,
        amount_cents: int | None = None,
        metadata: Mapping[str, str] | None = None,
    ) -> Refund:
        """Give back; the key goes along as metadata, so that a lost answer can be looked up."""
        params: dict[str, Any] = {
            "payment_intent": payment_id,
            "metadata": {"key": key} | dict(metadata or {}),
        }
        if amount_cents is not None:
            params["amount"] = amount_cents
        with outcomes(write=True):
            made = self._client(credentials).v1.refunds.create(
                cast("Any", params), options=_once(key)
            )
            return _refund(made)

    def fetch_refund(self, credentials: StripeCredentials, refund_id: str) -> Refund:
        """The refund as it stands."""
        with outcomes():
            return _refund(self._client(credentials).v1.refunds.retrieve(refund_id))

    def refunds_of(self, credentials: StripeCredentials, payment_id: str) -> list[Refund]:
        """All refunds of a payment, newest first."""
        with outcomes():
            found = self._client(credentials).v1.refunds.list(
                {"payment_intent": payment_id, "limit": 100}
            )
            return [_refund(one) for one in found.auto_paging_iter()]

    def fetch_dispute(self, credentials: StripeCredentials, dispute_id: str) -> Dispute:
        """The dispute as it stands."""
        with outcomes():
            found = self._client(credentials).v1.disputes.retrieve(dispute_id)
            return Dispute(found.id, _ident(found.payment_intent), found.status, found.amount)

    # -- events ----------------------------------------------------------------------------
    def list_events(
        self, credentials: StripeCredentials, *, since: datetime, types: Sequence[str] = ()
    ) -> Iterator[Envelope]:
        """Events of the last 30 days at most, for catching up after missed webhooks."""
        params: dict[str, Any] = {"created": {"gte": int(since.timestamp())}, "limit": 100}
        if types:
            params["types"] = list(types)
        with outcomes():
            found = self._client(credentials).v1.events.list(cast("Any", params))
            for event in found.auto_paging_iter():
                yield _envelope(event.to_dict())

    def verify_webhook(
        self, payload: bytes, signature: str, secrets: str | Sequence[str]
    ) -> Envelope:
        """Check the signature and its age; several secrets while one is being replaced."""
        reason = "no secret"
        for secret in [secrets] if isinstance(secrets, str) else secrets:
            try:
                event = stripe.Webhook.construct_event(payload, signature, secret, TOLERANCE)
                return _envelope(event.to_dict())
            except stripe.SignatureVerificationError as error:
                reason = str(error)
            except (ValueError, KeyError, TypeError, AttributeError):
                raise Forged("not an event") from None
        raise Forged(reason)

    # -- accounts --------------------------------------------------------------------------
    def fetch_account(self, credentials: StripeCredentials) -> MerchantAccount:
        """The account the credentials speak for."""
        with outcomes():
            client = self._client(credentials)
            if credentials.account:
                return _account(client.v1.accounts.retrieve(credentials.account))
            return _account(client.v1.accounts.retrieve_current())

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
        """A connected account that pays its own fees, bears its own losses and has a dashboard."""
        params: dict[str, Any] = {
            "country": country,
            "email": email,
            "business_profile": {"name": business_name},
            "metadata": dict(metadata or {}),
            "controller": {
                "fees": {"payer": "account"},
                "losses": {"payments": "stripe"},
                "stripe_dashboard": {"type": "full"},
            },
        }
        with outcomes(write=True):
            made = self._client(credentials).v1.accounts.create(
                cast("Any", params), options=_once(key)
            )
            return _account(made)

    def onboarding_link(
        self, credentials: StripeCredentials, account_id: str, *, return_url: str, refresh_url: str
    ) -> OnboardingLink:
        """A fresh link; `refresh_url` is where a stale one leads."""
        with outcomes(write=True):
            link = self._client(credentials).v1.account_links.create(
                {
                    "account": account_id,
                    "type": "account_onboarding",
                    "return_url": return_url,
                    "refresh_url": refresh_url,
                },
                options={"max_network_retries": 0},
            )
            return OnboardingLink(link.url, _instant(link.expires_at))


def _once(key: str) -> Any:
    if not key:
        raise ValueError("a write needs an idempotency key")
    return {"idempotency_key": key, "max_network_retries": 0}


# -- answers ---------------------------------------------------------------------------------
@contextmanager
def outcomes(*, write: bool = False) -> Iterator[None]:
    """Turn the SDK's errors into ours. Only a write can leave an unknown outcome."""
    try:
        yield
    except stripe.StripeError as error:
        raise _ours(error, write=write) from error


def _ours(error: stripe.StripeError, *, write: bool) -> GatewayError:
    about = {"code": error.code or _code(error), "request_id": error.request_id or ""}
    message = error.user_message or str(error)
    if isinstance(error, stripe.CardError):
        decline = getattr(error.error, "decline_code", None) or ""
        return Declined(message, decline_code=decline, **about)
    if isinstance(error, stripe.RateLimitError):
        return Unavailable(message, **about)
    if isinstance(error, stripe.APIConnectionError) and _never_sent(error):
        return Unavailable(message, **about)
    if isinstance(error, stripe.APIConnectionError | stripe.APIError):
        # Includes 409, the same key at work elsewhere, and 500, which may have done it or not.
        return Unknown(message, **about) if write else Unavailable(message, **about)
    return Refused(message, **about)


def _code(error: stripe.StripeError) -> str:
    return getattr(error.error, "code", None) or getattr(error.error, "type", None) or ""


def _never_sent(error: BaseException) -> bool:
    """Whether no connection was made at all, so that Stripe cannot have heard the request."""
    link: BaseException | None = error
    while link:
        reason = getattr(link, "reason", None)
        for one in (link, reason, *link.args):
            inner = getattr(one, "reason", one)
            if isinstance(
                inner,
                urllib3.exceptions.NewConnectionError | urllib3.exceptions.ConnectTimeoutError,
            ):
                return True
        link = link.__cause__ or link.__context__
    return False


def _instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _intent(marks: Mapping[str, str], description: str, fee_cents: int | None) -> dict[str, Any]:
    """What the payment itself shall carry; what is empty is not sent."""
    intent: dict[str, Any] = {"metadata": marks}
    if description:
        intent["description"] = description
    if fee_cents:
        intent["application_fee_amount"] = fee_cents
    return intent


def _line_item(line: Line, currency: str) -> dict[str, Any]:
    product = {"name": line.name}
    if line.description:
        product["description"] = line.description
    price = {"currency": currency, "unit_amount": line.unit_cents, "product_data": product}
    return {"price_data": price, "quantity": line.quantity}


def _ident(value: Any) -> str | None:
    """The id of a reference, expanded or not."""
    return value if value is None or isinstance(value, str) else value.id


def _checkout(session: Any) -> Checkout:
    details = session.customer_details
    return Checkout(
        id=session.id,
        status=CheckoutStatus(session.status),
        is_paid=session.payment_status in {"paid", "no_payment_required"},
        url=session.url,
        amount_cents=session.amount_total or 0,
        currency=session.currency or "",
        reference=session.client_reference_id or "",
        payment_id=_ident(session.payment_intent),
        email=(details.email if details else None) or session.customer_email,
        expires_at=_instant(session.expires_at),
        created_at=_instant(session.created),
        livemode=session.livemode,
        metadata=_texts(session.metadata),
    )


def _payment(intent: Any) -> Payment:
    charge = intent.latest_charge
    details = charge.payment_method_details if charge else None
    kind = details.type if details else ""
    method = getattr(details, kind, None) if kind else None
    entry = charge.balance_transaction if charge else None
    failure = intent.last_payment_error
    return Payment(
        id=intent.id,
        status=STATUSES[intent.status],
        amount_cents=intent.amount,
        received_cents=intent.amount_received,
        refunded_cents=charge.amount_refunded if charge else 0,
        currency=intent.currency,
        method=kind,
        last4=_field(method, "last4"),
        charge_id=charge.id if charge else None,
        fee_cents=entry.fee if entry else None,
        is_disputed=bool(charge and charge.disputed),
        failure_code=(_field(failure, "decline_code") or _field(failure, "code")),
        failure_message=_field(failure, "message"),
        livemode=intent.livemode,
        metadata=_texts(intent.metadata),
    )


def _texts(value: Any) -> dict[str, str]:
    return dict(value.to_dict()) if value else {}


def _field(value: Any, name: str) -> str:
    return (getattr(value, name, None) or "") if value else ""


def _refund(refund: Any) -> Refund:
    status = "pending" if refund.status == "requires_action" else refund.status
    return Refund(
        id=refund.id,
        payment_id=_ident(refund.payment_intent),
        status=RefundStatus(status),
        amount_cents=refund.amount,
        currency=refund.currency,
        created_at=_instant(refund.created),
        metadata=_texts(refund.metadata),
    )


def _envelope(event: Mapping[str, Any]) -> Envelope:
    subject = event["data"]["object"]
    return Envelope(
        id=event["id"],
        type=event["type"],
        account=event.get("account"),
        livemode=bool(event["livemode"]),
        object_id=subject.get("id", ""),
        object_type=subject.get("object", ""),
        created_at=_instant(event["created"]),
    )


def _account(account: Any) -> MerchantAccount:
    profile = account.business_profile
    return MerchantAccount(
        id=account.id,
        business_name=(profile.name if profile else "") or "",
        country=account.country or "",
        can_be_paid=bool(account.charges_enabled),
        has_papers=bool(account.details_submitted),
    )


__all__ = ["StripeCredentials", "StripeGateway"]
