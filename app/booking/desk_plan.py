"""The venue's floor plan at one hour of a day: who sits where, what is free and until when."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from textwrap import shorten, wrap
from typing import Any

from flask import Blueprint, request, url_for
from werkzeug.wrappers import Response

from app.booking import board, day
from app.booking.day import Day, Use
from app.core import clock
from app.core.i18n import day_name
from app.core.slots import at, read_day
from app.spaces import plans
from app.spaces.models import Space
from app.web import navigation
from app.web.policy import needs

pages = Blueprint("desk_plan", __name__, url_prefix="/gestion/plan")

WIDE_LETTER = 8.2  # units of the drawing that a letter of a room's name takes


@dataclass(frozen=True)
class Line:
    """One space at the hour that is looked at."""

    space: Space
    state: str
    who: str
    status: str
    url: str


def _use_at(one: Day, space: Space) -> Use | None:
    """What takes a space at the moment of the day; none for one of several alike units."""
    if board.is_shared(space, one):
        return None
    return next((u for u in one.of_space(space) if u.starts_at <= one.now < u.ends_at), None)


def _line(one: Day, space: Space) -> Line:
    use, status = _use_at(one, space), board.status(space, one)
    if use is not None:
        taken = use.kind in ("booking", "hold")
        who = use.who if taken else use.label or board.closed_words(use.kind)
        code = use.code if taken else None
        url = url_for("dossier.booking", code=code) if code else url_for("closing.closures")
        return Line(space, "taken" if taken else "closed", who, status, url)
    shown = one.now.astimezone(space.site.zone)
    book = url_for(
        "counter.walk_in",
        espace=space.id,
        jour=shown.date(),
        heure=f"{shown:%H:%M}",
        duree=space.min_minutes,
        personnes=1,
        paiement="desk",
    )
    is_open = any(w.start <= one.now < w.end for w in one.hours.windows(space, one.frame.day))
    return Line(space, "free" if is_open else "closed", "", status, book)


def _room(room: plans.Room, lines: dict[str, Line]) -> plans.Room:
    """A room as drawn, with what is in it; one that is not booked here stays as it is."""
    line = lines.get(room.get("space") or "")
    if line is None:
        return dict(room)
    letters = max(7, int((room["w"] - 28) / WIDE_LETTER))
    who = shorten(line.who, letters, placeholder="…") if line.who else ""
    return room | {
        "state": line.state,
        "url": line.url,
        "words": [*([who] if who else []), *wrap(line.status, letters)],
    }


def _moment(one: Day, asked: int | None) -> dt.datetime:
    """The hour that was asked for, else now, else the opening: always within the day shown."""
    frame, zone = one.frame, one.frame.zone
    if asked is None and one.is_today:
        return one.now
    hour = frame.opens if asked is None else min(max(asked, frame.opens), frame.closes - 1)
    return at(frame.day, hour * 60, zone)


def _drawings(lines: list[Line]) -> list[plans.Plan]:
    """The plans of the sites, each with its rooms at this hour."""
    of_slug = {line.space.slug: line for line in lines}
    sites = {line.space.site_id: line.space.site for line in lines}
    found = [
        plans.drawn(site, [_room(room, of_slug) for room in plans.rooms_of(site)])
        for site in sites.values()
    ]
    return [plan for plan in found if plan is not None]


def _context(one: Day, shown: Day, lines: list[Line]) -> dict[str, Any]:
    date, step = one.frame.day, dt.timedelta(days=1)
    hour = request.args.get("heure", type=int)
    return {
        "title": day_name(date)[:1].upper() + day_name(date)[1:],
        "date": date,
        "time": f"{shown.now.astimezone(one.frame.zone):%H:%M}",
        "hours": one.frame.hours,
        "hour": shown.now.astimezone(one.frame.zone).hour,
        "before": url_for("desk_plan.show", jour=date - step, heure=hour),
        "after": url_for("desk_plan.show", jour=date + step, heure=hour),
        "lines": lines,
        "drawings": _drawings(lines),
        "is_today": one.is_today,
    }


@pages.get("")
@needs("desk.see")
def show() -> Response:
    """A day and an hour from the address; today and now without them."""
    spaces, now = day.of_venue(request.args.get("lieu", type=int)), clock.now()
    zone = spaces[0].site.zone if spaces else dt.UTC
    date = read_day(request.args.get("jour")) or now.astimezone(zone).date()
    one = day.load(spaces, date, date, now)[0]
    shown = replace(one, now=_moment(one, request.args.get("heure", type=int)))
    lines = [_line(shown, space) for space in one.spaces]
    return navigation.page("booking/desk_plan.html", "today", **_context(one, shown, lines))
