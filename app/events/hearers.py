"""An opinion is kept under a digest of its author's address: who is forgotten, or takes their data
away, is found by making the digests again."""

from __future__ import annotations

from flask import current_app
from sqlalchemy import distinct, select, tuple_

from app.core import tenancy
from app.core.db import db
from app.core.signals import hear
from app.events.models import EventOpinion
from app.events.opinions import who
from app.members.facts import DataAsked, PersonErased


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
