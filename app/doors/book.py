"""The book of tickets that are sold for events, as the door reads it, and what becomes of a ticket
whose holder is forgotten."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import func, or_, select, update

from app.core import clock
from app.core.db import db
from app.core.i18n import _, day_name, lang
from app.core.signals import hear
from app.core.slots import local_day
from app.core.words import token as fresh_token
from app.doors.models import Passage
from app.doors.tickets import BOOKS, Holder
from app.events import read as events
from app.events.models import Event
from app.members.facts import DataAsked, LeavingAsked, Obstacle, PersonErased
from app.tenants.resolve import public_url
from app.ticketing import queue
from app.ticketing.models import Ticket, TicketCategory, TicketOrder, TicketWait

GOOD = ("valid", "used")
DEAD = ("cancelled", "transferred")  # once good: who still shows it is told so


class Sold:
    """Tickets of every order. What is not paid yet, or never was, opens nothing and is left out."""

    def of_event(self, event_id: int) -> list[Holder]:
        """See `Book.of_event`."""
        rows = db.session.execute(
            select(Ticket, TicketOrder, TicketCategory)
            .join(TicketOrder, TicketOrder.id == Ticket.order_id)
            .join(TicketCategory, TicketCategory.id == Ticket.category_id)
            .where(Ticket.event_id == event_id, Ticket.state.in_((*GOOD, *DEAD)))
            .order_by(Ticket.id)
        )
        return [_holder(*row) for row in rows]

    def note_entry(self, ticket_id: int, at: dt.datetime | None) -> bool:
        """See `Book.note_entry`. A ticket that died meanwhile stays dead."""
        one = db.session.scalars(
            select(Ticket)
            .where(Ticket.id == ticket_id)
            .with_for_update()
            .execution_options(populate_existing=True)
        ).one()
        if one.state in GOOD:
            one.state, one.checked_in_at = ("used", at) if at else ("valid", None)
        return one.state in GOOD


def _holder(one: Ticket, order: TicketOrder, kind: TicketCategory) -> Holder:
    name = kind.name_en if lang() == "en" and kind.name_en else kind.name_fr
    return Holder(
        one.id,
        one.code,
        one.holder_name,
        name,
        company=str(order.organisation.get("name") or ""),
        order=order.code,
        note=", ".join(said["answer"] for said in one.answers if said.get("answer")),
        cancelled=one.state in DEAD,
    )


BOOKS.append(Sold())


# ── whoever wants to be forgotten ─────────────────────────────────────────────────────────────


def _orders(person_id: int) -> list[TicketOrder]:
    mine = select(TicketOrder).where(TicketOrder.person_id == person_id)
    return list(db.session.scalars(mine.order_by(TicketOrder.id)))


@hear(LeavingAsked)
def tickets_to_come(fact: LeavingAsked) -> None:
    """Good tickets for an event that is not over, each order with where to give it back."""
    rows = db.session.execute(
        select(TicketOrder, Event)
        .join(Event, Event.id == TicketOrder.event_id)
        .where(
            TicketOrder.person_id == fact.person_id,
            select(Ticket.id)
            .where(Ticket.order_id == TicketOrder.id, Ticket.state.in_(GOOD))
            .exists(),
            Event.ends_at > clock.now(),
        )
        .order_by(Event.starts_at, TicketOrder.id)
    )
    for order, event in rows:
        day = day_name(local_day(event.starts_at, events.site(event).zone), "short")
        said = _("Billets à venir : %(what)s, %(day)s", what=event.title_fr, day=day)
        fact.found.append(Obstacle(said, public_url(f"/billets/{order.token}/annulation")))


@hear(PersonErased)
def forget_holder(fact: PersonErased) -> None:
    """Names, addresses and answers on their orders, on tickets that others took for them, and in
    the queue. What was sold for how much stays."""
    ids = []
    for order in _orders(fact.person_id):
        ids.append(order.id)
        order.name = order.email = order.order_number = ""
        order.token, order.organisation = fresh_token(), {}
    theirs = or_(Ticket.order_id.in_(ids), func.lower(Ticket.holder_email) == fact.email)
    for one in db.session.scalars(select(Ticket).where(theirs)):
        one.holder_name, one.holder_email, one.answers = _("Personne effacée"), "", []
        one.code = fresh_token()
    db.session.execute(update(Passage).where(Passage.name == fact.name).values(name=""))
    for wait in db.session.scalars(
        select(TicketWait).where(func.lower(TicketWait.email) == fact.email)
    ):
        wait.name = wait.email = ""
        wait.token = fresh_token()
        queue.leave(wait.id)  # what was offered to them goes to the next


@hear(DataAsked)
def tell_holder(fact: DataAsked) -> None:
    """Orders, each with its tickets' names and answers."""
    rows = db.session.execute(
        select(Ticket, TicketOrder, Event.title_fr, Event.starts_at)
        .join(TicketOrder, TicketOrder.id == Ticket.order_id)
        .join(Event, Event.id == Ticket.event_id)
        .where(
            or_(
                TicketOrder.person_id == fact.person_id,
                func.lower(Ticket.holder_email) == fact.email,
            )
        )
        .order_by(Ticket.id)
    )
    fact.found["tickets"] = [
        {
            "order": order.code,
            "event": title,
            "starts_at": starts_at,
            "holder": one.holder_name,
            "holder_email": one.holder_email,
            "state": one.state,
            "price_cents": one.price_cents,
            "vat_bp": one.vat_bp,
            "checked_in_at": one.checked_in_at,
            "answers": "; ".join(f"{a.get('question')}: {a.get('answer')}" for a in one.answers),
        }
        for one, order, title, starts_at in rows
    ]


@hear(DataAsked)
def tell_waiting(fact: DataAsked) -> None:
    """Places in queues."""
    waits = db.session.execute(
        select(TicketWait, Event.title_fr, Event.starts_at)
        .join(Event, Event.id == TicketWait.event_id)
        .where(func.lower(TicketWait.email) == fact.email)
        .order_by(TicketWait.id)
    )
    fact.found["ticket_waits"] = [
        {
            "event": title,
            "starts_at": starts_at,
            "name": one.name,
            "quantity": one.quantity,
            "state": one.state,
            "offered_until": one.offered_until,
            "created_at": one.created_at,
        }
        for one, title, starts_at in waits
    ]
