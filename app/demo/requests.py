"""What people outside ask of the sample venues: one request that waits, one with a hold."""

from __future__ import annotations

import datetime as dt

from app.core.errors import Refused
from app.core.slots import at, local_day
from app.demo.build import Built
from app.requests import rules
from app.requests.ask import Asked
from app.spaces.models import Space


def ask(built: Built, now: dt.datetime) -> None:
    """A seminar that nobody answered yet, and an assembly whose room is held for some days."""
    rooms = sorted((s for s in built.spaces if s.kind != "desk_pool"), key=lambda s: -s.capacity)
    large = next((s for s in rooms if s.kind == "event_hall" and s.takes == "all"), rooms[0])
    _ask(large, now, 24, "Séminaire de rentrée", "Atelier Ferrand", ("lunch", "screen"))
    assembly = _ask(large, now, 38, "Assemblée générale", "Les Jardins du Rail", ("sound",))
    try:
        rules.hold(assembly, large, now + dt.timedelta(days=5), setup_minutes=60, clear_minutes=30)
    except Refused:
        return  # the hall is taken that day: it waits for an answer like the other


def _ask(
    space: Space, now: dt.datetime, days: int, title: str, who: str, options: tuple[str, ...]
) -> int:
    zone = space.site.zone
    day = local_day(now, zone) + dt.timedelta(days=days)
    wish = Asked(
        title=title,
        starts_at=at(day, 9 * 60, zone),
        ends_at=at(day, 17 * 60, zone),
        people=max(2, space.capacity * 2 // 3),
        name="Jeanne Ferrand",
        email="jeanne@ferrand.example",
        space_id=space.id,
        organisation=who,
        message="Nous aimerions visiter avant, si possible.",
        options=options,
    )
    return rules.receive(wish).id
