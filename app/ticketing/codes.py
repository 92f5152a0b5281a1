"""Promo codes at the desk: those of the whole venue, and those of one event."""

from __future__ import annotations

from urllib.parse import urlencode

from flask import Blueprint, abort, redirect, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from app.booking.dossier import note
from app.core import clock
from app.core.db import db
from app.core.errors import Refused
from app.core.i18n import _
from app.events.models import Event
from app.tenants.resolve import of_tenant
from app.ticketing import read, shelf, typed
from app.ticketing.models import PromoCode
from app.ticketing.orders import event_of
from app.web import edge, navigation
from app.web.policy import needs

pages = Blueprint("ticketing_codes", __name__, url_prefix="/gestion/evenements/codes")
of_event = Blueprint(
    "ticketing_event_codes", __name__, url_prefix="/gestion/evenements/<int:event_id>/codes"
)
PAGE = 40


def _address(event: Event | None) -> str:
    if event is None:
        return url_for("ticketing_codes.listed")
    return url_for("ticketing_event_codes.listed", event_id=event.id)


def _show(event: Event | None, status: int = 200, fault: Refused | None = None) -> Response:
    """All codes of the venue, or those that count for one event."""
    text = request.args.get("q", "").strip()[:60]
    query = select(PromoCode)
    if event is not None:
        query = query.where((PromoCode.event_id == event.id) | PromoCode.event_id.is_(None))
    if text:
        query = query.where(PromoCode.code.icontains(text, autoescape=True))
    number = max(1, request.args.get("page", 1, type=int))
    last = PromoCode.archived_at.is_not(None)
    everything = db.session.scalars(query.order_by(last, PromoCode.code)).all()
    rows = everything[(number - 1) * PAGE : number * PAGE]
    named = {one.event_id for one in rows if one.event_id}
    titles = {e.id: e.title for e in db.session.scalars(select(Event).where(Event.id.in_(named)))}
    address = _address(event)
    return navigation.page(
        "ticketing/desk_codes.html",
        "events",
        status,
        event=event,
        address=address,
        rows=rows,
        words=text,
        total=len(everything),
        page_number=number,
        pages_count=max(1, -(-len(everything) // PAGE)),
        url=lambda n: f"{address}?{_query(text, n)}",
        titles=titles,
        typed=request.form if fault else {},
        zone=of_tenant().books_zone,
        now=clock.now(),
        fault=fault,
    )


def _query(text: str, number: int) -> str:
    return urlencode({"q": text, "page": number} if text else {"page": number})


def _make(event: Event | None) -> Response:
    event_id = event.id if event and request.form.get("partout") != "1" else None

    def work() -> str:
        zone = of_tenant().books_zone
        made = shelf.promise(typed.code(request.form, zone, event_id))
        note("ticketing.code_made", f"promo_code:{made.id}", code=made.code)
        return made.code

    try:
        word = edge.act(work)
    except Refused as error:
        return _show(event, error.status, error)
    navigation.say(_("Le code %(code)s est prêt.", code=word))
    return redirect(_address(event), 303)


@pages.get("")
@needs("events.edit")
def listed() -> Response:
    """Every code of the venue, with its uses; a new one for all events."""
    return _show(None)


@pages.post("")
@needs("events.edit")
def create() -> Response:
    """A code that counts for all events."""
    return _make(None)


@pages.post("/<int:promo_id>/archive")
@needs("events.edit")
def archive(promo_id: int) -> Response:
    """It lowers no price any more, or does again; what was ordered with it stays."""
    if read.promo(promo_id) is None:
        abort(404)
    away = request.form.get("retirer") == "1"

    def work() -> None:
        shelf.withdraw(promo_id, away=away)
        note("ticketing.code_archived", f"promo_code:{promo_id}", away=away)

    edge.act(work)
    navigation.say(_("Le code ne vaut plus rien.") if away else _("Le code vaut de nouveau."))
    return navigation.back(url_for("ticketing_codes.listed"))


@of_event.get("", endpoint="listed")
@needs("events.edit")
def of_one(event_id: int) -> Response:
    """Those that count for this event."""
    return _show(event_of(event_id))


@of_event.post("", endpoint="create")
@needs("events.edit")
def create_for_one(event_id: int) -> Response:
    """A code for this event, or for all of them."""
    return _make(event_of(event_id))
