"""Checkout sessions: a basket, a page to pay it on, and an end."""

from app.payments.fake import charges
from app.payments.fake.accounts import can_be_paid
from app.payments.fake.api import PAGING, Call, page, route, task, within
from app.payments.fake.events import record
from app.payments.fake.store import Doc, fresh_id
from app.payments.fake.wire import Refusal, currency, integer, invalid, required, texts

SHORTEST, LONGEST = 30 * 60, 24 * 3600
EXPIRY_RULE = "The `expires_at` timestamp must be {} from Checkout Session creation."
METHODS = {"card", "sepa_debit"}
INTENT_TEXTS = ("description", "receipt_email", "capture_method")
INTENT_NUMBERS = ("application_fee_amount",)
LOCALES = {"auto", "fr", "en"}


@route(
    "POST",
    "checkout/sessions",
    "mode line_items success_url cancel_url expires_at metadata client_reference_id customer_email "
    "customer payment_method_types payment_intent_data locale submit_type customer_creation",
)
def create_session(call: Call) -> Doc:
    """Open a session for one payment."""
    account = can_be_paid(call)
    if not account["business_profile"].get("name"):
        raise Refusal(
            "In order to use Checkout, you must set an account or business name.", stored=False
        )
    if required(call.params, "mode") != "payment":
        raise invalid("Invalid mode: only `payment` is known here.", "mode")
    lines = [_line(line) for line in required(call.params, "line_items")]
    codes = {line["currency"] for line in lines}
    if len(codes) > 1:
        raise invalid("All line items must have the same currency.", "line_items")
    total, code = sum(line["amount_total"] for line in lines), codes.pop()
    if total < charges.LEAST[code]:
        raise Refusal(
            "The Checkout Session's total amount due must add up to at least €0.50 eur",
            stored=False,
            code="amount_too_small",
        )
    session = call.new(
        "checkout.session",
        "cs_live_" if call.livemode else "cs_test_",
        amount_subtotal=total,
        amount_total=total,
        currency=code,
        expires_at=_expiry(call),
        mode="payment",
        payment_intent=None,
        payment_status="unpaid",
        status="open",
        **_asked(call, code),
        _lines=lines,
    )
    session["url"] = f"{call.base}/c/pay/{session['id']}"
    call.store.later(session["expires_at"] - call.store.now(), "expire_session", session["id"])
    return call.save(session)


def _asked(call: Call, code: str) -> Doc:
    params = call.params
    kinds = params.get("payment_method_types") or ["card"]
    if set(kinds) - METHODS:
        raise invalid(f"Invalid payment_method_types: {kinds}", "payment_method_types")
    if "sepa_debit" in kinds and code != "eur":
        raise invalid("sepa_debit needs prices in eur.", "payment_method_types")
    if params.get("locale", "auto") not in LOCALES:
        raise invalid("Invalid locale.", "locale")
    if len(params.get("client_reference_id", "")) > 200:
        raise invalid("client_reference_id can have up to 200 characters.", "client_reference_id")
    for name in ("success_url", "cancel_url"):
        if not str(params.get(name, "http://")).startswith(("http://", "https://")):
            raise invalid("Not a valid URL", name, "url_invalid")
    intent = params.get("payment_intent_data") or {}
    return {
        "success_url": str(required(params, "success_url")),
        "cancel_url": params.get("cancel_url"),
        "client_reference_id": params.get("client_reference_id"),
        "customer": params.get("customer"),
        "customer_email": params.get("customer_email"),
        "customer_details": None,
        "locale": params.get("locale"),
        "metadata": texts(params),
        "payment_method_types": kinds,
        "_intent": {
            "metadata": texts(intent),
            **{name: intent[name] for name in INTENT_TEXTS if name in intent},
            **{name: integer(intent, name) for name in INTENT_NUMBERS if name in intent},
        },
    }


def _line(line: Doc) -> Doc:
    price = required(line, "price_data")
    product = required(price, "product_data")
    unit = integer(price, "unit_amount", least=0)
    quantity = integer(line, "quantity", 1)
    return {
        "id": fresh_id("li_"),
        "object": "item",
        "amount_subtotal": unit * quantity,
        "amount_total": unit * quantity,
        "currency": currency(price),
        "description": str(required(product, "name")),
        "detail": product.get("description"),
        "price": {"unit_amount": unit, "currency": currency(price), "object": "price"},
        "quantity": quantity,
    }


def _expiry(call: Call) -> int:
    now = int(call.store.now())
    moment = integer(call.params, "expires_at", now + LONGEST)
    # A minute of grace either way, so that a request prepared a moment ago still fits.
    if moment < now + SHORTEST - 60:
        raise invalid(EXPIRY_RULE.format("at least 30 minutes"), "expires_at")
    if moment > now + LONGEST + 60:
        raise invalid(EXPIRY_RULE.format("less than 24 hours"), "expires_at")
    return moment


@route("GET", "checkout/sessions/<id>")
def retrieve_session(call: Call, ident: str) -> Doc:
    """One session."""
    return call.get("checkout.session", ident, param="session")


@route("GET", "checkout/sessions/<id>/line_items", " ".join(PAGING))
def list_lines(call: Call, ident: str) -> Doc:
    """What is sold in a session."""
    lines = call.get("checkout.session", ident, param="session")["_lines"]
    return page(call, lines, f"/v1/checkout/sessions/{ident}/line_items")


@route("GET", "checkout/sessions", "payment_intent customer status created " + " ".join(PAGING))
def list_sessions(call: Call) -> Doc:
    """Sessions, newest first."""
    names = ("payment_intent", "customer", "status")
    wanted = {name: call.params[name] for name in names if name in call.params}
    found = within(call, call.store.having(call.account, "checkout.session", **wanted))
    return page(call, found, "/v1/checkout/sessions")


@route("POST", "checkout/sessions/<id>/expire")
def expire(call: Call, ident: str) -> Doc:
    """End a session that nobody paid."""
    session = call.get("checkout.session", ident, param="session")
    if session["status"] != "open":
        raise Refusal(
            'Only Checkout Sessions with a status in ["open"] can be expired. This Checkout '
            f"Session has a status of `{session['status']}`.",
        )
    return _end(call, session)


@task("expire_session")
def time_out(call: Call, _subject: str, session: Doc) -> None:
    """The hour set by `expires_at` has come."""
    if session and session["status"] == "open":
        _end(call, session)


def _end(call: Call, session: Doc) -> Doc:
    session |= {"status": "expired", "url": None}
    if held := session.get("_pending"):
        charges.cancel(call, call.get("payment_intent", held), "automatic")
    record(call, "checkout.session.expired", call.save(session))
    return session


def pay(call: Call, session: Doc, method: Doc, *, passed: bool = False) -> Doc:
    """Charge the basket once; returns the intent, which may ask for a challenge first.

    A session keeps one intent through all attempts, and takes no second payment once complete.
    """
    if session["status"] != "open":
        raise Refusal("This Checkout Session is no longer open.", code="session_closed")
    held = session.get("_pending")
    if held:
        intent = call.get("payment_intent", held)
    else:
        intent = charges.new_intent(
            call,
            session["amount_total"],
            session["currency"],
            payment_method_types=session["payment_method_types"],
            customer=session["customer"],
            **session["_intent"],
        )
    session["_pending"] = intent["id"]
    session["customer_details"] = dict(method["billing_details"])
    call.save(session)
    intent = charges.confirm(call, intent, method, session["url"], passed=passed)
    if intent["status"] != "requires_action":
        paid = intent["status"] == "succeeded"
        session |= {
            "status": "complete",
            "url": None,
            "payment_intent": intent["id"],
            "payment_status": "paid" if paid else "unpaid",
        }
        record(call, "checkout.session.completed", call.save(session))
    return intent


def landing(session: Doc) -> str:
    """Where a visitor goes after paying."""
    return str(session["success_url"]).replace("{CHECKOUT_SESSION_ID}", session["id"])
