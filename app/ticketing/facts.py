"""News about tickets, heard in the same transaction."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class OrderConfirmed:
    """The tickets are theirs."""

    order_id: int


@dataclass(frozen=True)
class TicketsCancelled:
    """Some tickets of an order, or all of them, were given back or called off."""

    order_id: int
    refund_cents: int
    by: str


@dataclass(frozen=True)
class CameIn:
    """Tickets were sold to people who stand at the door and walk in with them."""

    event_id: int
    ticket_ids: tuple[int, ...]
    by: int | None
