"""The door opens with the book of tickets that are sold; who buys one there walks in with it."""

from __future__ import annotations

from app.core import clock
from app.core.signals import hear
from app.core.words import token
from app.doors import book, rules
from app.doors.rules import Heard, Phone
from app.doors.settling import IN
from app.ticketing.facts import CameIn

__all__ = ["book"]


@hear(CameIn)
def _walked_in(fact: CameIn) -> None:
    """Noted like a ticket that was scanned."""
    now = clock.now()
    passages = [Heard(token(), IN, ticket_id, now) for ticket_id in fact.ticket_ids]
    rules.take(fact.event_id, passages, Phone("", "", fact.by))
