"""What tickets add to an event's public page: the card with the prices, the bar on a phone, what
search engines read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from urllib.parse import urlencode

from flask import current_app, g, request
from markupsafe import Markup

from app.booking import words as booking_words
from app.core import clock
from app.core.i18n import _, euros
from app.events import audience, seams
from app.events import read as events
from app.events.models import Event
from app.events.seams import Offer
from app.members.models import Person
from app.members.rules import person
from app.ticketing import basket, rows, words
from app.ticketing.models import TicketCategory
from app.ticketing.rows import Shelf
from app.web import render
from app.web.actor import actor

DATES, LOOKED_AT = 4, 12


def who() -> Person | None:
    """The person who is signed in, if the venue knows one."""
    return person(actor().person_id or 0) if actor().person_id else None


def _shelf(event: Event) -> Shelf | None:
    """What is on sale, asked once for a page."""
    kept: dict[int, Shelf | None] = g.setdefault("ticket_shelves", {})
    if event.id not in kept:
        kept[event.id] = rows.shelf(event, who())
    return kept[event.id]


def _counts(shelf: Shelf) -> dict[int, str]:
    """How many of each the chooser shows: what the address says, else one of the first."""
    given = {
        row.kind.id: request.args[f"{basket.COUNT}{row.kind.id}"]
        for row in shelf.rows
        if f"{basket.COUNT}{row.kind.id}" in request.args
    }
    first = next((row.kind.id for row in shelf.rows if row.most), 0)
    return given or {first: "1"}


def card(event: Event) -> Markup:
    """The kinds of tickets with their prices, and how many one wants."""
    shelf = _shelf(event)
    if shelf is None:
        return Markup()
    text = render.text(
        "ticketing/_aside.html",
        event=event,
        shelf=shelf,
        counts=_counts(shelf),
        give_back=rows.give_back_terms(shelf.sale, event),
        login=login_address(f"/agenda/{event.slug}", {}),
        join=partial(join_address, event),
        dates=[] if shelf.sells else other_dates(event),
    )
    return Markup(text)  # noqa: S704  a template of ours, escaped


def bar(event: Event) -> Markup:
    """The same in one line at the bottom of a phone."""
    shelf = _shelf(event)
    if shelf is None or not shelf.sells:
        return Markup()
    zone = events.site(event).zone
    text = render.text(
        "ticketing/_bar.html",
        words=_from(shelf),
        when=booking_words.moment(event.starts_at, zone),
    )
    return Markup(text)  # noqa: S704  a template of ours, escaped


def _from(shelf: Shelf) -> str:
    """What a ticket costs at least; that some are free says nothing of the others."""
    on_sale = [row for row in shelf.rows if row.most]
    paid = [row.least for row in on_sale if row.kind.pricing != "free"]
    if not paid:
        return _("Gratuit")
    if len(on_sale) == 1:
        return _("Billet, %(price)s", price=on_sale[0].price)
    return _("Billets dès %(price)s", price=euros(min(paid)))


def offers(event: Event) -> Iterable[Offer]:
    """What anybody may buy; prices for members are not told to search engines."""
    shelf = _shelf(event)
    for row in shelf.rows if shelf else []:
        kind = row.kind
        over = kind.until_at is not None and kind.until_at <= clock.now()
        if kind.buyers == "everybody" and not over:
            yield Offer(words.category(kind), row.least, row.left, kind.from_at)


def join_address(event: Event, kind: TicketCategory) -> str:
    """Where one waits for places of a category."""
    if "ticketing_life.join" not in current_app.view_functions:
        return ""
    return f"/evenements/{event.slug}/attente?billet={kind.id}"


def login_address(path: str, counts: Mapping[str, str]) -> str:
    """To sign in and come back to what was chosen."""
    back = f"{path}?{urlencode(counts)}" if counts else path
    return f"/connexion?{urlencode({'next': back})}"


def other_dates(event: Event) -> list[tuple[str, str]]:
    """Other dates of the series on which there are places: what is said, and the address."""
    found = []
    coming = [one for one in events.siblings(event) if one.starts_at > clock.now()]
    for one in coming[:LOOKED_AT]:
        if one.state != "published" or not audience.may_see(one, actor().person_id):
            continue
        shelf = rows.shelf(one, who())
        if shelf is None or not shelf.sells:
            continue
        when = booking_words.moment(one.starts_at, events.site(one).zone)
        found.append((when, f"/agenda/{one.slug}"))
        if len(found) == DATES:
            break
    return found


def install() -> None:
    """Events ask for these."""
    if card not in seams.ASIDE:
        seams.ASIDE.append(card)
        seams.BAR.append(bar)
        seams.OFFERS.append(offers)
