"""The API of payment intents, charges and balance transactions."""

from app.payments.fake import charges
from app.payments.fake.api import PAGING, Call, page, route, within
from app.payments.fake.methods import method_named
from app.payments.fake.store import Doc
from app.payments.fake.wire import Refusal, currency, integer, invalid, missing, texts

DESCRIBED = "metadata description receipt_email"


@route(
    "POST",
    "payment_intents",
    f"amount currency payment_method payment_method_types confirm capture_method customer "
    f"return_url off_session automatic_payment_methods application_fee_amount {DESCRIBED}",
)
def create_intent(call: Call) -> Doc:
    """An intent, charged at once when `confirm` is set."""
    code = currency(call.params)
    intent = charges.new_intent(call, integer(call.params, "amount"), code, **_asked(call))
    if "payment_method" in call.params:
        return _with_method(call, intent)
    if call.params.get("confirm") == "true":
        raise missing("payment_method")
    return intent


def _asked(call: Call) -> Doc:
    params = call.params
    names = ("capture_method", "customer", "description", "receipt_email", "payment_method_types")
    fields: Doc = {name: params[name] for name in names if name in params}
    fields["metadata"] = texts(params)
    if "customer" in fields:
        call.get("customer", fields["customer"], status=400, param="customer")
    if "automatic_payment_methods" in params:
        fields.setdefault("payment_method_types", ["card", "sepa_debit"])
    if "application_fee_amount" in params:
        fields["application_fee_amount"] = integer(params, "application_fee_amount")
    return fields


def _with_method(call: Call, intent: Doc) -> Doc:
    method = method_named(call, call.params["payment_method"])
    if call.params.get("confirm") == "true":
        return charges.confirm(call, intent, method, call.params.get("return_url", ""))
    intent |= {"payment_method": method["id"], "status": "requires_confirmation"}
    return call.save(intent)


@route("GET", "payment_intents/<id>", "client_secret")
def retrieve_intent(call: Call, ident: str) -> Doc:
    """One intent."""
    return call.get("payment_intent", ident, param="intent")


@route("POST", "payment_intents/<id>", DESCRIBED)
def update_intent(call: Call, ident: str) -> Doc:
    """Change what describes it."""
    intent = call.get("payment_intent", ident, param="intent")
    intent["metadata"] = intent["metadata"] | texts(call.params)
    for name in ("description", "receipt_email"):
        intent[name] = call.params.get(name, intent[name])
    return call.save(intent)


@route("POST", "payment_intents/<id>/confirm", "payment_method return_url off_session")
def confirm_intent(call: Call, ident: str) -> Doc:
    """Charge it."""
    intent = call.get("payment_intent", ident, param="intent")
    named = call.params.get("payment_method") or intent["payment_method"]
    if not named:
        raise invalid("You cannot confirm this PaymentIntent without a method.", "payment_method")
    method = method_named(call, named)
    return charges.confirm(call, intent, method, call.params.get("return_url", ""))


@route("POST", "payment_intents/<id>/capture", "amount_to_capture")
def capture_intent(call: Call, ident: str) -> Doc:
    """Take what was reserved."""
    intent = call.get("payment_intent", ident, param="intent")
    amount = integer(call.params, "amount_to_capture", intent["amount_capturable"], least=0)
    return charges.capture(call, intent, amount)


@route("POST", "payment_intents/<id>/cancel", "cancellation_reason")
def cancel_intent(call: Call, ident: str) -> Doc:
    """Give it up."""
    intent = call.get("payment_intent", ident, param="intent")
    if call.store.having(call.account, "checkout.session", payment_intent=ident, status="open"):
        raise Refusal(
            "You cannot cancel PaymentIntents created by Checkout; expire the Session instead.",
        )
    return charges.cancel(call, intent, call.params.get("cancellation_reason"))


@route("GET", "payment_intents", "customer created " + " ".join(PAGING))
def list_intents(call: Call) -> Doc:
    """Intents, newest first."""
    wanted = {"customer": call.params["customer"]} if "customer" in call.params else {}
    found = within(call, call.store.having(call.account, "payment_intent", **wanted))
    return page(call, found, "/v1/payment_intents")


@route("GET", "charges/<id>")
def retrieve_charge(call: Call, ident: str) -> Doc:
    """One charge."""
    return call.get("charge", ident, param="charge")


@route("GET", "charges", "payment_intent customer created " + " ".join(PAGING))
def list_charges(call: Call) -> Doc:
    """Charges, failed ones too."""
    names = ("payment_intent", "customer")
    wanted = {name: call.params[name] for name in names if name in call.params}
    found = within(call, call.store.having(call.account, "charge", **wanted))
    return page(call, found, "/v1/charges")


@route("GET", "balance_transactions/<id>")
def retrieve_balance_transaction(call: Call, ident: str) -> Doc:
    """What a charge left after Stripe's fee."""
    return call.get("balance_transaction", ident)
