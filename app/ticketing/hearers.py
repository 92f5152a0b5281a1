"""What tickets do when payments, events, people and companies speak."""

from __future__ import annotations

from sqlalchemy import func, select

from app.core import clock, outbox
from app.core.db import db
from app.core.errors import Refused
from app.core.i18n import _
from app.core.signals import hear
from app.events.facts import EventCancelled, EventMoved, EventResizing
from app.members.facts import SpendingAsked, Spent
from app.payments.facts import PaymentCaptured, RefundDone
from app.ticketing import counting, giving_back, queue, read, rules
from app.ticketing.charging import SOURCE
from app.ticketing.facts import OrderConfirmed, TicketsCancelled
from app.ticketing.models import Ticket, TicketOrder, TicketWait


@hear(PaymentCaptured)
def _captured(fact: PaymentCaptured) -> None:
    if fact.source == SOURCE:
        rules.paid(fact.source_id, fact.payment_id, fact.amount_cents)


@hear(RefundDone)
def _refunded(fact: RefundDone) -> None:
    if fact.source == SOURCE:
        rules.letter(
            "refunded",
            fact.source_id,
            cents=fact.amount_cents,
            entity=f"tickets:refund:{fact.refund_id}",
        )


@hear(OrderConfirmed)
def _confirmed(fact: OrderConfirmed) -> None:
    rules.letter("confirmed", fact.order_id)
    order = read.order(fact.order_id)
    giving_back.tell_holders(order, read.tickets(order.id), "given")


@hear(TicketsCancelled)
def _cancelled(fact: TicketsCancelled) -> None:
    kind = "called_off" if fact.by == "venue" else "cancelled"
    rules.letter(kind, fact.order_id, cents=fact.refund_cents)


@hear(EventCancelled)
def _called_off(fact: EventCancelled) -> None:
    """One job for each order, written with the cancelling: a worker that dies half-way leaves the
    others to be done, and none is done twice. The gate keeps who is buying now before or after."""
    held = counting.find(fact.event_id)
    if held is None:
        return
    orders = db.session.scalars(
        select(TicketOrder.id)
        .where(TicketOrder.event_id == fact.event_id, TicketOrder.state.in_(("held", "confirmed")))
        .order_by(TicketOrder.id)
    )
    for order_id in orders.all():
        outbox.defer("ticketing.call_off", order_id=order_id, lane="money")
    waits = db.session.scalars(
        select(TicketWait).where(
            TicketWait.event_id == fact.event_id, TicketWait.state.in_(("waiting", "offered"))
        )
    )
    for wait in waits.all():
        if wait.state == "offered":
            counting.free(held, {wait.category_id: wait.quantity})
        wait.state = "left"
        queue.tell(wait, "called_off")


@hear(EventMoved)
def _moved(fact: EventMoved) -> None:
    """Everybody is told, and may give their tickets back for all of their money."""
    held = counting.find(fact.event_id)
    if held is None:
        return
    held.sale.moved_at = clock.now()
    orders = select(TicketOrder).where(
        TicketOrder.event_id == fact.event_id, TicketOrder.state == "confirmed"
    )
    for order in db.session.scalars(orders.order_by(TicketOrder.id)).all():
        order.sequence += 1
        rules.letter("moved", order.id)
        good = [one for one in read.tickets(order.id) if one.state == "valid"]
        giving_back.tell_holders(order, good, "moved")


@hear(EventResizing)
def _resizing(fact: EventResizing) -> None:
    """Fewer places than were taken: refused. More: whoever waits is asked. A sale of all places
    follows the event; one of fewer keeps its number while the event has as many."""
    held = counting.find(fact.event_id)
    if held is None:
        return
    if fact.capacity < held.sale.taken:
        raise Refused(
            _("%(n)s billets sont déjà pris : la jauge ne peut pas descendre en dessous.",
              n=held.sale.taken),
            field="places",
        )  # fmt: skip
    follows = held.sale.quota >= held.event.capacity
    held.sale.quota = fact.capacity if follows else min(held.sale.quota, fact.capacity)
    db.session.flush()  # whoever waits is asked with the places as they are
    queue.offer(held)


@hear(SpendingAsked)
def _spending(fact: SpendingAsked) -> None:
    """What a company's people took in tickets counts in the month it was bought."""
    rows = db.session.execute(
        select(
            TicketOrder.person_id,
            func.count(func.distinct(TicketOrder.id)),
            func.sum(Ticket.price_cents),
        )
        .join(Ticket, Ticket.order_id == TicketOrder.id)
        .where(
            TicketOrder.company_id == fact.company_id,
            TicketOrder.state == "confirmed",
            Ticket.state.in_(read.STANDING),
            TicketOrder.created_at >= fact.start,
            TicketOrder.created_at < fact.end,
        )
        .group_by(TicketOrder.person_id)
    )
    for person_id, many, cents in rows:
        known = fact.found.get(person_id, Spent(0, 0))
        fact.found[person_id] = Spent(known.bookings + int(many), known.cents + int(cents))
