"""What tests of tickets share: an event on sale, a buyer, an order."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import text

from app.core.db import db
from app.events.models import Event
from app.members.rules import person_by_email
from app.ticketing import rules, shelf
from app.ticketing.models import TicketCategory, TicketOrder
from app.ticketing.rules import Place, Wish
from app.ticketing.shelf import Kind
from tests.events.conftest import morning, planned

__all__ = ["morning", "planned"]  # found here by name


@pytest.fixture
def night(planned: Callable[..., Event]) -> Event:
    """A published evening with sixty places."""
    return planned(publish=True)


@pytest.fixture
def full(night: Event) -> TicketCategory:
    """Seven places at 12 € with 20 % of VAT."""
    return shelf.describe(night.id, Kind("Plein tarif", "fixed", 1200, 7))


def wish(one: TicketCategory, many: int = 1, **more: Any) -> Wish:
    """Somebody who wants some."""
    email = more.pop("email", "maya@example.org")
    given: dict[str, Any] = {
        "event_id": one.event_id,
        "places": tuple(Place(one.id) for _ in range(many)),
        "form_key": secrets.token_hex(8),
        "payer": person_by_email(email, "Maya Roux"),
    }
    return Wish(**(given | more))


def order(one: TicketCategory, many: int = 1, **more: Any) -> TicketOrder:
    """An order of some."""
    return rules.order(wish(one, many, **more))


def owed(found: TicketOrder) -> int:
    """What the books say is still to be paid for it."""
    query = text(
        "select coalesce(sum(l.amount_cents), 0) from ledger_line l join ledger_entry e"
        " on e.id = l.entry_id where e.source = 'ticket_order' and e.source_id = :id"
        " and l.account = 'receivable'"
    )
    db.session.flush()
    return int(db.session.execute(query, {"id": found.id}).scalar_one())
