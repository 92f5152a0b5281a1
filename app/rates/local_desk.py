"""The page of local dates: pasted, listed, taken away and put back."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from app.core import clock
from app.core.errors import Refused
from app.core.i18n import _, _n
from app.core.slots import local_day
from app.rates import found, local
from app.web import edge, navigation
from app.web.actor import actor
from app.web.policy import needs

pages = Blueprint("rates_local", __name__, url_prefix="/gestion/tarifs/dates")


def _page(status: int = 200, fault: Refused | None = None) -> Response:
    spaces = found.spaces()
    zone = spaces[0].site.zone if spaces else ZoneInfo("Europe/Paris")
    today, rows = local_day(clock.now(), zone), local.known()
    return navigation.page(
        "rates/desk_dates.html",
        "rates",
        status,
        coming=[one for one in reversed(rows) if one.last_day >= today],
        past=[one for one in rows if one.last_day < today],
        typed=request.form.get("lignes", ""),
        faults=fault.faults if isinstance(fault, local.Unreadable) else [],
        may_edit=actor().can("rates.edit"),
    )


@pages.get("")
@needs("rates.see")
def listed() -> Response:
    """What is noted, coming first."""
    return _page()


@pages.post("")
@needs("rates.edit")
def note() -> Response:
    """Keep what was pasted, all of it or nothing."""
    try:
        lines = local.read(request.form.get("lignes", ""))
    except local.Unreadable as error:
        return _page(422, error)
    edge.act(lambda: local.note(lines, actor().account_id))
    navigation.say(
        _n("%(num)s date notée.", "%(num)s dates notées.", len(lines))
        + " "
        + _("Les prix sont recalculés.")
    )
    return redirect(url_for("rates_local.listed"))


@pages.post("/<int:date_id>/retrait")
@needs("rates.edit")
def forget(date_id: int) -> Response:
    """Take a date away."""
    gone = edge.act(lambda: local.forget(date_id, actor().account_id))
    if gone is not None:
        navigation.say(_("Date retirée. Les prix sont recalculés."))
    return redirect(url_for("rates_local.listed"))
