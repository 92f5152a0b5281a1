"""An order and its tickets behind their secret links: look, save, print."""

from __future__ import annotations

import io

import segno
from flask import Flask, abort, request
from werkzeug.wrappers import Response

from app.core import clock
from app.events import links, seams
from app.events import read as events
from app.events.feeds import Item
from app.events.models import Event
from app.payments import rules as payments
from app.tenants.resolve import of_tenant, public_url
from app.ticketing import (
    holders,
    ics,
    invoiced,
    leaving,
    life,
    mine,
    plain,
    read,
    returning,
    waiting,
    words,
)
from app.ticketing.charging import SOURCE
from app.ticketing.life import pages
from app.ticketing.models import Ticket, TicketOrder
from app.web import render
from app.web.actor import actor
from app.web.policy import PUBLIC, needs

blueprints = (pages,)
__all__ = [
    "invoiced",
    "leaving",
    "mine",
    "returning",
    "waiting",
]  # their routes hang on the same blueprint


def install(_app: Flask) -> None:
    """Events remind and ask whoever holds a ticket."""
    if holders.holders not in seams.HOLDERS:
        seams.HOLDERS.append(holders.holders)


def _item(event: Event) -> Item:
    spaces = tuple(space.name for space in events.spaces(event.id))
    url = public_url(f"/agenda/{event.slug}")
    return Item(event, events.site(event), spaces, of_tenant().name, url)


# ── the order ─────────────────────────────────────────────────────────────────────────────────


def _stage(order: TicketOrder) -> str:
    """Where it stands for whoever looks: a hold that ran out is over though nobody tidied yet."""
    tried = payments.of_source(SOURCE, order.id)
    if order.state in ("held", "lapsed") and any(one.state == "captured" for one in tried):
        return "too_late" if order.state == "lapsed" else "paying"
    if order.state == "held" and order.held_until is not None and order.held_until <= clock.now():
        return "lapsed"
    return order.state


@pages.get("/billets/<token>")
@needs(PUBLIC)
def order(token: str) -> Response:
    """The order: where it stands, each ticket, what was paid, what comes back."""
    found = life.order_of(token)
    event = life.event_of(found)
    rows = plain.tickets(found, event)
    good = [one for one in rows if one.is_good]
    what, until = plain.happening(event), found.held_until
    return life.unreferred(
        render.page(
            "ticketing/order.html",
            order=found,
            stage=_stage(found),
            what=what,
            rows=rows,
            good=good,
            lines=plain.bought(found),
            vat=plain.vat(found),
            paid=plain.paid_how(found),
            due_cents=plain.due(found),
            refunded=sum(one.refund_cents for one in rows),
            terms=plain.terms(found, event, good),
            worth=plain.back(found, good),
            until=until.astimezone(what.zone) if until else None,
            left=max(0, int((until - clock.now()).total_seconds())) if until else 0,
            calendars=links.calendars(_item(event)),
            phone=of_tenant().phone,
            invoice=invoiced.offer(found),
            thanks="merci" in request.args,
            states=words.order_states(),
        )
    )


def _calendar(text: str, name: str) -> Response:
    answer = Response(text, mimetype="text/calendar")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.ics"'
    return answer


@pages.get("/billets/<token>/agenda.ics")
@needs(PUBLIC)
def calendar(token: str) -> Response:
    """The event for the calendar of whoever ordered."""
    found = life.order_of(token)
    if found.state not in ("confirmed", "cancelled"):
        abort(404)
    url = public_url(f"/billets/{found.token}")
    return _calendar(ics.of_order(found, life.event_of(found), of_tenant(), url), found.code)


# ── one ticket ────────────────────────────────────────────────────────────────────────────────


def _address(ticket: Ticket) -> str:
    return public_url(f"/billets/billet/{ticket.code}")


def _drawn(ticket: Ticket, kind: str) -> bytes:
    """What the door scans: the address of the ticket, whose last word is its code."""
    out = io.BytesIO()
    code = segno.make(_address(ticket), error="m", micro=False)
    code.save(out, kind=kind, scale=8, border=2, light="#fff")
    return out.getvalue()


def _opens(ticket: Ticket, event: Event) -> bool:
    """Whether it opens the door, or will: the only tickets that have a QR."""
    return ticket.state == "valid" and event.state == "published"


@pages.get("/billets/billet/<code>")
@needs(PUBLIC)
def ticket(code: str) -> Response:
    """One ticket, as its holder shows it: the drawing is in the page, so that a page that was kept
    or saved is whole."""
    found = life.ticket_of(code)
    event, paid_by = life.event_of(found), read.order(found.order_id)
    kind = read.category(found.category_id, found.event_id)
    opens = _opens(found, event)
    mine = actor().person_id is not None and actor().person_id == paid_by.person_id
    entered = found.checked_in_at
    what = plain.happening(event)
    return life.unreferred(
        render.page(
            "ticketing/ticket.html",
            ticket=found,
            what=what,
            category=words.category(kind) if kind else "",
            drawing=segno.make(_address(found), error="m", micro=False).svg_data_uri(
                scale=8, border=2, light="#fff"
            )
            if opens
            else "",
            state=found.state if event.state != "cancelled" else "called_off",
            entered=entered.astimezone(what.zone) if entered else None,
            order=paid_by,
            order_url=f"/billets/{paid_by.token}" if mine else "",
            calendars=links.calendars(_item(event)),
            phone=of_tenant().phone,
        )
    )


@pages.get("/billets/billet/<code>/qr.<any(svg, png):kind>")
@needs(PUBLIC)
def qr(code: str, kind: str) -> Response:
    """The drawing alone, for letters (PNG); a ticket that opens nothing has none."""
    found = life.ticket_of(code)
    if not _opens(found, life.event_of(found)):
        abort(404)
    media = "image/svg+xml" if kind == "svg" else "image/png"
    return life.unreferred(Response(_drawn(found, kind), mimetype=media))


@pages.get("/billets/billet/<code>/agenda.ics")
@needs(PUBLIC)
def ticket_calendar(code: str) -> Response:
    """The event for the calendar of whoever holds the ticket; nothing of the order is in it."""
    found = life.ticket_of(code)
    if found.state in ("held", "lapsed"):
        abort(404)
    text = ics.of_ticket(found, life.event_of(found), of_tenant(), _address(found))
    return _calendar(text, "billet")
