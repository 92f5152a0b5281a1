"""Floor plans as the design system draws them, from one line of text per room.

`site.plan` is `{width, height, rooms}`; a room has `x y w h name`, `space` (the slug of what it is,
if it can be booked), `state` "hall" for a passage, and `things` and `doors` as SVG path data.
"""

from __future__ import annotations

from typing import Any

from app.core.words import slug
from app.demo.cast import Room, Venue

WIDTH, HEIGHT = 720, 440


def drawn(venue: Venue) -> dict[str, Any]:
    """The plan of a venue."""
    rooms = {room.name: room for room in venue.rooms}
    return {
        "width": WIDTH,
        "height": HEIGHT,
        "rooms": [_room(line, rooms) for line in venue.plan.split("\n") if line.strip()],
    }


def _room(line: str, rooms: dict[str, Room]) -> dict[str, Any]:
    *numbers, name = line.split(maxsplit=4)
    x, y, w, h = map(int, numbers)
    box: dict[str, Any] = {"x": x, "y": y, "w": w, "h": h}
    if name == "-":
        return box | {"state": "hall"}
    box |= {"name": name, "doors": _door(x, y, w, h)}
    room = rooms.get(name)
    if room is None:
        return box
    return box | {"space": slug(name), "things": _furniture(room, x, y, w, h)}


def _door(x: int, y: int, w: int, h: int) -> str:
    """An opening to the passage: in the bottom wall upstairs, in the top wall below."""
    if y == 0:
        return f"M{x + w - 46} {h}v-26a26 26 0 0 1 26 26"
    return f"M{x + w - 46} {y}v26a26 26 0 0 0 26 -26"


def _furniture(room: Room, x: int, y: int, w: int, h: int) -> str:
    if room.kind == "desk_pool":
        desks = [
            f"M{left} {top}h40v22h-40z"
            for top in range(y + 56, y + h - 40, 58)
            for left in range(x + 24, x + w - 50, 52)
        ]
        return "".join(desks[: room.units])
    if room.kind == "meeting_room":
        wide, left, top = w // 2, x + w // 4, y + h // 2 - 12
        chairs = "".join(
            f"M{left + at} {top + side}h16v7h-16z"
            for side in (-12, 36)
            for at in range(4, wide - 14, 28)
        )
        return f"M{left} {top}h{wide}v31h-{wide}z{chairs}"
    if room.kind in ("workshop", "event_hall") and w > 100:
        return f"M{x + w // 2 - 26} {y + h // 2}a26 26 0 1 0 52 0a26 26 0 1 0 -52 0"
    return ""
