"""Pages of leaving: a person's own settings, the link of a letter, and the desk for a request that
came by post."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from app.accounts import browser, limits, passwords
from app.accounts import rules as accounts
from app.accounts.models import Account
from app.core import outbox
from app.core.errors import Refused
from app.core.i18n import _
from app.members import erasing, mails, rules
from app.members.models import Erasure, Person
from app.tenants.resolve import of_tenant
from app.web import edge, navigation, render
from app.web.actor import actor
from app.web.policy import PUBLIC, needs

pages = Blueprint("leaving", __name__)
desk = Blueprint("members_erasure", __name__, url_prefix="/gestion/membres")


def _me() -> Account:
    of_tenant()
    found = accounts.account(actor().account_id or 0)
    if found is None:
        abort(404)
    return found


def _count(bucket: str) -> None:
    if not limits.allow(bucket):
        raise limits.TooMany(_("Trop d’essais : patientez un quart d’heure."))


def _everywhere() -> str:
    return _("Dans tous les lieux du réseau où ce compte est connu.")


def _here() -> str:
    return _("Ce que %(venue)s sait de vous.", venue=of_tenant().name)


def _leave(status: int = 200, fault: str = "") -> Response:
    me = _me()
    found = edge.act(lambda: erasing.in_the_way(me))  # a document's page may be opened by it
    return render.page(
        "members/leave.html",
        status,
        found=found,
        where=_everywhere(),
        staff=erasing.is_staff(me),
        fault=fault,
    )


@pages.get("/moi/reglages/suppression")
@needs("me")
def show() -> Response:
    """What goes, what stays, what has to end first."""
    return _leave()


@pages.post("/moi/reglages/suppression")
@needs("me")
def leave() -> Response:
    """Confirm with the password; this browser is signed out and shown how to come back."""
    me, typed = _me(), request.form.get("password", "")
    _count(f"erasure:{me.id}")
    if not passwords.matches(me.password_hash, typed):
        return _leave(422, _("Ce n’est pas votre mot de passe."))

    def work() -> str:
        one, secret = erasing.ask("account", account_id=me.id, by=me.id)
        known = erasing.confirm(one)
        if known is one:
            mails.post("planned", one, secret)
        return secret

    try:
        secret = edge.act(work)
    except erasing.StillNeeded:
        return _leave(409)
    browser.leave()
    return redirect(url_for("leaving.wish", erasure=secret), 303)


@pages.post("/moi/reglages/suppression/lien")
@needs("me")
def ask_link() -> Response:
    """Confirm by a letter instead."""
    me = _me()
    _count(f"erasure-link:{me.id}")

    def work() -> None:
        one, _secret = erasing.ask("account", account_id=me.id, by=me.id)
        outbox.defer(erasing.LETTER, erasure_id=one.id, lane="mail")

    edge.act(work)
    flash(_("Le lien part à %(email)s. Il vaut 24 heures.", email=me.email), "ok")
    return redirect(url_for("leaving.show"), 303)


# ── behind the link of a letter ───────────────────────────────────────────────────────────────


def _page(one: Erasure, secret: str, status: int = 200) -> Response:
    found = [] if one.confirmed_at else edge.act(lambda: erasing.in_the_way_of_wish(one))
    where = _everywhere() if one.account_id else _here()
    return render.page(
        "members/erasure.html", status, one=one, found=found, where=where, secret=secret
    )


@pages.get("/suppression/<erasure>")
@needs(PUBLIC)
def wish(erasure: str) -> Response:
    """What was asked, and the button that confirms it or takes it back."""
    of_tenant()
    return _page(erasing.behind(erasure), erasure)


@pages.post("/suppression/<erasure>")
@needs(PUBLIC)
def confirm(erasure: str) -> Response:
    """The days begin to run."""
    of_tenant()

    def work() -> None:
        one = erasing.behind(erasure)
        if one.confirmed_at is None and erasing.confirm(one) is one:
            mails.post("planned", one, erasure)

    try:
        edge.act(work)
    except erasing.StillNeeded as error:
        return _page(erasing.behind(erasure), erasure, error.status)
    return redirect(url_for("leaving.wish", erasure=erasure), 303)


@pages.post("/suppression/<erasure>/annulation")
@needs(PUBLIC)
def undo(erasure: str) -> Response:
    """Everything stays."""
    of_tenant()
    edge.act(lambda: erasing.undo(erasing.behind(erasure), by=actor().account_id))
    flash(_("Vos données sont gardées. Rien n’a été effacé."), "ok")
    return redirect("/", 303)


# ── at the desk ───────────────────────────────────────────────────────────────────────────────


def _person(person_id: int) -> Person:
    found = rules.person(person_id)
    if found is None or rules.is_forgotten(found):
        abort(404)
    return found


def _desk(person_id: int, status: int = 200, fault: str = "") -> Response:
    one = _person(person_id)
    waiting = erasing.waiting_of_person(person_id)
    return navigation.page(
        "members/desk_erasure.html",
        "people",
        status,
        person=one,
        found=edge.act(lambda: erasing.in_the_way_of(person_id)),
        waiting=waiting,
        fault=fault,
    )


@desk.get("/<int:person_id>/effacement")
@needs("people.edit")
def ask_at_desk(person_id: int) -> Response:
    """What would go, and what has to end first."""
    return _desk(person_id)


@desk.post("/<int:person_id>/effacement")
@needs("people.edit")
def plan(person_id: int) -> Response:
    """Seven days later; the person is told and may take it back."""
    _person(person_id)
    if not request.form.get("identite"):
        return _desk(person_id, 422, _("Vérifiez d’abord que la demande vient de cette personne."))

    def work() -> None:
        one, secret = erasing.ask("desk", person_id=person_id, by=actor().account_id)
        if erasing.confirm(one) is one:
            mails.post("planned", one, secret)

    try:
        edge.act(work)
    except Refused as error:
        return _desk(person_id, error.status)
    navigation.say(_("L’effacement est programmé. La personne est prévenue."))
    return redirect(url_for("members_erasure.ask_at_desk", person_id=person_id))


@desk.post("/<int:person_id>/effacement/annulation")
@needs("people.edit")
def undo_at_desk(person_id: int) -> Response:
    """Everything stays."""
    one = erasing.waiting_of_person(_person(person_id).id)
    if one is None:
        abort(404)
    edge.act(lambda: erasing.undo(one, by=actor().account_id))
    navigation.say(_("L’effacement est annulé."))
    return redirect(url_for("members_desk.person", person_id=person_id))
