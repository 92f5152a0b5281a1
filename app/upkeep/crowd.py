"""How many people a building will hold at once, against what its safety commission allows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sqlalchemy import select

from app.booking.day import Day
from app.booking.todo import Fix, Todo
from app.core.db import db
from app.core.i18n import _
from app.spaces.models import Site


@dataclass(frozen=True)
class Group:
    """People who are in a building together, from when until when."""

    site_id: int
    start: dt.datetime
    end: dt.datetime
    people: int


@dataclass(frozen=True)
class Peak:
    """The most at once, and since when."""

    people: int
    at: dt.datetime


MORE: list[Callable[[Day], list[Group]]] = []
"""Whom features above expect: events add theirs here."""


def peak(groups: Iterable[Group]) -> Peak | None:
    """The moment with the most people, the earliest of equals; who leaves goes first. Pure."""
    steps = [step for g in groups for step in ((g.start, 1, g.people), (g.end, 0, -g.people))]
    now, best = 0, None
    for at, _enters, people in sorted(steps):
        now += people
        if best is None or now > best.people:
            best = Peak(now, at)
    return best


def expected(day: Day) -> list[Group]:
    """Everybody who booked for a day, and who comes to what is held there."""
    rooms = {space.id: space for space in day.spaces}
    found = [
        Group(rooms[use.space_id].site_id, use.starts_at, use.ends_at, use.people)
        for use in day.bookings
        if use.space_id in rooms
    ]
    return found + [group for source in MORE for group in source(day)]


def warnings(day: Day) -> list[Todo]:
    """Buildings that will be too full on a day; those without a figure are not judged."""
    rows = db.session.scalars(
        select(Site).where(Site.erp_capacity.is_not(None)).order_by(Site.position, Site.id)
    ).all()
    groups = expected(day) if rows else []
    found = []
    for site in rows:
        most = peak([g for g in groups if g.site_id == site.id])
        if most is None or most.people <= (site.erp_capacity or 0):
            continue
        title = _("%(site)s : trop de monde à %(hour)s", site=site.name,
                  hour=f"{most.at.astimezone(site.zone):%H:%M}")  # fmt: skip
        text = _("%(n)d personnes attendues, %(most)d admises (ERP).", n=most.people,
                 most=site.erp_capacity)  # fmt: skip
        see = Fix(_("Voir le planning"), f"/gestion/planning?semaine={day.frame.day}",
                  permission="desk.see")  # fmt: skip
        found.append(Todo("users", "danger", title, text, (see,)))
    return found
