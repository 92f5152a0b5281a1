"""Who may see an event. One condition, asked by every page, list and feed (docs/events.md)."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import aliased

from app.core.db import db
from app.events.models import Event, EventCompany
from app.members.models import Person, Seat

MEMBERS = ("member", "on_account")
SHOWN = Event.published_at.is_not(None)
"""Once it was published it is known, cancelled or not; a draft that was dropped never was."""

EVERYBODY = and_(SHOWN, Event.audience == "public")
"""What may stand in a feed, a frame, a share picture, a search engine."""


def visible(person_id: int | None, *, staff: bool = False) -> ColumnElement[bool]:
    """What somebody may see: the public sees public events, members those for members too, people
    of an invited company what it is invited to, alone or with the members; the team all of it."""
    if staff:
        return SHOWN
    if person_id is None:
        return EVERYBODY
    one = aliased(Person)
    member = select(one.id).where(one.id == person_id, one.standing.in_(MEMBERS)).exists()
    invited = (
        select(EventCompany.id)
        .join(Seat, Seat.company_id == EventCompany.company_id)
        .where(EventCompany.event_id == Event.id, Seat.person_id == person_id)
        .exists()
    )
    return and_(
        SHOWN,
        or_(
            Event.audience == "public",
            and_(Event.audience == "members", or_(member, invited)),
            and_(Event.audience == "companies", invited),
        ),
    )


def may_see(event: Event, person_id: int | None, *, staff: bool = False) -> bool:
    """Whether this event is there for somebody. The team sees its drafts too."""
    if staff:
        return True
    found = db.session.scalar(select(Event.id).where(Event.id == event.id, visible(person_id)))
    return found is not None
