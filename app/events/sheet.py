"""Events on the day: the strip of spaces on their page, lines of the team's sheet, things to do."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import any_, select

from app.booking import board, day, todo
from app.booking.day import Day
from app.booking.todo import Fix, Todo
from app.core import clock
from app.core.db import db
from app.core.i18n import _, day_name
from app.core.slots import local_day
from app.events import read, words
from app.events.models import Event, EventSpace
from app.events.taking import SOURCE
from app.incidents.models import Outage
from app.occupancy import rules as occupancy
from app.spaces.models import Composition, Site, Space
from app.upkeep import crowd, daysheet
from app.upkeep.crowd import Group
from app.upkeep.daysheet import Line

SOON = dt.timedelta(days=7)
MOST = 3
HERE = "/gestion/evenements"


def units(spaces: Sequence[Space]) -> list[tuple[Space, int]]:
    """Spaces with how many units each has."""
    places = occupancy.places(spaces)
    return [(space, len(places[space.id].units)) for space in spaces]


def strip(event: Event, site: Site, spaces: Sequence[Space]) -> dict[str, Any] | None:
    """Its spaces on its day, with what stands beside it; none for what takes nothing."""
    if event.state == "cancelled" or not spaces:
        return None
    date = local_day(event.starts_at, site.zone)
    one = day.load(spaces, date, date, clock.now())[0]
    rooms = [
        {
            "name": space.name,
            "url": f"/gestion/reservations?espace={space.id}&jour={date}",
            "text": board.note(space, one),
            "status": board.status(space, one),
            "bookings": [item | {"url": _address(item)} for item in _uses(space, one)],
        }
        for space in spaces
    ]
    frame = one.frame
    return {"groups": [{"name": day_name(date), "rooms": rooms}], "frame": frame}


def _uses(space: Space, one: Day) -> list[board.Shape]:
    """A pool that an event takes whole is drawn like a room."""
    return board.bookings(space, one)


def _address(item: board.Shape) -> str:
    if item.get("code"):
        return f"/gestion/reservations/{item['code']}"
    if item.get("source") == SOURCE:
        return f"{HERE}/{item['source_id']}"
    return "/gestion/fermetures"


BROKEN = (
    select(Event.id, Space.name)
    .join(EventSpace, EventSpace.event_id == Event.id)
    .join(Space, Space.id == EventSpace.space_id)
    .join(Composition, Composition.space_id == EventSpace.space_id)
    .join(Outage, Composition.unit_id == any_(Outage.unit_ids))
    .where(
        Event.state != "cancelled",
        Outage.ended_at.is_(None),
        Outage.starts_at < Event.ends_at,
        Outage.ends_at > Event.starts_at,
    )
    .distinct()
    .order_by(Event.id, Space.name)
)


def broken(event: Event) -> list[str]:
    """Its spaces that are out of sale because of an incident, when it is to take place there."""
    return [name for _id, name in db.session.execute(BROKEN.where(Event.id == event.id))]


# ── the team's sheet ──────────────────────────────────────────────────────────────────────────


def _of_day(one: Day) -> list[Event]:
    """Events that take something of a day, cancelled ones left out."""
    ids = {u.source_id for u in one.uses if u.source == SOURCE and u.source_id}
    return list(db.session.scalars(select(Event).where(Event.id.in_(ids)).order_by(Event.id)))


def team_lines(one: Day) -> list[Line]:
    """Set up, the event itself, clear down: each on the day that its hour falls on."""
    found: list[Line] = []
    rows = {row.event.id: row for row in read.lines(_of_day(one))}
    for row in rows.values():
        event, where = row.event, ", ".join(row.spaces)
        title = words.title(event)
        people = _("%(what)s, %(n)d places", what=title, n=event.capacity)
        before = event.starts_at - dt.timedelta(minutes=event.setup_minutes)
        steps = [("event", event.starts_at, people)]
        if event.setup_minutes:
            steps.append(("setup", before, _("Monter : %(what)s", what=people)))
        if event.clear_minutes:
            steps.append(("cleaning", event.ends_at, _("Ranger : %(what)s", what=title)))
        found += [
            Line(f"event{kind}-{event.id}", kind, f"{at.astimezone(row.zone):%H:%M}", text, where)
            for kind, at, text in steps
            if local_day(at, row.zone) == one.frame.day
        ]
    return found


def expected(one: Day) -> list[Group]:
    """Everybody whom an event may hold, in the building of its spaces."""
    sites = {
        u.source_id: space.site_id
        for u in one.uses
        if u.source == SOURCE
        for space in one.spaces
        if u.unit_id in one.places[space.id].units
    }
    return [
        Group(sites[event.id], event.starts_at, event.ends_at, event.capacity)
        for event in _of_day(one)
        if event.id in sites
    ]


# ── what is to be done ────────────────────────────────────────────────────────────────────────


def drafts_soon(one: Day) -> list[Todo]:
    """Drafts whose day comes near: nobody can come to what nobody sees."""
    rows = db.session.scalars(
        select(Event)
        .where(Event.state == "draft", Event.starts_at > one.now, Event.starts_at <= one.now + SOON)
        .order_by(Event.starts_at, Event.id)
        .limit(MOST)
    )
    return [
        Todo(
            "calendar-plus",
            "warn",
            _("%(what)s : encore en brouillon", what=words.title(event)),
            _("Prévu le %(day)s.", day=day_name(local_day(event.starts_at, one.frame.zone))),
            (Fix(_("Ouvrir"), f"{HERE}/{event.id}", permission="events.see"),),
        )
        for event in rows
    ]


def hit(one: Day) -> list[Todo]:
    """Events of the coming week in a space that broke."""
    soon = BROKEN.where(Event.ends_at > one.now, Event.starts_at <= one.now + SOON)
    rooms: dict[int, list[str]] = defaultdict(list)
    for event_id, name in db.session.execute(soon):
        rooms[event_id].append(name)
    rows = db.session.scalars(select(Event).where(Event.id.in_(list(rooms)[:MOST])))
    return [
        Todo(
            "triangle-alert",
            "danger",
            _("%(what)s : un espace est en panne", what=words.title(event)),
            ", ".join(rooms[event.id]),
            (
                Fix(_("Déplacer"), f"{HERE}/{event.id}/modifier", permission="events.edit"),
                Fix(_("Ouvrir"), f"{HERE}/{event.id}", permission="events.see"),
            ),
        )
        for event in rows
    ]


def offer() -> None:
    """Once for all."""
    if team_lines not in daysheet.MORE:
        daysheet.MORE.append(team_lines)
    if expected not in crowd.MORE:
        crowd.MORE.append(expected)
    for source in (hit, drafts_soon):
        if source not in todo.MORE:
            todo.MORE.append(source)
