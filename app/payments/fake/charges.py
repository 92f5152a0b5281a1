"""Payment intents and charges: the states money goes through, each change told by an event."""

from typing import Any

from app.payments.fake import cards
from app.payments.fake.accounts import can_be_paid
from app.payments.fake.api import Call, task
from app.payments.fake.events import record
from app.payments.fake.store import Doc
from app.payments.fake.wire import Refusal, invalid, money

LEAST = {"eur": 50, "usd": 50, "gbp": 30, "chf": 50}
MOST = 99_999_999


def new_intent(call: Call, amount: int, currency: str, **fields: Any) -> Doc:
    """An intent that waits for a payment method."""
    account = can_be_paid(call)
    if amount < LEAST[currency]:
        raise Refusal(
            f"Amount must be at least {money(LEAST[currency], currency)} {currency}",
            stored=False,
            code="amount_too_small",
            param="amount",
        )
    if amount > MOST:
        raise invalid("Amount must be no more than €999,999.99", "amount", "amount_too_large")
    fee = fields.get("application_fee_amount")
    if fee is not None and not account.get("_platform"):
        raise invalid(
            "Can only apply an application fee on a connected account.", "application_fee"
        )
    intent = call.new(
        "payment_intent",
        "pi_",
        amount=amount,
        currency=currency,
        amount_capturable=0,
        amount_received=0,
        status="requires_payment_method",
        latest_charge=None,
        last_payment_error=None,
        next_action=None,
        payment_method=None,
        **{"payment_method_types": ["card"], "capture_method": "automatic", "customer": None,
           "metadata": {}, "description": None, "receipt_email": None} | fields,
    )  # fmt: skip
    intent["client_secret"] = f"{intent['id']}_secret_{intent['id'][3:]}"
    call.save(intent)
    record(call, "payment_intent.created", intent)
    return intent


def confirm(
    call: Call, intent: Doc, method: Doc, return_url: str = "", *, passed: bool = False
) -> Doc:
    """Charge `method`. A declined card raises 402; a challenge leaves `requires_action`."""
    _can_be_confirmed(intent, method)
    behaviour = cards.behaviour_of(method["_number"])
    intent |= {"payment_method": method["id"], "next_action": None, "last_payment_error": None}
    if behaviour.challenge and not passed:
        url = f"{call.base}/3ds/{intent['id']}"
        redirect = {"url": url, "return_url": return_url}
        intent["status"] = "requires_action"
        intent["next_action"] = {"type": "redirect_to_url", "redirect_to_url": redirect}
        record(call, "payment_intent.requires_action", call.save(intent))
        return intent
    charge = _charge(call, intent, method)
    if behaviour.code:
        raise _fail(call, intent, charge, behaviour.code, behaviour.decline_code)
    if behaviour.settles:
        charge["status"], intent["status"] = "pending", "processing"
        record(call, "charge.pending", call.save(charge))
        record(call, "payment_intent.processing", call.save(intent))
        call.store.later(behaviour.settle_seconds, f"debit_{behaviour.settles}", intent["id"])
        return intent
    if intent["capture_method"] == "manual":
        intent |= {"status": "requires_capture", "amount_capturable": intent["amount"]}
        charge |= {"status": "succeeded", "captured": False}
        record(call, "charge.succeeded", call.save(charge))
        record(call, "payment_intent.amount_capturable_updated", call.save(intent))
        return intent
    _succeed(call, intent, charge, intent["amount"])
    if behaviour.after == "dispute":
        call.store.later(0, "dispute", charge["id"])
    return intent


def _can_be_confirmed(intent: Doc, method: Doc) -> None:
    waiting = {"requires_payment_method", "requires_confirmation", "requires_action"}
    if intent["status"] not in waiting:
        raise unexpected_state(intent, "confirmed")
    if method["type"] not in intent["payment_method_types"]:
        raise invalid(
            f"The PaymentMethod provided ({method['type']}) is not allowed for this PaymentIntent.",
            "payment_method",
        )


def _charge(call: Call, intent: Doc, method: Doc) -> Doc:
    kind = method["type"]
    charge = call.new(
        "charge",
        "ch_" if kind == "card" else "py_",
        amount=intent["amount"],
        amount_captured=0,
        amount_refunded=0,
        application_fee_amount=intent.get("application_fee_amount"),
        balance_transaction=None,
        billing_details=method["billing_details"],
        captured=False,
        currency=intent["currency"],
        customer=intent["customer"],
        description=intent["description"],
        disputed=False,
        failure_code=None,
        failure_message=None,
        metadata=intent["metadata"],
        outcome=None,
        paid=False,
        payment_intent=intent["id"],
        payment_method=method["id"],
        payment_method_details={"type": kind, kind: method[kind]},
        receipt_email=intent["receipt_email"],
        refunded=False,
        status="pending",
    )
    intent["latest_charge"] = charge["id"]
    return charge


def _succeed(call: Call, intent: Doc, charge: Doc, amount: int) -> None:
    """Money is ours: the charge is captured, its fee is known."""
    is_card = charge["payment_method_details"]["type"] == "card"
    fee = (amount * 15 + 500) // 1000 + 25 if is_card else 35
    entry = call.new(
        "balance_transaction",
        "txn_",
        amount=amount,
        currency=charge["currency"],
        fee=fee,
        net=amount - fee,
        source=charge["id"],
        status="pending",
        type="charge" if is_card else "payment",
    )
    charge |= {
        "status": "succeeded",
        "paid": True,
        "captured": True,
        "amount_captured": amount,
        "balance_transaction": entry["id"],
        "outcome": {"network_status": "approved_by_network", "type": "authorized"},
    }
    intent |= {"status": "succeeded", "amount_received": amount, "amount_capturable": 0}
    record(call, "charge.succeeded", call.save(charge))
    record(call, "payment_intent.succeeded", call.save(intent))


def _fail(call: Call, intent: Doc, charge: Doc, code: str, decline_code: str) -> Refusal:
    """Note the decline and return the 402 that tells it."""
    refusal = cards.card_error(code, decline_code, charge=charge["id"])
    charge |= {
        "status": "failed",
        "failure_code": code,
        "failure_message": refusal.error["message"],
        "outcome": {"network_status": "declined_by_network", "reason": decline_code},
    }
    intent |= {
        "status": "requires_payment_method",
        "payment_method": None,
        "next_action": None,
        "last_payment_error": dict(refusal.error),
    }
    record(call, "charge.failed", call.save(charge))
    record(call, "payment_intent.payment_failed", call.save(intent))
    refusal.error["payment_intent"] = {
        name: intent[name] for name in ("id", "object", "status", "amount", "currency")
    }
    return refusal


def unauthenticated(call: Call, intent: Doc) -> Refusal:
    """The visitor failed the bank's challenge; the intent waits for another method."""
    code = "payment_intent_authentication_failure"
    error = {"type": "card_error", "code": code, "message": cards.MESSAGES[code]}
    intent |= {
        "status": "requires_payment_method",
        "payment_method": None,
        "next_action": None,
        "last_payment_error": error,
    }
    record(call, "payment_intent.payment_failed", call.save(intent))
    return cards.card_error(code)


def capture(call: Call, intent: Doc, amount: int) -> Doc:
    """Take what was reserved, or less of it."""
    if intent["status"] != "requires_capture":
        raise unexpected_state(intent, "captured")
    if amount > intent["amount_capturable"]:
        raise Refusal(
            "The amount to capture is greater than the amount that can be captured.",
            code="amount_too_large",
            param="amount_to_capture",
        )
    _succeed(call, intent, call.get("charge", intent["latest_charge"]), amount)
    return intent


def cancel(call: Call, intent: Doc, reason: str | None) -> Doc:
    """Give up an intent that holds no money yet."""
    if intent["status"] in {"succeeded", "canceled", "processing"}:
        raise unexpected_state(intent, "canceled")
    now = int(call.store.now())
    intent |= {"status": "canceled", "canceled_at": now, "cancellation_reason": reason}
    intent["amount_capturable"] = 0
    record(call, "payment_intent.canceled", call.save(intent))
    return intent


def unexpected_state(intent: Doc, verb: str) -> Refusal:
    """The intent is past the point where this could be done."""
    return Refusal(
        f"This PaymentIntent's status is `{intent['status']}` and it could not be {verb}.",
        code="payment_intent_unexpected_state",
    )


# -- SEPA debits answer later: nothing else takes an intent out of `processing` ---------------
@task("debit_succeeds")
def debit_succeeds(call: Call, _subject: str, intent: Doc) -> None:
    """The bank paid."""
    _succeed(call, intent, call.get("charge", intent["latest_charge"]), intent["amount"])
    _tell_session(call, intent, "checkout.session.async_payment_succeeded", "paid")


@task("debit_disputed")
def debit_disputed(call: Call, subject: str, intent: Doc) -> None:
    """The bank paid, then the payer contested."""
    debit_succeeds(call, subject, intent)
    call.store.later(0, "dispute", intent["latest_charge"])


@task("debit_fails")
def debit_fails(call: Call, _subject: str, intent: Doc) -> None:
    """The bank refused."""
    charge = call.get("charge", intent["latest_charge"])
    _fail(call, intent, charge, "insufficient_funds", "insufficient_funds")
    _tell_session(call, intent, "checkout.session.async_payment_failed", "unpaid")


def _tell_session(call: Call, intent: Doc, kind: str, payment_status: str) -> None:
    for session in call.store.having(call.account, "checkout.session", payment_intent=intent["id"]):
        session["payment_status"] = payment_status
        record(call, kind, call.save(session))
