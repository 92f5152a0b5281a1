"""What a form says, as a wish: each field refused by its own name, nothing guessed."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from app.core.db import db
from app.core.errors import Refused
from app.core.i18n import _, day_name
from app.core.slots import NoSuchTime, at, local_day
from app.events import read
from app.events.models import MODELS, Event
from app.events.rules import Wish
from app.events.series import EVERY, MOST, Rhythm
from app.spaces.models import Space

Form = MultiDict[str, str]
EARLY, LATE = 1970, 2200
PAIRS = {"chapo": "lead", "texte": "description", "programme": "programme", "venir": "access"}


@dataclass(frozen=True)
class Times:
    """Day and hours on the wall clock; the end may be on another day."""

    day: dt.date
    start: int
    end_day: dt.date
    end: int

    def on(self, day: dt.date, zone: ZoneInfo) -> tuple[dt.datetime, dt.datetime]:
        """The same hours on another day. Refuses an hour that the clock jumps over."""
        last = day + (self.end_day - self.day)
        return _at(day, self.start, zone, "debut"), _at(last, self.end, zone, "fin")


def _at(day: dt.date, minute: int, zone: ZoneInfo, field: str) -> dt.datetime:
    try:
        return at(day, minute, zone)
    except NoSuchTime as error:
        words = _(
            "Le %(day)s, l’horloge avance d’une heure : %(time)s n’existe pas.",
            day=day_name(day),
            time=f"{minute // 60:02d}:{minute % 60:02d}",
        )
        raise Refused(words, field=field) from error


def day_of(raw: str, field: str) -> dt.date:
    """A date."""
    try:
        found = dt.date.fromisoformat(raw.strip())
    except ValueError as error:
        raise Refused(_("Indiquez un jour."), field=field) from error
    if not EARLY <= found.year <= LATE:  # clocks and calendars end somewhere
        raise Refused(_("Indiquez un jour."), field=field)
    return found


def minute_of(raw: str, field: str) -> int:
    """An hour of the day."""
    try:
        time = dt.time.fromisoformat(raw.strip().zfill(5))
    except ValueError as error:
        raise Refused(_("Indiquez une heure, comme 18:30."), field=field) from error
    return time.hour * 60 + time.minute


def whole(raw: str, field: str, low: int, high: int, *, empty: int | None = None) -> int:
    """A whole number; `empty` for nothing typed, where nothing may be."""
    typed = raw.strip()
    if not typed and empty is not None:
        return empty
    bare = typed.removeprefix("-")
    value = int(typed) if bare.isascii() and bare.isdecimal() and len(bare) < 10 else None
    if value is None or not low <= value <= high:
        words = _("Indiquez un nombre de %(low)s à %(high)s.", low=low, high=high)
        raise Refused(words, field=field)
    return value


def ids(values: list[str]) -> tuple[int, ...]:
    """Numbers of rows; what is no number names nothing."""
    return tuple(int(v) if v.isdecimal() and len(v) < 19 else 0 for v in values)


def times(form: Form) -> Times:
    """When, as typed. An end before the start on the same day is refused with what to do."""
    day = day_of(form.get("jour", ""), "jour")
    start = minute_of(form.get("debut", ""), "debut")
    end = minute_of(form.get("fin", ""), "fin")
    raw = form.get("jour-fin", "").strip()
    end_day = day_of(raw, "jour-fin") if raw else day
    if (end_day, end) <= (day, start):
        words = _("La fin vient après le début : pour finir après minuit, indiquez le jour de fin.")
        raise Refused(words, field="fin")
    return Times(day, start, end_day, end)


def zone_of(space_ids: tuple[int, ...]) -> ZoneInfo:
    """The clock of the building."""
    found = db.session.scalars(
        select(Space).where(Space.id.in_(space_ids), Space.retired_at.is_(None)).limit(1)
    ).first()
    if found is None:
        raise Refused(_("Choisissez au moins un espace."), field="espaces")
    return found.site.zone


def read_form(form: Form) -> tuple[Wish, Times, ZoneInfo]:
    """What is wished, the hours as typed, the clock they are on."""
    title = form.get("titre", "").strip()
    if not title:
        raise Refused(_("Donnez un titre."), field="titre")
    space_ids = ids(form.getlist("espaces"))
    zone, typed = zone_of(space_ids), times(form)
    starts_at, ends_at = typed.on(typed.day, zone)
    model = form.get("modele", "")
    wish = Wish(
        title_fr=title,
        title_en=form.get("titre-en", ""),
        starts_at=starts_at,
        ends_at=ends_at,
        space_ids=space_ids,
        capacity=whole(form.get("places", ""), "places", 1, 100_000),
        audience=form.get("public", ""),
        company_ids=ids(form.getlist("entreprises")),
        setup_minutes=whole(form.get("montage", ""), "montage", 0, 1440, empty=0),
        clear_minutes=whole(form.get("rangement", ""), "rangement", 0, 1440, empty=0),
        reminder_hours=whole(form.get("rappel", ""), "rappel", 0, 168, empty=24),
        organiser=form.get("organisateur", "")[:120],
        contact=_contact(form),
        picture_alt=form.get("photo-alt", "")[:200],
        model=model if model in MODELS else "",
    )
    texts: dict[str, Any] = {
        f"{column}_{language}": form.get(f"{name}-{language}", "").replace("\r\n", "\n")
        for name, column in PAIRS.items()
        for language in ("fr", "en")
    }
    return replace(wish, **texts), typed, zone


def _contact(form: Form) -> str:
    raw = form.get("contact", "").strip()
    if raw and (raw.count("@") != 1 or len(raw) > 120 or any(c.isspace() for c in raw)):
        raise Refused(_("Indiquez une adresse e-mail, comme theo@example.org."), field="contact")
    return raw


def rhythm_of(form: Form, first: dt.date) -> Rhythm | None:
    """How it comes back, or None for one date."""
    kind = form.get("repeter", "")
    if kind not in ("weekly", "monthly"):
        return None
    every = whole(form.get("tous-les", ""), "tous-les", 1, EVERY, empty=1)
    until, count = form.get("jusquau", "").strip(), form.get("fois", "").strip()
    if not until and not count:
        raise Refused(_("Dites jusqu’à quand, ou combien de fois."), field="jusquau")
    last = day_of(until, "jusquau") if until else None
    if last is not None and last < first:
        raise Refused(_("La dernière date vient après la première."), field="jusquau")
    times_ = whole(count, "fois", 1, MOST) if count else None
    return Rhythm(kind, every, last, times_)


def typed_of(event: Event) -> Form:
    """The form that an event fills."""
    zone = read.site(event).zone
    start, end = event.starts_at.astimezone(zone), event.ends_at.astimezone(zone)
    form: Form = MultiDict(
        {
            "titre": event.title_fr,
            "titre-en": event.title_en,
            "jour": start.date().isoformat(),
            "debut": f"{start:%H:%M}",
            "fin": f"{end:%H:%M}",
            "places": str(event.capacity),
            "public": event.audience,
            "montage": str(event.setup_minutes),
            "rangement": str(event.clear_minutes),
            "rappel": str(event.reminder_hours),
            "organisateur": event.organiser,
            "contact": event.contact,
            "photo-alt": event.picture_alt,
            "modele": event.model,
        }
    )
    if local_day(event.ends_at, zone) != local_day(event.starts_at, zone):
        form["jour-fin"] = end.date().isoformat()
    for name, column in PAIRS.items():
        for language in ("fr", "en"):
            form[f"{name}-{language}"] = getattr(event, f"{column}_{language}")
    form.setlist("espaces", [str(space.id) for space in read.spaces(event.id)])
    form.setlist("entreprises", [str(id_) for id_ in read.company_ids(event.id)])
    return form
