"""Accounts and Connect: who may be paid, and the page where a venue fills in its papers."""

from app.payments.fake.api import PAGING, Call, page, route
from app.payments.fake.events import record
from app.payments.fake.store import Doc, Store, fresh_id
from app.payments.fake.wire import Refusal, invalid, required, texts

LINK_SECONDS = 300


def open_account(
    store: Store, ident: str = "", key: str = "", platform: str = "", **about: str
) -> Doc:
    """Create an account that can be paid at once; with a key it speaks for itself.

    An id that exists already is left as it is, so a demo may say the same thing at each start.
    """
    found = store.anywhere(ident) if ident else None
    doc = found[1] if found else _account(store, ident or fresh_id("acct_", 16), about)
    if not found:
        doc |= {"charges_enabled": True, "payouts_enabled": True, "details_submitted": True}
        doc["_platform"] = platform or None
        store.put(doc["id"], doc)
    if key:
        store.sql("insert or replace into api_key values (?, ?)", key, doc["id"])
    return doc


def _account(store: Store, ident: str, about: dict[str, str]) -> Doc:
    return {
        "id": ident,
        "object": "account",
        "created": int(store.now()),
        "type": about.get("type", "standard"),
        "country": about.get("country", "FR"),
        "default_currency": "eur",
        "email": about.get("email") or None,
        "business_profile": {"name": about.get("business_name") or None, "url": None},
        "charges_enabled": False,
        "payouts_enabled": False,
        "details_submitted": False,
        "capabilities": {},
        "metadata": {},
    }


@route(
    "POST",
    "accounts",
    "type controller country email business_profile business_type capabilities default_currency "
    "metadata",
)
def create_account(call: Call) -> Doc:
    """A connected account of the platform, not yet able to take payments."""
    profile = call.params.get("business_profile") or {}
    country = str(call.params.get("country", "FR"))
    if len(country) != 2:
        raise invalid("Invalid country.", "country")
    doc = _account(
        call.store,
        fresh_id("acct_", 16),
        {
            "country": country,
            "type": str(call.params.get("type", "standard")),
            "email": str(call.params.get("email", "")),
            "business_name": str(profile.get("name", "")),
        },
    )
    doc["_platform"] = call.account
    doc["metadata"] = texts(call.params)
    return call.store.put(doc["id"], doc)


@route("GET", "account")
def own_account(call: Call) -> Doc:
    """The account the request speaks for."""
    return call.get("account", call.account)


@route("GET", "accounts/<id>")
def retrieve_account(call: Call, ident: str) -> Doc:
    """The own account or one connected to it."""
    return _reachable(call, ident)


@route("POST", "accounts/<id>", "business_profile email metadata")
def update_account(call: Call, ident: str) -> Doc:
    """Change name, e-mail or metadata."""
    doc = _reachable(call, ident)
    profile = call.params.get("business_profile") or {}
    doc["business_profile"] = doc["business_profile"] | profile
    doc["email"] = call.params.get("email", doc["email"])
    doc["metadata"] = doc["metadata"] | texts(call.params)
    return call.store.put(ident, doc)


@route("GET", "accounts", " ".join(PAGING))
def list_accounts(call: Call) -> Doc:
    """The connected accounts of the platform."""
    rows = call.store.sql(
        "select id from object where kind = 'account' and json_extract(doc, '$._platform') = ?"
        " order by seq desc",
        call.account,
    )
    found = [call.store.anywhere(row[0]) for row in rows]
    return page(call, [pair[1] for pair in found if pair], "/v1/accounts")


@route("POST", "account_links", "account refresh_url return_url type collection_options")
def create_account_link(call: Call) -> Doc:
    """A link good for one visit within five minutes."""
    account = _reachable(call, str(required(call.params, "account")))
    if call.params.get("type") not in {"account_onboarding", "account_update"}:
        raise invalid("Invalid type: must be account_onboarding or account_update.", "type")
    link = call.new(
        "account_link",
        "link_",
        expires_at=int(call.store.now()) + LINK_SECONDS,
        _account=account["id"],
        _return_url=str(required(call.params, "return_url")),
        _refresh_url=str(required(call.params, "refresh_url")),
        _used=False,
    )
    link["url"] = f"{call.base}/setup/s/{link['id']}"
    call.save(link)
    return {name: link[name] for name in ("object", "created", "expires_at", "url")}


def onboard(call: Call, account_id: str) -> Doc:
    """The venue handed in its papers: it may be paid from now on."""
    doc = call.get("account", account_id)
    doc |= {"charges_enabled": True, "payouts_enabled": True, "details_submitted": True}
    call.store.put(account_id, doc)
    record(call, "account.updated", doc)
    return doc


def _reachable(call: Call, ident: str) -> Doc:
    found = call.store.anywhere(ident)
    if found and (ident == call.account or found[1].get("_platform") == call.account):
        return found[1]
    raise Refusal(
        f"The provided key does not have access to account '{ident}' (or that account does not "
        "exist). Application access may have been revoked.",
        403,
        stored=False,
        code="account_invalid",
    )


def can_be_paid(call: Call) -> Doc:
    """The account, or the refusal Stripe gives before onboarding is done."""
    doc = call.get("account", call.account)
    if not doc["charges_enabled"]:
        raise Refusal(
            "Your account cannot currently make charges. Please complete onboarding first.",
            code="account_not_onboarded",
            stored=False,
        )
    return doc
