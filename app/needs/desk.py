"""Needs at the desk: the stock over a range of days, what one event needs, and its people."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import TypeVar

from flask import Blueprint, Flask, abort, redirect, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from app.booking.dossier import note
from app.core import clock
from app.core.db import db
from app.core.errors import Refused
from app.core.i18n import _
from app.core.slots import Interval, day_bounds, local_day
from app.events import read as events
from app.events import wishes
from app.needs import read, rules, sheet
from app.needs.models import Need, SharedThing, Shift, Supply
from app.needs.read import Subject
from app.needs.rules import Of
from app.requests import read as requests
from app.spaces.models import Site
from app.tenants.resolve import of_tenant
from app.web import edge, listing, navigation
from app.web.actor import actor
from app.web.policy import needs

pages = Blueprint("needs", __name__, url_prefix="/gestion/besoins")
blueprints = (pages,)
USUAL = 30
MOST = 366
Row = TypeVar("Row", bound=Need | Shift | Supply | SharedThing)
Owned = TypeVar("Owned", Need, Shift, Supply)


def install(_app: Flask) -> None:
    """Cards and lines of other pages."""
    sheet.offer()


# ── over a range ──────────────────────────────────────────────────────────────────────────────


def _range() -> tuple[dt.date, dt.date]:
    """The days of the address; the next thirty unless told, and never a backward range."""
    first = listing.day("du") or clock.now().astimezone(of_tenant().books_zone).date()
    last = listing.day("au") or first + dt.timedelta(days=USUAL)
    return first, min(max(first, last), first + dt.timedelta(days=MOST))


@pages.get("", endpoint="all")
@needs("events.see")
def everything() -> Response:
    """Stock, shortages, rota and orders between two days."""
    return _all()


def _all(status: int = 200, fault: Refused | None = None) -> Response:
    first, last = _range()
    zone = of_tenant().books_zone
    bounds = Interval(day_bounds(first, zone).start, day_bounds(last, zone).end)
    stocks = read.stocks(bounds.start, bounds.end)
    rota = read.shifts(bounds.start, bounds.end)
    return navigation.page(
        "needs/desk_needs.html",
        "events",
        status,
        first=first,
        last=last,
        stocks=stocks,
        lacks=[lack for stock in stocks for lack in stock.lacks],
        shifts=rota,
        doubled=read.doubled(rota),
        supplies=read.supplies(first, last),
        today=clock.now().astimezone(zone).date(),
        sites=[(s.id, s.name) for s in db.session.scalars(select(Site).order_by(Site.position))],
        zone=zone,
        link=_link,
        typed=request.form,
        fault=fault,
        field_at=fault.detail.get("field", "nom") if fault else "",
        may_edit=actor().can("events.edit"),
    )


def _link(one: Subject) -> str:
    if one.kind == "event":
        return url_for("needs.of_event", event_id=one.id)
    return url_for("needs.of_request", request_id=one.id)


@pages.post("/materiel")
@needs("events.edit")
def stock() -> Response:
    """What a building has."""

    def work() -> None:
        raw = request.form.get("site", "")
        many = wishes.whole(request.form.get("quantite", ""), "quantite", 0, rules.MOST)
        site_id = int(raw) if raw.isdecimal() and len(raw) < 19 else 0
        made = rules.stock(site_id, request.form.get("nom", ""), many)
        note("need.stock", f"site:{site_id}", name=made.name, quantity=many)

    try:
        edge.act(work)
    except Refused as error:
        return _all(error.status, error)
    navigation.say(_("Le stock est enregistré."))
    return redirect(url_for("needs.all"), 303)


@pages.post("/materiel/<int:thing_id>/retrait")
@needs("events.edit")
def drop_thing(thing_id: int) -> Response:
    """It is there no more."""

    def work() -> None:
        rules.drop_thing(_row(SharedThing, thing_id))
        note("need.stock", f"thing:{thing_id}", quantity=0)

    try:
        edge.act(work)
    except Refused as error:
        return _all(error.status, error)
    navigation.say(_("C’est retiré."))
    return redirect(url_for("needs.all"), 303)


# ── of one event, or one request ──────────────────────────────────────────────────────────────


def _of_event(event_id: int) -> tuple[Of, Subject]:
    one = events.event(event_id)
    if one is None:
        abort(404)
    return Of(event_id=one.id), read.of_event(one)


def _of_request(request_id: int) -> tuple[Of, Subject]:
    one = requests.request(request_id)
    if one is None or one.event_id is not None:
        abort(404)
    return Of(request_id=one.id), read.of_request(one)


@pages.get("/evenement/<int:event_id>")
@needs("events.see")
def of_event(event_id: int) -> Response:
    """What an event needs."""
    return _page(*_of_event(event_id))


@pages.get("/demande/<int:request_id>")
@needs("events.see")
def of_request(request_id: int) -> Response:
    """What a request needs, before it is an event."""
    return _page(*_of_request(request_id))


def _mine(table: type[Owned], one: Subject) -> list[Owned]:
    return list(
        db.session.scalars(select(table).where(read.among([one.key], table)).order_by(table.id))
    )


def _page(of: Of, one: Subject, status: int = 200, fault: Refused | None = None) -> Response:
    zone = of_tenant().books_zone
    known = {thing.id: thing for thing in read.things()}
    wanted = _mine(Need, one)
    back = (
        url_for("events_desk.event", event_id=of.event_id)
        if of.event_id
        else url_for("requests_desk.show", request_id=of.request_id)
    )
    return navigation.page(
        "needs/desk_one.html",
        "events" if of.event_id else "requests",
        status,
        one=one,
        back=back,
        here=_link(one),
        zone=zone,
        start=one.start.astimezone(zone),
        end=one.end.astimezone(zone),
        wanted=[(need, known[need.thing_id]) for need in wanted],
        shifts=sorted(_mine(Shift, one), key=lambda row: (row.starts_at, row.id)),
        supplies=sorted(_mine(Supply, one), key=lambda row: (row.order_by, row.id)),
        things=[(thing.id, f"{thing.name} ({thing.quantity})") for thing in known.values()],
        lacks=sheet.lacks_of(one),
        doubled=sheet.doubled_of(one),
        team=[name for _id, name in rules.team()],
        today=clock.now().astimezone(zone).date(),
        typed=request.form,
        fault=fault,
        field_at=fault.detail.get("field", "chose") if fault else "",
        may_edit=actor().can("events.edit"),
    )


def _add(found: tuple[Of, Subject], work: Callable[[Of, Subject], None]) -> Response:
    """Do it, and back; a refusal is said on the page with what was typed."""
    of, one = found

    def act() -> None:
        work(of, one)
        note("need.changed", f"{one.kind}:{one.id}")

    try:
        edge.act(act)
    except Refused as error:
        return _page(of, one, error.status, error)
    navigation.say(_("C’est noté."))
    return redirect(_link(one), 303)


def _need(of: Of, _one: Subject) -> None:
    raw = request.form.get("chose", "")
    thing = db.session.get(SharedThing, int(raw)) if raw.isdecimal() and len(raw) < 19 else None
    many = wishes.whole(request.form.get("quantite", ""), "quantite", 1, rules.MOST)
    rules.need(of, thing, many)


def _shift(of: Of, _one: Subject) -> None:
    form, zone = request.form, of_tenant().books_zone
    typed = wishes.times(form)
    start, end = typed.on(typed.day, zone)
    rules.shift(of, form.get("qui", ""), form.get("tache", ""), start, end)


def _supply(of: Of, one: Subject) -> None:
    form, zone = request.form, of_tenant().books_zone
    day = wishes.day_of(form.get("avant", ""), "avant")
    latest = local_day(one.start, zone)
    rules.supply(of, form.get("fournisseur", ""), form.get("quoi", ""), day, latest)


@pages.post("/evenement/<int:event_id>/materiel")
@needs("events.edit")
def need_of_event(event_id: int) -> Response:
    """So many of a thing."""
    return _add(_of_event(event_id), _need)


@pages.post("/evenement/<int:event_id>/equipe")
@needs("events.edit")
def shift_of_event(event_id: int) -> Response:
    """Somebody works."""
    return _add(_of_event(event_id), _shift)


@pages.post("/evenement/<int:event_id>/fournisseurs")
@needs("events.edit")
def supply_of_event(event_id: int) -> Response:
    """Somebody brings something."""
    return _add(_of_event(event_id), _supply)


@pages.post("/demande/<int:request_id>/materiel")
@needs("events.edit")
def need_of_request(request_id: int) -> Response:
    """So many of a thing."""
    return _add(_of_request(request_id), _need)


@pages.post("/demande/<int:request_id>/equipe")
@needs("events.edit")
def shift_of_request(request_id: int) -> Response:
    """Somebody works."""
    return _add(_of_request(request_id), _shift)


@pages.post("/demande/<int:request_id>/fournisseurs")
@needs("events.edit")
def supply_of_request(request_id: int) -> Response:
    """Somebody brings something."""
    return _add(_of_request(request_id), _supply)


def _row(table: type[Row], row_id: int) -> Row:
    """A row of this venue, or 404."""
    found = db.session.get(table, row_id)
    if found is None or found.tenant_id != of_tenant().id:
        abort(404)
    return found


def _subject(row: Need | Shift | Supply) -> Subject:
    found = _of_event(row.event_id) if row.event_id else _of_request(row.request_id or 0)
    return found[1]


def _remove(table: type[Need | Shift | Supply], row_id: int) -> Response:
    one = _subject(_row(table, row_id))

    def act() -> None:
        db.session.delete(_row(table, row_id))
        note("need.changed", f"{one.kind}:{one.id}")

    edge.act(act)
    navigation.say(_("C’est retiré."))
    return redirect(_link(one), 303)


@pages.post("/lignes/<int:need_id>/retrait")
@needs("events.edit")
def remove_need(need_id: int) -> Response:
    """It is not needed."""
    return _remove(Need, need_id)


@pages.post("/equipe/<int:shift_id>/retrait")
@needs("events.edit")
def remove_shift(shift_id: int) -> Response:
    """They do not work."""
    return _remove(Shift, shift_id)


@pages.post("/fournisseurs/<int:supply_id>/retrait")
@needs("events.edit")
def remove_supply(supply_id: int) -> Response:
    """It is not brought."""
    return _remove(Supply, supply_id)


@pages.post("/fournisseurs/<int:supply_id>/commande")
@needs("events.edit")
def ordered(supply_id: int) -> Response:
    """It was ordered; pressed again, it was not."""
    one = _subject(_row(Supply, supply_id))

    def act() -> None:
        rules.ordered(_row(Supply, supply_id), actor().account_id)
        note("need.changed", f"{one.kind}:{one.id}")

    edge.act(act)
    navigation.say(_("C’est noté."))
    return redirect(_link(one), 303)
