"""Issuing is the worker's: the judge and what embeds the XML are heavy."""

from __future__ import annotations

from sqlalchemy import select

from app.core import faults as deaths
from app.core import outbox, tenancy
from app.core.db import db
from app.core.errors import Refused
from app.invoicing import anchoring, doors, drafts, mails, press, reminders, runs, sellers
from app.invoicing.court import court
from app.invoicing.faults import Rejected
from app.invoicing.issue import Work, issue
from app.invoicing.looks import looks_of
from app.invoicing.models import BillingRun, Document
from app.ledger.keys import keys
from app.ledger.nightly import anchors as ledger_anchors
from app.tenants.models import Tenant

PART = 25
"""Customers of a run between two breaths: other jobs come in between, and memory stays flat."""


def work_of(tenant_id: int, by: int | None) -> Work:
    """All that issuing needs, for the entered venue."""
    tenant = db.session.scalars(select(Tenant).where(Tenant.id == tenant_id)).one()
    looks = looks_of(tenant)
    return Work(tenant, keys(), lambda paper: press.printed(paper, looks, court), by)


def faults_of(refusal: Refused) -> list[dict[str, str]]:
    """What a draft keeps of a refusal."""
    if isinstance(refusal, Rejected):
        return [fault.as_row() for fault in refusal.faults]
    return [{"rule": refusal.code, "field": "", "words": refusal.text}]


@outbox.job("invoicing.issue")
def issue_draft(draft_id: int, by: int | None = None) -> None:
    """Issue one draft. One that breaks rules is given back to staff with all of them; without a
    judge the job fails and is tried again."""
    work = work_of(tenancy.tenant_id(), by)
    try:
        with db.session.begin_nested():
            doors.send_issued(issue(draft_id, work))
    except Refused as refusal:
        drafts.refuse(draft_id, faults_of(refusal))


@outbox.job("invoicing.run")
def run(run_id: int) -> None:
    """Work on the next customers of a run, then let others have the worker and go on."""
    found = db.session.get_one(BillingRun, run_id)
    if found.state == "done":
        return
    found.state = "running"
    db.session.commit()
    for _turn in range(PART):
        if not _one(run_id):
            runs.end(run_id)
            return
        deaths.point("billed_before_commit")
        db.session.commit()
        deaths.point("billed_after_commit")
        db.session.expire_all()
    outbox.defer("invoicing.run", run_id=run_id)


def _one(run_id: int) -> bool:
    """One customer, in the transaction of this moment; False at the end."""
    item = runs.next_item(run_id)
    if item is None:
        return False
    found = db.session.get_one(BillingRun, run_id)
    work = work_of(tenancy.tenant_id(), found.asked_by)
    try:
        with db.session.begin_nested():
            for document in runs.bill(item, found, work):
                doors.send_issued(document)
    except Refused as refusal:
        runs.set_aside(item, found, work.tenant, faults_of(refusal))
    return True


@outbox.job("invoicing.send")
def send(document_id: int, event_id: int) -> None:
    """Post one letter about a document; the same sending twice is one letter."""
    mails.post(db.session.get_one(Document, document_id), event_id)


@outbox.job("invoicing.remind")
def remind() -> None:
    """Once a day: every late document on its own, so that one that fails stops nobody else's."""
    tenant = mails.venue()
    if not sellers.profile().reminders:
        return
    for document_id in reminders.late(tenant):
        reminders.send(document_id, tenant)
        db.session.commit()


@outbox.job("invoicing.anchor")
def anchor() -> None:
    """Once a night: the end of each series goes outside the database, and all that lies there is
    held against the documents."""
    anchoring.nightly(ledger_anchors(), reminders.day_of(mails.venue()), keys())
