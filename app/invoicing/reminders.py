"""Ask again for what is late: on the venue's days, each level once, never what is paid, promised or
contested. A payment that the bank took back begins a new round from that day."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.core import clock, tenancy
from app.core.db import db
from app.core.slots import local_day
from app.invoicing import doors, mails, penalties, read, sellers, settle
from app.invoicing.models import BillingProfile, Document, DocumentEvent, Reminder
from app.invoicing.parts import PAYABLE
from app.invoicing.settle import SOURCE
from app.payments import rules as payments
from app.tenants.models import Tenant

LEVELS = (1, 2, 3)


@dataclass(frozen=True)
class Standing:
    """Where a document is on the way of reminders."""

    round: int
    since: dt.date
    sent: int
    contested: bool


def day_of(tenant: Tenant) -> dt.date:
    """Today by the venue's books."""
    return clock.now().astimezone(tenant.books_zone).date()


def standing(document: Document, tenant: Tenant) -> Standing:
    """From what was sent, and from the history."""
    events = doors.history(document.id)
    returned = [local_day(event.at, tenant.books_zone) for event in events if is_return(event)]
    round_ = 1 + len(returned)
    sent = db.session.scalars(
        select(Reminder.level).where(Reminder.document_id == document.id, Reminder.round == round_)
    ).all()
    since = max([day for day in (document.due_on, *returned) if day is not None])
    return Standing(round_, since, max(sent, default=0), contested(events))


def is_return(event: DocumentEvent) -> bool:
    """Whether the bank took a payment back."""
    return event.what == "returned"


def contested(events: list[DocumentEvent]) -> bool:
    """Whether the customer disputes it, as staff last noted."""
    said = [event.what for event in events if event.what in ("contested", "uncontested")]
    return bool(said) and said[-1] == "contested"


def level_on(days: int, profile: BillingProfile) -> int:
    """The highest level that this many days have reached; zero for none yet."""
    reached = [
        level
        for level, after in zip(LEVELS, profile.reminder_days, strict=False)
        if after is not None and days >= after
    ]
    return max(reached, default=0)


def late(tenant: Tenant) -> list[int]:
    """Documents that are past their day and owed for."""
    wanted = read.query(read.Wish(state="late"), day_of(tenant)).with_only_columns(Document.id)
    return list(db.session.scalars(wanted.order_by(Document.id)))


def send(document_id: int, tenant: Tenant) -> bool:
    """Remind of one document, if it is time; whether a letter was written.

    Only the highest level that was reached is sent: who switches reminders on late sends one
    letter, not three.
    """
    settle.hold([(SOURCE, document_id)])
    document, profile = db.session.get_one(Document, document_id), sellers.profile()
    if not profile.reminders or document.kind not in PAYABLE or document.due_on is None:
        return False
    due, at, to = payments.due_now(SOURCE, document_id), day_of(tenant), document.paper.buyer.email
    known = standing(document, tenant)
    level = level_on((at - known.since).days, profile)
    if due <= 0 or not to or known.contested or _before_the_bank(document_id):
        return False
    if level <= known.sent:
        return False
    owed = penalties.accrued(document, due, at)
    made = db.session.execute(
        insert(Reminder)
        .values(
            tenant_id=tenancy.tenant_id(), document_id=document_id, round=known.round, level=level,
            recipient=to, due_cents=due, penalty_cents=owed.interest_cents,
            fixed_cents=owed.fixed_cents,
        )
        .on_conflict_do_nothing()
        .returning(Reminder.id)
    ).scalar_one_or_none()  # fmt: skip
    if made is None:
        return False
    doors.note(document_id, "reminded", level=level, cents=due, to=to)
    return mails.remind(document, db.session.get_one(Reminder, made), tenant)


def _before_the_bank(document_id: int) -> bool:
    """Whether the payer's bank is judging a payment: nobody is pressed meanwhile."""
    return any(one.needs_person == "disputed" for one in payments.of_source(SOURCE, document_id))


def keep(days: list[int | None], *, on: bool, rule: str, mails_documents: bool) -> None:
    """Write the venue's days."""
    found = sellers.profile()
    found.reminders, found.reminder_days, found.penalty_rule = on, days, rule
    found.mails_documents, found.updated_at = mails_documents, clock.now()
    db.session.add(found)
