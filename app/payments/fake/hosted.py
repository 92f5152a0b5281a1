"""The pages a visitor sees: pay, prove it is you, hand in a venue's papers. No script needed."""

import re
from typing import Any

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    make_response,
    redirect,
    render_template,
    request,
)
from flask.typing import ResponseReturnValue

from app.payments.fake import checkout
from app.payments.fake.accounts import onboard
from app.payments.fake.api import Call, run_due
from app.payments.fake.charges import confirm, unauthenticated
from app.payments.fake.methods import method_from
from app.payments.fake.store import Doc, Store
from app.payments.fake.wire import Refusal
from app.payments.fake.words import REASONS, WORDS, amount_in

hosted = Blueprint("hosted", __name__)
SEE_OTHER = 303


def _store() -> Store:
    store: Store = current_app.extensions["store"]
    return store


def _opened(ident: str, kind: str) -> tuple[Call, Doc]:
    """The document behind a link, with the account it belongs to, or 404."""
    base = request.host_url.rstrip("/")
    run_due(_store(), base)
    found = _store().anywhere(ident)
    if found is None or found[1]["object"] != kind:
        abort(404)
    return Call(_store(), found[0], found[1]["livemode"], base), found[1]


def _page(
    name: str, account: str, locale: str | None = None, status: int = 200, **facts: Any
) -> Response:
    """A page in the visitor's language that carries the name of the account and no other."""
    if locale not in WORDS:
        locale = request.accept_languages.best_match(list(WORDS)) or "fr"
    words = WORDS[locale]
    owner = (_store().anywhere(account) or ("", {}))[1]
    business = owner.get("business_profile", {}).get("name") or ""
    html = render_template(
        f"{name}.html",
        lang=locale,
        w=words,
        business=business,
        amount=lambda cents, code: amount_in(locale, cents, code),
        **facts,
    )
    response = make_response(html, status)
    response.headers["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _checkout_page(call: Call, session: Doc, status: int = 200, **facts: Any) -> Response:
    return _page(
        "pay", call.account, session["locale"], status, session=session, lines=session["_lines"],
        landing=checkout.landing(session), reasons=REASONS, **{"typed": {}, "error": ""} | facts,
    )  # fmt: skip


@hosted.get("/c/pay/<ident>")
def pay_page(ident: str) -> ResponseReturnValue:
    """The basket and the form, or what became of the session."""
    call, session = _opened(ident, "checkout.session")
    intent = _store().anywhere(session.get("_pending") or "")
    failed = (intent[1].get("last_payment_error") or {}) if intent else {}
    error = _reason(failed) if failed and session["status"] == "open" else ""
    return _checkout_page(call, session, error=error)


def _reason(error: Doc) -> str:
    for code in (error.get("decline_code"), error.get("code")):
        if code in REASONS:
            return str(code)
    return "card_declined"


@hosted.post("/c/pay/<ident>")
def pay(ident: str) -> ResponseReturnValue:
    """Charge what was typed. A refusal shows the page again, all but the card number kept."""
    call, session = _opened(ident, "checkout.session")
    typed = {name: request.form.get(name, "").strip() for name in ("name", "email", "expiry")}
    kind = request.form.get("method", "card")
    with _store().transaction():
        session = call.get("checkout.session", ident)
        try:
            intent = checkout.pay(call, session, _typed_method(call, session, kind))
        except Refusal as refusal:
            reason = _reason(refusal.error)
            session = call.get("checkout.session", ident)
            if session["status"] != "open":
                return redirect(f"/c/pay/{ident}", SEE_OTHER)
            return _checkout_page(call, session, 402, error=reason, typed=typed | {"method": kind})
    if intent["status"] == "requires_action":
        return redirect(intent["next_action"]["redirect_to_url"]["url"], SEE_OTHER)
    return redirect(checkout.landing(session), SEE_OTHER)


def _typed_method(call: Call, session: Doc, kind: str) -> Doc:
    form = request.form
    if kind not in session["payment_method_types"]:
        raise Refusal("This method is not offered.", 400, code="card_declined")
    email = form.get("email", "").strip() or session["customer_email"] or ""
    if "@" not in email:
        raise Refusal("An e-mail address is needed.", 400, code="email_invalid")
    holder = form.get("name", "").strip(), email
    if kind == "sepa_debit":
        return method_from(call, kind, form.get("iban", ""), (0, 0), "", *holder)
    match = re.fullmatch(r"\s*(\d{1,2})\s*[/ .-]?\s*(\d{4}|\d{2})\s*", form.get("expiry", ""))
    if not match:
        raise Refusal("The expiry date is incomplete.", 400, code="invalid_expiry_month")
    expiry = int(match[1]), int(match[2]) % 100 + 2000
    return method_from(call, kind, form.get("number", ""), expiry, form.get("cvc", ""), *holder)


@hosted.get("/3ds/<ident>")
def challenge_page(ident: str) -> ResponseReturnValue:
    """The bank asks whether it is really you."""
    call, intent = _opened(ident, "payment_intent")
    if intent["status"] != "requires_action":
        return redirect(_way_back(call, intent), SEE_OTHER)
    session = _session_of(call, intent)
    return _page("challenge", call.account, session["locale"] if session else None, intent=intent)


@hosted.post("/3ds/<ident>")
def challenge(ident: str) -> ResponseReturnValue:
    """The answer: `ok` pays, anything else fails the authentication."""
    call, intent = _opened(ident, "payment_intent")
    with _store().transaction():
        intent = call.get("payment_intent", ident)
        if intent["status"] == "requires_action":
            session = _session_of(call, intent)
            if request.form.get("answer") == "ok":
                _authenticated(call, intent, session)
            else:
                unauthenticated(call, intent)
        back = _way_back(call, intent)
    return redirect(back, SEE_OTHER)


def _authenticated(call: Call, intent: Doc, session: Doc | None) -> None:
    method = call.get("payment_method", intent["payment_method"])
    try:
        if session:
            checkout.pay(call, session, method, passed=True)
        else:
            confirm(call, intent, method, passed=True)
    except Refusal:
        return  # the decline stands on the intent, and the page it leads back to tells it


def _session_of(call: Call, intent: Doc) -> Doc | None:
    found = call.store.having(call.account, "checkout.session", _pending=intent["id"])
    return found[0] if found else None


def _way_back(call: Call, intent: Doc) -> str:
    session = _session_of(call, intent)
    if session is None:
        action = intent.get("next_action") or {}
        return str(action.get("redirect_to_url", {}).get("return_url") or "/")
    done = session["status"] == "complete"
    return checkout.landing(session) if done else f"/c/pay/{session['id']}"


@hosted.get("/setup/s/<ident>")
def onboarding_page(ident: str) -> ResponseReturnValue:
    """What a venue sees when it connects; a used or stale link goes back for a fresh one."""
    _, link = _opened(ident, "account_link")
    if link["_used"] or link["expires_at"] < _store().now():
        return redirect(link["_refresh_url"], SEE_OTHER)
    return _page("onboarding", link["_account"], link=link)


@hosted.post("/setup/s/<ident>")
def onboarding(ident: str) -> ResponseReturnValue:
    """The papers are in: the account may be paid."""
    call, link = _opened(ident, "account_link")
    if link["_used"] or link["expires_at"] < _store().now():
        return redirect(link["_refresh_url"], SEE_OTHER)
    with _store().transaction():
        call.save(link | {"_used": True})
        onboard(Call(_store(), link["_account"], call.livemode, call.base), link["_account"])
    return redirect(link["_return_url"], SEE_OTHER)
