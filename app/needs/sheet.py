"""Needs elsewhere: on the page of an event or a request, and on the team's sheet of the day."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

from flask import url_for
from markupsafe import Markup
from sqlalchemy import select

from app.booking.day import Day
from app.core.db import db
from app.core.i18n import _
from app.core.slots import Interval, day_bounds
from app.events import seams
from app.events.models import Event
from app.needs import read
from app.needs.models import Need, SharedThing, Shift, Supply
from app.needs.read import Clash, Lack, Subject
from app.requests import seams as requests
from app.requests.models import SpaceRequest
from app.tenants.resolve import of_tenant
from app.upkeep import daysheet
from app.upkeep.daysheet import Line
from app.web import render


def offer() -> None:
    """Hang the cards and the lines where they belong; twice is once."""
    for hooks, mine in _hooks():
        if mine not in hooks:
            hooks.append(mine)


def _hooks() -> list[tuple[list[Any], Callable[..., object]]]:
    return [
        (seams.STAFF, event_card),
        (requests.STAFF, request_card),
        (daysheet.MORE, team_lines),
        (seams.LINKS, links),
    ]


def links() -> list[tuple[str, str, str]]:
    """Over the list of events."""
    return [(_("Besoins"), url_for("needs.all"), "armchair")]


def lacks_of(one: Subject) -> list[Lack]:
    """What is short while this takes place, and concerns it, promised already or not."""
    if not one.is_alive:
        return []
    return [
        lack
        for stock in read.stocks(one.start, one.end, one)
        for lack in stock.lacks
        if one.key in lack.span.keys
    ]


def doubled_of(one: Subject) -> list[Clash]:
    """Its people who are to be elsewhere at the same time."""
    mine = db.session.scalars(select(Shift).where(read.among([one.key], Shift))).all()
    if not mine:
        return []
    first = min(row.starts_at for row in mine)
    last = max(row.ends_at for row in mine)
    return [
        clash
        for clash in read.doubled(read.shifts(first, last))
        if one.key in (read.owner(clash.one), read.owner(clash.two))
    ]


def event_card(one: Event) -> Markup:
    """On the page of an event."""
    return _card(read.of_event(one), url_for("needs.of_event", event_id=one.id))


def request_card(one: SpaceRequest) -> Markup:
    """On the page of a request; once it is an event, the event has them."""
    if one.event_id is not None:
        return Markup("")
    url = url_for("needs.of_request", request_id=one.id)
    return _card(read.of_request(one), url)


def _zone() -> ZoneInfo:
    return of_tenant().books_zone


def _card(one: Subject, url: str) -> Markup:
    wanted = db.session.execute(
        select(Need, SharedThing)
        .join(SharedThing, SharedThing.id == Need.thing_id)
        .where(read.among([one.key], Need))
        .order_by(SharedThing.name)
    ).all()
    people = db.session.scalars(select(Shift).where(read.among([one.key], Shift))).all()
    brought = db.session.scalars(select(Supply).where(read.among([one.key], Supply))).all()
    return Markup(  # noqa: S704 a template escaped it
        render.text(
            "needs/_card.html",
            needs=[(need, thing) for need, thing in wanted],
            shifts=people,
            supplies=brought,
            lacks=lacks_of(one),
            doubled=doubled_of(one),
            url=url,
            zone=_zone(),
            title=one.title,
        )
    )


def team_lines(one: Day) -> list[Line]:
    """Things to bring out, who works, what is to be ordered, on the day that it falls on."""
    bounds: Interval = day_bounds(one.frame.day, one.frame.zone)
    known = read.subjects(bounds.start, bounds.end)
    found = []
    rows = db.session.execute(
        select(Need, SharedThing.name)
        .join(SharedThing, SharedThing.id == Need.thing_id)
        .where(read.among(known, Need))
    )
    zone = one.frame.zone
    for need, name in rows:
        mine = known[read.owner(need)]
        if mine.start >= bounds.start:
            text = _(
                "%(n)d × %(what)s pour %(title)s", n=need.quantity, what=name, title=mine.title
            )
            hour = f"{mine.start.astimezone(zone):%H:%M}"
            found.append(Line(f"need-{need.id}", "setup", hour, text))
    for shift in read.shifts(bounds.start, bounds.end):
        if shift.starts_at >= bounds.start:
            start, end = (t.astimezone(zone) for t in (shift.starts_at, shift.ends_at))
            text = f"{shift.who}, {start:%H:%M} – {end:%H:%M}"
            if shift.task:
                text += f", {shift.task}"
            found.append(Line(f"shift-{shift.id}", "event", f"{start:%H:%M}", text))
    for supply, title in read.supplies(one.frame.day, one.frame.day):
        if supply.ordered_at is None:
            text = _("Commander chez %(who)s : %(what)s", who=supply.supplier, what=supply.what)
            found.append(Line(f"supply-{supply.id}", "task", "", text, title))
    return found
