"""Refunds and disputes: money going back, asked by the venue or taken by the bank."""

from app.payments.fake import cards
from app.payments.fake.api import PAGING, Call, page, route, task, within
from app.payments.fake.events import record
from app.payments.fake.store import Doc
from app.payments.fake.wire import Refusal, integer, invalid, missing, money, texts

REASONS = {None, "duplicate", "fraudulent", "requested_by_customer"}
LATER = 5.0


@route(
    "POST",
    "refunds",
    "charge payment_intent amount reason metadata refund_application_fee reverse_transfer",
)
def create_refund(call: Call) -> Doc:
    """Give back all that is left, or a part; never more than was taken."""
    charge = _charge_to_refund(call)
    if call.params.get("reason") not in REASONS:
        raise invalid("Invalid reason.", "reason")
    left = charge["amount_captured"] - charge["amount_refunded"]
    if left == 0:
        raise Refusal(
            f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded"
        )
    if charge["disputed"]:
        raise Refusal(
            f"Charge {charge['id']} has been charged back; cannot issue a refund.",
            code="charge_disputed",
        )
    amount = integer(call.params, "amount", left)
    code = charge["currency"]
    if amount > left:
        raise Refusal(
            f"Refund amount ({money(amount, code)}) is greater than unrefunded amount on charge "
            f"({money(left, code)})",
            param="amount",
        )
    return _refund(call, charge, amount)


def _refund(call: Call, charge: Doc, amount: int) -> Doc:
    method = call.get("payment_method", charge["payment_method"])
    after = cards.behaviour_of(method["_number"]).after
    refund = call.new(
        "refund",
        "re_" if method["type"] == "card" else "pyr_",
        amount=amount,
        charge=charge["id"],
        currency=charge["currency"],
        metadata=texts(call.params),
        payment_intent=charge["payment_intent"],
        reason=call.params.get("reason"),
        status="pending" if after == "refund_waits" else "succeeded",
        failure_reason=None,
    )
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount_captured"]
    record(call, "refund.created", refund)
    record(call, "charge.refunded", call.save(charge))
    if after in {"refund_waits", "refund_fails"}:
        call.store.later(LATER, after, refund["id"])
    return refund


def _charge_to_refund(call: Call) -> Doc:
    if ident := call.params.get("charge"):
        charge = call.get("charge", ident, status=400, param="charge")
    elif ident := call.params.get("payment_intent"):
        intent = call.get("payment_intent", ident, status=400, param="payment_intent")
        if not intent["latest_charge"]:
            raise invalid("This PaymentIntent does not have a successful charge to refund.",
                          "payment_intent")  # fmt: skip
        charge = call.get("charge", intent["latest_charge"])
    else:
        raise missing("charge")
    if charge["status"] != "succeeded" or not charge["captured"]:
        raise Refusal(
            f"Charge {charge['id']} is not in a state that can be refunded.",
            code="charge_not_refundable" if charge["status"] == "failed" else None,
        )
    return charge


@task("refund_waits")
def refund_arrives(call: Call, _subject: str, refund: Doc) -> None:
    """A slow refund reaches the card."""
    refund["status"] = "succeeded"
    record(call, "refund.updated", call.save(refund))


@task("refund_fails")
def refund_fails(call: Call, _subject: str, refund: Doc) -> None:
    """The bank sends a refund back: the money is the venue's again."""
    refund |= {"status": "failed", "failure_reason": "expired_or_canceled_card"}
    charge = call.get("charge", refund["charge"])
    charge["amount_refunded"] -= refund["amount"]
    charge["refunded"] = False
    call.save(charge)
    record(call, "refund.updated", call.save(refund))
    record(call, "refund.failed", refund)


@route("GET", "refunds/<id>")
def retrieve_refund(call: Call, ident: str) -> Doc:
    """One refund."""
    return call.get("refund", ident)


@route("GET", "refunds", "charge payment_intent created " + " ".join(PAGING))
def list_refunds(call: Call) -> Doc:
    """Refunds, newest first."""
    names = ("charge", "payment_intent")
    wanted = {name: call.params[name] for name in names if name in call.params}
    found = within(call, call.store.having(call.account, "refund", **wanted))
    return page(call, found, "/v1/refunds")


@task("dispute")
def dispute(call: Call, _subject: str, charge: Doc) -> None:
    """The bank takes the money back and asks for proof."""
    made = _disputed(call, charge, "fraudulent", "needs_response")
    record(call, "charge.dispute.created", made)
    record(call, "charge.dispute.funds_withdrawn", made)


def return_debit(call: Call, charge: Doc, reason: str) -> Doc:
    """The payer's bank takes a debit back that was paid, days or a year later: Stripe tells it as a
    dispute that is lost from the start. Refuses a card, and what was not paid."""
    if charge["payment_method_details"]["type"] != "sepa_debit" or not charge["paid"]:
        raise ValueError("only a debit that was paid can be returned")
    made = _disputed(call, charge, reason, "lost")
    for kind in ("created", "funds_withdrawn", "closed"):
        record(call, f"charge.dispute.{kind}", made)
    return made


def _disputed(call: Call, charge: Doc, reason: str, status: str) -> Doc:
    charge["disputed"] = True
    call.save(charge)
    return call.new(
        "dispute",
        "du_",
        amount=charge["amount_captured"],
        charge=charge["id"],
        currency=charge["currency"],
        is_charge_refundable=False,
        metadata={},
        payment_intent=charge["payment_intent"],
        reason=reason,
        status=status,
    )


def close_dispute(call: Call, ident: str, status: str) -> Doc:
    """The bank decided: `won` gives the money back to the venue, `lost` keeps it."""
    doc = call.get("dispute", ident)
    doc["status"] = status
    record(call, "charge.dispute.closed", call.save(doc))
    if status == "won":
        charge = call.get("charge", doc["charge"])
        charge["disputed"] = False
        call.save(charge)
        record(call, "charge.dispute.funds_reinstated", doc)
    return doc


@route("GET", "disputes/<id>")
def retrieve_dispute(call: Call, ident: str) -> Doc:
    """One dispute."""
    return call.get("dispute", ident)


@route("GET", "disputes", "charge payment_intent created " + " ".join(PAGING))
def list_disputes(call: Call) -> Doc:
    """Disputes, newest first."""
    names = ("charge", "payment_intent")
    wanted = {name: call.params[name] for name in names if name in call.params}
    found = within(call, call.store.having(call.account, "dispute", **wanted))
    return page(call, found, "/v1/disputes")


@route("POST", "disputes/<id>/close")
def accept_dispute(call: Call, ident: str) -> Doc:
    """The venue gives in."""
    return close_dispute(call, ident, "lost")
