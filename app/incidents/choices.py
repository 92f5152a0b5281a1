"""The page on which whoever booked chooses. The link is the key; nothing happens by opening it."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, request, url_for
from werkzeug.wrappers import Response

from app.accounts import limits
from app.core import clock
from app.core.errors import Refused
from app.core.i18n import _
from app.incidents import choosing, moving, offers, words
from app.incidents.models import OutageOffer
from app.tenants.resolve import of_tenant
from app.web import edge, render
from app.web.policy import PUBLIC, needs

pages = Blueprint("incident_choice", __name__, url_prefix="/choix")
MOST = 20  # tries in a quarter of an hour, by link


def _offer(token: str) -> OutageOffer:
    of_tenant()
    row = offers.by_token(token)
    if row is None:
        abort(404)
    return row


def _page(token: str, status: int = 200, fault: Refused | None = None) -> Response:
    row = _offer(token)
    booking = choosing.booking_of(row)
    one = choosing.incident_of(row)
    is_open = row.answered_at is None and row.ends_at > clock.now()
    found = choosing.proposal(row) if is_open else None
    spaces = choosing.ordered(row, found) if found else []
    chosen = request.form.get("choix", f"{moving.SPACE}{spaces[0].id}" if spaces else "refund")
    return render.page(
        "incidents/choice.html",
        status,
        row=row,
        booking=booking,
        category=words.categories()[one.category],
        spaces=spaces,
        asks=found is not None,
        ended=row.answered_at is None and not is_open,
        default=choosing.by_default(row),
        chosen=chosen,
        zone=booking.space.site.zone,
        fault=fault,
    )


@pages.get("/<choice>")
@needs(PUBLIC)
def show(choice: str) -> Response:
    """What they may choose, until when, and what happens otherwise."""
    return _page(choice)


@pages.post("/<choice>")
@needs(PUBLIC)
def choose(choice: str) -> Response:
    """Their choice, done at once."""
    offer_id = _offer(choice).id
    if not limits.allow(f"choice:{offer_id}", MOST):
        words_ = _("Trop de messages en peu de temps : réessayez dans un quart d’heure.")
        raise limits.TooMany(words_)
    try:
        edge.act(lambda: choosing.choose(offer_id, request.form.get("choix", "")))
    except Refused as error:
        return _page(choice, error.status, error)
    return redirect(url_for("incident_choice.show", choice=choice), 303)
