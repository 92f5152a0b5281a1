"""The floor plan at one hour: the chosen room, the free ones with their price, the rest."""

from __future__ import annotations

from app.booking.search import Search
from app.rates.grid import Grid
from app.spaces.models import Space
from app.spaces.plans import Plan, Room, drawn, rooms_of


def plan_of(search: Search, grid: Grid, chosen: Space) -> Plan | None:
    """The plan of the chosen room's site at the chosen hour, if the venue drew one."""
    if search.day is None or search.start is None:
        return None
    free = {
        grid.spaces[cell.space_id].slug: cell.price_cents
        for cell in grid.at(search.day, search.start)
        if cell.space_id is not None
    }
    alike = {space.slug for space in grid.spaces.values()}
    rooms = [_room(room, search, chosen.slug, free, alike) for room in rooms_of(chosen.site)]
    return drawn(chosen.site, rooms)


def _room(
    room: Room, search: Search, chosen: str, free: dict[str, int | None], alike: set[str]
) -> Room:
    slug = room.get("space")
    if slug == chosen:
        return room | {"state": "sel", "cents": free.get(slug)}
    if slug in free:
        return room | {"state": "free", "cents": free[slug], "url": search.url(space=slug)}
    return room | {"state": "taken"} if slug in alike else dict(room)
