"""Requests hear what their customers answer, and who is forgotten."""

from __future__ import annotations

from sqlalchemy import select, update

from app.core import tenancy
from app.core.db import db
from app.core.i18n import _
from app.core.signals import hear
from app.core.words import token as fresh_token
from app.invoicing.facts import QuoteAnswered
from app.invoicing.models import Document
from app.members.facts import DataAsked, PersonErased
from app.occupancy import rules as occupancy
from app.requests import read, rules
from app.requests.models import RequestStep, SpaceRequest
from app.requests.offers import SOURCE
from app.tenants.models import Tenant


@hear(QuoteAnswered)
def answered(fact: QuoteAnswered) -> None:
    """Yes keeps the room for good and asks for the deposit; no gives it back."""
    row = read.of_document(fact.document_id)
    if row is None:
        return
    if fact.what == "declined":
        one = read.locked(row.request_id)
        if one.state not in ("refused", "converted", "accepted"):
            rules.refuse(one.id, _("Devis refusé par %(name)s", name=fact.name), None)
        return
    document = db.session.get_one(Document, fact.document_id)
    tenant = db.session.scalars(select(Tenant).where(Tenant.id == tenancy.tenant_id())).one()
    rules.accept(row, document, tenant, fact.name)


def _theirs(email: str) -> list[SpaceRequest]:
    return list(
        db.session.scalars(
            select(SpaceRequest).where(SpaceRequest.email == email).order_by(SpaceRequest.id)
        )
    )


@hear(PersonErased)
def forget(fact: PersonErased) -> None:
    """What was asked, when and for how many stays; their name, words and address go. A contract
    that was signed is kept as documents are."""
    mine = _theirs(fact.email)
    for one in mine:
        one.name, one.email, one.phone, one.message = _("Personne effacée"), "", "", ""
        one.organisation, one.title, one.token = "", _("Demande effacée"), fresh_token()
        one.search = one.code.lower()
        occupancy.relabel(SOURCE, one.id, one.title)
    db.session.execute(
        update(RequestStep)
        .where(RequestStep.request_id.in_([one.id for one in mine]))
        .values(note="")
    )


@hear(DataAsked)
def tell(fact: DataAsked) -> None:
    """What they asked for."""
    fact.found["space_requests"] = [
        {
            "code": one.code,
            "title": one.title,
            "organisation": one.organisation,
            "phone": one.phone,
            "message": one.message,
            "people": one.people,
            "starts_at": one.starts_at,
            "ends_at": one.ends_at,
            "state": one.state,
            "at": one.created_at,
        }
        for one in _theirs(fact.email)
    ]
