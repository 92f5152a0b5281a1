"""What a visitor looks for: read from an address, and said back as an address to share."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from sqlalchemy import select

from app.core import clock
from app.core.db import db
from app.core.errors import Refused
from app.core.i18n import _, hours
from app.core.slots import AGAIN, local_day, read_day
from app.rates.grid import Need
from app.spaces.models import Space

SLUGS = {
    "meeting_room": "salle",
    "office": "bureau",
    "desk_pool": "poste",
    "phone_booth": "cabine",
    "workshop": "atelier",
    "event_hall": "halle",
    "equipment": "materiel",
    "bike": "velo",
}
KINDS = {slug: kind for kind, slug in SLUGS.items()}
USUAL_MINUTES = {
    "meeting_room": 120,
    "office": 480,
    "desk_pool": 240,
    "phone_booth": 60,
    "workshop": 240,
    "event_hall": 240,
    "equipment": 120,
    "bike": 240,
}
USUAL_PEOPLE = {"meeting_room": 4, "event_hall": 20, "workshop": 2}
LENGTHS = (15, 30, 45, 60, 90, 120, 150, 180, 240, 300, 360, 420, 480, 540, 600, 720, 1440)
GROUPS = (1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 40, 50, 60, 80, 100, 150, 200, 300)
WEEK = dt.timedelta(days=7)


def kind_name(kind: str) -> str:
    """What a kind of space is called."""
    return {
        "meeting_room": _("Salle de réunion"),
        "office": _("Bureau fermé"),
        "desk_pool": _("Poste de travail"),
        "phone_booth": _("Cabine"),
        "workshop": _("Atelier"),
        "event_hall": _("Salle d’événement"),
        "equipment": _("Matériel"),
        "bike": _("Vélo"),
    }[kind]


class NothingHere(Refused):
    """A venue without a space that this visitor may book."""

    status = 404
    code = "nothing_here"


@dataclass(frozen=True)
class Search:
    """Which kind, for how many, how long, from which day; and the chosen start and space, if any.

    `moving` is the booking that looks for another time: what it takes counts as free.
    """

    kind: str
    people: int
    minutes: int
    first_day: dt.date
    day: dt.date | None = None
    start: int | None = None
    space: str | None = None
    base: str = "/reserver"
    moving: int | None = None

    def url(self, **changes: object) -> str:
        """The address that leads here, with some of it changed."""
        return f"{self.base}?{urlencode(self.query(**changes))}"

    def query(self, **changes: object) -> dict[str, str]:
        """The parameters of the address that leads here, with some changed."""
        other = replace(self, **changes)  # type: ignore[arg-type]  # names are checked by replace
        found = {
            "quoi": SLUGS[other.kind],
            "personnes": str(other.people),
            "duree": str(other.minutes),
            "debut": other.first_day.isoformat(),
        }
        if other.day is not None and other.start is not None:
            found |= {"jour": other.day.isoformat(), "heure": wall(other.start)}
        if other.space:
            found["espace"] = other.space
        return found

    def need(self, space_id: int | None, audience: str, percent: int) -> Need:
        """The same in the words of the price grid."""
        return Need(
            kind=self.kind,
            people=self.people,
            minutes=self.minutes,
            first_day=self.first_day,
            audience=audience,
            member_percent=percent,
            space_id=space_id,
            fine=bool(self.start is not None and self.start % 60),
            without=self.moving,
        )


def wall(minute: int) -> str:
    """`14:00` for a minute of the wall clock; `02:00bis` for one that comes again that day."""
    again, rest = divmod(minute, AGAIN)
    return f"{rest // 60:02d}:{rest % 60:02d}{'bis' if again else ''}"


def offered(audiences: Sequence[str]) -> list[Space]:
    """Every space that this audience may book, in the venue's order."""
    return list(
        db.session.scalars(
            select(Space)
            .where(Space.retired_at.is_(None), Space.audience.in_(audiences))
            .order_by(Space.position, Space.id)
        )
    )


def read(given: Mapping[str, str], spaces: Sequence[Space]) -> Search:
    """The search that an address asks for; what is absent or senseless becomes the usual.

    Refuses a venue that has nothing to book.
    """
    if not spaces:
        raise NothingHere(_("Ce lieu n’a rien à réserver pour l’instant."))
    chosen = next((s for s in spaces if s.slug == given.get("espace")), None)
    kinds = list(dict.fromkeys(s.kind for s in spaces))
    kind = chosen.kind if chosen else KINDS.get(given.get("quoi", ""), "")
    if kind not in kinds:
        kind = kinds[0]
    alike = [chosen] if chosen else [s for s in spaces if s.kind == kind]
    today = local_day(clock.now(), alike[0].site.zone)
    day, start = _moment(given)
    return Search(
        kind,
        _within(given.get("personnes"), 1, 1000) or _usual_people(kind, alike),
        _within(given.get("duree"), 5, 1440) or _usual_minutes(kind, alike),
        _first_day(read_day(given.get("debut")), day, today),
        day,
        start,
        chosen.slug if chosen else None,
    )


def _usual_people(kind: str, spaces: Sequence[Space]) -> int:
    most = max(s.capacity for s in spaces)
    return min(USUAL_PEOPLE.get(kind, 1), most)


def _usual_minutes(kind: str, spaces: Sequence[Space]) -> int:
    choices = lengths(spaces)
    usual = USUAL_MINUTES[kind]
    return min(choices, key=lambda minutes: abs(minutes - usual)) if choices else usual


def _moment(given: Mapping[str, str]) -> tuple[dt.date | None, int | None]:
    """The chosen start: one value of the grid's radio buttons, or a day and an hour."""
    day, _t, hour = given.get("creneau", "").partition("T")
    found = read_day(day or given.get("jour"))
    minute = _minute(hour or given.get("heure", ""))
    return (found, minute) if found is not None and minute is not None else (None, None)


def _minute(text: str) -> int | None:
    hour, _colon, rest = text.removesuffix("bis").partition(":")
    if not (hour.isdecimal() and rest.isdecimal()):
        return None
    minute = int(hour) * 60 + int(rest)
    again = AGAIN if text.endswith("bis") else 0
    return minute + again if minute < 1440 else None


def _within(text: str | None, low: int, high: int) -> int | None:
    if text is None or not text.isdecimal() or len(text) > 5:
        return None
    return min(max(int(text), low), high)


def _first_day(wish: dt.date | None, chosen: dt.date | None, today: dt.date) -> dt.date:
    """The grid rolls from today, and always shows the chosen day."""
    last = today + dt.timedelta(days=730)
    first = min(max(wish or today, today), last)
    if chosen is not None and today <= chosen <= last and not first <= chosen < first + WEEK:
        first = today if chosen < today + WEEK else chosen
    return first


def lengths(spaces: Sequence[Space]) -> list[int]:
    """Lengths that at least one of these spaces can be booked for."""
    return [
        minutes
        for minutes in LENGTHS
        if any(
            s.min_minutes <= minutes <= s.max_minutes and minutes % s.step_minutes == 0
            for s in spaces
        )
    ]


def length_options(spaces: Sequence[Space], current: int) -> list[tuple[int, str]]:
    """The choices of the need bar; what was asked for stays among them."""
    return [(minutes, hours(minutes)) for minutes in sorted({*lengths(spaces), current})]


def people_options(most: int, current: int) -> list[tuple[int, str]]:
    """Group sizes up to what fits; what was asked for stays among them."""
    sizes = sorted({n for n in GROUPS if n <= most} | {current, most})
    return [(n, str(n)) for n in sizes if n > 0]
