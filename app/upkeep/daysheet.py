"""The day on one sheet: arrivals, rooms to set up and to clean, incidents, visits, deliveries."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import select

from app.booking import day
from app.booking.day import Day
from app.core import clock
from app.core.db import db
from app.core.errors import Refused
from app.core.i18n import _
from app.core.words import one_line
from app.incidents import read as incidents
from app.incidents import words
from app.spaces.models import Site
from app.upkeep.models import DayTask, Plan, Visit


@dataclass(frozen=True)
class Line:
    """Something to do: its stable name, its hour on the wall clock, what and where."""

    key: str
    group: str
    hour: str
    what: str
    where: str = ""


MORE: list[Callable[[Day], list[Line]]] = []
"""What features above put on the sheet: events add their rooms here."""


def groups() -> dict[str, str]:
    """The parts of the sheet, in order."""
    return {
        "arrival": _("Arrivées"),
        "setup": _("Salles à préparer"),
        "cleaning": _("Ménage"),
        "event": _("Événements"),
        "incident": _("Incidents"),
        "upkeep": _("Entretien"),
        "delivery": _("Livraisons"),
        "task": _("Tâches"),
    }


def lines(date: dt.date) -> list[Line]:
    """All of it, by hour."""
    spaces = day.of_venue()
    if not spaces:
        return []
    one = day.load(spaces, date, date, clock.now())[0]
    found = [*_bookings(one), *_incidents(), *_visits(one), *_tasks(date)]
    found += [line for source in MORE for line in source(one)]
    return sorted(found, key=lambda line: (line.hour or "99", line.key))


def grouped(found: Iterable[Line]) -> list[tuple[str, list[Line]]]:
    """The parts that have something in them."""
    rows = list(found)
    return [
        (label, mine)
        for name, label in groups().items()
        if (mine := [line for line in rows if line.group == name])
    ]


def _bookings(one: Day) -> list[Line]:
    rooms = {space.id: space for space in one.spaces}
    found = []
    for use in one.bookings:
        space = rooms.get(use.space_id or 0)
        if space is None:
            continue
        start, end = (t.astimezone(one.frame.zone) for t in (use.starts_at, use.ends_at))
        who = f"{use.who}, {_('%(n)d pers.', n=use.people)}"
        found.append(Line(f"arrival-{use.source_id}", "arrival", f"{start:%H:%M}", who, space.name))
        if space.kind in ("meeting_room", "event_hall"):
            text = _("Préparer pour %(n)d personnes", n=use.people)
            hour = f"{start - dt.timedelta(minutes=30):%H:%M}"
            found.append(Line(f"setup-{use.source_id}", "setup", hour, text, space.name))
        if space.buffer_minutes:
            text = _("Nettoyer, %(n)d min", n=space.buffer_minutes)
            found.append(
                Line(f"cleaning-{use.source_id}", "cleaning", f"{end:%H:%M}", text, space.name)
            )
    return found


def _incidents() -> list[Line]:
    return [
        Line(
            f"incident-{row.incident.id}",
            "incident",
            "",
            f"{words.categories()[row.incident.category]}, "
            f"{words.states()[row.incident.state].lower()}",
            row.place,
        )
        for row in incidents.pressing(30)
    ]


def _visits(one: Day) -> list[Line]:
    rows = db.session.execute(
        select(Visit, Plan.name)
        .join(Plan, Plan.id == Visit.plan_id)
        .where(
            Visit.starts_at >= one.bounds.start,
            Visit.starts_at < one.bounds.end,
            Visit.done_at.is_(None),
        )
    )
    return [
        Line(f"upkeep-{v.id}", "upkeep", f"{v.starts_at.astimezone(one.frame.zone):%H:%M}", name)
        for v, name in rows
    ]


def _tasks(date: dt.date) -> list[Line]:
    rows = db.session.scalars(select(DayTask).where(DayTask.day == date).order_by(DayTask.id))
    return [
        Line(
            f"{row.kind}-{row.id}",
            row.kind,
            f"{row.minute // 60:02d}:{row.minute % 60:02d}" if row.minute is not None else "",
            row.text,
        )
        for row in rows
    ]


def add(date: dt.date, facts: Mapping[str, str], by: int | None) -> DayTask:
    """A line that nothing else knows of. Refuses without words, and what is no hour."""
    raw = facts.get("texte", "")
    text = one_line(raw, len(raw))
    if not 1 <= len(text) <= 200 or facts.get("sorte") not in ("delivery", "task"):
        raise Refused(_("Dites quoi, en 200 caractères au plus."), field="texte")
    hour = facts.get("heure", "").strip()
    try:
        minute = None
        if hour:
            time = dt.time.fromisoformat(hour)
            minute = time.hour * 60 + time.minute
    except ValueError as error:
        raise Refused(_("Indiquez une heure, comme 9:30."), field="heure") from error
    raw = facts.get("site", "")
    query = select(Site).order_by(Site.position, Site.id).limit(1)
    if raw.isdecimal() and len(raw) < 19:
        query = query.where(Site.id == int(raw))
    site = db.session.scalars(query).one_or_none()
    if site is None:
        raise Refused(_("Choisissez un lieu."), field="site")
    row = DayTask(
        site_id=site.id, day=date, minute=minute, kind=facts["sorte"], text=text, by_account=by
    )
    db.session.add(row)
    return row
