"""Orders of an event as a list asks for them: by word, state and way, in order, page by page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, exists, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from app.core.db import db
from app.core.words import fold
from app.ticketing.models import ORDER_STATES, WAYS, Ticket, TicketOrder

PAGE = 40
FILTERS = ("q", "etat", "par")
ACCENTS = "àáâãäåçèéêëìíîïñòóôõöùúûüýÿ"
PLAIN = "aaaaaaceeeeiiiinooooouuuuyy"


@dataclass(frozen=True)
class Row:
    """One line of the list."""

    order: TicketOrder
    tickets: int


def _says(column: InstrumentedAttribute[str], text: str) -> ColumnElement[bool]:
    """Whether it holds these words, without case or accents."""
    bare = func.translate(func.lower(column), ACCENTS, PLAIN)
    return bare.contains(fold(text), autoescape=True)


def wanted(event_id: int, asked: Mapping[str, str]) -> Select[tuple[TicketOrder]]:
    """Orders by code, name, address or holder. Those that nobody paid are left out unless asked
    for: they hold nothing any more."""
    text = asked.get("q", "").strip()[:80]
    query = select(TicketOrder).where(TicketOrder.event_id == event_id)
    if text:
        held_by = exists().where(
            Ticket.order_id == TicketOrder.id,
            or_(_says(Ticket.holder_name, text), _says(Ticket.holder_email, text)),
        )
        mine = (TicketOrder.code, TicketOrder.name, TicketOrder.email)
        query = query.where(or_(*(_says(column, text) for column in mine), held_by))
    state = asked.get("etat", "")
    if state in ORDER_STATES:
        query = query.where(TicketOrder.state == state)
    elif not text:
        query = query.where(TicketOrder.state != "lapsed")
    if asked.get("par", "") in WAYS:
        query = query.where(TicketOrder.way == asked["par"])
    return query


def in_order(
    query: Select[tuple[TicketOrder]], asked: Mapping[str, str]
) -> Select[tuple[TicketOrder]]:
    """Newest first, unless the address says otherwise."""
    raw = asked.get("tri", "-date")
    columns = {"nom": func.lower(TicketOrder.name), "total": TicketOrder.price_cents}
    column = columns.get(raw.lstrip("-"), TicketOrder.id)
    return query.order_by(column.desc() if raw.startswith("-") else column, TicketOrder.id.desc())


def page(event_id: int, asked: Mapping[str, str], number: int) -> tuple[list[Row], int]:
    """Some lines, and how many there are in all."""
    query = wanted(event_id, asked)
    total = db.session.scalar(select(func.count()).select_from(query.subquery())) or 0
    offset = (min(number, -(-total // PAGE) or 1) - 1) * PAGE
    orders = db.session.scalars(in_order(query, asked).limit(PAGE).offset(offset)).all()
    counts = dict(
        db.session.execute(
            select(Ticket.order_id, func.count())
            .where(
                Ticket.order_id.in_([one.id for one in orders]),
                Ticket.from_ticket_id.is_(None),
            )
            .group_by(Ticket.order_id)
        )
        .tuples()
        .all()
    )
    return [Row(one, counts.get(one.id, 0)) for one in orders], total
