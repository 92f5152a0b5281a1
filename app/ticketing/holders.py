"""Who holds tickets of an event, for its reminder before and its question after."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select

from app.core.db import db
from app.events.models import Event
from app.events.seams import Guest
from app.ticketing import read
from app.ticketing.models import Ticket, TicketOrder


def holders(event: Event) -> Iterator[Guest]:
    """Whoever ordered, while a ticket of theirs stands; and who holds one under an address of their
    own, with the way to it."""
    rows = db.session.execute(
        select(Ticket, TicketOrder)
        .join(TicketOrder, TicketOrder.id == Ticket.order_id)
        .where(
            Ticket.event_id == event.id,
            Ticket.state.in_(read.STANDING),
            TicketOrder.state == "confirmed",
        )
        .order_by(Ticket.id)
    )
    for ticket, order in rows.all():
        if order.email and not read.is_away(ticket, order):
            yield Guest(order.email, order.name, order.locale, f"/billets/{order.token}")
        if ticket.holder_email and ticket.holder_email.casefold() != order.email.casefold():
            url = f"/billets/billet/{ticket.code}"
            yield Guest(ticket.holder_email, ticket.holder_name, order.locale, url)
