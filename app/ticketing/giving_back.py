"""Tickets that are given back, called off, or handed to somebody else."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import select

from app.accounts.addresses import mail_address
from app.core import clock, outbox, words
from app.core.db import db
from app.core.errors import Refused
from app.core.i18n import _
from app.core.money import percent_of
from app.core.signals import publish
from app.events.models import Event
from app.members import rules as members
from app.payments import refunds
from app.payments import rules as payments
from app.ticketing import charging, counting, queue, read, rules
from app.ticketing.charging import SOURCE
from app.ticketing.facts import TicketsCancelled
from app.ticketing.models import Ticket, TicketCategory, TicketOrder, TicketSale

PERSON, STAFF, VENUE = "person", "staff", "venue"
NAME = 120


def share(
    ticket: Ticket, order: TicketOrder, sale: TicketSale, event: Event, at: dt.datetime
) -> int:
    """Cents that go back when this ticket is given back at this moment. Whoever had it before the
    event was moved gets all of it, as long as it has not begun."""
    if at >= event.starts_at:
        return 0
    if was_moved(sale, order):
        return ticket.price_cents
    if at <= event.starts_at - dt.timedelta(hours=sale.free_hours):
        return ticket.price_cents
    return percent_of(ticket.price_cents, sale.late_percent)


def was_moved(sale: TicketSale, order: TicketOrder) -> bool:
    """Whether the event was moved after this order was theirs."""
    if sale.moved_at is None or order.confirmed_at is None:
        return False
    return order.confirmed_at <= sale.moved_at


def give_back(
    order_id: int,
    ticket_ids: Sequence[int],
    by: str = PERSON,
    *,
    account_id: int | None = None,
    promised: int | None = None,
    whole: bool = True,
) -> int:
    """End some tickets of an order: places free, sale reversed, money asked back. Cents that go
    back. Done once: a ticket that is dead already is left alone.

    `promised` is what was shown before the last click: less is refused. Staff give back all of it,
    or unless `whole` the event's share; a person gets that share, and nothing once it began.
    """
    held = counting.gate(read.order(order_id).event_id)
    order = read.locked(order_id)
    chosen = [one for one in read.locked_tickets(order_id) if one.id in set(ticket_ids)]
    good = [one for one in chosen if one.state == "valid" or (by != PERSON and one.state == "used")]
    if not good:
        if any(one.state == "cancelled" for one in chosen):
            return 0
        raise Refused(_("Ce billet ne peut plus être annulé."))
    at = clock.now()
    if by == PERSON and at >= held.event.starts_at:
        raise Refused(_("L’événement a commencé : adressez-vous à l’accueil."))
    backs = {
        one.id: one.price_cents
        if by != PERSON and whole
        else share(one, order, held.sale, held.event, at)
        for one in good
    }
    if promised is not None and sum(backs.values()) < promised:
        raise Refused(_("Le montant remboursé vient de changer : vérifiez-le avant d’annuler."))
    return _end(held, order, good, backs, by, account_id)


def _end(
    held: counting.Gate, order: TicketOrder, good: list[Ticket], backs: dict[int, int], by: str,
    account_id: int | None,
) -> int:  # fmt: skip
    at, before = clock.now(), min(0, payments.due_on(SOURCE, order.id))
    for one in good:
        one.state, one.checked_in_at, one.cancelled_at = "cancelled", None, at
        one.refund_cents = backs[one.id]
        charging.given_back(order, one, backs[one.id])
    counting.free(held, counting.tally([one.category_id for one in good]))
    order.sequence += 1
    if not any(one.state in read.STANDING for one in read_states(order.id, good)):
        order.state, order.cancelled_at = "cancelled", at
    db.session.flush()  # whoever waits is asked with the places as they are
    queue.offer(held)
    owed = before - min(0, payments.due_on(SOURCE, order.id))  # what is on its way back is not due
    given = 0
    if owed > 0:
        why = f"tickets:{min(one.id for one in good)}"
        given = refunds.give_back(SOURCE, order.id, owed, why, account_id)
    tell_holders(order, good, "called_off" if by == VENUE else "ended")
    publish(TicketsCancelled(order.id, given, by))
    return given


def read_states(order_id: int, changed: list[Ticket]) -> list[Ticket]:
    """All tickets of an order, with those that were just changed as they are in memory."""
    db.session.flush()  # what was changed is read back changed
    del changed
    return read.tickets(order_id)


def call_off(order_id: int) -> None:
    """The event will not take place: everything of an order is given back, once. A hold is let go;
    money that comes later goes back by itself."""
    held = counting.gate(read.order(order_id).event_id)
    order = read.locked(order_id)
    if order.state == "held":
        queue.let_go(held, order)
        return
    if order.state != "confirmed":
        return
    good = [one for one in read.locked_tickets(order.id) if one.state in read.STANDING]
    if good:
        _end(held, order, good, {one.id: one.price_cents for one in good}, VENUE, None)


def transfer(ticket_id: int, name: str, email: str, *, staff: bool = False) -> Ticket:
    """Hand a ticket to somebody else: a new code, sent to them, and the old one dead. The order and
    its money stay with whoever paid. Sent twice, it is handed on once. Refuses a ticket that is not
    valid, once it is over, and unless staff do it whoever could not have bought it themselves."""
    order_id = db.session.scalars(select(Ticket.order_id).where(Ticket.id == ticket_id)).one()
    held = counting.gate(read.order(order_id).event_id)
    order = read.locked(order_id)
    old = next(one for one in read.locked_tickets(order_id) if one.id == ticket_id)
    name = words.one_line(name, NAME)
    address = mail_address(email) if email.strip() else ""
    if (before := _child(old)) is not None and (before.holder_name, before.holder_email) == (
        name,
        address,
    ):
        return before
    if old.state != "valid" or held.event.state != "published":
        raise Refused(_("Ce billet ne peut plus être cédé."))
    if clock.now() >= held.event.ends_at:
        raise Refused(_("Cet événement est terminé."))
    if not name:
        raise Refused(_("Indiquez un nom."), field="nom")
    if not staff and (why := not_for(held.categories[old.category_id], held.event, address)):
        raise Refused(why, field="email")
    new = _heir(old, name, address)
    if address:
        outbox.defer("ticketing.handed_letter", ticket_id=new.id, lane="mail")
    if old.holder_email.casefold() != address:
        tell_holders(order, [old], "ended")
    return new


def _heir(old: Ticket, name: str, address: str) -> Ticket:
    """The ticket that lives on: the same place at the same price, under another code."""
    old.state = "transferred"
    new = Ticket(
        order_id=old.order_id,
        event_id=old.event_id,
        category_id=old.category_id,
        from_ticket_id=old.id,
        code=words.token(),
        holder_name=name,
        holder_email=address,
        state="valid",
        list_cents=old.list_cents,
        price_cents=old.price_cents,
        vat_bp=old.vat_bp,
        answers=old.answers,
    )
    db.session.add(new)
    db.session.flush()  # id for the letter
    return new


def not_for(kind: TicketCategory, event: Event, address: str) -> str:
    """Why this address may not have a ticket that is sold to some people only; nothing when it may.
    The price of members stays with members, though one of them paid."""
    who = members.known(address) if address else None
    if rules.may_buy(kind, event, who):
        return ""
    if kind.buyers == "members":
        return _(
            "Ce billet est au tarif des membres, et cette adresse n’est pas celle d’un membre du"
            " lieu. Rendez-le, et cette personne prend un billet à son tarif ; ou cédez-le à un"
            " autre membre."
        )
    return _(
        "Ce billet est réservé aux entreprises invitées, et cette adresse n’est pas celle de l’une"
        " d’elles. Rendez-le, ou cédez-le à une personne invitée."
    )


def _child(old: Ticket) -> Ticket | None:
    """The ticket that this one became."""
    return db.session.scalars(select(Ticket).where(Ticket.from_ticket_id == old.id)).one_or_none()


def tell_holders(order: TicketOrder, tickets: Sequence[Ticket], kind: str) -> None:
    """Write to those who hold tickets under another address than whoever ordered them: one letter
    for each address, however many tickets it holds."""
    held: dict[str, list[int]] = {}
    for one in tickets:
        address = one.holder_email.casefold()
        if address and address != order.email.casefold():
            held.setdefault(address, []).append(one.id)
    for ids in held.values():
        outbox.defer(
            "ticketing.holder_letter",
            kind=kind,
            ticket_ids=ids,
            version=order.sequence + 1,
            lane="mail",
        )
