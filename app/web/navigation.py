"""What the shell of staff pages needs: where one may go, who one is, what was just said.

Pages are named by endpoint, so that this module knows no feature; what is not there is left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import current_app, get_flashed_messages, redirect, request, url_for
from flask import flash as _flash
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup
from werkzeug.wrappers import Response

from app.core.i18n import _, lang
from app.web import render
from app.web.actor import actor
from app.web.redirects import own_path


@dataclass(frozen=True)
class Place:
    """One entry of the rail."""

    key: str
    endpoint: str
    icon: str
    permission: str


RAIL = (
    Place("today", "desk.today", "sun", "desk.see"),
    Place("planning", "desk.planning", "calendar-days", "desk.see"),
    Place("bookings", "dossier.bookings", "ticket", "desk.see"),
    Place("shop", "shop_desk.counter", "store", "desk.take_payment"),
    Place("people", "members_desk.people", "users", "people.see"),
    Place("spaces", "spaces_desk.spaces", "door-open", "spaces.see"),
    Place("closures", "closing.closures", "wrench", "desk.see"),
    Place("incidents", "incidents_desk.incidents", "triangle-alert", "incidents.see"),
    Place("upkeep", "upkeep.plans", "history", "upkeep.see"),
    Place("events", "events_desk.events", "calendar-plus", "events.see"),
    Place("requests", "requests_desk.requests", "message-square", "events.see"),
    Place("rates", "rates_desk.month", "chart-line", "rates.see"),
    Place("till", "till.show", "wallet", "desk.take_payment"),
    Place("invoices", "invoicing_desk.documents", "receipt-text", "money.see"),
    Place("books", "ledger_desk.vat", "coins", "money.see"),
    Place("appearance", "appearance.edit", "palette", "appearance.edit"),
    Place("settings", "tenants_desk.settings", "settings", "settings.edit"),
)


def _label(key: str) -> str:
    return {
        "today": _("Aujourd’hui"),
        "planning": _("Planning"),
        "bookings": _("Réservations"),
        "shop": _("Vente au comptoir"),
        "people": _("Membres"),
        "spaces": _("Espaces"),
        "closures": _("Fermetures"),
        "incidents": _("Incidents"),
        "upkeep": _("Entretien"),
        "events": _("Événements"),
        "requests": _("Demandes"),
        "rates": _("Tarifs et revenu"),
        "till": _("Caisse"),
        "invoices": _("Factures"),
        "books": _("Comptes"),
        "appearance": _("Apparence"),
        "settings": _("Réglages"),
    }[key]


def role_name(role: str) -> str:
    """How a role is called in the rail."""
    return {
        "front_desk": _("Agent d’accueil"),
        "manager": _("Gérant"),
        "owner": _("Propriétaire"),
        "operator": _("Opérateur du réseau"),
    }.get(role, "")


def _is_here(place: Place) -> bool:
    return place.endpoint in current_app.view_functions and actor().can(place.permission)


def rail(current: str) -> list[dict[str, Any]]:
    """The places this person may go to."""
    return [
        {
            "label": _label(place.key),
            "url": url_for(place.endpoint),
            "icon": place.icon,
            "current": place.key == current,
        }
        for place in RAIL
        if _is_here(place)
    ]


def way(endpoint: str, permission: str, **values: Any) -> str:
    """The address of a page of a feature above, by its endpoint; empty where one may not go."""
    there = endpoint in current_app.view_functions and actor().can(permission)
    return url_for(endpoint, **values) if there else ""


def tabs(current: str) -> list[dict[str, Any]]:
    """The five of a phone, the scanner in the middle."""
    wanted = (
        ("today", _("Jour"), "desk.today", "sun"),
        ("planning", _("Planning"), "desk.planning", "calendar-days"),
        ("scanner", _("Scanner"), "desk.scanner", "scan-qr-code"),
        ("rates", _("Tarifs"), "rates_desk.month", "chart-line"),
        ("more", _("Plus"), "desk.more", "menu"),
    )
    views = current_app.view_functions
    known = {key for key, _label, endpoint, _icon in wanted if endpoint in views}
    at = current if current in known else "more"
    return [
        {
            "label": label,
            "url": url_for(endpoint),
            "icon": icon,
            "current": key == at,
            "main": key == "scanner",
        }
        for key, label, endpoint, icon in wanted
        if key in known
    ]


def settings_tabs(current: str) -> list[dict[str, Any]]:
    """Pages of settings beside one another."""
    wanted = (
        ("venue", _("Le lieu"), "tenants_desk.settings", "settings.edit"),
        ("team", _("Équipe"), "accounts_desk.team", "team.edit"),
        ("payments", _("Paiements"), "payments_desk.account", "payments.connect"),
        ("invoicing", _("Facturation"), "invoicing_profile.edit", "settings.edit"),
        ("incidents", _("Incidents"), "incidents_settings.edit", "settings.edit"),
        ("requests", _("Demandes"), "requests_settings.edit", "settings.edit"),
        ("tokens", _("Jetons d’API"), "accounts_desk.tokens", "api_tokens.edit"),
    )
    return [
        {"label": label, "url": url_for(endpoint), "current": key == current}
        for key, label, endpoint, permission in wanted
        if endpoint in current_app.view_functions and actor().can(permission)
    ]


def say(text: str, kind: str = "ok", *, undo: str | None = None) -> None:
    """A message on the next page; `undo` is the address that takes the act back."""
    _flash(text if undo is None else f"{text}\n{undo}", kind)


def messages() -> list[dict[str, Any]]:
    """What was said since the last page, with a form behind each offer to undo."""
    found: list[dict[str, Any]] = []
    told: list[tuple[str, str]] = get_flashed_messages(with_categories=True)  # type: ignore[assignment]
    for kind, said in told:
        text, _sep, undo = said.partition("\n")
        message: dict[str, Any] = {"text": text, "kind": "" if kind == "message" else kind}
        if undo:
            field = Markup('<input type="hidden" name="csrf_token" value="{}">')
            message |= {"undo_url": undo, "csrf": field.format(generate_csrf())}
        found.append(message)
    return found


def page(name: str, current: str, status: int = 200, **context: Any) -> Response:
    """A staff page in its shell."""
    who = actor()
    shell: dict[str, Any] = {
        "lang": lang(),
        "messages": messages(),
        "nav": rail(current),
        "tabs": tabs(current),
        "home_url": "/gestion",
        "user": {"name": who.name, "role": role_name(who.role), "url": url_for("desk.more")},
        "search": {"url": url_for("dossier.bookings"), "label": _("Rechercher")},
        "actor": who,
        "action": None,
    }
    if who.can("desk.book"):
        shell["action"] = {"label": _("Réservation"), "url": url_for("counter.walk_in")}
    if render.is_fragment():  # the page asks for itself again and takes a part of it
        shell = render.shell() | shell
    return render.page(name, status, **(shell | context))


def back(otherwise: str) -> Response:
    """Back to the page that the form named, if it is one of ours."""
    return redirect(own_path(request.form.get("next"), otherwise))
