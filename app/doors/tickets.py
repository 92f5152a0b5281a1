"""Tickets as the door sees them. Whoever sells tickets has a book of them (doors/book.py); the door
knows no other way to them. An event without tickets has a door all the same: people are counted."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Holder:
    """One ticket: who holds it, what it is, what the door should know."""

    id: int
    code: str
    name: str
    category: str = ""
    company: str = ""
    order: str = ""
    note: str = ""
    cancelled: bool = False


class Book(Protocol):
    """Tickets of one kind of sale. Ids are those of its rows, in the entered venue."""

    def of_event(self, event_id: int) -> list[Holder]:
        """Every ticket that was ever good, cancelled ones too."""

    def note_entry(self, ticket_id: int, at: dt.datetime | None) -> bool:
        """Somebody came in by it at that moment, or nobody did after all. False when it opens
        nothing: it may have died since its event's tickets were read."""


BOOKS: list[Book] = []
"""Brought at boot; today there is at most one, so that a ticket's id is enough to name it."""


def bare(said: str) -> str:
    """The code in what was typed or scanned: a ticket's QR may be its whole address."""
    return said.strip().partition("?")[0].partition("#")[0].rstrip("/").rpartition("/")[2]


def of_event(event_id: int) -> list[Holder]:
    """Every ticket of an event."""
    return [one for book in BOOKS for one in book.of_event(event_id)]


def note_entry(ticket_id: int, at: dt.datetime | None) -> bool:
    """Tell the ticket; whether it opens the door."""
    opens = [book.note_entry(ticket_id, at) for book in BOOKS]
    return all(opens)
