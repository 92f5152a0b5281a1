"""An event's tickets at the desk: put on sale, its terms, its categories at a glance."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Flask, abort, redirect, request, url_for
from werkzeug.wrappers import Response

from app.booking.dossier import note
from app.core import words as plain
from app.core.errors import Refused
from app.core.i18n import _, _n
from app.events import read as events
from app.events import seams
from app.events import words as event_words
from app.events.models import Event
from app.ticketing import kinds, read, shelf, starters, typed, words
from app.web import edge, navigation
from app.web.actor import actor
from app.web.policy import needs

pages = Blueprint(
    "ticketing_desk", __name__, url_prefix="/gestion/evenements/<int:event_id>/billetterie"
)
blueprints = (pages, kinds.pages)


def install(_app: Flask) -> None:
    """The event's page at the desk leads here."""
    seams.ACTIONS.append(_actions)


def _actions(event: Event) -> list[tuple[str, str, str]]:
    return [(_("Billetterie"), url_for("ticketing_desk.shop", event_id=event.id), "ticket")]


def found(event_id: int) -> Event:
    """An event of this venue, or 404."""
    one = events.event(event_id)
    if one is None:
        abort(404)
    return one


def _show(event_id: int, status: int = 200, fault: Refused | None = None) -> Response:
    one = found(event_id)
    sale = read.sale(event_id)
    more: dict[str, Any] = {"typed": request.form if fault else {}}
    if sale is not None and not fault:
        more["typed"] = typed.of_terms(sale)
    return navigation.page(
        "ticketing/desk_shop.html",
        "events",
        status,
        event=one,
        zone=events.site(one).zone,
        sale=sale,
        categories=read.categories(event_id),
        archived=[c for c in read.categories(event_id, archived=True) if c.archived_at],
        priced=words.price,
        named=words.category,
        percent=typed.percent,
        buyers=words.buyers(),
        models=event_words.models(),
        siblings=_to_come(one),
        key=plain.token(),
        fault=fault,
        may_edit=actor().can("events.edit"),
        **more,
    )


def _to_come(one: Event) -> list[Event]:
    """Other dates of its series on which nothing is sold yet."""
    return [
        other
        for other in events.siblings(one)
        if other.state != "cancelled" and not read.categories(other.id, archived=True)
    ]


@pages.get("")
@needs("events.see")
def shop(event_id: int) -> Response:
    """How its tickets are sold: places, terms, categories; or what to begin with."""
    return _show(event_id)


def _act(event_id: int, work: Any, said: str) -> Response:
    """Do it and say so; a refusal shows the page with what was typed."""
    found(event_id)
    try:
        edge.act(work)
    except Refused as error:
        return _show(event_id, error.status, error)
    navigation.say(said)
    return redirect(url_for("ticketing_desk.shop", event_id=event_id), 303)


@pages.post("/depart")
@needs("events.edit")
def begin(event_id: int) -> Response:
    """On sale with the usual tickets of a model, or with none yet."""

    def work() -> None:
        model = request.form.get("modele", "")
        if model == "none":
            shelf.open_sale(event_id)
        else:
            starters.begin(event_id, model)
        note("ticketing.opened", f"event:{event_id}", model=model[:20])

    return _act(event_id, work, _("La billetterie est prête : vérifiez les prix et les places."))


@pages.post("")
@needs("events.edit")
def set_terms(event_id: int) -> Response:
    """Other terms, other places in all."""

    def work() -> None:
        shelf.set_terms(event_id, typed.terms(request.form))
        note("ticketing.terms", f"event:{event_id}")

    return _act(event_id, work, _("C’est enregistré."))


@pages.post("/copie")
@needs("events.edit")
def copy(event_id: int) -> Response:
    """The same sale for the other dates of its series where nothing is sold yet."""
    one = found(event_id)

    def work() -> int:
        chosen = {int(raw) for raw in request.form.getlist("date") if raw.isdecimal()}
        wanted = [other for other in _to_come(one) if other.id in chosen]
        if not wanted:
            raise Refused(_("Choisissez au moins une date."), field="date")
        done = [other for other in wanted if starters.copy(one, other)]
        for other in done:
            note("ticketing.copied", f"event:{other.id}", source=event_id)
        return len(done)

    try:
        many = edge.act(work)
    except Refused as error:
        return _show(event_id, error.status, error)
    navigation.say(
        _n(
            "La billetterie de %(num)s date est prête.",
            "La billetterie de %(num)s dates est prête.",
            many,
        )
    )
    return redirect(url_for("ticketing_desk.shop", event_id=event_id), 303)
