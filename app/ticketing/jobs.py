"""What happens to tickets after the commit, and by the clock. Each may run twice."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select

from app.core import clock, outbox
from app.core.db import db
from app.ticketing import counting, giving_back, holder_mails, mails, queue
from app.ticketing.models import TicketOrder, TicketWait


@outbox.job("ticketing.tidy")
def tidy(event_id: int) -> None:
    """Let go what ran out, offer what came back."""
    held = counting.find(event_id)
    if held is not None:
        queue.tidy(held)


@outbox.job("ticketing.sweep")
def sweep() -> None:
    """Whatever a lost job forgot."""
    late = clock.now() - dt.timedelta(minutes=1)
    held = select(TicketOrder.event_id).where(
        TicketOrder.state == "held", TicketOrder.held_until < late
    )
    offered = select(TicketWait.event_id).where(
        TicketWait.state == "offered", TicketWait.offered_until < late
    )
    for event_id in sorted(set(db.session.scalars(held)) | set(db.session.scalars(offered))):
        outbox.defer("ticketing.tidy", event_id=event_id, once=f"tickets:{event_id}", lane="holds")


@outbox.job("ticketing.call_off")
def call_off(order_id: int) -> None:
    """Give back everything of one order of an event that will not take place."""
    giving_back.call_off(order_id)


@outbox.job("ticketing.letter")
def letter(kind: str, order_id: int, version: int, cents: int = 0, entity: str = "") -> None:
    """Write one letter about an order; a second run finds it written."""
    mails.post(kind, order_id, version=version, cents=cents, entity=entity)


@outbox.job("ticketing.handed_letter")
def handed_letter(ticket_id: int) -> None:
    """Tell whoever got a ticket from somebody."""
    holder_mails.to_holder("handed", [ticket_id])


@outbox.job("ticketing.offer_letter")
def offer_letter(wait_id: int, version: int = 1) -> None:
    """Tell whoever waited that places are kept for them, until when; once for each offer."""
    holder_mails.waited("offered", wait_id, version=version)


@outbox.job("ticketing.holder_letter")
def holder_letter(kind: str, ticket_ids: list[int], version: int) -> None:
    """Tell whoever holds tickets that somebody else ordered what became of them."""
    holder_mails.to_holder(kind, ticket_ids, version=version)


@outbox.job("ticketing.wait_letter")
def wait_letter(kind: str, wait_id: int, version: int = 1) -> None:
    """Tell whoever waits that they do, or that it is over."""
    holder_mails.waited(kind, wait_id, version=version)
