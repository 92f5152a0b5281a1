"""From a draft to a document, in one transaction: seller, number, bytes, seal, books.

Whatever fails undoes all of it, the number too. The press is given: it is heavy, and only the
worker has one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from sqlalchemy import select, update

from app.core import clock, locks, tenancy
from app.core.db import db
from app.core.slots import local_day
from app.core.words import fold
from app.invoicing import (
    clients,
    crediting,
    doors,
    drafts,
    law,
    levelling,
    numbering,
    seal,
    sellers,
    settle,
    sums,
)
from app.invoicing.models import BillingProfile, Charge, Document, DocumentFile, DocumentLink, Draft
from app.invoicing.parts import FixedVat, Paper, Settled, freeze
from app.invoicing.press import Printed
from app.invoicing.settle import Origin, Rates
from app.ledger import taxes
from app.ledger.chain import Keys
from app.payments import refunds
from app.payments import rules as payments
from app.tenants.models import Tenant

Press = Callable[[Paper], Printed]


@dataclass(frozen=True)
class Work:
    """What issuing needs besides the draft."""

    tenant: Tenant
    keys: Keys
    press: Press
    by: int | None = None


@dataclass(frozen=True)
class Claimed:
    """What a draft bills: its charges, the things they are of, what is still owed for each, and
    where their VAT went when they were sold."""

    charges: tuple[Charge, ...] = ()
    owed: tuple[tuple[Origin, Rates], ...] = ()
    deposits: tuple[Document, ...] = ()
    vat_account: str | None = None


def issue(draft_id: int, work: Work) -> Document:
    """Issue a draft; the document that it became when it was issued before.

    Refuses (`Rejected`) what breaks a rule, (`Incomplete`) a venue without its legal data, and
    fails (`NoJudge`) when nobody can tell.
    """
    draft = drafts.locked(draft_id)
    if draft is None:
        raise drafts.Frozen(drafts.gone())
    if draft.document_id is not None:
        return db.session.get_one(Document, draft.document_id)
    profile = sellers.profile()
    sellers.ready(work.tenant, profile)
    if draft.kind == "invoice":
        clients.may_be_billed(draft.customer, work.tenant.vies_down)
    claimed = _claimed(draft)
    _again(draft, claimed)
    locks.hold(locks.COUNTER, [tenancy.tenant_id()])
    now = clock.now()
    today = now.astimezone(work.tenant.books_zone).date()
    number = numbering.take(draft.kind, today)
    paper = replace(
        _completed(draft, claimed, work.tenant, profile, today),
        number=number.named(profile.prefix),
        issued_on=today,
    )
    document = _kept(draft, paper, number, now, work)
    doors.token_of(document.id)  # its address is there before anybody is shown it
    _post(draft, document, claimed)
    return document


def _claimed(draft: Draft) -> Claimed:
    charges = tuple(
        db.session.scalars(select(Charge).where(Charge.draft_id == draft.id).order_by(Charge.id))
    )
    origins = sorted({(charge.source, charge.source_id) for charge in charges})
    settle.hold(origins)
    standings = taxes.standings(origins)
    found = settle.unbilled(standings, charges)
    owed = tuple((origin, _still(origin, found[origin], charges)) for origin in origins)
    deposits = drafts.open_deposits(draft) if draft.kind == "invoice" else []
    sold_as = standings[origins[0]].vat_account if origins else _sold_as(draft)
    return Claimed(charges, owed, tuple(deposits), sold_as)


def _sold_as(draft: Draft) -> str | None:
    """A credit note of staff takes VAT from where the sale that it corrects had put it."""
    if draft.kind != "credit_note" or draft.refers_to is None:
        return None
    origin = db.session.execute(
        select(Charge.source, Charge.source_id)
        .where(Charge.document_id == draft.refers_to)
        .order_by(Charge.id)
        .limit(1)
    ).one_or_none()
    if origin is None:
        return taxes.vat_account_of(settle.SOURCE, draft.refers_to)
    return taxes.vat_account_of(*origin)


def _again(draft: Draft, claimed: Claimed) -> None:
    """What was right when it was drafted must be right now: another may have been issued since."""
    if draft.refers_to is None or claimed.charges:
        return
    locks.hold(locks.BILLING, [draft.refers_to])
    earlier = db.session.get_one(Document, draft.refers_to)
    if draft.kind == "credit_note":
        crediting.fits(earlier, crediting.asked(draft.paper))
    elif draft.kind == "deposit":
        drafts.deposit_fits(earlier, draft.gross_cents)


def _still(origin: Origin, found: Rates, charges: tuple[Charge, ...]) -> Rates:
    """What is owed for a thing and asked for now: never more than its charges, never below zero
    for an invoice; a credit note gives back what is not on its way back already."""
    asked: Rates = {}
    for charge in charges:
        if (charge.source, charge.source_id) == origin:
            rate = charge.rule.rate_bp
            asked[rate] = asked.get(rate, 0) + charge.gross_cents
    if sum(asked.values()) < 0 and settle.under_way(origin):
        return {}
    kept = {}
    for rate, cents in found.items():
        most = asked.get(rate, 0)
        part = max(0, min(cents, most)) if most > 0 else min(0, max(cents, most))
        if part:
            kept[rate] = part
    return kept


def _completed(
    draft: Draft, claimed: Claimed, tenant: Tenant, profile: BillingProfile, today: dt.date
) -> Paper:
    """The paper with all that is only known now."""
    paper = draft.paper
    debits = tenant.vat_debits_since is not None and tenant.vat_debits_since <= today
    paper = replace(
        paper,
        seller=sellers.party(tenant, profile),
        lines=sellers.told(paper.lines, franchise=profile.franchise),
        terms=sellers.terms(tenant, profile, debits=debits),
        due_on=None,
    )
    if draft.kind == "credit_note":
        return replace(paper, fixed_vat=_fixed(draft, paper))
    if draft.kind == "invoice":
        paper = replace(paper, settled=_paid(claimed, paper, tenant.books_zone, today))
        paper = replace(paper, deposits=tuple(drafts.as_reference(one) for one in claimed.deposits))
        if paper.settled and sums.of(paper).due_cents == 0:
            return replace(paper, due_on=paper.settled[-1].on)
    days = clients.terms_days(draft.customer, profile.terms_days)
    return replace(paper, due_on=today + dt.timedelta(days=days))


def _fixed(draft: Draft, paper: Paper) -> tuple[FixedVat, ...]:
    credited = db.session.get_one(Document, draft.refers_to)
    return crediting.fixed_vat(credited, paper)


def _paid(claimed: Claimed, paper: Paper, zone: ZoneInfo, today: dt.date) -> tuple[Settled, ...]:
    """What came before the document: as its payments say it when they come to the same, else as
    one amount on the day of the last. A day is one of the books, as the document's own date is."""
    still = sum(cents for _origin, rates in claimed.owed for cents in rates.values())
    before = sums.of(paper).gross_cents - still
    if before <= 0:
        return ()
    known: list[Settled] = []
    for (source, source_id), _rates in claimed.owed:
        for payment in payments.of_source(source, source_id):
            if payment.state != "captured" or payment.captured_at is None:
                continue
            back = sum(r.amount_cents for r in refunds.of_payment(payment.id) if r.state == "done")
            if left := payment.amount_cents - back:
                day = local_day(payment.captured_at, zone)
                known.append(Settled(on=day, method=payment.method, amount_cents=left))
    known.sort(key=lambda one: one.on)
    if sum(one.amount_cents for one in known) == before:
        return tuple(known)
    last = known[-1] if known else Settled(on=today, method="", amount_cents=0)
    return (replace(last, amount_cents=before),)


def _kept(
    draft: Draft, paper: Paper, number: numbering.Number, now: dt.datetime, work: Work
) -> Document:
    """The row and its files, sealed."""
    printed = work.press(paper)
    document = _row(draft, paper, number)
    document.issued_at, document.issued_by = now, work.by
    document.fired = printed.fired
    document.xml_sha256 = seal.digest(printed.xml) if printed.xml else ""
    document.pdf_sha256 = seal.digest(printed.pdf)
    document.key_id = work.keys.current
    document.previous = seal.last(number.series)
    document.seal = seal.seal(work.keys, document)
    db.session.add(document)
    db.session.flush()  # id for its files
    files = {"pdf": printed.pdf, "xml": printed.xml}
    for format_, content in files.items():
        if content:
            db.session.add(DocumentFile(document_id=document.id, format=format_, content=content))
    draft.state, draft.document_id, draft.faults = "issued", document.id, []
    return document


def _row(draft: Draft, paper: Paper, number: numbering.Number) -> Document:
    """What the list knows of a document, and all that it says."""
    totals = sums.of(paper)
    return Document(
        tenant_id=tenancy.tenant_id(),
        kind=draft.kind,
        series=number.series,
        year=number.year,
        number=number.number,
        name=paper.number,
        issued_on=paper.issued_on,
        due_on=paper.due_on,
        customer=draft.customer,
        person_id=draft.person_id,
        buyer_name=paper.buyer.name,
        search=fold(f"{paper.number} {paper.buyer.name} {paper.buyer.siren} {paper.order_number}"),
        lang=paper.lang,
        currency=paper.currency,
        net_cents=totals.net_cents,
        vat_cents=totals.vat_cents,
        gross_cents=totals.gross_cents,
        due_cents=totals.due_cents,
        content=freeze(paper),
        law_version=law.version(),
        refers_to=draft.refers_to,
    )


def _post(draft: Draft, document: Document, claimed: Claimed) -> None:
    """Links and books."""
    db.session.execute(
        update(Charge).where(Charge.draft_id == draft.id).values(document_id=document.id)
    )
    credited = db.session.get(Document, draft.refers_to) if draft.refers_to else None
    if credited is not None:
        relation = "credits" if document.kind == "credit_note" else "answers"
        _link(document, credited, relation)
    account = claimed.vat_account or taxes.vat_account()
    if document.kind == "deposit":
        settle.advance(document, account)
    elif document.kind == "credit_note" and credited is not None and not claimed.charges:
        settle.give_back(document, credited, account)
    elif document.kind in ("invoice", "credit_note"):
        asks = document if document.kind == "invoice" else credited
        if asks is not None:
            settle.move(claimed.owed, asks, f"billed:{document.id}")
        settle.rounded(document, settle.vat_by_rate(claimed.charges), account)
    for deposit in claimed.deposits:
        _link(document, deposit, "deducts")
        settle.deduct(document, deposit, account)
    if claimed.deposits:
        levelling.level(document, account)


def _link(document: Document, earlier: Document, relation: str) -> None:
    db.session.add(DocumentLink(document_id=document.id, earlier_id=earlier.id, relation=relation))
