"""What the sample venues invite people to: planned through the rules, like anybody's events."""

from __future__ import annotations

import datetime as dt

from app.core.errors import Refused
from app.core.slots import at, local_day
from app.demo.build import Built
from app.events import rules
from app.events.rules import Wish
from app.spaces.models import Space

LINES = "18:30 Ouverture, soupe du marché | Cuisine partagée\n19:00 Tourner le bois, broder"
NIGHT = {
    "title_fr": "La nuit des ateliers",
    "title_en": "The night of the workshops",
    "lead_fr": "Bois, textile, radio, cuisine : on ouvre les machines, on essaie, on goûte.",
    "lead_en": "Wood, textile, radio, food: the machines are on, try and taste.",
    "programme_fr": f"{LINES} | Groupes de 8\n20:30 Émission en direct",
    "access_fr": "LSF à 20:30, boucle magnétique.\n\nAccompagnant gratuit, sans justificatif.",
    "organiser": "Théo, atelier bois",
    "setup_minutes": 120,
    "clear_minutes": 60,
}
DRINK = {
    "title_fr": "Un verre entre membres",
    "title_en": "Members’ drinks",
    "lead_fr": "Un verre après le travail, pour se rencontrer sans ordre du jour.",
    "audience": "members",
    "setup_minutes": 30,
    "model": "afterwork",
}
OPEN = {
    "title_fr": "Portes ouvertes",
    "title_en": "Open day",
    "lead_fr": "Visitez, essayez, posez vos questions : l’équipe et les membres sont là.",
    "setup_minutes": 60,
    "clear_minutes": 60,
    "model": "open_day",
}


def invite(built: Built, now: dt.datetime) -> None:
    """An evening for everybody, a drink for members, and a day that is still a draft; what finds no
    free time in two weeks is left out."""
    halls = [s for s in built.spaces if s.kind == "event_hall" and s.takes == "all"]
    rooms = sorted((s for s in built.spaces if s.kind != "desk_pool"), key=lambda s: -s.capacity)
    large = (halls or rooms)[0]
    small = next((s for s in rooms if s.kind == "meeting_room"), large)
    for days, space, hours, words, shown in (
        (19, large, (18 * 60 + 30, 22 * 60), NIGHT, True),
        (8, small, (18 * 60, 20 * 60), DRINK, True),
        (33, large, (10 * 60, 17 * 60), OPEN, False),
    ):
        any(_plan(space, now, days + more, hours, words, shown) for more in range(14))


def _plan(
    space: Space,
    now: dt.datetime,
    days: int,
    hours: tuple[int, int],
    words: dict[str, object],
    shown: bool,
) -> bool:
    zone = space.site.zone
    day = local_day(now, zone) + dt.timedelta(days=days)
    start, end = (at(day, minute, zone) for minute in hours)
    wish = Wish(
        starts_at=start,
        ends_at=end,
        space_ids=(space.id,),
        capacity=max(8, space.capacity),
        **words,  # type: ignore[arg-type]  # columns by name
    )
    try:
        one = rules.create(wish)
    except Refused:
        return False
    if shown:
        rules.publish(one.id)
    return True
