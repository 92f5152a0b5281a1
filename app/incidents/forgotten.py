"""Reports of somebody who is forgotten: the fault, its place and its repair stay, with nobody's
name, words or picture. And what a person takes away of them."""

from __future__ import annotations

from flask import current_app
from sqlalchemy import delete, or_, select, update

from app.core import outbox
from app.core.db import db
from app.core.files import StoredFile, storage
from app.core.i18n import _
from app.core.signals import hear
from app.core.words import fold
from app.core.words import token as fresh_token
from app.incidents import read
from app.incidents.models import (
    Incident,
    IncidentComment,
    IncidentFollower,
    IncidentRating,
    IncidentStep,
)
from app.members.facts import AccountErased, DataAsked, PersonErased


@hear(PersonErased)
def forget(fact: PersonErased) -> None:
    """Every incident that they reported, saw or spoke about."""
    mine = _mine(fact.person_id, fact.email)
    ids = [one.id for one in mine]
    for one in mine:
        one.token, one.person_id, one.name, one.email = fresh_token(), None, "", ""
    db.session.execute(
        update(IncidentComment)
        .where(IncidentComment.follower_id.in_(ids))
        .values(by_name=_("Personne effacée"), text=_("Message effacé à la demande de son auteur."))
    )
    db.session.execute(
        update(IncidentRating).where(IncidentRating.follower_id.in_(ids)).values(note="")
    )
    for one in mine:
        if one.reporter:
            _unsay(db.session.get_one(Incident, one.incident_id))


def _mine(person_id: int, email: str) -> list[IncidentFollower]:
    theirs = or_(IncidentFollower.person_id == person_id, IncidentFollower.email == email)
    return list(
        db.session.scalars(select(IncidentFollower).where(theirs).order_by(IncidentFollower.id))
    )


def _unsay(incident: Incident) -> None:
    """What the reporter wrote and showed. The category and the place say enough to mend it."""
    incident.description = ""
    incident.search = fold(f"{incident.code} {read.where_of(incident).name}")
    db.session.execute(
        update(IncidentStep)
        .where(IncidentStep.incident_id == incident.id, IncidentStep.state == "reported")
        .values(by_name="")
    )
    if incident.photo_id is None:
        return
    file = db.session.get_one(StoredFile, incident.photo_id)
    incident.photo_id = None
    db.session.flush()  # nothing points to the picture any more
    db.session.execute(delete(StoredFile).where(StoredFile.id == file.id))
    outbox.defer("incidents.drop_photo", file=file.name)


@outbox.job("incidents.drop_photo")
def drop_photo(file: str) -> None:
    """The bytes go once the row is gone for good."""
    storage(current_app.config["SETTINGS"].storage).drop(file)


@hear(AccountErased)
def forget_colleague(fact: AccountErased) -> None:
    """Whoever repaired it stays a number."""
    for kind in (IncidentStep, IncidentComment):
        db.session.execute(
            update(kind).where(kind.by_account == fact.account_id).values(by_name="")
        )


@hear(DataAsked)
def tell(fact: DataAsked) -> None:
    """What they reported, what they said about it, and how it was judged."""
    mine = _mine(fact.person_id, fact.email)
    ids = [one.id for one in mine]
    incidents = {
        one.id: one
        for one in db.session.scalars(
            select(Incident).where(Incident.id.in_([one.incident_id for one in mine]))
        )
    }
    fact.found["incidents"] = [
        {
            "code": incidents[one.incident_id].code,
            "place": read.where_of(incidents[one.incident_id]).name,
            "category": incidents[one.incident_id].category,
            "state": incidents[one.incident_id].state,
            "reported_by_me": one.reporter,
            "description": incidents[one.incident_id].description if one.reporter else "",
            "reported_at": incidents[one.incident_id].reported_at,
            "resolved_at": incidents[one.incident_id].resolved_at,
        }
        for one in mine
    ]
    said = select(IncidentComment).where(IncidentComment.follower_id.in_(ids))
    judged = select(IncidentRating).where(IncidentRating.follower_id.in_(ids))
    fact.found["incident_messages"] = [
        {"at": one.at, "text": one.text, "stars": None} for one in db.session.scalars(said)
    ] + [{"at": one.at, "text": one.note, "stars": one.stars} for one in db.session.scalars(judged)]
