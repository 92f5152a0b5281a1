"""Requests, looked up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import aliased

from app.core import clock, tenancy
from app.core.db import db
from app.core.words import fold
from app.invoicing.models import Document, Draft
from app.requests.models import STATES, RequestContract, RequestQuote, RequestStep, SpaceRequest
from app.spaces.models import Site, Space

LIVE = ("received", "quoted", "held", "accepted")


def request(request_id: int) -> SpaceRequest | None:
    """One of the entered venue."""
    return db.session.scalars(
        select(SpaceRequest).where(
            SpaceRequest.id == request_id, SpaceRequest.tenant_id == tenancy.tenant_id()
        )
    ).one_or_none()


def locked(request_id: int) -> SpaceRequest:
    """The same, for this transaction alone."""
    return db.session.scalars(
        select(SpaceRequest)
        .where(SpaceRequest.id == request_id, SpaceRequest.tenant_id == tenancy.tenant_id())
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def behind(token: str) -> SpaceRequest | None:
    """The request of a secret link."""
    return db.session.scalars(
        select(SpaceRequest).where(
            SpaceRequest.token == token, SpaceRequest.tenant_id == tenancy.tenant_id()
        )
    ).one_or_none()


def steps(request_id: int) -> list[RequestStep]:
    """What became of it, oldest first."""
    return list(
        db.session.scalars(
            select(RequestStep).where(RequestStep.request_id == request_id).order_by(RequestStep.id)
        )
    )


def site_of(one: SpaceRequest) -> Site:
    """The building whose clock counts."""
    space = space_of(one)
    if space is not None:
        return space.site
    return db.session.scalars(select(Site).order_by(Site.position, Site.id).limit(1)).one()


def space_of(one: SpaceRequest) -> Space | None:
    """What is offered, else what was named."""
    space_id = one.space_id or one.wanted_space_id
    return db.session.get(Space, space_id) if space_id else None


@dataclass(frozen=True)
class Paper:
    """A quote with the documents that came of it, as far as they are issued."""

    row: RequestQuote
    draft: Draft
    quote: Document | None
    deposit: Document | None
    final: Document | None


def papers(request_id: int) -> list[Paper]:
    """Quotes of a request, newest first."""
    rows = db.session.scalars(
        select(RequestQuote)
        .where(RequestQuote.request_id == request_id)
        .order_by(RequestQuote.id.desc())
    )
    return [
        Paper(
            row,
            db.session.get_one(Draft, row.draft_id),
            _issued(row.draft_id),
            _issued(row.deposit_draft_id),
            _issued(row.final_draft_id),
        )
        for row in rows
    ]


def _issued(draft_id: int | None) -> Document | None:
    draft = db.session.get(Draft, draft_id) if draft_id else None
    return db.session.get(Document, draft.document_id) if draft and draft.document_id else None


def of_document(document_id: int) -> RequestQuote | None:
    """The quote of a request that this document is."""
    return db.session.scalars(
        select(RequestQuote)
        .join(Draft, Draft.id == RequestQuote.draft_id)
        .where(Draft.document_id == document_id)
    ).one_or_none()


def contract(request_id: int) -> RequestContract | None:
    """The newest one that was sent."""
    return db.session.scalars(
        select(RequestContract)
        .where(RequestContract.request_id == request_id)
        .order_by(RequestContract.id.desc())
        .limit(1)
    ).one_or_none()


def listed(
    filters: Mapping[str, str], *, limit: int, offset: int
) -> tuple[list[tuple[SpaceRequest, str | None]], int]:
    """Requests with the name of their space, and how many there are in all."""
    room = aliased(Space)
    query = select(SpaceRequest, room.name).outerjoin(
        room, room.id == func.coalesce(SpaceRequest.space_id, SpaceRequest.wanted_space_id)
    )
    query = _filtered(query, filters)
    total = db.session.scalar(select(func.count()).select_from(query.subquery())) or 0
    rows = db.session.execute(
        query.order_by(SpaceRequest.starts_at, SpaceRequest.id).limit(limit).offset(offset)
    )
    return [(one, name) for one, name in rows], total


def _filtered(
    query: Select[tuple[SpaceRequest, str]], filters: Mapping[str, str]
) -> Select[tuple[SpaceRequest, str]]:
    now = clock.now()
    past = and_(SpaceRequest.state.in_(("held", "quoted")), SpaceRequest.held_until <= now)
    state = filters.get("etat", "")
    if state == "lapsed":
        query = query.where(or_(SpaceRequest.state == "lapsed", past))
    elif state in STATES:
        query = query.where(SpaceRequest.state == state, ~func.coalesce(past, False))
    elif state != "tous":
        query = query.where(SpaceRequest.state.in_(LIVE), SpaceRequest.ends_at > now)
    if word := fold(filters.get("q", "").replace("\0", "")):
        query = query.where(SpaceRequest.search.contains(word, autoescape=True))
    raw = filters.get("espace", "")
    if raw.isdecimal() and len(raw) < 19:
        wanted = func.coalesce(SpaceRequest.space_id, SpaceRequest.wanted_space_id)
        query = query.where(wanted == int(raw))
    return query
