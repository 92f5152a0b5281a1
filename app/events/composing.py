"""The one page on which an event is written: words, time and place, series, picture."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from flask import Blueprint, abort, redirect, request, url_for
from sqlalchemy import select
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from app.booking import day
from app.booking.dossier import note
from app.core import clock
from app.core.db import db
from app.core.errors import Refused
from app.core.i18n import _, _n
from app.core.slots import local_day
from app.events import alternatives, drafts, planning, read, rules, sheet, wishes, words
from app.events.models import Event
from app.events.planning import Series
from app.events.rules import Wish
from app.events.starters import starters
from app.events.taking import InTheWay
from app.events.wishes import Form
from app.incidents import photos
from app.members.models import Company
from app.spaces.fit import seats
from app.spaces.models import Space
from app.web import edge, navigation
from app.web.actor import actor
from app.web.policy import needs

pages = Blueprint("events_form", __name__, url_prefix="/gestion/evenements")
WORDS = [f"{c}_{x}" for c in ("title", "lead", "description", "access") for x in ("fr", "en")]


def _page(
    typed: Form,
    one: Event | None = None,
    status: int = 200,
    fault: Refused | None = None,
    **more: Any,
) -> Response:
    field = str(fault.detail.get("field", "jour")) if fault else ""
    shown: dict[str, Any] = {"dates": [], "chosen": set(), "offers": _offers(typed, one, fault)}
    query = select(Company).where(Company.closed_at.is_(None)).order_by(Company.search, Company.id)
    return navigation.page(
        "events/desk_form.html",
        "events",
        status,
        event=one,
        typed=typed,
        fault=fault,
        errors={field: fault.text} if fault else {},
        field=field,
        audiences=words.audiences(),
        models=words.models(),
        spaces=[
            (space, seats(space, max(1, count))) for space, count in sheet.units(day.of_venue())
        ],
        companies=[(company.id, company.name) for company in db.session.scalars(query)],
        siblings=len(read.siblings(one)) if one else 0,
        **(shown | more),
    )


def _offers(
    typed: Form, one: Event | None, fault: Refused | None
) -> list[alternatives.Alternative]:
    """Where else or when else, when something is in the way."""
    if not isinstance(fault, InTheWay):
        return []
    wish = wishes.read_form(typed)[0]
    spaces = _spaces(wish)
    return alternatives.propose(spaces, wish.slot, wish.capacity, but=one.id if one else None)


def _spaces(wish: Wish) -> list[Space]:
    return [space for space in day.of_venue() if space.id in wish.space_ids]


def _typed() -> Form:
    """What was sent; a button with another time or place speaks louder than the fields."""
    form: Form = MultiDict(request.form)
    other = alternatives.parse(form.get("autre", ""))
    if other is None:
        return form
    interval, space_ids = other
    zone = wishes.zone_of(space_ids)
    start, end = interval.start.astimezone(zone), interval.end.astimezone(zone)
    form["jour"], form["debut"], form["fin"] = (
        start.date().isoformat(),
        f"{start:%H:%M}",
        f"{end:%H:%M}",
    )
    form["jour-fin"] = "" if start.date() == end.date() else end.date().isoformat()
    form.setlist("espaces", [str(id_) for id_ in space_ids])
    return form


def _with_picture(form: Form) -> None:
    """Keep what was sent as a draft, so that a form that is shown again has lost nothing."""
    made = edge.act(lambda: drafts.keep(request.files.get("photo")))
    if made is not None:
        form["image"] = photos.ticket(made)


def _picture(form: Form, one: Event | None) -> int | None:
    """The picture that this form names: a new one, none, or the one that was there."""
    draft = photos.of_ticket(form.get("image", ""))
    if draft is not None:
        return drafts.claim(draft.id)
    raw = form.get("copie", "")
    source = one or (read.event(int(raw)) if raw.isdecimal() and len(raw) < 19 else None)
    if source is None or form.get("sans-photo"):
        return None
    return source.picture_id


def _attempt(form: Form, one: Event | None, work: Callable[[], Response]) -> Response:
    """Do it; a refusal shows the form again with all that was typed and chosen."""
    try:
        _with_picture(form)
        return work()
    except Refused as error:
        again = read.event(one.id) if one else None
        return _page(form, again, error.status, error)


# ── a new one ─────────────────────────────────────────────────────────────────────────────────


@pages.get("/nouveau")
@needs("events.edit")
def new() -> Response:
    """Empty, from a model, or a copy of another event a week later."""
    copied = request.args.get("copie", type=int)
    if copied is not None:
        source = read.event(copied)
        if source is None:
            abort(404)
        return _page(_copy_of(source))
    spaces = day.of_venue()
    today = local_day(clock.now(), spaces[0].site.zone) if spaces else clock.now().date()
    typed: Form = MultiDict({"public": "public", "rappel": "24", "places": "30"})
    typed["organisateur"] = actor().name
    typed["jour"] = request.args.get("jour", (today + dt.timedelta(days=7)).isoformat())[:10]
    model = request.args.get("modele", "")
    for name, value in starters().get(model, {}).items():
        typed[name] = value
    typed["modele"] = model if model in words.models() else ""
    if "espace" in request.args:
        typed.setlist("espaces", [request.args["espace"]])
    return _page(typed)


def _copy_of(source: Event) -> Form:
    typed = wishes.typed_of(source)
    zone = read.site(source).zone
    today = local_day(clock.now(), zone)
    date = local_day(source.starts_at, zone)
    weeks = max(1, (today - date).days // 7 + 1)
    typed["jour"] = (date + dt.timedelta(weeks=weeks)).isoformat()
    if typed.get("jour-fin"):
        end = local_day(source.ends_at, zone) + dt.timedelta(weeks=weeks)
        typed["jour-fin"] = end.isoformat()
    typed["copie"] = str(source.id)
    return typed


@pages.post("/nouveau")
@needs("events.edit")
def create() -> Response:
    """A draft, or the drafts of a series once its dates were seen."""
    form = _typed()

    def work() -> Response:
        wish, times, zone = wishes.read_form(form)
        rhythm = wishes.rhythm_of(form, times.day)
        if rhythm is not None:
            return _series(form, Series(wish, times, zone, rhythm))
        made = edge.act(lambda: _create(form, wish))
        navigation.say(_("L’événement est en brouillon : ses espaces sont gardés."))
        return redirect(url_for("events_desk.event", event_id=made), 303)

    return _attempt(form, None, work)


def _create(form: Form, wish: Wish) -> int:
    one = rules.create(replace(wish, picture_id=_picture(form, None)), actor().account_id)
    note("event.planned", f"event:{one.id}")
    return one.id


def _series(form: Form, plan: Series) -> Response:
    """Show every date first; write those that were chosen."""
    chosen = {wishes.day_of(raw, "dates") for raw in form.getlist("date")}
    days = plan.days
    if form.get("vu") != "1" or not chosen <= set(days):
        found = planning.lines(plan, _spaces(plan.wish))
        chosen = {line.day for line in found if not line.fault}
        return _page(form, dates=found, chosen=chosen)

    def work() -> int:
        kept = replace(plan, wish=replace(plan.wish, picture_id=_picture(form, None)))
        made = planning.create(kept, sorted(chosen), actor().account_id)
        note("event.planned", f"series:{made[0].series_id}", dates=len(made))
        return made[0].id

    try:
        first = edge.act(work)
    except Refused as error:
        found = planning.lines(plan, _spaces(plan.wish))
        return _page(form, None, error.status, error, dates=found, chosen=chosen, offers=[])
    count = len(chosen)
    navigation.say(_n("%(num)s date est en brouillon.", "%(num)s dates sont en brouillon.", count))
    return redirect(url_for("events_desk.event", event_id=first), 303)


# ── another word, another time ────────────────────────────────────────────────────────────────


def _event(event_id: int) -> Event:
    found = read.event(event_id)
    if found is None:
        abort(404)
    return found


@pages.get("/<int:event_id>/modifier")
@needs("events.edit")
def edit(event_id: int) -> Response:
    """The same page, filled."""
    one = _event(event_id)
    return _page(wishes.typed_of(one), one)


@pages.post("/<int:event_id>/modifier")
@needs("events.edit")
def change(event_id: int) -> Response:
    """Write it; another time or place moves it and its spaces at once."""
    one = _event(event_id)
    form = _typed()

    def work() -> Response:
        wish = wishes.read_form(form)[0]
        edge.act(lambda: _change(event_id, form, wish))
        navigation.say(_("C’est enregistré."))
        return redirect(url_for("events_desk.event", event_id=event_id), 303)

    return _attempt(form, one, work)


def _change(event_id: int, form: Form, wish: Wish) -> None:
    by = actor().account_id
    one = _event(event_id)
    before = one.picture_id
    one = rules.change(event_id, replace(wish, picture_id=_picture(form, one)), by)
    if form.get("partout"):
        said = {name: getattr(wish, name) for name in WORDS} | {"picture_id": one.picture_id}
        for other in read.siblings(one):
            if other.state != "cancelled" and other.starts_at > clock.now():
                rules.change(other.id, replace(rules.wish_of(other), **said), by)
    if one.picture_id != before:
        drafts.forget(before)
    note("event.changed", f"event:{event_id}")
