"""Settings of a venue: names, rules, legal person."""

from __future__ import annotations

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from app.core import audit
from app.core.i18n import _
from app.tenants.forms import SettingsForm
from app.tenants.resolve import of_tenant
from app.tenants.settings import change, refund_rule
from app.web import edge, navigation, render
from app.web.actor import actor
from app.web.policy import needs

pages = Blueprint("tenants_desk", __name__, url_prefix="/gestion/reglages")
blueprints = (pages,)


def _page(form: SettingsForm, status: int = 200) -> Response:
    hours, percent = form.free_cancel_hours.data or 0, form.late_refund_percent.data or 0
    return navigation.page(
        "tenants/desk_settings.html",
        "settings",
        status,
        form=form,
        rule=refund_rule(hours, percent, today=bool(form.refund_today.data)),
        sections=navigation.settings_tabs("venue"),
    )


@pages.get("")
@needs("settings.edit")
def settings() -> Response:
    """What is decided now."""
    return _page(SettingsForm(None, of_tenant()))


@pages.get("/regle")
@needs("settings.edit")
def rule() -> Response:
    """The refund policy as the public will read it, while it is typed."""
    hours = min(720, max(0, request.args.get("free_cancel_hours", 0, type=int)))
    percent = min(100, max(0, request.args.get("late_refund_percent", 0, type=int)))
    said = refund_rule(hours, percent, today="refund_today" in request.args)
    return render.page("tenants/_desk_rule.html", rule=said)


@pages.post("")
@needs("settings.edit")
def save() -> Response:
    """Write it; prices said before keep their rules."""
    form = SettingsForm(request.form, of_tenant())
    if not form.validate():
        return _page(form, 422)

    def work() -> None:
        tenant = of_tenant()
        if changed := change(tenant, form.facts()):
            audit.note(
                "settings.changed", f"tenant:{tenant.id}", actor_id=actor().account_id, what=changed
            )

    edge.act(work)
    navigation.say(_("Les réglages sont enregistrés."))
    return redirect(url_for("tenants_desk.settings"))
