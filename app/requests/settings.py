"""What a venue decides about requests for space."""

from __future__ import annotations

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from app.booking.dossier import note
from app.core.errors import Refused
from app.core.i18n import _
from app.requests import words
from app.requests.policy import decide, policy
from app.tenants.resolve import of_tenant
from app.web import edge, navigation
from app.web.policy import needs

pages = Blueprint("requests_settings", __name__, url_prefix="/gestion/reglages/demandes")


def _page(status: int = 200, fault: Refused | None = None) -> Response:
    kept = policy()
    return navigation.page(
        "requests/desk_settings.html",
        "settings",
        status,
        kept=kept,
        rule=words.rule(kept),
        sections=navigation.settings_tabs("requests"),
        typed=request.form,
        fault=fault,
        field=fault.detail.get("field", "surplus") if fault else "",
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
    """Write it."""

    def work() -> None:
        decide(request.form)
        note("request.policy", f"tenant:{of_tenant().id}")

    try:
        edge.act(work)
    except Refused as error:
        return _page(error.status, error)
    navigation.say(_("Les réglages sont enregistrés."))
    return redirect(url_for("requests_settings.edit"))
