"""Month ends: everybody who has something to be billed gets one document, each on its own.

A run is a list of customers. Each is worked on in a transaction of its own, so a run that was
killed goes on where it stopped, and one customer whose data is wrong stops nobody else.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from app.core import clock, tenancy
from app.core.db import db
from app.core.errors import Refused
from app.core.i18n import _
from app.invoicing import charges, drafts, sellers
from app.invoicing.issue import Work, issue
from app.invoicing.models import BillingItem, BillingRun, Document
from app.tenants.models import Tenant

MOST_PAPERS = 2


class Running(Refused):
    """A month end is under way."""

    code = "running"


@dataclass(frozen=True)
class Progress:
    """How far a run is."""

    total: int
    done: int
    refused: int
    empty: int

    @property
    def left(self) -> int:
        """Customers still to come."""
        return self.total - self.done - self.refused - self.empty


def begin(tenant: Tenant, until: dt.date, *, by: int | None) -> BillingRun:
    """List the customers of a run: firms, and consumers where the venue bills them too. Refuses a
    second run at a time, a day to come, and a venue without its legal data."""
    profile = sellers.profile()
    sellers.ready(tenant, profile)
    if until > clock.now().astimezone(tenant.books_zone).date():
        raise Refused(_("On ne facture que ce qui est passé."), field="until")
    if live() is not None:
        raise Running(_("Une facturation est déjà en cours."))
    run = BillingRun(until=until, state="waiting", asked_by=by)
    db.session.add(run)
    db.session.flush()  # id for its customers
    found = charges.waiting(until=until, businesses=profile.consumers == "on_request")
    rows = [
        {
            "tenant_id": tenancy.tenant_id(),
            "run_id": run.id,
            "customer": one.customer,
            "currency": one.currency,
            "buyer_name": one.name,
            "gross_cents": one.gross_cents,
        }
        for one in found
        if one.gross_cents > 0
    ]
    if not rows:
        run.state, run.ended_at = "done", clock.now()
    for start in range(0, len(rows), 1000):
        db.session.execute(insert(BillingItem).values(rows[start : start + 1000]))
    return run


def live() -> BillingRun | None:
    """The run that is not done."""
    return db.session.scalars(select(BillingRun).where(BillingRun.state != "done")).one_or_none()


def latest(limit: int = 12) -> list[BillingRun]:
    """Runs, the newest first."""
    return list(db.session.scalars(select(BillingRun).order_by(BillingRun.id.desc()).limit(limit)))


def progress(run_id: int) -> Progress:
    """Counts of one run."""
    rows = db.session.execute(
        select(BillingItem.state, func.count())
        .where(BillingItem.run_id == run_id)
        .group_by(BillingItem.state)
    )
    found = {state: int(count) for state, count in rows}
    return Progress(
        sum(found.values()),
        found.get("done", 0),
        found.get("refused", 0),
        found.get("empty", 0),
    )


def refused(run_id: int) -> list[BillingItem]:
    """Customers of a run whose document was not issued."""
    return list(
        db.session.scalars(
            select(BillingItem)
            .where(BillingItem.run_id == run_id, BillingItem.state == "refused")
            .order_by(BillingItem.buyer_name, BillingItem.id)
        )
    )


def next_item(run_id: int) -> BillingItem | None:
    """The next customer, locked; None at the end of the run."""
    return db.session.scalars(
        select(BillingItem)
        .where(BillingItem.run_id == run_id, BillingItem.state == "waiting")
        .order_by(BillingItem.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).one_or_none()


def bill(item: BillingItem, run: BillingRun, work: Work) -> list[Document]:
    """Draft and issue for one customer; whatever refuses goes to whoever called. It is one
    document, or two where a part is outside the scope of VAT."""
    made: list[Document] = []
    while len(made) < MOST_PAPERS:
        draft = drafts.from_charges(
            work.tenant, item.customer, item.currency, until=run.until, by=run.asked_by
        )
        if draft is None:
            break
        db.session.flush()  # the draft that is issued is read again under its lock
        made.append(issue(draft.id, work))
    item.done_at = clock.now()
    item.state = "done" if made else "empty"
    item.document_id = made[0].id if made else None
    return made


def set_aside(
    item: BillingItem, run: BillingRun, tenant: Tenant, faults: list[dict[str, str]]
) -> None:
    """Keep the customer's draft with what is wrong in it, for staff to mend."""
    draft = drafts.from_charges(
        tenant, item.customer, item.currency, until=run.until, by=run.asked_by
    )
    item.state, item.done_at = "refused", clock.now()
    if draft is not None:
        db.session.flush()  # the draft is read again under its lock
        drafts.refuse(draft.id, faults)
        item.draft_id = draft.id


def end(run_id: int) -> None:
    """Nobody is left."""
    run = db.session.get_one(BillingRun, run_id)
    run.state, run.ended_at = "done", clock.now()
