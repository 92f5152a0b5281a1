"""Customers and payment methods: a card or an IBAN, kept by its last four characters."""

from datetime import UTC, datetime

from app.payments.fake import cards
from app.payments.fake.api import PAGING, Call, page, route
from app.payments.fake.store import Doc
from app.payments.fake.wire import invalid, required, texts, unknown_object


@route("POST", "customers", "email name phone description metadata address")
def create_customer(call: Call) -> Doc:
    """A customer of the account."""
    return call.new(
        "customer",
        "cus_",
        email=call.params.get("email"),
        name=call.params.get("name"),
        description=call.params.get("description"),
        metadata=texts(call.params),
    )


@route("GET", "customers/<id>")
def retrieve_customer(call: Call, ident: str) -> Doc:
    """One customer."""
    return call.get("customer", ident)


@route("POST", "customers/<id>", "email name phone description metadata address")
def update_customer(call: Call, ident: str) -> Doc:
    """Change a customer."""
    doc = call.get("customer", ident)
    doc |= {name: call.params[name] for name in ("email", "name") if name in call.params}
    doc["metadata"] = doc["metadata"] | texts(call.params)
    return call.save(doc)


@route("GET", "customers", "email " + " ".join(PAGING))
def list_customers(call: Call) -> Doc:
    """Customers, by e-mail when asked."""
    wanted = {"email": call.params["email"]} if "email" in call.params else {}
    return page(call, call.store.having(call.account, "customer", **wanted), "/v1/customers")


def method_from(
    call: Call,
    kind: str,
    number: str,
    expiry: tuple[int, int],
    cvc: str,
    name: str = "",
    email: str = "",
) -> Doc:
    """Store a method as typed; what is wrong with it is refused as Stripe refuses it."""
    number = cards.compact(number)
    about = {"billing_details": {"name": name or None, "email": email or None}, "customer": None}
    if kind == "sepa_debit":
        behaviour = cards.check_iban(number)
        debit = {"last4": number[-4:], "country": number[:2], "bank_code": number[4:9]}
        return call.new(
            "payment_method", "pm_", type=kind, sepa_debit=debit, _number=number, **about
        )
    today = datetime.fromtimestamp(call.store.now(), UTC)
    behaviour = cards.check_card(number, expiry[0], expiry[1], cvc, (today.year, today.month))
    card = {
        "brand": behaviour.brand,
        "country": behaviour.country,
        "last4": number[-4:],
        "exp_month": expiry[0],
        "exp_year": expiry[1],
    }
    return call.new("payment_method", "pm_", type=kind, card=card, _number=number, **about)


def method_named(call: Call, ident: str) -> Doc:
    """A stored method, or a fresh one for a test token such as `pm_card_visa`."""
    number = cards.TOKENS.get(ident)
    if number is None:
        found = call.store.get(call.account, "payment_method", ident)
        if found is None:
            raise unknown_object("PaymentMethod", ident, status=400, param="payment_method")
        return found
    kind = "card" if number.isdigit() else "sepa_debit"
    year = datetime.fromtimestamp(call.store.now(), UTC).year + 2
    return method_from(call, kind, number, (12, year), "123")


@route("POST", "payment_methods", "type card sepa_debit billing_details metadata")
def create_method(call: Call) -> Doc:
    """A card by number or an IBAN."""
    kind = required(call.params, "type")
    details = required(call.params, str(kind))
    holder = call.params.get("billing_details") or {}
    if kind == "sepa_debit":
        number, expiry, cvc = str(required(details, "iban")), (0, 0), ""
    elif kind == "card":
        number, cvc = str(required(details, "number")), str(details.get("cvc", "123"))
        expiry = (int(required(details, "exp_month")), int(required(details, "exp_year")))
    else:
        raise invalid(f"Invalid type: {kind}.", "type")
    return method_from(
        call, kind, number, expiry, cvc, holder.get("name", ""), holder.get("email", "")
    )


@route("GET", "payment_methods/<id>")
def retrieve_method(call: Call, ident: str) -> Doc:
    """One method."""
    return call.get("payment_method", ident)


@route("POST", "payment_methods/<id>/attach", "customer")
def attach_method(call: Call, ident: str) -> Doc:
    """Give a method to a customer."""
    doc = (
        call.get("payment_method", ident)
        if ident not in cards.TOKENS
        else method_named(call, ident)
    )
    doc["customer"] = call.get("customer", str(required(call.params, "customer")), status=400)["id"]
    return call.save(doc)


@route("GET", "payment_methods", "customer type " + " ".join(PAGING))
def list_methods(call: Call) -> Doc:
    """The methods of a customer."""
    wanted = {name: call.params[name] for name in ("customer", "type") if name in call.params}
    found = call.store.having(call.account, "payment_method", **wanted)
    return page(call, found, "/v1/payment_methods")
