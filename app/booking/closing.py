"""Closures and repairs at the desk: listed, made, released."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, request, url_for
from werkzeug.wrappers import Response

from app.booking import board, closures, day
from app.booking.desk_forms import ClosureForm
from app.booking.dossier import note
from app.core import clock
from app.core.errors import Refused
from app.core.i18n import _, euros
from app.core.slots import Interval, at
from app.rates import group
from app.spaces.models import Space
from app.web import edge, navigation
from app.web.actor import actor
from app.web.policy import needs

pages = Blueprint("closing", __name__, url_prefix="/gestion/fermetures")


@pages.get("", endpoint="closures")
@needs("desk.see")
def listed() -> Response:
    """What is out of sale now and later."""
    spaces = day.of_venue()
    return navigation.page(
        "booking/desk_closures.html",
        "closures",
        rows=closures.listed(clock.now()),
        zone=spaces[0].site.zone if spaces else None,
        words=board.closed_words,
    )


def _fates(rooms: list[Space]) -> list[tuple[str, str]]:
    """Where a booking may go."""
    moves = [(str(room.id), _("Déplacer vers %(room)s", room=room.name)) for room in rooms]
    return [("", _("À choisir")), *moves, (closures.CANCELLED, _("Annuler et tout rendre"))]


def _page(form: ClosureForm, status: int = 200, **more: object) -> Response:
    context: dict[str, object] = {"fault": None, "standing": [], "rooms": {}, "zone": None}
    context |= more
    return navigation.page(
        "booking/desk_closure.html",
        "closures",
        status,
        form=form,
        typed=request.form,
        fate_choices=_fates,
        lost=_lost,
        **context,
    )


@pages.get("/nouvelle")
@needs("desk.book")
def ask() -> Response:
    """Which space, from when to when, why."""
    spaces = day.of_venue()
    today = clock.now().astimezone(spaces[0].site.zone).date() if spaces else None
    data = {
        "espace": request.args.get("espace", type=int),
        "genre": "repair",
        "jour": today,
        "jour_fin": today,
    }
    return _page(ClosureForm(None, spaces, data=data))


@pages.post("/nouvelle")
@needs("desk.book")
def close() -> Response:
    """Close it, or say who stands in the way and where each could go."""
    spaces = day.of_venue()
    form = ClosureForm(request.form, spaces)
    if not form.validate():
        return _page(form, 422)
    space = next(s for s in spaces if s.id == form.espace.data)
    zone = space.site.zone
    fates = {
        int(name.removeprefix("sort-")): value
        for name, value in request.form.items()
        if name.removeprefix("sort-").isdigit() and name.startswith("sort-")
    }
    minutes = [field.data.hour * 60 + field.data.minute for field in (form.heure, form.heure_fin)]

    lost: list[int] = []

    def work() -> int:
        start, end = at(form.jour.data, minutes[0], zone), at(form.jour_fin.data, minutes[1], zone)
        if end <= start:
            raise Refused(_("La fin vient après le début."))
        wish = closures.Wish(
            space, Interval(start, end), form.genre.data, form.raison.data.strip(), form.unites.data
        )
        displaced = group.displaced(space, wish.interval, wish.units, now=clock.now())
        lost.append(displaced.net_cents)
        made = closures.close(wish, fates, actor().account_id)
        note("space.closed", f"space:{space.id}", closure=made, reason=wish.reason)
        return made

    try:
        edge.act(work)
    except closures.InTheWay as error:
        space = next(s for s in day.of_venue() if s.id == form.espace.data)
        rooms = closures.rooms_for(error.uses, space)
        known = {"standing": error.uses, "rooms": rooms, "zone": zone, "lost_cents": lost[-1]}
        return _page(form, 409, fault=error.text, **known)
    except Refused as error:
        return _page(form, error.status, fault=error.text)
    navigation.say(" ".join(filter(None, (_("C’est fermé à la vente."), _lost(lost[-1])))))
    return redirect(url_for("closing.closures"))


def _lost(cents: int) -> str:
    """What the closure keeps from being sold, as the value tables know it; nothing for nothing."""
    if not cents:
        return ""
    return _("Ventes habituelles déplacées : environ %(price)s HT.", price=euros(cents))


@pages.post("/<int:closure_id>/reouverture")
@needs("desk.book")
def reopen(closure_id: int) -> Response:
    """Back on sale."""

    def work() -> None:
        if not closures.reopen(closure_id):
            abort(404)
        note("space.reopened", f"closure:{closure_id}")

    edge.act(work)
    navigation.say(_("C’est remis en vente."))
    return redirect(url_for("closing.closures"))
