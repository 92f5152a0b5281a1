"""Find events, always of the entered venue."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sqlalchemy import Select, func, not_, select

from app.core import clock
from app.core.db import db
from app.core.words import fold
from app.events.models import AUDIENCES, STATES, Event, EventCompany, EventMove, EventSpace
from app.members.models import Company
from app.spaces.models import Site, Space


def event(event_id: int) -> Event | None:
    """One of this venue; None for another's."""
    return db.session.scalars(select(Event).where(Event.id == event_id)).one_or_none()


def by_slug(slug: str) -> Event | None:
    """The event at an address."""
    return db.session.scalars(select(Event).where(Event.slug == slug)).one_or_none()


def locked(event_id: int) -> Event:
    """The row, for this transaction alone. Tickets that count against its capacity lock it too."""
    query = select(Event).where(Event.id == event_id).with_for_update()
    return db.session.scalars(query.execution_options(populate_existing=True)).one()


def site(event: Event) -> Site:
    """The building that it takes place in."""
    return db.session.scalars(select(Site).where(Site.id == event.site_id)).one()


def sites() -> dict[int, Site]:
    """Every building of the venue."""
    return {one.id: one for one in db.session.scalars(select(Site))}


def spaces(event_id: int) -> list[Space]:
    """The spaces that it takes, in the venue's order."""
    query = (
        select(Space)
        .join(EventSpace, EventSpace.space_id == Space.id)
        .where(EventSpace.event_id == event_id)
        .order_by(Space.position, Space.id)
    )
    return list(db.session.scalars(query))


def company_ids(event_id: int) -> list[int]:
    """The companies that are invited."""
    query = select(EventCompany.company_id).where(EventCompany.event_id == event_id)
    return list(db.session.scalars(query.order_by(EventCompany.company_id)))


def moves(event_id: int) -> list[EventMove]:
    """Where it was before, oldest first."""
    query = select(EventMove).where(EventMove.event_id == event_id).order_by(EventMove.id)
    return list(db.session.scalars(query))


def companies(event_id: int) -> list[str]:
    """Their names."""
    query = (
        select(Company.name)
        .join(EventCompany, EventCompany.company_id == Company.id)
        .where(EventCompany.event_id == event_id)
    )
    return list(db.session.scalars(query.order_by(Company.search, Company.id)))


def siblings(event: Event) -> list[Event]:
    """The other dates of its series, in order."""
    if event.series_id is None:
        return []
    query = select(Event).where(Event.series_id == event.series_id, Event.id != event.id)
    return list(db.session.scalars(query.order_by(Event.starts_at, Event.id)))


# ── the desk's list ───────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Listed:
    """A line of the list."""

    event: Event
    spaces: tuple[str, ...]
    zone: ZoneInfo


def listed(filters: Mapping[str, str], *, limit: int, offset: int) -> tuple[list[Listed], int]:
    """Events by word, state, audience and space. What is to come begins with the next one; what is
    over with the last one."""
    when = filters.get("etat", "")
    query = _filtered(select(Event), filters)
    total = db.session.scalar(select(func.count()).select_from(query.subquery())) or 0
    order = Event.starts_at.desc() if when in ("passes", "tous") else Event.starts_at
    events = db.session.scalars(query.order_by(order, Event.id).limit(limit).offset(offset)).all()
    return lines(events), total


def lines(events: Sequence[Event]) -> list[Listed]:
    """Events with the names of their spaces and the clock of their building, in two queries."""
    names: dict[int, list[str]] = defaultdict(list)
    rows = db.session.execute(
        select(EventSpace.event_id, Space.name)
        .join(Space, Space.id == EventSpace.space_id)
        .where(EventSpace.event_id.in_([one.id for one in events]))
        .order_by(Space.position, Space.id)
    )
    for event_id, name in rows:
        names[event_id].append(name)
    zones = {id_: one.zone for id_, one in sites().items()}
    return [Listed(one, tuple(names[one.id]), zones[one.site_id]) for one in events]


def _filtered(query: Select[tuple[Event]], filters: Mapping[str, str]) -> Select[tuple[Event]]:
    for word in fold(filters.get("q", "")).split():
        query = query.where(Event.search.contains(word, autoescape=True))
    if filters.get("public") in AUDIENCES:
        query = query.where(Event.audience == filters["public"])
    raw = filters.get("espace", "")
    if raw.isdecimal() and len(raw) < 19:
        query = query.where(
            Event.id.in_(select(EventSpace.event_id).where(EventSpace.space_id == int(raw)))
        )
    when, over = filters.get("etat", ""), Event.ends_at <= clock.now()
    if when == "passes":
        return query.where(over)
    if when in STATES:
        return query.where(Event.state == when, not_(over))
    return query if when == "tous" else query.where(not_(over), Event.state != "cancelled")
