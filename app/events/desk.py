"""Events at the desk: the list, one event, and what is done with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Flask, abort, redirect, request, url_for
from werkzeug.wrappers import Response

from app.booking import day
from app.booking.dossier import note
from app.core import clock
from app.core.errors import Refused
from app.core.i18n import _
from app.core.slots import local_day
from app.events import composing, drafts, embedding, opinions, read, rules, seams, sheet, words
from app.events.models import Event
from app.spaces.fit import seats
from app.web import edge, navigation, paging
from app.web.actor import actor
from app.web.policy import needs

pages = Blueprint("events_desk", __name__, url_prefix="/gestion/evenements")
blueprints = (pages, composing.pages, embedding.pages)
PAGE = 40


def install(_app: Flask) -> None:
    """The day's sheet and its list of what is to be done ask us too."""
    sheet.offer()


# ── the list ──────────────────────────────────────────────────────────────────────────────────


@pages.get("", endpoint="events")
@needs("events.see")
def listed() -> Response:
    """By word, state, audience and space; everything is in the address."""
    number = paging.asked()
    rows, total = read.listed(request.args, limit=PAGE, offset=(number - 1) * PAGE)
    return navigation.page(
        "events/desk_events.html",
        "events",
        rows=rows,
        total=total,
        filters=request.args,
        states=words.states(),
        kinds=words.KINDS,
        icons=words.ICONS,
        audiences=words.audiences(),
        models=words.models(),
        space_choices=[(s.id, s.name) for s in day.of_venue()],
        page_number=number,
        pages_count=-(-total // PAGE),
        url=_page_url,
        links=[line for source in seams.LINKS for line in source()],
        may_edit=actor().can("events.edit"),
        now=clock.now(),
    )


def _page_url(number: int) -> str:
    wanted: dict[str, Any] = request.args.to_dict() | {"page": number}
    return url_for("events_desk.events", **wanted)


# ── one event ─────────────────────────────────────────────────────────────────────────────────


def found(event_id: int) -> Event:
    """An event of this venue, or 404."""
    one = read.event(event_id)
    if one is None:
        abort(404)
    return one


@pages.get("/<int:event_id>")
@needs("events.see")
def event(event_id: int) -> Response:
    """One event: what it is, what it takes, who comes."""
    return _show(event_id)


def _show(event_id: int, status: int = 200, fault: Refused | None = None) -> Response:
    one = found(event_id)
    site, spaces = read.site(one), read.spaces(one.id)
    places = {s.id: seats(s, count) for s, count in sheet.units(spaces)}
    return navigation.page(
        "events/desk_event.html",
        "events",
        status,
        event=one,
        site=site,
        zone=site.zone,
        spaces=spaces,
        room=sum(places.values()),
        strip=sheet.strip(one, site, spaces),
        broken=sheet.broken(one),
        companies=read.companies(one.id),
        moves=read.moves(one.id),
        siblings=read.siblings(one),
        states=words.states(),
        kinds=words.KINDS,
        icons=words.ICONS,
        audiences=words.audiences(),
        cards=[card(one) for card in seams.STAFF],
        actions=[line for source in seams.ACTIONS for line in source(one)],
        opinions=opinions.summary(one.id),
        over=one.ends_at <= clock.now(),
        may_edit=actor().can("events.edit"),
        fault=fault,
    )


def _act(event_id: int, work: Callable[[], str]) -> Response:
    """Do it and say so; a refusal is said on the event's page."""
    found(event_id)
    try:
        said = edge.act(work)
    except Refused as error:
        return _show(event_id, error.status, error)
    navigation.say(said)
    return redirect(url_for("events_desk.event", event_id=event_id), 303)


@pages.get("/<int:event_id>/image")
@needs("events.see")
def picture(event_id: int) -> Response:
    """Its picture, draft or not."""
    return drafts.answer(found(event_id).picture_id, public=False)


@pages.post("/<int:event_id>/publication")
@needs("events.edit")
def publish(event_id: int) -> Response:
    """Show it to its audience; with its series when that was asked."""

    def work() -> str:
        one = rules.publish(event_id, actor().account_id)
        note("event.published", f"event:{event_id}")
        if request.form.get("partout"):
            for other in read.siblings(one):
                if other.state == "draft" and other.starts_at > clock.now():
                    rules.publish(other.id, actor().account_id)
                    note("event.published", f"event:{other.id}")
        return _("C’est publié.")

    return _act(event_id, work)


@pages.get("/<int:event_id>/annulation")
@needs("events.edit")
def ask_cancel(event_id: int) -> Response:
    """What cancelling does, before it is done."""
    one = found(event_id)
    return navigation.page(
        "events/desk_cancel.html",
        "events",
        event=one,
        zone=read.site(one).zone,
        holders=len(seams.guests(one)),
        losses=[line for source in seams.CANCELLING for line in source(one)],
    )


@pages.post("/<int:event_id>/annulation")
@needs("events.edit")
def cancel(event_id: int) -> Response:
    """It will not take place."""

    def work() -> str:
        reason = request.form.get("raison", "")
        rules.cancel(event_id, reason, actor().account_id)
        note("event.cancelled", f"event:{event_id}", reason=reason[:300])
        return _("L’événement est annulé, ses espaces sont de nouveau libres.")

    return _act(event_id, work)


@pages.get("/<int:event_id>/avis")
@needs("events.see")
def said(event_id: int) -> Response:
    """What people said afterwards."""
    one = found(event_id)
    zone = read.site(one).zone
    return navigation.page(
        "events/desk_opinions.html",
        "events",
        event=one,
        day=local_day(one.starts_at, zone),
        zone=zone,
        summary=opinions.summary(one.id),
        rows=opinions.of_event(one.id),
        again=opinions.again_words(),
    )
