"""What a new venue begins with: a few spaces, a rate each, a week. All of it can be changed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from app.spaces import build
from app.spaces.models import Site

HOUR = 60
OFFICE_WEEK = dict.fromkeys(range(5), (8 * HOUR, 20 * HOUR))
MEETING = {"min_minutes": 60, "max_minutes": 600}
DESKS = {"step_minutes": 60, "min_minutes": 60, "max_minutes": 720, "rounding_cents": 50}


@dataclass(frozen=True)
class Room:
    """One space of a template."""

    name: str
    kind: str
    base_cents: int
    capacity: int = 1
    units: int = 1
    rules: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Starter:
    """A template: its name, its rooms, its week."""

    title: str
    rooms: tuple[Room, ...]
    week: dict[int, tuple[int, int]]


STARTERS = {
    "tiers-lieu": Starter(
        "Tiers-lieu rural",
        (
            Room("Grande salle", "meeting_room", 1600, 12, rules=MEETING),
            Room("Petite salle", "meeting_room", 1000, 4, rules=MEETING),
            Room("Plateau", "desk_pool", 300, 1, 8, DESKS),
            Room("Atelier", "workshop", 1200, 6, rules=MEETING | {"buffer_minutes": 30}),
            Room("Cabine", "phone_booth", 200, 1, rules={"min_minutes": 30, "max_minutes": 120}),
        ),
        OFFICE_WEEK | {5: (9 * HOUR, 17 * HOUR)},
    ),
    "coworking": Starter(
        "Coworking de ville",
        (
            Room("Salle A", "meeting_room", 2400, 10, rules=MEETING),
            Room("Salle B", "meeting_room", 1600, 4, rules=MEETING),
            Room("Open space", "desk_pool", 500, 1, 24, DESKS),
            Room("Cabines", "phone_booth", 400, 1, 3, {"min_minutes": 30, "max_minutes": 120}),
        ),
        OFFICE_WEEK,
    ),
    "salles": Starter(
        "Salles et événements",
        (
            Room("Salle 1", "meeting_room", 2000, 12, rules=MEETING),
            Room("Salle 2", "meeting_room", 2000, 12, rules=MEETING),
            Room("Halle", "event_hall", 6000, 80, rules={"min_minutes": 120, "buffer_minutes": 60}),
        ),
        dict.fromkeys(range(7), (8 * HOUR, 22 * HOUR)),
    ),
}


def furnish(name: str, starter: Starter, town: str, postcode: str) -> Site:
    """Build a site with the spaces of a template in the entered tenant."""
    site = build.site(name, starter.week, city=town, postcode=postcode)
    for position, room in enumerate(starter.rooms):
        build.space(
            site,
            room.name,
            room.kind,
            units=room.units,
            capacity=room.capacity,
            base_cents=room.base_cents,
            position=position,
            **room.rules,
        )
    return site
