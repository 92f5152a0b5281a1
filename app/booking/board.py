"""The day in words and shapes: tint, icon and word for each state, a status for each room."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from app.booking.day import Day, Frame, Use
from app.core.i18n import _, _n, day_name, euros
from app.core.slots import Interval
from app.spaces.models import Space

Shape = dict[str, Any]


@dataclass(frozen=True, slots=True)
class State:
    """How a use looks: tint, icon, words."""

    kind: str
    icon: str
    text: str


def clock(instant: dt.datetime, frame: Frame) -> str:
    """`14:00` on the venue's wall clock."""
    return f"{instant.astimezone(frame.zone):%H:%M}"


def people(count: int) -> str:
    """`6 pers.`"""
    return _("%(n)d pers.", n=count)


def state(use: Use, day: Day) -> State:
    """Tint, icon and word of one use; never colour alone."""
    if use.kind == "hold":
        until = clock(use.expires_at, day.frame) if use.expires_at else ""
        word = (
            _("option, avant %(time)s", time=until)
            if use.origin == "desk"
            else _("paie, avant %(time)s", time=until)
        )
        return State("option", "hourglass", word)
    if use.kind == "event":
        return State("public", "", "")
    if use.kind != "booking":
        return State("closed", "", "")
    if use.absent is not None:
        return State("done", "x", _("absence constatée"))
    owed = day.dues.get(use.source_id or 0, 0)
    if owed > 0 and use.way != "on_account":
        return State("due", "coins", _("%(amount)s à encaisser", amount=euros(owed)))
    if use.arrived_at is not None:
        return State("done", "check", _people(use.people, day))
    return State("done" if use.ends_at <= day.now else "", "", _people(use.people, day))


def _people(count: int, day: Day) -> str:
    """The same words are asked for on every booking of a day."""
    if count not in day.said:
        day.said[count] = people(count)
    return day.said[count]


def closed_words(kind: str) -> str:
    """What a taking is called when nobody labelled it."""
    return {
        "repair": _("En réparation"),
        "closure": _("Hors vente"),
        "event": _("Événement"),
        "buffer": _("Ménage"),
    }.get(kind, _("Hors vente"))


def _item(use: Use, day: Day, space: Space) -> Shape | None:
    at = day.frame.span(use.starts_at, use.ends_at)
    if at is None:
        return None
    look = state(use, day)
    title = use.who if use.kind in ("booking", "hold") else use.label or closed_words(use.kind)
    if use.kind == "booking" and use.space_id not in (space.id, None):
        look = State("done" if look.kind == "done" else "", "", _whole(use, day))
    return {
        "x": at[0],
        "w": at[1],
        "kind": look.kind,
        "icon": look.icon,
        "title": title,
        "text": look.text,
        "times": f"{clock(use.starts_at, day.frame)}-{clock(use.ends_at, day.frame)}",
        "code": use.code,
        "source": use.source,
        "source_id": use.source_id,
    }


def _whole(use: Use, day: Day) -> str:
    """The name of the larger or smaller space that a shared unit was sold as."""
    return next((s.name for s in day.spaces if s.id == use.space_id), people(use.people))


def _cleaning(use: Use, day: Day) -> Shape | None:
    at = day.frame.span(use.ends_at, use.until) if use.until > use.ends_at else None
    return {"x": at[0], "w": at[1], "kind": "clean"} if at else None


def bookings(space: Space, day: Day) -> list[Shape]:
    """What is drawn in the row of a room."""
    shapes: list[Shape | None] = []
    for use in day.of_space(space):
        shapes += [_item(use, day, space), _cleaning(use, day)]
    return [shape for shape in shapes if shape is not None]


def is_shared(space: Space, day: Day) -> bool:
    """Spaces of several alike units are drawn as people per hour."""
    return space.takes == "any" and len(day.places[space.id].units) > 1


def _taken_at(space: Space, day: Day, interval: Interval) -> int:
    """Units taken at once during an interval, at most."""
    rows = [
        u
        for unit in day.places[space.id].units
        for u in day.by_unit.get(unit, ())
        if u.starts_at < interval.end and u.ends_at > interval.start
    ]
    marks = {max(u.starts_at, interval.start) for u in rows}
    return max((sum(1 for u in rows if u.starts_at <= m < u.ends_at) for m in marks), default=0)


def load(space: Space, day: Day) -> list[Shape]:
    """Units taken per hour of a shared space."""
    frame, units = day.frame, max(1, len(day.places[space.id].units))
    start = day.bounds.start
    cells = []
    for hour in frame.hours:
        begin = start + dt.timedelta(hours=hour)
        begin -= dt.timedelta(minutes=frame.minute(begin) - hour * 60)  # a day of 23 or 25 hours
        count = _taken_at(space, day, Interval(begin, begin + dt.timedelta(hours=1)))
        if count:
            cells.append(
                {
                    "x": (hour - frame.opens) * 4,
                    "w": 4,
                    "count": count,
                    "tenths": count * 10 // units,
                }
            )
    return cells


def status(space: Space, day: Day) -> str:
    """One phrase: what a phone shows beside the room's name."""
    windows = day.hours.windows(space, day.frame.day)
    rows = day.of_space(space)
    if not windows and not rows:
        return _("Fermé")
    if is_shared(space, day):
        return _shared_status(space, day)
    if not day.is_today:
        return _n("%(num)s réservation", "%(num)s réservations", len({u.key for u in rows}))
    now = day.now
    current = next((u for u in rows if u.starts_at <= now < u.ends_at), None)
    if current is not None:
        closed = current.kind in ("closure", "repair")
        words = _("Fermé jusqu’à %(time)s") if closed else _("Occupé jusqu’à %(time)s")
        return words % {"time": _until(_free_from(rows, current.ends_at), day.frame)}
    if not any(w.start <= now < w.end for w in windows):
        return _("Fermé")
    ahead = next((u for u in rows if u.starts_at > now), None)
    end = min([w.end for w in windows if w.end > now] + ([ahead.starts_at] if ahead else []))
    return _("Libre jusqu’à %(time)s", time=clock(end, day.frame))


def _until(end: dt.datetime, frame: Frame) -> str:
    """The hour alone, with its day when that is another one than the day on the page."""
    local = end.astimezone(frame.zone)
    if local.date() == frame.day:
        return clock(end, frame)
    return f"{day_name(local.date(), 'short')} {clock(end, frame)}"


def _free_from(rows: list[Use], end: dt.datetime) -> dt.datetime:
    """The end of an unbroken run of uses."""
    for use in rows:
        if use.starts_at <= end < use.ends_at:
            end = use.ends_at
    return end


def _shared_status(space: Space, day: Day) -> str:
    units = len(day.places[space.id].units)
    if day.is_today:
        moment = Interval(day.now, day.now + dt.timedelta(minutes=1))
        taken = _taken_at(space, day, moment)
        return _("%(taken)d pris sur %(units)d", taken=taken, units=units)
    most = _taken_at(space, day, day.bounds)
    return _("%(taken)d sur %(units)d au plus fort", taken=most, units=units)


def kinds() -> dict[str, str]:
    """Kinds of spaces in words."""
    return {
        "meeting_room": _("Salle de réunion"),
        "office": _("Bureau"),
        "desk_pool": _("Postes de travail"),
        "phone_booth": _("Cabine"),
        "workshop": _("Atelier"),
        "event_hall": _("Salle d’événement"),
        "equipment": _("Équipement"),
        "bike": _("Vélo"),
    }


def note(space: Space, day: Day) -> str:
    """What stands under a room's name."""
    if is_shared(space, day):
        return _("%(n)d places", n=len(day.places[space.id].units))
    parts = [_("%(n)d pl.", n=space.capacity), *space.equipment[:1]]
    return ", ".join(parts)


def groups(day: Day) -> list[Shape]:
    """Rooms by floor, and by site where there are several."""
    sites = {s.site_id for s in day.spaces}
    found: dict[str, list[Shape]] = defaultdict(list)
    words = kinds()
    for space in day.spaces:
        parts = [space.site.name] if len(sites) > 1 else []
        parts.append(space.floor or words[space.kind])
        shared = is_shared(space, day)
        found[" · ".join(parts)].append(
            {
                "id": space.id,
                "name": space.name,
                "text": note(space, day),
                "status": status(space, day),
                "bookings": [] if shared else bookings(space, day),
                "load": load(space, day) if shared else [],
            }
        )
    return [{"name": name, "rooms": rooms} for name, rooms in found.items()]


def now_line(day: Day) -> Shape | None:
    """Where the now line stands, in quarter hours from the left edge."""
    if not day.is_today:
        return None
    minute = day.frame.minute(day.now)
    at = (minute - day.frame.opens * 60) // 15
    if not 0 <= at <= len(day.frame.hours) * 4:
        return None
    return {"x": at, "text": clock(day.now, day.frame)}
