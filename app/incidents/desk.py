"""Incidents at the desk: the list, one incident, its states, people, words and costs."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask import Blueprint, Flask, request, url_for
from werkzeug.wrappers import Response

from app.accounts import team
from app.booking import day
from app.booking.dossier import note
from app.core import clock
from app.core.i18n import _
from app.incidents import codes, photos, read, repair, rules, settings, todo, words
from app.incidents.sheet import attempt, found, hand, page
from app.web import navigation, paging
from app.web.actor import actor
from app.web.policy import needs

pages = Blueprint("incidents_desk", __name__, url_prefix="/gestion/incidents")
blueprints = (pages, repair.pages, codes.pages, settings.pages)
PAGE = 40


def install(_app: Flask) -> None:
    """The day's list of what is to be done asks us too."""
    todo.offer()


# ── the list ──────────────────────────────────────────────────────────────────────────────────


@pages.get("", endpoint="incidents")
@needs("incidents.see")
def listed() -> Response:
    """By word, state, priority, space and who does it; everything is in the address."""
    number = paging.asked()
    rows, total = read.listed(request.args, limit=PAGE, offset=(number - 1) * PAGE)
    return navigation.page(
        "incidents/desk_incidents.html",
        "incidents",
        rows=rows,
        total=total,
        filters=request.args,
        categories=words.categories(),
        states=words.states(),
        kinds=words.KINDS,
        priorities=words.priorities(),
        usable_tag=words.usable_tag,
        space_choices=[(s.id, s.name) for s in day.of_venue()],
        people=[(person.id, person.name) for _grant, person in team.team()],
        now=clock.now(),
        zone=_zone(),
        page_number=number,
        pages_count=-(-total // PAGE),
        url=_page_url,
    )


def _page_url(number: int) -> str:
    wanted: dict[str, Any] = request.args.to_dict() | {"page": number}
    return url_for("incidents_desk.incidents", **wanted)


def _zone() -> dt.tzinfo:
    spaces = day.of_venue()
    return spaces[0].site.zone if spaces else dt.UTC


# ── one incident ──────────────────────────────────────────────────────────────────────────────


@pages.get("/<int:incident_id>")
@needs("incidents.see")
def incident(incident_id: int) -> Response:
    """One incident."""
    return page(incident_id)


@pages.get("/<int:incident_id>/photo")
@needs("incidents.see")
def photo(incident_id: int) -> Response:
    """Its picture."""
    return photos.answer(found(incident_id).photo_id)


@pages.post("/<int:incident_id>/etats")
@needs("incidents.edit")
def advance(incident_id: int) -> Response:
    """Bring it to another state; whoever follows is told."""

    def work() -> str:
        state = request.form.get("etat", "")
        rules.advance(incident_id, state, hand())
        note("incident.advanced", f"incident:{incident_id}", state=state)
        return _("C’est noté, les personnes qui suivent sont prévenues.")

    return attempt(incident_id, work)


@pages.post("/<int:incident_id>/prise-en-charge")
@needs("incidents.edit")
def take_on(incident_id: int) -> Response:
    """It is mine."""

    def work() -> str:
        one = rules.advance(incident_id, "acknowledged", hand())
        charge = rules.Charge(actor().account_id, one.supplier, one.priority)
        rules.entrust(incident_id, charge)
        note("incident.advanced", f"incident:{incident_id}", state="acknowledged")
        return _("C’est à vous, les personnes qui suivent sont prévenues.")

    return attempt(incident_id, work)


@pages.post("/<int:incident_id>/charge")
@needs("incidents.edit")
def entrust(incident_id: int) -> Response:
    """Who does it, with which supplier, how much it presses."""
    form = request.form

    def work() -> str:
        charge = rules.Charge(
            form.get("qui", type=int), form.get("fournisseur", ""), form.get("priorite", "")
        )
        rules.entrust(incident_id, charge)
        note("incident.entrusted", f"incident:{incident_id}", to=charge.assignee_id)
        return _("C’est enregistré.")

    return attempt(incident_id, work)


@pages.post("/<int:incident_id>/messages")
@needs("incidents.edit")
def say(incident_id: int) -> Response:
    """To whoever follows, or to the team alone."""
    public = request.form.get("pour") == "tous"

    def work() -> str:
        rules.comment(incident_id, request.form.get("texte", ""), hand(), public=public)
        return _("Le message est envoyé.") if public else _("La note est gardée.")

    return attempt(incident_id, work)


@pages.post("/<int:incident_id>/couts")
@needs("incidents.edit")
def spend(incident_id: int) -> Response:
    """What the repair took."""

    def work() -> str:
        cents = rules.cents_of(request.form.get("montant", ""))
        rules.spend(incident_id, request.form.get("libelle", ""), cents, hand())
        note("incident.cost", f"incident:{incident_id}", cents=cents)
        return _("Le coût est noté.")

    return attempt(incident_id, work)
