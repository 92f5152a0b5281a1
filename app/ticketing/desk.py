"""An event's tickets at the desk: put on sale, its terms, its categories at a glance."""

from __future__ import annotations

from typing import Any, cast

from flask import Blueprint, Flask, abort, redirect, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from app.booking.dossier import note
from app.core import clock
from app.core import words as plain
from app.core.errors import Refused
from app.core.i18n import _, _n, day_name, euros
from app.events import read as events
from app.events import seams
from app.events import words as event_words
from app.events.models import Event
from app.ticketing import (
    codes,
    counter,
    glance,
    kinds,
    orders,
    read,
    shelf,
    starters,
    typed,
    waitlist,
    words,
)
from app.web import edge, navigation, render
from app.web.actor import actor
from app.web.policy import needs

pages = Blueprint(
    "ticketing_desk", __name__, url_prefix="/gestion/evenements/<int:event_id>/billetterie"
)
blueprints = (
    pages, kinds.pages, orders.pages, waitlist.pages, counter.pages, codes.pages, codes.of_event,
)  # fmt: skip


def install(_app: Flask) -> None:
    """The event's page at the desk shows what was sold and leads here."""
    for seam, ours in (
        (seams.ACTIONS, _actions),
        (seams.STAFF, _card),
        (seams.CANCELLING, _losses),
        (seams.LINKS, _links),
    ):
        if ours not in seam:  # several applications in one process share the lists
            cast("list[Any]", seam).append(ours)


def _actions(event: Event) -> list[tuple[str, str, str]]:
    return [(_("Billetterie"), url_for("ticketing_desk.shop", event_id=event.id), "ticket")]


def _links() -> list[tuple[str, str, str]]:
    if not actor().can("events.edit"):
        return []
    return [(_("Codes promo"), url_for("ticketing_codes.listed"), "ticket")]


def _card(event: Event) -> Markup:
    seen = glance.look(event.id, events.site(event).zone)
    if seen is None:
        return Markup()
    endpoints = {
        "event": "events_desk.event",
        "orders": "ticketing_orders.listed",
        "waiting": "ticketing_waiting.listed",
        "counter": "ticketing_counter.show",
    }
    return Markup(  # noqa: S704  # our own template, escaped there
        render.text(
            "ticketing/_desk_card.html",
            event=event,
            seen=seen,
            progress=glance.progress(event.id) if event.state == "cancelled" else None,
            named=words.category,
            percent=typed.percent,
            table=[(day_name(day, "short"), many) for day, many in seen.days],
            may_sell=actor().can("desk.take_payment") and event.ends_at > clock.now(),
            urls={key: url_for(name, event_id=event.id) for key, name in endpoints.items()},
        )
    )


def _losses(event: Event) -> list[str]:
    """What calling it off undoes, before anybody confirms it."""
    if read.sale(event.id) is None:
        return []
    lost = glance.loss(event.id)
    said = _n(
        "%(num)s billet est annulé, %(amount)s sont remboursés.",
        "%(num)s billets sont annulés, %(amount)s sont remboursés.",
        lost.tickets,
        amount=euros(lost.cents),
    )
    found = [said] if lost.tickets else []
    if lost.by_hand:
        amount = euros(lost.by_hand)
        found.append(_("Dont %(amount)s pris sur place : à rendre vous-même.", amount=amount))
    if lost.unpaid:
        amount = euros(lost.unpaid)
        found.append(_("%(amount)s qui restaient à payer ne sont plus dus.", amount=amount))
    return found


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
