"""Find events, always of the entered venue."""

from __future__ import annotations

from sqlalchemy import select

from app.core.db import db
from app.events.models import Event, EventCompany, EventMove, EventSpace
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
