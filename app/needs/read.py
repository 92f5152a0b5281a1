"""What is needed in a time, by whom, and what is short of it."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, or_, select

from app.core import clock
from app.core.db import db
from app.core.words import fold
from app.events import taking
from app.events.models import Event
from app.needs import peak
from app.needs.models import Need, SharedThing, Shift, Supply
from app.needs.peak import Span, Use
from app.requests import offers
from app.requests.models import SpaceRequest
from app.spaces.models import Site

LONG = dt.timedelta(days=32)
"""No event and no request lasts longer with its set-up and clear-down."""


@dataclass(frozen=True)
class Subject:
    """What needs something: an event, or a request that was answered."""

    kind: str
    id: int
    title: str
    start: dt.datetime
    end: dt.datetime
    is_alive: bool = True

    @property
    def key(self) -> tuple[str, int]:
        """The one it is."""
        return self.kind, self.id


def of_event(one: Event) -> Subject:
    """With set-up and clear-down."""
    slot = taking.slot_of(one)
    start = slot.interval.start - dt.timedelta(minutes=slot.setup_minutes)
    end = slot.interval.end + dt.timedelta(minutes=slot.clear_minutes)
    return Subject("event", one.id, one.title, start, end, one.state != "cancelled")


def of_request(one: SpaceRequest) -> Subject:
    """The same."""
    slot = offers.slot_of(one)
    start = slot.interval.start - dt.timedelta(minutes=slot.setup_minutes)
    end = slot.interval.end + dt.timedelta(minutes=slot.clear_minutes)
    return Subject("request", one.id, one.title, start, end, one.state != "refused")


def counts(one: Event | SpaceRequest) -> bool:
    """Whether its needs are asked of the stock: an event that was not cancelled, a request that was
    quoted, held or accepted. One that merely arrived was promised nothing yet."""
    if isinstance(one, Event):
        return one.state != "cancelled"
    return one.state_at(clock.now()) in ("quoted", "held", "accepted")


def subjects(start: dt.datetime, end: dt.datetime) -> dict[tuple[str, int], Subject]:
    """All that counts in a time."""
    events = db.session.scalars(
        select(Event).where(Event.starts_at < end + LONG, Event.ends_at > start - LONG)
    )
    requests = db.session.scalars(
        select(SpaceRequest).where(
            SpaceRequest.starts_at < end + LONG, SpaceRequest.ends_at > start - LONG
        )
    )
    found = [of_event(e) for e in events if counts(e)]
    found += [of_request(r) for r in requests if counts(r)]
    return {s.key: s for s in found if s.start < end and s.end > start}


def among(
    known: Iterable[tuple[str, int]], table: type[Need] | type[Shift] | type[Supply]
) -> ColumnElement[bool]:
    """Rows of some subjects."""
    keys = list(known)
    return or_(
        table.event_id.in_([id_ for kind, id_ in keys if kind == "event"]),
        table.request_id.in_([id_ for kind, id_ in keys if kind == "request"]),
    )


def owner(row: Need | Shift | Supply) -> tuple[str, int]:
    """Whose it is."""
    return ("event", row.event_id) if row.event_id else ("request", row.request_id or 0)


def things(site_id: int | None = None) -> list[SharedThing]:
    """The stock, by name."""
    query = select(SharedThing).order_by(SharedThing.name, SharedThing.id)
    if site_id is not None:
        query = query.where(SharedThing.site_id == site_id)
    return list(db.session.scalars(query))


@dataclass(frozen=True)
class Lack:
    """A thing of which there is not enough, when, and who wants it."""

    thing: SharedThing
    span: Span
    subjects: tuple[Subject, ...]


@dataclass(frozen=True)
class Stock:
    """A thing: the most that is needed at once in a time, and where it is short."""

    thing: SharedThing
    site: str
    peak: int
    lacks: tuple[Lack, ...]


def stocks(start: dt.datetime, end: dt.datetime, also: Subject | None = None) -> list[Stock]:
    """Every thing in a time: the peak of simultaneous need, never the sum over the day. `also`
    counts as if it were promised: what would be short if it were."""
    known = subjects(start, end) | ({also.key: also} if also else {})
    wanted: dict[int, list[Use]] = defaultdict(list)
    for need in db.session.scalars(select(Need).where(among(known, Need))):
        one = known[owner(need)]
        wanted[need.thing_id].append(
            Use(max(one.start, start), min(one.end, end), need.quantity, one.key)
        )
    names = {site.id: site.name for site in db.session.scalars(select(Site))}
    return [
        Stock(
            thing,
            names[thing.site_id],
            peak.peak(wanted[thing.id]),
            tuple(
                Lack(thing, span, tuple(s for k, s in known.items() if k in span.keys))
                for span in peak.shortages(wanted[thing.id], thing.quantity)
            ),
        )
        for thing in things()
    ]


@dataclass(frozen=True)
class Clash:
    """Somebody who is to work at two places at once."""

    one: Shift
    two: Shift
    titles: tuple[str, str]


def shifts(start: dt.datetime, end: dt.datetime) -> list[Shift]:
    """Who works in a time, what was called off left out."""
    rows = db.session.scalars(
        select(Shift)
        .where(Shift.starts_at < end, Shift.ends_at > start)
        .order_by(Shift.starts_at, Shift.id)
    ).all()
    living = _living(rows)
    return [row for row in rows if owner(row) in living]


def _living(rows: Iterable[Shift | Supply]) -> dict[tuple[str, int], Event | SpaceRequest]:
    """Those whose rows count."""
    keys = {owner(row) for row in rows}
    events = select(Event).where(Event.id.in_([i for kind, i in keys if kind == "event"]))
    requests = select(SpaceRequest).where(
        SpaceRequest.id.in_([i for kind, i in keys if kind == "request"])
    )
    found: dict[tuple[str, int], Event | SpaceRequest] = {
        ("event", one.id): one for one in db.session.scalars(events) if counts(one)
    }
    found |= {("request", one.id): one for one in db.session.scalars(requests) if counts(one)}
    return found


def title_of(one: Event | SpaceRequest) -> str:
    """Its name."""
    return one.title


def doubled(rows: Iterable[Shift]) -> list[Clash]:
    """Every pair of shifts of one person that overlap, shifts of the same event too."""
    by_person: dict[str, list[Shift]] = defaultdict(list)
    kept = list(rows)
    for row in kept:
        if row.who:
            by_person[_person(row)].append(row)
    living = _living(kept)
    found = []
    for mine in by_person.values():
        for number, one in enumerate(mine):
            for two in mine[number + 1 :]:
                if one.starts_at < two.ends_at and two.starts_at < one.ends_at:
                    titles = (title_of(living[owner(one)]), title_of(living[owner(two)]))
                    found.append(Clash(one, two, titles))
    return found


def _person(row: Shift) -> str:
    return f"account:{row.account_id}" if row.account_id else fold(row.who)


def supplies(first: dt.date, last: dt.date) -> list[tuple[Supply, str]]:
    """What is to be ordered between two days, and what is overdue, with what it is for."""
    rows = db.session.scalars(
        select(Supply)
        .where(
            or_(
                Supply.order_by.between(first, last),
                and_(Supply.order_by < first, Supply.ordered_at.is_(None)),
            )
        )
        .order_by(Supply.order_by, Supply.id)
    ).all()
    living, now = _living(rows), clock.now()
    return [
        (row, title_of(living[owner(row)]))
        for row in rows
        if owner(row) in living and living[owner(row)].ends_at > now
    ]
