"""What events say to news from below: a space that one takes may not go; whoever is forgotten, or
takes their data away, is found among its opinions.

An opinion is kept under a digest of its author's address: the digests are made again."""

from __future__ import annotations

from flask import current_app
from sqlalchemy import Select, distinct, select, tuple_

from app.core import clock, tenancy
from app.core.db import db
from app.core.errors import Taken
from app.core.i18n import _, day_name
from app.core.signals import hear
from app.core.slots import local_day
from app.events import read
from app.events.models import Event, EventOpinion, EventSpace
from app.events.opinions import who
from app.events.taking import SOURCE
from app.members.facts import DataAsked, PersonErased
from app.occupancy.models import Occupancy
from app.spaces.facts import SpaceRetiring, UnitsLeaving


def _theirs(email: str) -> list[EventOpinion]:
    """What somebody said after events of the entered venue."""
    asked = select(distinct(EventOpinion.event_id)).where(
        EventOpinion.tenant_id == tenancy.tenant_id()
    )
    secret = str(current_app.config["SECRET_KEY"])
    keys = [(event_id, who(secret, event_id, email)) for event_id in db.session.scalars(asked)]
    return list(
        db.session.scalars(
            select(EventOpinion)
            .where(tuple_(EventOpinion.event_id, EventOpinion.who).in_(keys))
            .order_by(EventOpinion.at)
        )
    )


@hear(PersonErased)
def forget(fact: PersonErased) -> None:
    """The stars stay in the average; their words and the way to find them go."""
    for one in _theirs(fact.email):
        one.text, one.who = "", f"gone:{one.id}"


@hear(DataAsked)
def tell(fact: DataAsked) -> None:
    """What they said."""
    fact.found["event_opinions"] = [
        {"event_id": one.event_id, "stars": one.stars, "again": one.again, "text": one.text,
         "at": one.at}
        for one in _theirs(fact.email)
    ]  # fmt: skip


@hear(SpaceRetiring)
def _space(fact: SpaceRetiring) -> None:
    _refuse(
        select(Event)
        .join(EventSpace, EventSpace.event_id == Event.id)
        .where(EventSpace.space_id == fact.space_id)
    )


@hear(UnitsLeaving)
def _units(fact: UnitsLeaving) -> None:
    taken = select(Occupancy.source_id).where(
        Occupancy.source == SOURCE, Occupancy.unit_id.in_(fact.unit_ids)
    )
    _refuse(select(Event).where(Event.id.in_(taken)))


def _refuse(query: Select[tuple[Event]]) -> None:
    """What an event is to take stays there until the event is somewhere else."""
    one = db.session.scalars(
        query.where(Event.state != "cancelled", Event.ends_at > clock.now())
        .order_by(Event.starts_at.desc())
        .limit(1)
    ).first()
    if one is not None:
        day = day_name(local_day(one.starts_at, read.site(one).zone), "year")
        raise Taken(
            _("« %(what)s » y a lieu le %(day)s : déplacez-le.", what=one.title_fr, day=day)
        )
