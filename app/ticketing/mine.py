"""A member's own tickets: what they ordered, what others gave them, what they wait for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import request, url_for
from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from werkzeug.wrappers import Response

from app.core import clock
from app.core.db import db
from app.core.i18n import _, _n
from app.events.models import Event
from app.members.models import Person
from app.members.rules import person_for
from app.tenants.resolve import of_tenant
from app.ticketing import plain, read, words
from app.ticketing.life import pages
from app.ticketing.models import Ticket, TicketOrder, TicketWait
from app.web import edge, render
from app.web.actor import actor
from app.web.policy import needs

PAGE = 20


@dataclass(frozen=True)
class Row:
    """One line of the list: what, when, how many, and the link that opens it."""

    url: str
    title: str
    when: str
    what: str
    cents: int | None
    note: str = ""


def _me() -> Person:
    of_tenant()
    account_id = actor().account_id or 0
    if actor().person_id is None:
        edge.act(lambda: person_for(account_id).id)
    return person_for(account_id)


def _orders(me: Person) -> Select[Any]:
    """Theirs, with the event; a hold only while it may be paid."""
    held = and_(TicketOrder.state == "held", TicketOrder.held_until > clock.now())
    return (
        select(TicketOrder, Event)
        .join(Event, Event.id == TicketOrder.event_id)
        .where(
            TicketOrder.person_id == me.id,
            or_(TicketOrder.state.in_(("confirmed", "cancelled")), held),
        )
    )


def _is_coming(now: dt.datetime) -> ColumnElement[bool]:
    return and_(TicketOrder.state != "cancelled", Event.state == "published", Event.ends_at > now)


def _order_rows(found: Sequence[Any]) -> list[Row]:
    counts = db.session.execute(
        select(Ticket.order_id, func.count(Ticket.id))
        .where(
            Ticket.order_id.in_([order.id for order, _event in found]),
            Ticket.state.in_((*read.STANDING, "held")),
        )
        .group_by(Ticket.order_id)
    )
    many = dict(counts.tuples().all())
    return [_order_row(order, event, many.get(order.id, 0)) for order, event in found]


def _order_row(order: TicketOrder, event: Event, many: int) -> Row:
    what = plain.happening(event)
    note = "" if order.state == "confirmed" else words.order_states()[order.state]
    if event.state == "cancelled":
        note = _("Cet événement est annulé.")
    return Row(
        url_for("ticketing_life.order", token=order.token),
        what.title,
        what.when,
        _n("%(num)s billet", "%(num)s billets", many),
        order.price_cents,
        note,
    )


def _given(me: Person, now: dt.datetime) -> list[Row]:
    """Good tickets that others ordered, under this person's proved address."""
    rows = db.session.execute(
        select(Ticket, Event)
        .join(TicketOrder, TicketOrder.id == Ticket.order_id)
        .join(Event, Event.id == Ticket.event_id)
        .where(
            func.lower(Ticket.holder_email) == me.email,
            or_(TicketOrder.person_id.is_(None), TicketOrder.person_id != me.id),
            Ticket.state.in_(read.STANDING),
            Event.state == "published",
            Event.ends_at > now,
        )
        .order_by(Event.starts_at, Ticket.id)
    )
    return [
        Row(
            url_for("ticketing_life.ticket", code=one.code),
            (what := plain.happening(event)).title,
            what.when,
            _("1 billet, reçu de quelqu’un"),
            None,
        )
        for one, event in rows
    ]


def _waits(me: Person, now: dt.datetime) -> list[Row]:
    """Places in queues, under this person's proved address."""
    rows = db.session.execute(
        select(TicketWait, Event)
        .join(Event, Event.id == TicketWait.event_id)
        .where(
            func.lower(TicketWait.email) == me.email,
            TicketWait.state.in_(("waiting", "offered")),
            Event.state == "published",
            Event.starts_at > now,
        )
        .order_by(Event.starts_at, TicketWait.id)
    )
    found = []
    for wait, event in rows:
        what = plain.happening(event)
        live = wait.offered_until is not None and wait.offered_until > now
        said = _("Places gardées pour vous : à prendre") if live else _("Dans la file d’attente")
        url = url_for("ticketing_life.wait", token=wait.token)
        many = _n("%(num)s place", "%(num)s places", wait.quantity)
        found.append(Row(url, what.title, what.when, many, None, said))
    return found


@pages.get("/moi/billets")
@needs("me")
def mine() -> Response:
    """What comes, what is awaited, then what was, a page at a time."""
    me, now = _me(), clock.now()
    page = max(1, request.args.get("page", 1, type=int))
    past = _orders(me).where(~_is_coming(now))
    count = db.session.scalar(select(func.count()).select_from(past.subquery())) or 0
    before = past.order_by(Event.starts_at.desc(), TicketOrder.id.desc())
    coming = _orders(me).where(_is_coming(now)).order_by(Event.starts_at, TicketOrder.id)
    first = page == 1
    return render.page(
        "ticketing/mine.html",
        coming=_order_rows(db.session.execute(coming).all()) if first else [],
        given=_given(me, now) if first else [],
        waits=_waits(me, now) if first else [],
        past=_order_rows(db.session.execute(before.limit(PAGE).offset((page - 1) * PAGE)).all()),
        page=page,
        pages=max(1, -(-count // PAGE)),
        url=lambda n: url_for("ticketing_life.mine", page=n),
    )
