"""People a venue knows: found, written down, one page each."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, redirect, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from app.core import audit
from app.core.errors import Refused
from app.core.i18n import _
from app.core.signals import publish
from app.core.words import fold
from app.members import company_desk, erasing, rules
from app.members.facts import PersonShown
from app.members.models import Person
from app.web import edge, navigation, paging
from app.web.actor import actor
from app.web.policy import needs

pages = Blueprint("members_desk", __name__, url_prefix="/gestion/membres")
blueprints = (pages, company_desk.pages)

PAGE = 40


def standings() -> dict[str, str]:
    """How a person stands with the venue."""
    return {"guest": _("Invité"), "member": _("Membre"), "on_account": _("Sur compte")}


def _person(person_id: int) -> Person:
    found = rules.person(person_id)
    if found is None:
        abort(404)
    return found


def _page_url(number: int) -> str:
    wanted: dict[str, Any] = request.args.to_dict() | {"page": number}
    return url_for("members_desk.people", **wanted)


@pages.get("")
@needs("people.see")
def people() -> Response:
    """Everybody, by word and standing."""
    words, standing = request.args.get("q", "").strip(), request.args.get("statut", "")
    query = select(Person)
    for word in fold(words).split():
        query = query.where(Person.search.contains(word, autoescape=True))
    if standing in standings():
        query = query.where(Person.standing == standing)
    return navigation.page(
        "members/desk_people.html",
        "people",
        url=_page_url,
        words=words,
        standing=standing,
        standings=standings(),
        **paging.of(query, Person.name, Person.id, size=PAGE),
    )


@pages.get("/nouveau")
@needs("desk.book")
def new() -> Response:
    """Somebody the venue does not know yet."""
    return navigation.page("members/desk_new.html", "people", fault=None, typed={})


@pages.post("/nouveau")
@needs("desk.book")
def create() -> Response:
    """Write them down; a known address leads to who it is."""
    form = request.form
    try:
        made = edge.act(
            lambda: (
                rules.person_by_email(
                    form.get("email", ""),
                    form.get("nom", ""),
                    phone=form.get("telephone", "").strip()[:40] or None,
                    organisation=form.get("organisation", "").strip()[:120] or None,
                ).id
            )
        )
    except Refused as error:
        return navigation.page(
            "members/desk_new.html", "people", error.status, fault=error, typed=form
        )
    return redirect(url_for("members_desk.person", person_id=made))


def _show(one: Person, status: int = 200, fault: Refused | None = None) -> Response:
    told = PersonShown(one.id)
    publish(told)
    return navigation.page(
        "members/desk_person.html",
        "people",
        status,
        person=one,
        sections=told.sections,
        standings=standings(),
        may_edit=actor().can("desk.book") and not rules.is_forgotten(one),
        may_trust=actor().can("people.edit"),
        forgotten=rules.is_forgotten(one),
        waiting=erasing.waiting_of_person(one.id),
        fault=fault,
        typed=request.form,
    )


@pages.get("/<int:person_id>")
@needs("people.see")
def person(person_id: int) -> Response:
    """Who they are, what they booked, what they owe."""
    return _show(_person(person_id))


@pages.post("/<int:person_id>")
@needs("desk.book")
def change(person_id: int) -> Response:
    """Write what the venue knows; the standing is a manager's word."""
    form = request.form

    def work() -> None:
        one = _person(person_id)
        if rules.is_forgotten(one):
            raise Refused(_("Cette personne a été effacée : sa fiche ne change plus."))
        rules.describe(
            one,
            name=form.get("nom", ""),
            phone=form.get("telephone", "").strip()[:40],
            organisation=form.get("organisation", "").strip()[:120],
            siren=form.get("siren", "").replace(" ", "")[:14],
            notes=form.get("notes", "").strip()[:4000],
        )
        standing = form.get("statut", one.standing)
        if standing != one.standing and actor().can("people.edit") and standing in standings():
            one.standing = standing
            audit.note(
                "person.standing",
                f"person:{person_id}",
                actor_id=actor().account_id,
                standing=standing,
            )

    try:
        edge.act(work)
    except Refused as error:
        return _show(_person(person_id), error.status, error)
    navigation.say(_("La fiche est enregistrée."))
    return redirect(url_for("members_desk.person", person_id=person_id))
