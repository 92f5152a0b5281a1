"""Who waits for places of an event, at the desk: seen, asked by hand, taken off."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, abort, redirect, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from app.booking.dossier import note
from app.core.db import db
from app.core.errors import Refused
from app.core.i18n import _
from app.events import read as events
from app.ticketing import queue, read, words
from app.ticketing.models import TicketWait
from app.ticketing.orders import event_of
from app.web import edge, navigation
from app.web.actor import actor
from app.web.policy import needs

pages = Blueprint(
    "ticketing_waiting", __name__, url_prefix="/gestion/evenements/<int:event_id>/attente"
)
LIVE = ("waiting", "offered")
MOST = 500


def _show(event_id: int, status: int = 200, fault: Refused | None = None) -> Response:
    event = event_of(event_id)
    rows = db.session.scalars(
        select(TicketWait)
        .where(TicketWait.event_id == event_id)
        .order_by(TicketWait.state.in_(LIVE).desc(), TicketWait.id)
        .limit(MOST)
    ).all()
    kinds = read.categories(event_id, archived=True)
    return navigation.page(
        "ticketing/desk_waiting.html",
        "events",
        status,
        event=event,
        zone=events.site(event).zone,
        rows=rows,
        names={one.id: words.category(one) for one in kinds},
        states=words.wait_states(),
        sale=read.sale(event_id),
        fault=fault,
        may_act=actor().can("desk.book"),
    )


@pages.get("")
@needs("events.see")
def listed(event_id: int) -> Response:
    """Who waits, in the order in which they are asked; then who waited."""
    return _show(event_id)


def _act(event_id: int, wait_id: int, work: Callable[[], str]) -> Response:
    event_of(event_id)
    of = select(TicketWait.id).where(TicketWait.id == wait_id, TicketWait.event_id == event_id)
    if db.session.scalar(of) is None:
        abort(404)
    try:
        said = edge.act(work)
    except Refused as error:
        return _show(event_id, error.status, error)
    navigation.say(said)
    return redirect(url_for("ticketing_waiting.listed", event_id=event_id), 303)


@pages.post("/<int:wait_id>/proposition")
@needs("desk.book")
def offer(event_id: int, wait_id: int) -> Response:
    """Ask this person now; asked twice, they are asked once."""

    def work() -> str:
        found = queue.offer_to(wait_id)
        note("ticketing.offered", f"ticket_wait:{wait_id}")
        return _("%(name)s a reçu la proposition.", name=found.name)

    return _act(event_id, wait_id, work)


@pages.post("/<int:wait_id>/retrait")
@needs("desk.book")
def remove(event_id: int, wait_id: int) -> Response:
    """They wait no more; what was offered to them goes to the next."""

    def work() -> str:
        queue.leave(wait_id)
        note("ticketing.removed", f"ticket_wait:{wait_id}", why=request.form.get("raison", "")[:80])
        return _("Cette personne n’attend plus.")

    return _act(event_id, wait_id, work)
