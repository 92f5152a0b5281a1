"""The editor of one category of tickets: everything typed stays while something is refused."""

from __future__ import annotations

import datetime as dt

from flask import Blueprint, abort, redirect, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from app.booking.dossier import note
from app.core import words as plain
from app.core.errors import Refused
from app.core.i18n import _
from app.core.slots import local_day
from app.events import read as events
from app.events.models import Event
from app.shop.products import nature_names
from app.spaces import natures
from app.ticketing import read, shelf, typed, words
from app.ticketing.models import TicketCategory
from app.ticketing.shelf import NOT_HERE
from app.ticketing.typed import Form
from app.web import edge, navigation
from app.web.actor import actor
from app.web.idempotency import replayable
from app.web.policy import needs

pages = Blueprint(
    "ticketing_kinds", __name__,
    url_prefix="/gestion/evenements/<int:event_id>/billetterie/categories",
)  # fmt: skip
FIRST = ("admission", "show", "training")


def _event(event_id: int) -> Event:
    one = events.event(event_id)
    if one is None:
        abort(404)
    return one


def _category(event_id: int, category_id: int) -> TicketCategory:
    _event(event_id)
    one = read.category(category_id, event_id)
    if one is None:
        abort(404)
    return one


def nature_choices(day: dt.date) -> list[tuple[str, str]]:
    """What a ticket is to the tax office, each with the rate of that day."""
    names = {key: name for key, name in nature_names().items() if key not in NOT_HERE}
    order = [*FIRST, *(key for key in names if key not in FIRST)]
    return [
        (
            key,
            _(
                "%(name)s, TVA %(rate)s %%",
                name=names[key],
                rate=typed.percent(natures.rate_on(key, day)),
            ),
        )
        for key in order
    ]


def _page(
    event_id: int,
    form: Form,
    one: TicketCategory | None = None,
    status: int = 200,
    fault: Refused | None = None,
) -> Response:
    event = _event(event_id)
    zone = events.site(event).zone
    field = str(fault.detail.get("field", "nom")) if fault else ""
    sale = read.sale(event_id)
    return navigation.page(
        "ticketing/desk_kind.html",
        "events",
        status,
        event=event,
        one=one,
        sale=sale,
        places=sale.quota if sale else event.capacity,
        typed=form,
        rows=typed.rows(form, int("plus" in form or not _asks(form))),
        most=typed.QUESTIONS,
        pricings=words.pricings(),
        buyers=words.buyers(),
        natures=nature_choices(local_day(event.starts_at, zone)),
        zone=zone,
        key=plain.token(),
        field=field,
        fault=fault,
        errors={field: fault.text} if fault else {},
    )


def _asks(form: Form) -> bool:
    return typed.rows(form) > 0


def _blank(event_id: int) -> Form:
    event = _event(event_id)
    sale = read.sale(event_id)
    there = read.categories(event_id)
    return MultiDict(
        {
            "tarif": "fixed",
            "nature": "admission",
            "acheteurs": "everybody",
            "quota": str(sale.quota if sale else event.capacity),
            "ordre": str(max((one.position for one in there), default=-1) + 1),
        }
    )


def _write(event_id: int, category_id: int | None) -> Response:
    form: Form = request.form
    one = _category(event_id, category_id) if category_id else None
    if "plus" in form:  # one more question: nothing is written
        return _page(event_id, form, one)

    def work() -> None:
        zone = events.site(_event(event_id)).zone
        kind = typed.kind(form, zone)
        if category_id is None:  # later an end in the past is how a sale is closed by hand
            shelf.refuse_ended(kind.until_at)
        made = shelf.describe(event_id, kind, category_id)
        note("ticketing.category", f"ticket_category:{made.id}", event=event_id)

    try:
        edge.act(work)
    except Refused as error:
        again = read.category(category_id, event_id) if category_id else None
        return _page(event_id, form, again, error.status, error)
    navigation.say(_("La catégorie est enregistrée."))
    return redirect(url_for("ticketing_desk.shop", event_id=event_id), 303)


def _writer() -> str:
    """Whose idempotency key it is."""
    return f"categories:{actor().account_id}"


@pages.get("/nouvelle")
@needs("events.edit")
def new(event_id: int) -> Response:
    """An empty one."""
    return _page(event_id, _blank(event_id))


@pages.post("/nouvelle")
@needs("events.edit")
@replayable(_writer)
def create(event_id: int) -> Response:
    """A new kind of ticket; a form that is sent twice makes one."""
    _event(event_id)
    return _write(event_id, None)


@pages.get("/<int:category_id>")
@needs("events.edit")
def edit(event_id: int, category_id: int) -> Response:
    """The same page, filled."""
    one = _category(event_id, category_id)
    return _page(event_id, typed.of_category(one, events.site(_event(event_id)).zone), one)


@pages.post("/<int:category_id>")
@needs("events.edit")
def change(event_id: int, category_id: int) -> Response:
    """Another price, quota or window; who has a ticket keeps it at its price."""
    return _write(event_id, category_id)


@pages.post("/<int:category_id>/archive")
@needs("events.edit")
def archive(event_id: int, category_id: int) -> Response:
    """Off the shelf, or on it again."""
    _category(event_id, category_id)

    def work() -> bool:
        away = request.form.get("retirer") == "1"
        shelf.archive(event_id, category_id, away=away)
        note("ticketing.archived", f"ticket_category:{category_id}", away=away)
        return away

    away = edge.act(work)
    navigation.say(_("La catégorie n’est plus en vente.") if away else _("Elle est en vente."))
    return redirect(url_for("ticketing_desk.shop", event_id=event_id), 303)
