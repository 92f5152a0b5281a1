"""Papers of somebody who wants to be forgotten: what is unpaid or has too much stands in the way;
afterwards what was not issued loses its buyer. What was issued stays, byte for byte."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import Text, cast, delete, func, or_, select, tuple_

from app.core import tenancy
from app.core.db import db
from app.core.i18n import _, euros
from app.core.signals import hear
from app.invoicing import doors, names
from app.invoicing.clients import COMPANY
from app.invoicing.models import BillingItem, Buyer, Charge, Document, Draft
from app.invoicing.parts import Party, freeze
from app.invoicing.settle import SOURCE
from app.ledger.models import LedgerEntry, LedgerLine
from app.members.facts import LeavingAsked, Obstacle, PersonErased

FIRM = "firm:"
BOOKING = "booking"  # says so itself, with its own link


@hear(LeavingAsked)
def what_is_owed(fact: LeavingAsked) -> None:
    """Documents that are not even, then sales that no document holds yet, then open drafts."""
    for one, cents in _uneven_documents(fact.person_id):
        word = names.kinds().get(one.kind, one.kind)
        fact.found.append(Obstacle(_amount(cents, f"{word} {one.name}"), doors.url_of(one.id)))
    for label, cents in _uneven_sales(fact.person_id):
        fact.found.append(Obstacle(_amount(cents, label)))
    drafts = select(func.count(Draft.id)).where(
        Draft.person_id == fact.person_id,
        Draft.customer.not_like(f"{COMPANY}%"),
        Draft.state != "issued",
    )
    if db.session.scalar(drafts):
        said = _("Un document est en préparation à votre nom : demandez au lieu où il en est.")
        fact.found.append(Obstacle(said))


def _amount(cents: int, what: str) -> str:
    amount = euros(abs(cents))
    if cents > 0:
        return _("À régler : %(amount)s, %(what)s", amount=amount, what=what)
    return _("À vous rendre : %(amount)s, %(what)s", amount=amount, what=what)


def _uneven_documents(person_id: int) -> list[tuple[Document, int]]:
    cents = func.sum(LedgerLine.amount_cents)
    rows = db.session.execute(
        select(Document, cents)
        .join(LedgerEntry, LedgerEntry.source_id == Document.id)
        .join(LedgerLine, LedgerLine.entry_id == LedgerEntry.id)
        .where(
            Document.person_id == person_id,
            Document.customer.not_like(f"{COMPANY}%"),
            LedgerEntry.source == SOURCE,
            LedgerLine.account == "receivable",
        )
        .group_by(Document.id)
        .having(cents != 0)
        .order_by(Document.id)
    )
    return [(one, int(owed)) for one, owed in rows]


def _uneven_sales(person_id: int) -> list[tuple[str, int]]:
    """What was sold on account and is on no document; bookings tell of their own."""
    mine = select(Charge.source, Charge.source_id).where(
        Charge.person_id == person_id,
        Charge.customer.not_like(f"{COMPANY}%"),
        Charge.source != BOOKING,
    )
    cents = func.sum(LedgerLine.amount_cents)
    rows = db.session.execute(
        select(LedgerEntry.source, LedgerEntry.source_id, cents)
        .join(LedgerLine, LedgerLine.entry_id == LedgerEntry.id)
        .where(
            LedgerLine.account == "receivable",
            tuple_(LedgerEntry.source, LedgerEntry.source_id).in_(mine),
        )
        .group_by(LedgerEntry.source, LedgerEntry.source_id)
        .having(cents != 0)
    ).all()
    return [(_label(source, source_id), int(owed)) for source, source_id, owed in rows]


def _label(source: str, source_id: int) -> str:
    found = select(func.min(Charge.label)).where(
        Charge.source == source, Charge.source_id == source_id
    )
    return str(db.session.scalar(found))


@hear(PersonErased)
def forget(fact: PersonErased) -> None:
    """The buyer of what may still change, and their name on what a company will be billed for. A
    company's papers keep the company."""
    customer, tenant_id = f"person:{fact.person_id}", tenancy.tenant_id()
    db.session.execute(
        delete(Buyer).where(Buyer.tenant_id == tenant_id, Buyer.customer == customer)
    )
    mine = db.session.scalars(select(Charge).where(Charge.person_id == fact.person_id)).all()
    _empty_items({customer, *(c.customer for c in mine if c.customer.startswith(FIRM))})
    for charge in mine:
        _empty_charge(charge, fact)
    for draft in db.session.scalars(
        select(Draft).where(
            Draft.tenant_id == tenant_id,
            or_(Draft.person_id == fact.person_id, cast(Draft.content, Text).contains(fact.name)),
        )
    ):
        _empty_draft(draft, fact)


def _empty_items(customers: set[str]) -> None:
    """What month ends said of them."""
    for item in db.session.scalars(
        select(BillingItem).where(
            BillingItem.tenant_id == tenancy.tenant_id(), BillingItem.customer.in_(customers)
        )
    ):
        item.buyer_name, item.customer = _("Personne effacée"), _key(item.customer, item.id)


def _nobody(country: str) -> Party:
    return Party(name=_("Personne effacée"), country=country)


def _firm(who: Party, fact: PersonErased) -> Party:
    """A company without the person who was its contact."""
    contact = "" if who.contact == fact.name else who.contact
    return replace(who, contact=contact, email="" if who.email == fact.email else who.email)


def _without(said: str, name: str) -> str:
    """A line's detail without who came: `10:00 – 12:00, Carla Roux` loses its end."""
    return said.replace(f", {name}", "").replace(name, "")


def _key(customer: str, row_id: int) -> str:
    """An organisation that the venue does not know is found by its name, which is theirs."""
    return f"gone:{row_id}" if customer.startswith(FIRM) else customer


def _empty_charge(charge: Charge, fact: PersonErased) -> None:
    charge.detail = _without(charge.detail, fact.name)
    who = charge.party
    if charge.customer.startswith(COMPANY):
        charge.buyer = freeze(_firm(who, fact))
        return
    charge.buyer, charge.order_number = freeze(_nobody(who.country)), ""
    charge.customer = _key(charge.customer, charge.id)


def _empty_draft(draft: Draft, fact: PersonErased) -> None:
    said = draft.paper
    lines = tuple(replace(line, detail=_without(line.detail, fact.name)) for line in said.lines)
    if draft.person_id != fact.person_id or draft.customer.startswith(COMPANY):
        buyer = _firm(said.buyer, fact)
        draft.content = freeze(replace(said, lines=lines, buyer=buyer))
        return
    draft.buyer_name, draft.faults = _("Personne effacée"), []
    draft.customer = _key(draft.customer, draft.id)
    draft.content = freeze(
        replace(said, lines=lines, buyer=_nobody(said.buyer.country), order_number="", note="")
    )
