"""What a venue decides about incidents."""

from __future__ import annotations

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from app.booking.dossier import note
from app.core.errors import Refused
from app.core.i18n import _
from app.incidents import promises, words
from app.tenants.resolve import of_tenant
from app.web import edge, navigation
from app.web.policy import needs

pages = Blueprint("incidents_settings", __name__, url_prefix="/gestion/reglages/incidents")


def _page(status: int = 200, fault: Refused | None = None) -> Response:
    kept = promises.policy()
    return navigation.page(
        "incidents/desk_settings.html",
        "settings",
        status,
        policy=kept,
        targets=promises.targets(kept),
        priorities=words.priorities(),
        sections=navigation.settings_tabs("incidents"),
        typed=request.form,
        fault=fault,
    )


@pages.get("")
@needs("settings.edit")
def edit() -> Response:
    """What holds now."""
    of_tenant()
    return _page()


@pages.post("")
@needs("settings.edit")
def save() -> Response:
    """Write it; incidents that are open keep their promises."""

    def work() -> None:
        promises.decide(request.form)
        note("incident.policy", f"tenant:{of_tenant().id}")

    try:
        edge.act(work)
    except Refused as error:
        return _page(error.status, error)
    navigation.say(_("Les réglages sont enregistrés."))
    return redirect(url_for("incidents_settings.edit"))
