"""What the sample venues invite people to: planned through the rules, like anybody's events."""

from __future__ import annotations

import datetime as dt
from typing import Any

from app.core.errors import Refused
from app.core.slots import at, local_day
from app.demo.build import Built
from app.events import planning, rules
from app.events.models import Event
from app.events.planning import Series
from app.events.rules import Wish
from app.events.series import Rhythm
from app.events.wishes import Times
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


MAKERS = {
    "title_fr": "Premiers pas à la machine à coudre",
    "title_en": "First steps on the sewing machine",
    "lead_fr": "Trois heures, un sac à emporter. Huit personnes, le tissu est fourni.",
    "lead_en": "Three hours, a bag to take home. Eight people, fabric included.",
    "programme_fr": "14:00 Accueil et sécurité\n14:20 On coupe, on coud\n16:45 On range",
    "organiser": "Chloé, labo textile",
    "setup_minutes": 30,
    "clear_minutes": 30,
    "model": "workshop",
    "capacity": 8,
}
BREAKFAST = {
    "title_fr": "Le café des indépendants",
    "title_en": "Freelancers’ coffee",
    "lead_fr": "On pose une question, on repart avec trois réponses. Venez sans rien préparer.",
    "lead_en": "Bring a question, leave with three answers. Nothing to prepare.",
    "setup_minutes": 15,
    "clear_minutes": 15,
    "capacity": 20,
}
TALK = {
    "title_fr": "Facturer sans se faire peur",
    "title_en": "Invoicing without fear",
    "lead_fr": "Une comptable raconte la facture électronique, exemples à l’appui.",
    "lead_en": "An accountant explains electronic invoices, with examples.",
    "programme_fr": "12:30 Ce qui change\n13:10 Vos questions",
    "organiser": "Nadia Lefort, experte-comptable",
    "setup_minutes": 15,
    "clear_minutes": 15,
}
WINDOW = 14  # days in which a free time is looked for
HOUR = 60


def invite(built: Built, now: dt.datetime) -> list[Event]:
    """What the next six weeks bring: evenings, workshops, a coffee that comes back, a drink for
    members, a day that is still a draft. What finds no free time in two weeks is left out."""
    halls = [s for s in built.spaces if s.kind == "event_hall" and s.takes == "all"]
    rooms = sorted((s for s in built.spaces if s.kind != "desk_pool"), key=lambda s: -s.capacity)
    large = (halls or rooms)[0]
    small = next((s for s in rooms if s.kind == "meeting_room"), large)
    planned = [
        _plan(large, now, (19, 18 * HOUR + 30, 22 * HOUR), NIGHT),
        _plan(small, now, (8, 18 * HOUR, 20 * HOUR), DRINK),
        _plan(small, now, (5, 14 * HOUR, 17 * HOUR), MAKERS),
        _plan(large, now, (10, 12 * HOUR + 30, 13 * HOUR + 45), TALK),
        _plan(large, now, (33, 10 * HOUR, 17 * HOUR), OPEN, shown=False),
    ]
    return [one for one in planned if one] + _comes_back(small, now, 4)


def _comes_back(space: Space, now: dt.datetime, days: int) -> list[Event]:
    """Every second week, four times, on the first day that is free for all."""
    zone = space.site.zone
    for more in range(WINDOW):
        day = local_day(now, zone) + dt.timedelta(days=days + more)
        times = Times(day, 8 * HOUR + 30, day, 9 * HOUR + 30)
        plan = Series(
            _wish(space, times.on(day, zone), BREAKFAST), times, zone, Rhythm("weekly", 2, count=4)
        )
        if any(line.fault for line in planning.lines(plan, [space])):
            continue
        return [rules.publish(one.id) for one in planning.create(plan, plan.days, None)]
    return []


def _plan(
    space: Space,
    now: dt.datetime,
    when: tuple[int, int, int],
    words: dict[str, Any],
    *,
    shown: bool = True,
) -> Event | None:
    days, start, end = when
    zone = space.site.zone
    for more in range(WINDOW):
        day = local_day(now, zone) + dt.timedelta(days=days + more)
        hours = at(day, start, zone), at(day, end, zone)
        try:
            one = rules.create(_wish(space, hours, words))
        except Refused:
            continue
        return rules.publish(one.id) if shown else one
    return None


def _wish(space: Space, hours: tuple[dt.datetime, dt.datetime], words: dict[str, Any]) -> Wish:
    most = max(8, space.capacity)
    told = words | {"capacity": min(most, words.get("capacity", most))}
    return Wish(starts_at=hours[0], ends_at=hours[1], space_ids=(space.id,), **told)
