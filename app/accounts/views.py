"""The doors: sign in, sign up, links by e-mail, passwords, invitations, sign out."""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect, request, url_for
from werkzeug.wrappers import Response

from app.accounts import browser, limits, links, rules, sessions, team
from app.accounts.addresses import mail_address
from app.accounts.mails import role_name
from app.accounts.models import Account
from app.accounts.passwords import WeakPassword
from app.core.errors import Refused
from app.core.i18n import _, lang
from app.web import edge, render
from app.web.actor import actor
from app.web.policy import PUBLIC, needs
from app.web.redirects import own_path

pages = Blueprint("accounts", __name__)
blueprints = (pages,)


def _then() -> str:
    """Where this person wanted to go, if it is a page of ours."""
    return own_path(request.values.get("next"), "")


def _home() -> str:
    """Where each role begins its day."""
    if actor().can("network.see"):
        return "/reseau"
    return "/gestion" if actor().can("desk.see") else "/moi"


def _welcome(account: Account, then: str) -> Response:
    """Sign in and go on; a page that is not said is the person's own home."""
    browser.enter(account)
    answer = redirect(then or url_for("accounts.home"))
    return browser.remember_device(answer, account)


def _faults(error: Refused) -> dict[str, str]:
    """Messages by field; what belongs to no field is said at the first one, the address."""
    if isinstance(error, rules.Faults):
        return error.fields
    return {str(error.detail.get("field", "email")): error.text}


def _again(template: str, error: Refused, **context: object) -> Response:
    """The same page with what was typed and what is wrong."""
    answer = render.page(template, error.status, faults=_faults(error), **context)
    if error.retry_after is not None:
        answer.headers["Retry-After"] = str(error.retry_after)
    return answer


def _allow(act: str, email: str) -> list[str]:
    """Count this try before it is looked at: per device for a known one, else per network address
    and per e-mail address. Gives the counts that a success takes back."""
    email = email.strip().lower()
    device = browser.known_device(email)
    if device is not None:
        wanted = [(f"{act}:device:{device}", limits.PER_ACCOUNT)]
    else:
        wanted = [
            (f"{act}:from:{request.remote_addr}", limits.PER_ADDRESS),
            (f"{act}:for:{g.route.network_id}:{email}", limits.PER_ACCOUNT),
        ]
    for bucket, limit in wanted:
        if not limits.allow(bucket, limit):
            raise limits.TooMany(
                _("Trop d’essais : patientez un quart d’heure. Rien n’a été vérifié cette fois.")
            )
    return [bucket for bucket, _limit in wanted]


@pages.get("/connexion/accueil")
@needs("me")
def home() -> Response:
    """Send everybody to the page of their role."""
    return redirect(_home())


# ── with a password ───────────────────────────────────────────────────────────────────────────


@pages.get("/connexion")
@needs(PUBLIC)
def sign_in() -> Response:
    """Two ways in: a password, or a link by e-mail."""
    if actor().is_signed_in:
        return redirect(_then() or _home())
    return render.page("accounts/sign_in.html", email="", then=_then(), faults={})


@pages.post("/connexion")
@needs(PUBLIC)
def check_password() -> Response:
    """Sign in; the same answer after the same time for every reason why not."""
    email, then = request.form.get("email", ""), _then()
    try:
        counted = _allow("signin", email)
        account = edge.act(lambda: rules.sign_in(email, request.form.get("password", "")))
    except Refused as error:
        return _again("accounts/sign_in.html", error, email=email, then=then)
    for bucket in counted:
        limits.give_back(bucket)
    return _welcome(account, then)


@pages.get("/inscription")
@needs(PUBLIC)
def sign_up() -> Response:
    """Become a coworker."""
    email = request.args.get("email", "")[:254]
    return render.page("accounts/sign_up.html", email=email, name="", then=_then(), faults={})


@pages.post("/inscription")
@needs(PUBLIC)
def join() -> Response:
    """Ask to join; the address is proved by a letter, known or not."""
    form, then = request.form, _then()
    email, name = form.get("email", ""), form.get("name", "")
    try:
        _allow("link", email)
        edge.act(
            lambda: rules.sign_up(
                email,
                name,
                form.get("password", ""),
                browser=browser.secret(),
                locale=lang(),
                then=then,
            )
        )
    except Refused as error:
        return _again("accounts/sign_up.html", error, email=email, name=name, then=then)
    return render.page("accounts/sent.html", email=email, then=then)


@pages.post("/deconnexion")
@needs(PUBLIC)
def sign_out() -> Response:
    """Leave, here and on our side."""
    browser.leave()
    return redirect("/")


# ── with a link by e-mail ─────────────────────────────────────────────────────────────────────


def _send(purpose: str, template: str) -> Response:
    """Ask for a letter; the page says the same of every address."""
    email, then = request.form.get("email", ""), _then()
    try:
        _allow("link", mail_address(email))
        secret = browser.secret()
        edge.act(lambda: rules.ask_link(purpose, email, browser=secret, locale=lang(), then=then))
    except Refused as error:
        return _again(template, error, email=email, then=then)
    return render.page("accounts/sent.html", email=email, then=then)


@pages.post("/connexion/lien")
@needs(PUBLIC)
def ask_link() -> Response:
    """A letter with a link that signs in."""
    return _send("signin", "accounts/sign_in.html")


@pages.get("/connexion/lien/<secret>")
@needs(PUBLIC)
def open_link(secret: str) -> Response:
    """Show whose link it is, without using it up: mail scanners open pages too."""
    link = links.peek("signin", "verify", secret=secret, browser=browser.known_secret())
    return render.page("accounts/use_link.html", link=link, secret=secret)


@pages.post("/connexion/lien/<secret>")
@needs(PUBLIC)
def use_link(secret: str) -> Response:
    """Prove the address and enter."""
    account, link = edge.act(lambda: rules.prove(secret, browser.known_secret()))
    return _welcome(account, own_path(str(link.payload.get("then", "")), ""))


@pages.get("/mot-de-passe")
@needs(PUBLIC)
def forgotten() -> Response:
    """Ask for a new password."""
    email = request.args.get("email", "")[:254]
    return render.page("accounts/forgotten.html", email=email, then=_then(), faults={})


@pages.post("/mot-de-passe")
@needs(PUBLIC)
def ask_reset() -> Response:
    """A letter with a link to choose another."""
    return _send("reset", "accounts/forgotten.html")


@pages.get("/mot-de-passe/<secret>")
@needs(PUBLIC)
def new_password(secret: str) -> Response:
    """Type the new one."""
    link = links.peek("reset", secret=secret, browser=browser.known_secret())
    return render.page("accounts/reset.html", email=link.email, secret=secret, faults={})


@pages.post("/mot-de-passe/<secret>")
@needs(PUBLIC)
def reset(secret: str) -> Response:
    """Keep the new one; every device has to sign in again, but this one."""
    typed = request.form.get("password", "")
    known = browser.known_secret()
    try:
        account = edge.act(lambda: rules.reset_password(secret, known, typed))
    except WeakPassword as error:
        email = links.peek("reset", secret=secret, browser=known).email
        faults = {"password": error.text}
        return render.page("accounts/reset.html", 422, email=email, secret=secret, faults=faults)
    return _welcome(account, own_path(None, ""))


@pages.get("/relais/<secret>")
@needs(PUBLIC)
def arrive(secret: str) -> Response:
    """Enter a venue from the network's host, with a secret made a moment ago."""
    return _welcome(edge.act(lambda: rules.arrive(secret)), _then())


# ── joining a team ────────────────────────────────────────────────────────────────────────────


@pages.get("/invitation/<secret>")
@needs(PUBLIC)
def invitation(secret: str) -> Response:
    """What is offered, to whom, and what it takes to accept."""
    return _invitation(secret, {}, "")


def _invitation(secret: str, faults: dict[str, str], name: str, status: int = 200) -> Response:
    link = links.peek("invite", secret=secret)
    has_account = rules.account_of(link.email) is not None
    return render.page(
        "accounts/invitation.html",
        status,
        email=link.email,
        role=role_name(link.payload["role"]),
        has_account=has_account,
        is_me=actor().email == link.email,
        secret=secret,
        name=name,
        faults=faults,
        here=url_for("accounts.invitation", secret=secret),
    )


@pages.post("/invitation/<secret>")
@needs(PUBLIC)
def accept(secret: str) -> Response:
    """Take the role, as who is signed in or as a newcomer."""
    name, password = request.form.get("name", ""), request.form.get("password", "")
    who = actor().account_id

    def work() -> Account:
        if who is not None:
            return team.accept(secret, who)
        return team.accept_as_newcomer(secret, name, password)

    try:
        account = edge.act(work)
    except rules.Faults as error:
        return _invitation(secret, error.fields, name, error.status)
    return _welcome(account, "")


# ── one's own devices, language and light ─────────────────────────────────────────────────────


@pages.get("/moi/reglages/sessions")
@needs("me")
def my_sessions() -> Response:
    """Where am I signed in?"""
    found = sessions.listed(actor().account_id or 0)
    devices = [(one, browser.device_name(one.agent)) for one in found]
    return render.page("accounts/sessions.html", devices=devices, current=g.login_session)


@pages.post("/moi/reglages/sessions/<int:session_id>/fermeture")
@needs("me")
def close_session(session_id: int) -> Response:
    """Sign one device out; somebody else's session is not there at all."""
    mine = actor().account_id or 0
    if not edge.act(lambda: sessions.revoke_session(mine, session_id)):
        return render.error_page(404, None)
    if session_id == g.login_session:
        browser.leave()
        return redirect("/")
    flash(_("Cet appareil est déconnecté."))
    return redirect(url_for("accounts.my_sessions"))


@pages.post("/moi/reglages/sessions/fermeture")
@needs("me")
def close_others() -> Response:
    """Sign every other device out."""
    mine, current = actor().account_id or 0, g.login_session
    edge.act(lambda: sessions.revoke_sessions(mine, but=current))
    flash(_("Vos autres appareils sont déconnectés."))
    return redirect(url_for("accounts.my_sessions"))


def _back() -> Response:
    return redirect(own_path(request.form.get("next") or request.referrer))


@pages.post("/langue")
@needs(PUBLIC)
def language() -> Response:
    """French or English, remembered by the browser and by the account."""
    wish, answer = request.form.get("lang", ""), _back()
    if wish in ("fr", "en"):
        browser.keep(answer, "lang", wish)
        if (mine := actor().account_id) is not None:
            edge.act(lambda: rules.choose_locale(mine, wish))
    return answer


@pages.post("/apparence-claire-sombre")
@needs(PUBLIC)
def mode() -> Response:
    """Light, dark, or as the system says."""
    wish, answer = request.form.get("mode", ""), _back()
    if wish in ("auto", "light", "dark"):
        browser.keep(answer, "mode", wish, hidden=False)
    return answer
