"""What features above bring to events. They add their functions at boot; each is called with the
event inside its own venue, and one that raises undoes what was being done."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from markupsafe import Markup

from app.events.models import Event


@dataclass(frozen=True)
class Guest:
    """Somebody who comes. `url` is where they find their tickets, a path on the venue's host."""

    email: str
    name: str
    locale: str
    url: str = ""


@dataclass(frozen=True)
class Offer:
    """A way in, as search engines read it: TTC cents, what is left, and since when it is sold."""

    name: str
    cents: int
    left: int | None = None
    from_at: dt.datetime | None = None


HOLDERS: list[Callable[[Event], Iterable[Guest]]] = []
"""Who holds a ticket: reminded before, asked for an opinion after."""

OFFERS: list[Callable[[Event], Iterable[Offer]]] = []
"""What is sold, for schema.org."""

ASIDE: list[Callable[[Event], Markup]] = []
"""Cards beside a published event on its public page: the tickets and their button."""

BAR: list[Callable[[Event], Markup]] = []
"""What is fixed to the bottom of that page on a phone."""

STAFF: list[Callable[[Event], Markup]] = []
"""Cards on the event's staff page, under its facts: sales, orders."""

ACTIONS: list[Callable[[Event], list[tuple[str, str, str]]]] = []
"""Buttons in the head of the staff page: label, address, icon."""

CANCELLING: list[Callable[[Event], Iterable[str]]] = []
"""What else cancelling does, in sentences, before anybody confirms it."""

LINKS: list[Callable[[], list[tuple[str, str, str]]]] = []
"""Buttons over the list of events: what belongs to all of them."""


def guests(event: Event) -> list[Guest]:
    """Everybody who holds a ticket, each address once."""
    found: dict[str, Guest] = {}
    for source in HOLDERS:
        for guest in source(event):
            found.setdefault(guest.email.strip().casefold(), guest)
    return list(found.values())


def offers(event: Event) -> list[Offer]:
    """Everything that is sold."""
    return [offer for source in OFFERS for offer in source(event)]


def said(seam: list[Callable[[Event], Markup]], event: Event) -> list[Markup]:
    """What a seam says of an event; who has nothing to say leaves no trace."""
    return [text for part in seam if (text := part(event))]
