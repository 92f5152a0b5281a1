"""The visitor's way to a room: the grid of prices, and the hold that keeps one."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Flask, current_app, g, redirect, request, url_for
from werkzeug.wrappers import Response

from app.accounts import limits
from app.booking import (
    checkout,
    giving_up,
    home,
    invoiced,
    leaving,
    mine,
    mydata,
    offers,
    pwa,
    sample,
    search,
    second,
    ticket,
    visitor,
)
from app.booking.hold import Terms, hold
from app.core.errors import Taken
from app.core.i18n import _
from app.rates import rules as rates
from app.tenants.resolve import of_tenant
from app.web import edge, render
from app.web.actor import actor
from app.web.policy import PUBLIC, needs

pages = Blueprint("booking", __name__)
MOST_HOLDS = 60  # in a quarter of an hour, from one network address
blueprints = (
    pages,
    home.pages,
    checkout.pages,
    ticket.pages,
    giving_up.pages,
    invoiced.pages,
    mine.pages,
    mydata.pages,
    leaving.pages,
    pwa.pages,
    sample.pages,
)


@pages.get("/reserver")
@needs(PUBLIC)
def prices() -> Response:
    """The page of prices; htmx asks for the chosen room alone."""
    of_tenant()
    who = visitor.visitor()

    def work() -> offers.Page:
        spaces = search.offered(visitor.audiences(who))
        return offers.look(search.read(request.args, spaces), spaces, who)

    try:
        page = edge.act(work)
    except search.NothingHere:
        return render.page("booking/nothing.html")
    name = "booking/search.html"
    if render.is_fragment() and request.headers.get("HX-Target") == "choix":
        name = "booking/_choice.html"
    answer = render.page(name, page=page)
    answer.headers["Vary"] = "HX-Request, HX-Target"
    return answer


@pages.post("/commande")
@needs(PUBLIC)
def order() -> Response:
    """Hold what was quoted, and go and pay it. The same click twice holds one room.

    A hold costs nothing, so one address may not hold a whole venue over and over.
    """
    tenant = of_tenant()
    if not limits.allow(f"hold:{tenant.id}:{request.remote_addr}", MOST_HOLDS):
        raise limits.TooMany(_("Trop d’options posées : patientez un quart d’heure, ou appelez."))
    token = request.form.get("devis", "")
    terms = Terms(hold_minutes=tenant.hold_minutes, person_id=actor().person_id)
    try:
        held = edge.act(lambda: hold(rates.live(token), terms).token)
    except rates.QuoteGone as gone:
        return second.again(str(gone.detail.get("quote", "")))
    except Taken as taken:
        return second.lost(token, taken.text)
    return redirect(url_for("checkout.show", token=held), 303)


def shell() -> dict[str, Any]:
    """Links of the public pages, which staff and network pages replace by their own."""
    if g.get("tenant") is None:
        return {}
    links = [
        (_("Réserver"), "/reserver"),
        (_("Le lieu"), "/"),
        (_("Tarifs"), "/tarifs"),
    ]
    if "agenda.show" in current_app.view_functions:
        links.insert(2, (_("Agenda"), "/agenda"))
    if "requests.ask_form" in current_app.view_functions:
        links.append((_("Demander un devis"), "/demande"))
    return {
        "nav": [{"label": n, "url": u, "current": request.path == u} for n, u in links],
        "legal": [(_("Mentions légales"), "/mentions"), (_("Accessibilité"), "/accessibilite")],
    }


def install(app: Flask) -> None:
    """Words and links that every public page shows; the cookie of the demand log."""
    app.context_processor(shell)
    visitor.install(app)
