"""Prepare the price of a group: what its block of time displaces, before anybody promises it."""

from __future__ import annotations

import datetime as dt

from flask import Blueprint, request
from werkzeug.wrappers import Response

from app.core import clock
from app.core.errors import Refused
from app.core.i18n import _
from app.core.slots import Interval, at, read_day, read_time
from app.rates import found, group
from app.rates.group import Displaced
from app.spaces.models import Space
from app.web import navigation
from app.web.policy import needs

pages = Blueprint("rates_group", __name__, url_prefix="/gestion/tarifs/groupe")


@pages.get("")
@needs("rates.see")
def offer() -> Response:
    """Which space, when, how many; and what that displaces. Everything is in the address."""
    spaces = found.spaces()
    if not spaces:
        return navigation.page("rates/desk_none.html", "rates")
    wanted = request.args.get("espace", type=int)
    space = found.space(wanted) if wanted is not None else spaces[0]
    fault, displaced = None, None
    if "jour" in request.args:
        try:
            displaced = _displaced(space)
        except Refused as error:
            fault = error
    today = clock.now().astimezone(space.site.zone).date()
    return navigation.page(
        "rates/desk_group.html",
        "rates",
        422 if fault else 200,
        space=space,
        spaces=[(s.id, s.name) for s in spaces],
        asked=request.args,
        today=today,
        fault=fault,
        displaced=displaced,
    )


def _displaced(space: Space) -> Displaced:
    """What the block of the address displaces; refuses times that are none."""
    first = _moment(space, "jour", "de")
    last = _moment(space, "jour-fin" if request.args.get("jour-fin") else "jour", "a")
    if last <= first:
        raise Refused(_("La fin vient après le début."), field="a")
    units = request.args.get("unites", type=int)
    if units is not None and not 1 <= units <= 500:
        raise Refused(_("Indiquez un nombre entier."), field="unites")
    return group.displaced(space, Interval(first, last), units, now=clock.now())


def _moment(space: Space, day: str, hour: str) -> dt.datetime:
    date, time = read_day(request.args.get(day)), read_time(request.args.get(hour))
    if date is None or time is None:
        raise Refused(_("Indiquez un jour et une heure."), field=hour)
    return at(date, time.hour * 60 + time.minute, space.site.zone)
