"""The venue's front door: what there is, from which price, and when next."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from itertools import groupby
from typing import Any

from flask import Blueprint, g, redirect
from markupsafe import Markup
from werkzeug.wrappers import Response

from app.booking import offers, search, visitor, words
from app.booking.search import Search, kind_name
from app.core import clock
from app.core.i18n import _, day_name, hours
from app.core.slots import local_day
from app.rates import grid as grids
from app.rates.need import Need
from app.spaces import calendar, plans
from app.spaces.models import Site, Space
from app.tenants.resolve import of_tenant
from app.web import edge, render
from app.web.policy import PUBLIC, needs

pages = Blueprint("home", __name__)
BELOW: list[Callable[[], Markup]] = []
"""What features above show under the tiles: the next events."""
ICONS = {
    "meeting_room": "users",
    "office": "door-open",
    "desk_pool": "armchair",
    "phone_booth": "phone",
    "workshop": "wrench",
    "event_hall": "ticket",
    "equipment": "projector",
    "bike": "arrow-right-left",
}


@pages.get("/")
@needs(PUBLIC)
def show() -> Response:
    """One tile per kind of space, leading to its next free start; hours and how to come."""
    if g.get("tenant") is None:
        return redirect("/lieux")
    who = visitor.visitor()

    def work() -> dict[str, Any]:
        spaces = search.offered(visitor.audiences(who))
        sites = list({s.site_id: s.site for s in spaces}.values())
        kinds = list(dict.fromkeys(s.kind for s in spaces))
        return {
            "tiles": [_tile(kind, spaces, who) for kind in kinds],
            "sites": [_site(site, spaces) for site in sites],
        }

    found = edge.act(work)
    tenant = of_tenant()
    return render.page(
        "booking/home.html",
        **found,
        title=words.said(tenant.copy.get("title")) or tenant.name,
        lead=words.said(tenant.copy.get("lead"))
        or _("Choisissez une heure : le prix s’affiche, l’espace est à vous."),
        phone=tenant.phone,
        below=[part() for part in BELOW],
    )


def _tile(kind: str, spaces: list[Space], who: offers.Visitor) -> dict[str, Any]:
    wish = search.read({"quoi": search.SLUGS[kind]}, spaces)
    grid = _soonest(wish.need(None, who.audience, who.percent))
    free = sorted(where for where, cell in grid.cells.items() if cell.state == "free")
    alike = [s for s in spaces if s.kind == kind]
    tile: dict[str, Any] = {
        "kind": kind_name(kind),
        "icon": ICONS[kind],
        "count": len(alike),
        "names": ", ".join(s.name for s in alike[:3]),
        "from_cents": _least(grid),
        "length": hours(wish.minutes),
        "next": None,
        "url": wish.url(),
    }
    if free:
        tile |= _next(wish, grid, free[0])
    return tile


def _soonest(need: Need) -> grids.Grid:
    """The grid of the first days with something free: today, else tomorrow, else the week.

    A door shows one price a kind; it need not wait for seven days of them.
    """
    now = clock.now()
    for first, days in ((0, 1), (1, 1), (2, 5)):
        day = need.first_day + dt.timedelta(days=first)
        grid = grids.build(replace(need, first_day=day, days=days), now)
        if grid.cheapest is not None:
            break
    return grid


def _least(grid: grids.Grid) -> int | None:
    where = grid.cheapest
    return grid.cell(*where).price_cents if where else None


def _next(wish: Search, grid: grids.Grid, where: tuple[Any, int]) -> dict[str, Any]:
    day, start = where
    space = grid.spaces[grid.cell(day, start).space_id or 0]
    today = local_day(grid.now, space.site.zone)
    name = _("aujourd’hui") if day == today else day_name(day, "short")
    at = words.clock_time(grid.cell(day, start).starts_at or grid.now, space.site.zone)
    return {"next": f"{name}, {at}", "url": wish.url(day=day, start=start)}


def _site(site: Site, spaces: list[Space]) -> dict[str, Any]:
    """Address, hours of the week as read on a door, and the way there."""
    one = next(s for s in spaces if s.site_id == site.id)
    today = local_day(clock.now(), site.zone)
    hours_ = calendar.load([site.id], today, today)
    slugs = {s.slug for s in spaces if s.site_id == site.id}
    return {
        "name": site.name,
        "address": words.address(site),
        "access": words.way_in(site),
        "today": [words.span(w.start, w.end, site.zone) for w in hours_.windows(one, today)],
        "week": _week([hours_.weekly.get((site.id, None, n), []) for n in range(7)]),
        "plan": plans.to_visit(site, slugs),
    }


def _week(opened: list[list[tuple[int, int]]]) -> list[tuple[str, str]]:
    """Days that follow one another with the same hours share a line, as on a door."""
    lines: list[tuple[str, str]] = []
    for hours_, days in groupby(range(7), key=lambda n: opened[n]):
        first, *rest = [calendar.weekday_name(n) for n in days]
        said = ", ".join(f"{search.wall(a)} – {search.wall(b % 1440)}" for a, b in hours_)
        name = _("%(first)s – %(last)s", first=first, last=rest[-1]) if rest else first
        lines.append((name, said or _("fermé")))
    return lines
