"""How an order may be paid, and the payment that is asked for it."""

from __future__ import annotations

from flask import url_for

from app.booking import terms
from app.booking import words as booking_words
from app.core import clock
from app.core.i18n import lang
from app.events import read as events
from app.events import words as event_words
from app.events.models import Event
from app.members import companies, spending
from app.members.models import Person
from app.payments import leading, till
from app.payments import rules as payments
from app.tenants.resolve import of_tenant, public_url
from app.ticketing import charging, read
from app.ticketing.charging import SOURCE
from app.ticketing.models import TicketOrder

CARD = "card"
COMPANY = "company:"


def means(price_cents: int, who: Person | None) -> tuple[str, ...]:
    """How this person may pay here. A debit takes days and places are kept for minutes: cards only.
    Who has an account is never told to a guest."""
    if price_cents == 0:
        return ("free",)
    found = [CARD] if CARD in till.methods() else []
    if of_tenant().desk_payment:
        found.append("desk")
    if who is not None and who.standing == "on_account":
        found.append("on_account")
    if who is not None:
        found += [f"{COMPANY}{company.id}" for company in companies.paying_for(who.id)]
    return tuple(found)


def accounts(event: Event, who: Person | None) -> list[tuple[str, str, int | None]]:
    """The companies that may pay: a means of payment, a name, what their month has left."""
    if who is None:
        return []
    zone, now = events.site(event).zone, clock.now()
    return [
        (f"{COMPANY}{one.id}", one.name, spending.left(one, now, zone))
        for one in companies.paying_for(who.id)
    ]


def has_agreed(who: Person | None, mark: str) -> bool:
    """Whether somebody accepted these very terms within a year, for a room or for tickets."""
    if who is None:
        return False
    if terms.accepted_at(who.id, mark) is not None:
        return True
    return read.agreed_at(who.id, mark, clock.now() - terms.LASTS) is not None


def page_of(token: str, *, thanks: bool = False) -> str:
    """The page of an order, by its secret link."""
    return f"/billets/{token}{'?merci=1' if thanks else ''}"


def asking(order: TicketOrder) -> leading.Asking:
    """The payment of a held order, and what the gateway is asked for it."""
    event = events.event(order.event_id)
    if event is None:
        raise LookupError(order.event_id)
    zone = events.site(event).zone
    back = public_url(url_for("ticketing.back", order_token=order.token))
    page = payments.Page(
        title=event_words.title(event),
        description=booking_words.moment(event.starts_at, zone),
        success_url=back,
        cancel_url=f"{back}?annule=1",
        email=order.email or None,
        locale=lang(),
    )
    due = payments.Due(
        SOURCE,
        order.id,
        order.price_cents,
        order.person_id,
        order.currency,
        charging.rates(read.tickets(order.id)),
    )
    return leading.asking(due, CARD, page, order.held_until)
