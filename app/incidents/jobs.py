"""What happens to incidents after the commit and by the clock."""

from __future__ import annotations

import datetime as dt

from flask import current_app
from sqlalchemy import select

from app.accounts import team
from app.accounts.models import Account
from app.core import clock, outbox
from app.core.db import db
from app.core.files import StoredFile, storage
from app.incidents import choosing, mails, offers, outages, rules
from app.incidents.models import Incident, IncidentComment, IncidentStep, Outage

DRAFT = "incident draft"
DRAFTS_LIVE = dt.timedelta(days=1)


@outbox.job("incidents.letter")
def letter(incident_id: int, step_id: int = 0, comment_id: int = 0) -> None:
    """Tell whoever follows; a second run finds it told."""
    one = db.session.get_one(Incident, incident_id)
    if step_id:
        mails.tell_step(one, db.session.get_one(IncidentStep, step_id))
    if comment_id:
        mails.tell_comment(one, db.session.get_one(IncidentComment, comment_id))


@outbox.job("incidents.staff_letter")
def staff_letter(incident_id: int, account_id: int, kind: str) -> None:
    """Tell one of the team."""
    account = db.session.get_one(Account, account_id)
    one = db.session.get_one(Incident, incident_id)
    mails.tell_staff(one, account, kind, f"{kind}:{one.assignee_id}")


@outbox.job("incidents.offer")
def offer(offer_id: int) -> None:
    """Ask, or say that nothing has to be chosen any more; a choice made meanwhile needs neither."""
    mails.tell_offer(offers.locked(offer_id))


@outbox.job("incidents.offer_ends")
def offer_ends(offer_id: int) -> None:
    """Nobody chose in time."""
    choosing.fall_due(offer_id)


@outbox.job("incidents.fill")
def fill(outage_id: int) -> None:
    """A hold that stood in an outage has ended: take its time."""
    found = db.session.scalars(
        select(Outage).where(Outage.id == outage_id).with_for_update()
    ).one_or_none()
    if found is not None:
        outages.fill(found)


@outbox.job("incidents.watch")
def watch() -> None:
    """Broken promises are told to whoever does it and to those who run the venue, once each;
    outages are made whole, pictures of forms that nobody sent are dropped."""
    chiefs = [person for grant, person in team.team() if grant.role in ("manager", "owner")]
    for alert in rules.overdue():
        one = db.session.get_one(Incident, alert.incident_id)
        told = {person.id: person for person in chiefs}
        if one.assignee_id:
            told[one.assignee_id] = db.session.get_one(Account, one.assignee_id)
        for person in told.values():
            mails.tell_staff(one, person, alert.kind, f"alert:{alert.id}")
    for outage in db.session.scalars(
        select(Outage)
        .where(Outage.ended_at.is_(None), Outage.ends_at > clock.now())
        .with_for_update(skip_locked=True)
    ).all():
        outages.fill(outage)
    _drop_drafts()


def _drop_drafts() -> None:
    kept = storage(current_app.config["SETTINGS"].storage)
    old = clock.now() - DRAFTS_LIVE
    for file in db.session.scalars(
        select(StoredFile).where(StoredFile.purpose == DRAFT, StoredFile.created_at < old)
    ).all():
        kept.drop(file.name)
        db.session.delete(file)
