"""Make, change, publish, move and cancel events. Other features call these and no others
(docs/events.md). None of them commits; each refuses with words for the person who asked.

Locks: the event's row, then the clusters of units, as everywhere.
"""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import delete, select

from app.core import clock, locks, tenancy, words
from app.core.db import db
from app.core.errors import Refused
from app.core.i18n import _
from app.core.signals import publish as tell
from app.core.slots import Interval, local_day
from app.events import read, taking
from app.events.facts import EventCancelled, EventMoved, EventPublished, EventResizing
from app.events.models import AUDIENCES, Event, EventCompany, EventMove, EventSpace
from app.events.taking import Slot
from app.members.models import Company
from app.occupancy import rules as occupancy
from app.spaces.models import Space

LONGEST = dt.timedelta(days=31)
FURTHEST = dt.timedelta(days=3 * 366)
TITLE, LEAD, TEXT = 120, 300, 8000
TURNED = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


@dataclass(frozen=True)
class Wish:
    """What an event is to be. Two languages: English falls back on French where it is empty.
    The first space says the building."""

    title_fr: str
    starts_at: dt.datetime
    ends_at: dt.datetime
    space_ids: tuple[int, ...]
    capacity: int
    audience: str = "public"
    company_ids: tuple[int, ...] = ()
    setup_minutes: int = 0
    clear_minutes: int = 0
    title_en: str = ""
    lead_fr: str = ""
    lead_en: str = ""
    description_fr: str = ""
    description_en: str = ""
    programme_fr: str = ""
    programme_en: str = ""
    access_fr: str = ""
    access_en: str = ""
    organiser: str = ""
    contact: str = ""
    picture_id: int | None = None
    picture_alt: str = ""
    model: str = ""
    reminder_hours: int = 24

    @property
    def slot(self) -> Slot:
        """Its time with set-up and clear-down. Refuses a backward one."""
        if self.ends_at <= self.starts_at:
            raise Refused(_("La fin vient après le début."), field="fin")
        interval = Interval(self.starts_at, self.ends_at)
        return Slot(interval, self.setup_minutes, self.clear_minutes)


PLAIN = (
    "capacity audience setup_minutes clear_minutes title_fr title_en lead_fr lead_en"
    " description_fr description_en programme_fr programme_en access_fr access_en organiser"
    " contact picture_id picture_alt model reminder_hours"
).split()
LENGTHS = {"title": TITLE, "lead": LEAD, "description": TEXT, "programme": TEXT, "access": TEXT}


def create(wish: Wish, by: int | None = None, *, series_id: int | None = None) -> Event:
    """A draft whose spaces are taken at once, set-up and clear-down included.

    Refuses without a title or a space, in the past, too far or too long; with `InTheWay` where
    something is there, saying what. `by` is the account that acts.
    """
    slot = _checked(wish)
    spaces = _spaces(wish.space_ids)
    locks.hold(locks.EVENTS, [tenancy.tenant_id()])  # one address for one event
    taking.refuse(spaces, slot)
    one = Event(
        series_id=series_id,
        site_id=spaces[0].site_id,
        slug=_free_slug(wish, spaces[0]),
        uid=words.token(),
        starts_at=wish.starts_at,
        ends_at=wish.ends_at,
        by_account=by,
        state="draft",
    )
    _write(one, wish)
    db.session.add(one)
    db.session.flush()  # id for the rows that it takes
    _seat(one, spaces)
    _invite(one, wish.company_ids)
    one.displaced_cents = taking.take(one.id, one.title_fr, spaces, slot)
    return one


def change(event_id: int, wish: Wish, by: int | None = None) -> Event:
    """Write what an event is. Another time or other spaces move it, as `move` does. Refuses like
    `create`, and once it was cancelled or is over."""
    one = _alive(event_id)
    slot = _checked(wish, moved=_is_elsewhere(one, wish))
    if wish.capacity != one.capacity:
        tell(EventResizing(one.id, wish.capacity))
    before = (one.title_fr, one.title_en)
    elsewhere = _is_elsewhere(one, wish)
    if elsewhere:
        _refuse_place(one, _spaces(wish.space_ids), slot)
    _write(one, wish)
    _invite(one, wish.company_ids)
    if one.state == "published":
        _refuse_nobody(one)
    if elsewhere:
        _relocate(one, _spaces(wish.space_ids), slot, by)
    elif before != (one.title_fr, one.title_en):
        _touch(one)
        _relabel(one)
    one.changed_at = clock.now()
    return one


def move(
    event_id: int,
    to: Interval,
    *,
    space_ids: Sequence[int] | None = None,
    setup_minutes: int | None = None,
    clear_minutes: int | None = None,
    by: int | None = None,
) -> Event:
    """Another time, other spaces, or both: the old ones are given back and the new ones taken in
    this transaction, or nothing happens. What is not said stays. Publishes `EventMoved` for an
    event that people know of.

    Refuses with `InTheWay` when something is there, with `Refused` in the past, and for an event
    that was cancelled or is over.
    """
    one = _alive(event_id)
    slot = Slot(
        to,
        one.setup_minutes if setup_minutes is None else setup_minutes,
        one.clear_minutes if clear_minutes is None else clear_minutes,
    )
    check_slot(slot)
    spaces = read.spaces(one.id) if space_ids is None else _spaces(tuple(space_ids))
    _relocate(one, spaces, slot, by)
    return one


def publish(event_id: int, by: int | None = None) -> Event:
    """Show a draft to its audience. Publishing twice changes nothing; refuses what is over, what
    was cancelled, and an invitation of companies that names none."""
    one = read.locked(event_id)
    if one.state == "published":
        return one
    _refuse_dead(one)
    _refuse_nobody(one)
    one.state, one.published_at = "published", clock.now()
    one.changed_at = one.published_at
    one.by_account = one.by_account or by
    tell(EventPublished(one.id))
    return one


def cancel(event_id: int, reason: str = "", by: int | None = None) -> Event:
    """It will not take place: its spaces are free at once, calendars learn it, and `EventCancelled`
    is published in this transaction for whoever sold tickets. Cancelling twice changes nothing;
    refuses what is over."""
    del by  # the audit says who
    one = read.locked(event_id)
    if one.state == "cancelled":
        return one
    if one.ends_at <= clock.now():
        raise Refused(_("Cet événement est terminé."))
    one.state, one.cancelled_at = "cancelled", clock.now()
    one.cancel_reason = _line(reason, LEAD)
    _touch(one)
    taking.lock(occupancy.places(read.spaces(one.id)).values())
    taking.release(one.id)
    tell(EventCancelled(one.id, one.cancel_reason))
    return one


# ── what is refused ───────────────────────────────────────────────────────────────────────────


def _alive(event_id: int) -> Event:
    one = read.locked(event_id)
    _refuse_dead(one)
    return one


def _refuse_dead(one: Event) -> None:
    if one.state == "cancelled":
        raise Refused(_("Cet événement a été annulé."))
    if one.ends_at <= clock.now():
        raise Refused(_("Cet événement est terminé."))


def _refuse_nobody(one: Event) -> None:
    if one.audience == "companies" and not read.company_ids(one.id):
        raise Refused(_("Choisissez les entreprises invitées."), field="entreprises")


def _checked(wish: Wish, *, moved: bool = True) -> Slot:
    """The slot of a wish that may be written."""
    if not any(unicodedata.category(c)[0] in "LNSP" for c in wish.title_fr):
        raise Refused(_("Donnez un titre."), field="titre")
    _check_words(wish)
    if not 1 <= wish.capacity <= 100_000:
        raise Refused(_("Indiquez un nombre de 1 à %(n)s.", n=100_000), field="places")
    if wish.audience not in AUDIENCES:
        raise Refused(_("Dites pour qui."), field="public")
    slot = wish.slot
    if moved:
        check_slot(slot)
    return slot


def _check_words(wish: Wish) -> None:
    fields = {"title": "titre", "lead": "chapo", "description": "texte", "programme": "programme"}
    for name, most in LENGTHS.items():
        for language in ("fr", "en"):
            if len(getattr(wish, f"{name}_{language}")) > most:
                field = f"{fields.get(name, 'venir')}-{language}".replace("titre-fr", "titre")
                raise Refused(_("%(n)d caractères au plus.", n=most), field=field)


def check_slot(slot: Slot) -> None:
    """Refuse the past, what is too far or too long, and work of more than a day."""
    now, interval = clock.now(), slot.interval
    if interval.start <= now:
        raise Refused(_("Cette date est passée."), field="jour")
    if interval.start > now + FURTHEST:
        raise Refused(_("Trois ans à l’avance au plus."), field="jour")
    if interval.end - interval.start > LONGEST:
        raise Refused(_("Un mois au plus : faites plusieurs dates."), field="fin")
    for minutes, field in ((slot.setup_minutes, "montage"), (slot.clear_minutes, "rangement")):
        if not 0 <= minutes <= 1440:
            raise Refused(_("Indiquez un nombre de 0 à %(n)s.", n=1440), field=field)


def _spaces(ids: Iterable[int]) -> list[Space]:
    wanted = set(ids)
    found = db.session.scalars(
        select(Space)
        .where(Space.id.in_(wanted), Space.retired_at.is_(None))
        .order_by(Space.position, Space.id)
    ).all()
    if not found or len(found) != len(wanted):
        raise Refused(_("Choisissez au moins un espace."), field="espaces")
    if len({space.site_id for space in found}) > 1:
        raise Refused(_("Un événement a lieu dans un seul bâtiment."), field="espaces")
    return list(found)


# ── writing ───────────────────────────────────────────────────────────────────────────────────


def _clean(text: str) -> str:
    """Without the signs that no page and no feed may carry, and those that turn the words around
    them; lines stay, and so does what is written from right to left."""
    bare = text.replace("\r\n", "\n")
    kept = (c for c in bare if c in "\n\t" or not (c in TURNED or unicodedata.category(c) == "Cc"))
    return "".join(kept).strip()


def _line(text: str, most: int) -> str:
    return " ".join(_clean(text).split())[:most]


def _write(one: Event, wish: Wish) -> None:
    for name in PLAIN:
        value = getattr(wish, name)
        if isinstance(value, str):
            value = _clean(value)
        setattr(one, name, value)
    one.title_fr, one.title_en = _line(wish.title_fr, TITLE), _line(wish.title_en, TITLE)
    one.search = words.fold(f"{one.title_fr} {one.title_en} {one.organiser}")


def _free_slug(wish: Wish, space: Space) -> str:
    day = local_day(wish.starts_at, space.site.zone)
    wanted = f"{words.slug(wish.title_fr)[:60].strip('-')}-{day:%Y-%m-%d}"
    near = select(Event.slug).where(Event.slug.startswith(wanted, autoescape=True))
    return words.free_slug(wanted, set(db.session.scalars(near)))


def _seat(one: Event, spaces: Sequence[Space]) -> None:
    db.session.execute(delete(EventSpace).where(EventSpace.event_id == one.id))
    db.session.add_all(EventSpace(event_id=one.id, space_id=space.id) for space in spaces)
    one.site_id = spaces[0].site_id


def _invite(one: Event, ids: Iterable[int]) -> None:
    """Companies are invited alone, or with the members; everybody needs no invitation. One that is
    not of the venue is refused."""
    wanted = set() if one.audience == "public" else set(ids)
    known = set(db.session.scalars(select(Company.id).where(Company.id.in_(wanted))))
    if known != wanted:
        raise Refused(_("Choisissez les entreprises invitées."), field="entreprises")
    db.session.execute(delete(EventCompany).where(EventCompany.event_id == one.id))
    db.session.add_all(EventCompany(event_id=one.id, company_id=id_) for id_ in sorted(wanted))


def _is_elsewhere(one: Event, wish: Wish) -> bool:
    same_time = (one.starts_at, one.ends_at) == (wish.starts_at, wish.ends_at)
    same_work = (one.setup_minutes, one.clear_minutes) == (wish.setup_minutes, wish.clear_minutes)
    return not (
        same_time and same_work and {s.id for s in read.spaces(one.id)} == set(wish.space_ids)
    )


def _touch(one: Event) -> None:
    """Calendars that know of it must read it again."""
    one.sequence += 1
    one.changed_at = clock.now()


def _refuse_place(one: Event, spaces: Sequence[Space], slot: Slot) -> None:
    """Refuse what is taken, before anything is written. Old places and new ones are locked
    together, so that two moves cannot wait in a circle."""
    both = {space.id: space for space in [*read.spaces(one.id), *spaces]}
    taking.lock(occupancy.places(both.values()).values())
    taking.refuse(spaces, slot, but=one.id)


def _relocate(one: Event, spaces: list[Space], slot: Slot, by: int | None) -> None:
    """Give back and take in one go."""
    old = read.spaces(one.id)
    _refuse_place(one, spaces, slot)
    taking.release(one.id)
    one.displaced_cents = taking.take(one.id, one.title_fr, spaces, slot)
    row = EventMove(
        event_id=one.id,
        from_starts_at=one.starts_at,
        from_ends_at=one.ends_at,
        from_spaces=[space.id for space in old],
        to_starts_at=slot.interval.start,
        to_ends_at=slot.interval.end,
        to_spaces=[space.id for space in spaces],
        by_account=by,
    )
    one.starts_at, one.ends_at = slot.interval.start, slot.interval.end
    one.setup_minutes, one.clear_minutes = slot.setup_minutes, slot.clear_minutes
    _seat(one, spaces)
    _touch(one)
    if one.state == "published" and _shows(row):
        one.reminded_at = None  # people are reminded of the new time
        db.session.add(row)
        tell(EventMoved(one.id, row.from_starts_at, row.from_ends_at))


def _relabel(one: Event) -> None:
    """The desk's calendar says the new title: the same time is taken anew under the same locks."""
    spaces = read.spaces(one.id)
    taking.lock(occupancy.places(spaces).values())
    taking.release(one.id)
    taking.take(one.id, one.title_fr, spaces, taking.slot_of(one))


def _shows(row: EventMove) -> bool:
    """Whether the public notices: more set-up time moves nobody."""
    return (row.from_starts_at, row.from_ends_at, set(row.from_spaces)) != (
        row.to_starts_at,
        row.to_ends_at,
        set(row.to_spaces),
    )


def wish_of(one: Event) -> Wish:
    """What an event is, to be changed a little or copied."""
    plain = {name: getattr(one, name) for name in PLAIN}
    return Wish(
        starts_at=one.starts_at,
        ends_at=one.ends_at,
        space_ids=tuple(space.id for space in read.spaces(one.id)),
        company_ids=tuple(read.company_ids(one.id)),
        **plain,
    )
