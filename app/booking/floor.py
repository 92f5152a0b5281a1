"""The floor plan of a site at one hour: the chosen room, the free ones with their price, the rest.

`Site.plan` is data: `{"width", "height", "label", "rooms": [{"x", "y", "w", "h", "name", "space",
"state", "things", "doors", "top"}]}`. `space` is the slug of what is booked there; a room without
one is only drawn.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from app.booking.search import Search
from app.core.i18n import _
from app.rates.grid import Grid
from app.spaces.models import Site, Space


@dataclass(frozen=True)
class Plan:
    """What the plan macro draws. A room that can be chosen carries its address."""

    rooms: list[dict[str, Any]]
    width: int
    height: int
    label: str


def plan_of(search: Search, grid: Grid, chosen: Space) -> Plan | None:
    """The plan of the chosen room's site at the chosen hour, if the venue drew one."""
    if search.day is None or search.start is None or not chosen.site.plan.get("rooms"):
        return None
    free = {
        grid.spaces[cell.space_id].slug: cell.price_cents
        for cell in grid.at(search.day, search.start)
        if cell.space_id is not None
    }
    alike = {space.slug for space in grid.spaces.values()}
    rooms = [_room(room, search, chosen.slug, free, alike) for room in chosen.site.plan["rooms"]]
    return _plan(chosen.site, rooms)


def where_is(space: Space) -> Plan | None:
    """The plan with one room marked, for whoever has booked it."""
    if not space.site.plan.get("rooms"):
        return None
    rooms = [
        room | ({"state": "sel"} if room.get("space") == space.slug else {})
        for room in space.site.plan["rooms"]
    ]
    return _plan(space.site, rooms)


def _plan(site: Site, rooms: list[dict[str, Any]]) -> Plan:
    drawn = site.plan
    label = str(drawn.get("label") or _("Plan de %(site)s", site=site.name))
    return Plan(rooms, int(drawn.get("width", 720)), int(drawn.get("height", 440)), label)


def _room(
    room: dict[str, Any],
    search: Search,
    chosen: str,
    free: dict[str, int | None],
    alike: set[str],
) -> dict[str, Any]:
    slug = room.get("space")
    if slug == chosen:
        return room | {"state": "sel", "cents": free.get(slug)}
    if slug in free:
        return room | {
            "state": "free",
            "cents": free[slug],
            "url": search.url(space=slug),
        }
    return room | {"state": "taken"} if slug in alike else dict(room)
