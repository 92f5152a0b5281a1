"""Find orders and tickets, always of the entered venue."""

from __future__ import annotations

import datetime as dt
from collections import Counter

from sqlalchemy import func, select

from app.core.db import db
from app.events.models import Event
from app.ticketing.models import (
    PromoCode,
    Ticket,
    TicketCategory,
    TicketOrder,
    TicketSale,
    TicketWait,
)

FRESH = {"populate_existing": True}
STANDING = ("valid", "used")


def order(order_id: int) -> TicketOrder:
    """One that is known to be there."""
    return db.session.scalars(select(TicketOrder).where(TicketOrder.id == order_id)).one()


def event(event_id: int) -> Event:
    """What an order or a ticket is for."""
    return db.session.scalars(select(Event).where(Event.id == event_id)).one()


def order_of(token: str) -> TicketOrder | None:
    """The order of a secret link."""
    return db.session.scalars(select(TicketOrder).where(TicketOrder.token == token)).one_or_none()


def locked(order_id: int) -> TicketOrder:
    """The row, for this transaction alone; the gate of its event is held already."""
    return db.session.scalars(
        select(TicketOrder)
        .where(TicketOrder.id == order_id)
        .with_for_update()
        .execution_options(**FRESH)
    ).one()


def tickets(order_id: int) -> list[Ticket]:
    """Every ticket of an order, dead ones too, as they stand."""
    query = select(Ticket).where(Ticket.order_id == order_id).order_by(Ticket.id)
    return list(db.session.scalars(query.execution_options(**FRESH)))


def locked_tickets(order_id: int) -> list[Ticket]:
    """The same, for this transaction alone: the door notes an entry under no gate."""
    query = select(Ticket).where(Ticket.order_id == order_id).order_by(Ticket.id)
    return list(db.session.scalars(query.with_for_update().execution_options(**FRESH)))


def is_away(one: Ticket, order: TicketOrder) -> bool:
    """Whether it was handed to somebody who was sent it: its code is theirs alone."""
    theirs = one.holder_email.casefold()
    return one.from_ticket_id is not None and bool(theirs) and theirs != order.email.casefold()


def ticket_of(code: str) -> Ticket | None:
    """The ticket that a code names."""
    return db.session.scalars(select(Ticket).where(Ticket.code == code)).one_or_none()


def sale(event_id: int) -> TicketSale | None:
    """How an event is sold, if it is."""
    return db.session.scalars(
        select(TicketSale).where(TicketSale.event_id == event_id)
    ).one_or_none()


def categories(event_id: int, *, archived: bool = False) -> list[TicketCategory]:
    """Its kinds of tickets in the venue's order."""
    query = select(TicketCategory).where(TicketCategory.event_id == event_id)
    if not archived:
        query = query.where(TicketCategory.archived_at.is_(None))
    return list(db.session.scalars(query.order_by(TicketCategory.position, TicketCategory.id)))


def freed(event_id: int, at: dt.datetime) -> Counter[int]:
    """Places of each category whose hold or offer ran out and that nobody has put away yet: whoever
    takes places next finds them free."""
    found: Counter[int] = Counter()
    held = (
        select(Ticket.category_id, func.count())
        .join(TicketOrder, TicketOrder.id == Ticket.order_id)
        .where(
            TicketOrder.event_id == event_id,
            TicketOrder.state == "held",
            TicketOrder.held_until <= at,
            Ticket.state == "held",
        )
        .group_by(Ticket.category_id)
    )
    offered = (
        select(TicketWait.category_id, func.sum(TicketWait.quantity))
        .where(
            TicketWait.event_id == event_id,
            TicketWait.state == "offered",
            TicketWait.offered_until <= at,
        )
        .group_by(TicketWait.category_id)
    )
    for query in (held, offered):
        for category_id, many in db.session.execute(query):
            found[category_id] += int(many)
    return found


def standing(event_id: int) -> int:
    """Tickets of an event that open its door, or did."""
    query = select(func.count()).where(Ticket.event_id == event_id, Ticket.state.in_(STANDING))
    return db.session.scalar(query) or 0


def of_form(event_id: int, key: str) -> list[TicketOrder]:
    """Orders that one form made, whatever was typed in it meanwhile, oldest first."""
    query = select(TicketOrder).where(
        TicketOrder.event_id == event_id,
        TicketOrder.form_key.startswith(f"{key}.", autoescape=True),
    )
    return list(db.session.scalars(query.order_by(TicketOrder.id).execution_options(**FRESH)))


def agreed_at(person_id: int, mark: str, since: dt.datetime) -> dt.datetime | None:
    """When somebody last accepted these very terms while buying tickets."""
    return db.session.scalar(
        select(func.max(TicketOrder.terms_at)).where(
            TicketOrder.person_id == person_id,
            TicketOrder.terms_mark == mark,
            TicketOrder.terms_at > since,
        )
    )


def category(category_id: int, event_id: int) -> TicketCategory | None:
    """One of this event's."""
    return db.session.scalars(
        select(TicketCategory).where(
            TicketCategory.id == category_id, TicketCategory.event_id == event_id
        )
    ).one_or_none()


def promo(promo_id: int) -> PromoCode | None:
    """A code of this venue."""
    return db.session.scalars(select(PromoCode).where(PromoCode.id == promo_id)).one_or_none()


def wait(wait_id: int) -> TicketWait:
    """One that is known to be there."""
    return db.session.scalars(select(TicketWait).where(TicketWait.id == wait_id)).one()


def wait_of(token: str) -> TicketWait | None:
    """A place in the queue, by its secret link."""
    return db.session.scalars(select(TicketWait).where(TicketWait.token == token)).one_or_none()


def orders_of_person(person_id: int) -> list[TicketOrder]:
    """What somebody took, newest first."""
    query = select(TicketOrder).where(
        TicketOrder.person_id == person_id, TicketOrder.state.in_(("confirmed", "cancelled"))
    )
    return list(db.session.scalars(query.order_by(TicketOrder.id.desc())))
