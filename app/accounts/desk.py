"""The team and the programs of a venue: invite, change a role, take it away; tokens shown once."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, request, url_for
from werkzeug.wrappers import Response

from app.accounts import team as rules
from app.accounts import tokens as keys
from app.accounts.mails import role_name
from app.accounts.permissions import API_SCOPES
from app.core.errors import Refused
from app.core.i18n import _, lang
from app.web import edge, navigation
from app.web.actor import actor
from app.web.policy import needs

pages = Blueprint("accounts_desk", __name__, url_prefix="/gestion")
blueprints = (pages,)


def _roles() -> list[tuple[str, str]]:
    return [(role, role_name(role)) for role in rules.STAFF_ROLES]


def _team_page(status: int = 200, fault: Refused | None = None) -> Response:
    return navigation.page(
        "accounts/desk_team.html",
        "settings",
        status,
        team=rules.team(),
        invitations=rules.invitations(),
        roles=_roles(),
        role_name=role_name,
        fault=fault,
        typed=request.form,
        me=actor().account_id,
        sections=navigation.settings_tabs("team"),
    )


@pages.get("/equipe")
@needs("team.edit")
def team() -> Response:
    """Who works here, who was invited."""
    return _team_page()


@pages.post("/equipe/invitations")
@needs("team.edit")
def invite() -> Response:
    """Write to somebody."""
    email, role = request.form.get("email", ""), request.form.get("role", "")
    try:
        edge.act(lambda: rules.invite(email, role, by=actor().account_id, locale=lang()))
    except Refused as error:
        return _team_page(error.status, error)
    navigation.say(_("L’invitation est partie."))
    return redirect(url_for("accounts_desk.team"))


@pages.post("/equipe/invitations/<int:link_id>/retrait")
@needs("team.edit")
def withdraw(link_id: int) -> Response:
    """Take an invitation back."""
    if not edge.act(lambda: rules.withdraw(link_id, by=actor().account_id)):
        abort(404)
    navigation.say(_("L’invitation est retirée."))
    return redirect(url_for("accounts_desk.team"))


def _member(account_id: int) -> None:
    """404 for anybody who has no role here."""
    if rules.role_of(account_id) is None:
        abort(404)


@pages.post("/equipe/<int:account_id>/role")
@needs("team.edit")
def change_role(account_id: int) -> Response:
    """Another role."""
    _member(account_id)
    role = request.form.get("role", "")
    try:
        edge.act(lambda: rules.grant(account_id, role, by=actor().account_id))
    except Refused as error:
        return _team_page(error.status, error)
    navigation.say(_("Le rôle est changé."))
    return redirect(url_for("accounts_desk.team"))


@pages.post("/equipe/<int:account_id>/retrait")
@needs("team.edit")
def relieve(account_id: int) -> Response:
    """No role any more, from this moment on."""
    _member(account_id)
    try:
        edge.act(lambda: rules.relieve(account_id, by=actor().account_id))
    except Refused as error:
        return _team_page(error.status, error)
    navigation.say(_("Cette personne n’a plus accès."))
    return redirect(url_for("accounts_desk.team"))


# ── programs ──────────────────────────────────────────────────────────────────────────────────


def _scopes() -> dict[str, str]:
    words = {
        "spaces:read": _("Lire les espaces"),
        "availability:read": _("Lire les disponibilités"),
        "quotes:write": _("Demander des prix"),
        "bookings:read": _("Lire les réservations"),
        "bookings:write": _("Réserver et annuler"),
    }
    return {scope: words.get(scope, scope) for scope in API_SCOPES}


def _tokens_page(
    status: int = 200, *, secret: str | None = None, fault: Refused | None = None
) -> Response:
    return navigation.page(
        "accounts/desk_tokens.html",
        "settings",
        status,
        tokens=keys.tokens(),
        scopes=_scopes(),
        secret=secret,
        fault=fault,
        label=request.form.get("name", "") if fault else "",
        chosen=request.form.getlist("scopes") if fault else [],
        sections=navigation.settings_tabs("tokens"),
    )


@pages.get("/reglages/jetons")
@needs("api_tokens.edit")
def tokens() -> Response:
    """Programs that may speak for the venue."""
    return _tokens_page()


@pages.post("/reglages/jetons")
@needs("api_tokens.edit")
def make_token() -> Response:
    """A new key; its secret is on this one page and nowhere else."""
    name, wanted = request.form.get("name", ""), request.form.getlist("scopes")
    try:
        _made, secret = edge.act(lambda: keys.make_token(name, wanted, by=actor().account_id))
    except Refused as error:
        return _tokens_page(error.status, fault=error)
    return _tokens_page(secret=secret)


@pages.post("/reglages/jetons/<int:token_id>/retrait")
@needs("api_tokens.edit")
def revoke_token(token_id: int) -> Response:
    """It opens nothing any more."""
    if not edge.act(lambda: keys.revoke_token(token_id, by=actor().account_id)):
        abort(404)
    navigation.say(_("Le jeton est révoqué."))
    return redirect(url_for("accounts_desk.tokens"))
