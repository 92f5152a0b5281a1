"""Make today alive: an option to confirm, a room under repair, a booking to collect."""

from __future__ import annotations

import datetime as dt
from random import Random

from app.booking import confirm, hold
from app.booking.hold import Terms
from app.core.errors import Refused
from app.core.slots import Interval, at, local_day
from app.demo.build import Built
from app.occupancy import rules as occupancy
from app.occupancy.rules import Taking
from app.rates import rules as rates
from app.rates.rules import Asked
from app.spaces.models import Space


def enliven(built: Built, now: dt.datetime, dice: Random) -> None:
    """A few things for the desk to do, on any day at any hour; what does not fit is left out."""
    rooms = [s for s in built.spaces if s.kind == "meeting_room"]
    zone = built.spaces[0].site.zone
    shops = [s for s in built.spaces if s.kind in ("workshop", "phone_booth", "event_hall")]
    any(_repair(shop, now, hours) for hours in (27, 4, 2) for shop in shops)
    names = iter(("Asso Vélo", "Cabinet Lys", "Chorale des Moulins"))
    today = local_day(now, zone)
    for room, days, way in zip(rooms, (1, 0, 0), ("option", "desk", "desk"), strict=False):
        name = next(names)
        hours = dice.sample(range(9, 18), 9)
        any(_book(room, today + dt.timedelta(days=days), hour, way, name, now) for hour in hours)


def _book(room: Space, day: dt.date, hour: int, way: str, name: str, now: dt.datetime) -> bool:
    """Try one hour at the desk: an option until this evening, or a booking that is still to pay."""
    start = at(day, hour * 60, room.site.zone)
    wish = Interval(start, start + dt.timedelta(hours=2))
    try:
        quote = rates.ask(Asked(room, wish, min(4, room.capacity), "staff"), now=now)
        minutes = 3 * 60 if way == "option" else 15
        held = hold.hold(quote, Terms(hold_minutes=minutes, origin="desk", way="desk", label=name))
    except Refused:
        return False
    held.organisation = {"name": name}
    held.simulated = True
    if way != "option":
        confirm.confirm(held.id)
    return True


def _repair(shop: Space, now: dt.datetime, hours: int) -> bool:
    """Take a room out of use from this morning on; False when somebody is there."""
    opens = at(local_day(now, shop.site.zone), 9 * 60, shop.site.zone)
    interval = Interval(opens, opens + dt.timedelta(hours=hours))
    taking = Taking("repair", "repair", shop.id, "Ventilation en maintenance", pinned=True)
    try:
        occupancy.take(occupancy.place_of(shop), interval, 1, taking)
    except Refused:
        return False
    return True
