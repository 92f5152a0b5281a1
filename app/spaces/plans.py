"""The floor plan that a venue drew of a site.

`Site.plan` is data: `{"width", "height", "label", "rooms": [{"x", "y", "w", "h", "name", "space",
"state", "things", "doors", "top"}]}`. `space` is the slug of what is booked there; a room without
one is only drawn.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from app.core.i18n import _
from app.spaces.models import Site, Space

Room = dict[str, Any]


@dataclass(frozen=True)
class Plan:
    """What the plan macro draws. A room that can be chosen carries its address."""

    rooms: list[Room]
    width: int
    height: int
    label: str


def rooms_of(site: Site) -> list[Room]:
    """The rooms as drawn; none when the venue drew nothing."""
    return list(site.plan.get("rooms") or [])


def drawn(site: Site, rooms: list[Room]) -> Plan | None:
    """These rooms within the walls of the site."""
    if not rooms:
        return None
    label = str(site.plan.get("label") or _("Plan de %(site)s", site=site.name))
    return Plan(rooms, int(site.plan.get("width", 720)), int(site.plan.get("height", 440)), label)


def where_is(space: Space) -> Plan | None:
    """The plan with one room marked; none when it is not on the plan."""
    rooms = rooms_of(space.site)
    if not any(room.get("space") == space.slug for room in rooms):
        return None
    here = {"state": "sel"}
    return drawn(
        space.site, [room | (here if room.get("space") == space.slug else {}) for room in rooms]
    )


def to_visit(site: Site, slugs: Collection[str]) -> Plan | None:
    """The plan as a way in: each of these rooms leads to its page."""
    return drawn(
        site,
        [
            room | ({"url": f"/espaces/{slug}"} if (slug := room.get("space")) in slugs else {})
            for room in rooms_of(site)
        ],
    )
