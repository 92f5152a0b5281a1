"""A guest without an account asks to be forgotten, from the page of a booking. Only the mailbox of
that booking can confirm: whoever was passed the link cannot."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, url_for
from werkzeug.wrappers import Response

from app.accounts import limits
from app.booking import checkout
from app.booking.models import Booking
from app.core import outbox
from app.core.i18n import _
from app.members import erasing
from app.members.models import Person
from app.tenants.resolve import of_tenant
from app.web import edge, render
from app.web.policy import PUBLIC, needs

pages = Blueprint("guest_data", __name__)


def _guest(token: str) -> tuple[Booking, Person]:
    booking = checkout.of_link(token)
    if booking.person is None:
        abort(404)
    return booking, booking.person


@pages.get("/b/<token>/mes-donnees")
@needs(PUBLIC)
def show(token: str) -> Response:
    """What goes, what stays, what has to end first."""
    booking, guest = _guest(token)
    if guest.account_id is not None:
        return redirect("/moi/reglages/suppression", 303)
    return render.page(
        "booking/guest_data.html",
        back_url=f"/b/{booking.token}",
        back_label=_("Revenir à ma réservation"),
        email=guest.email,
        where=_("Ce que %(venue)s sait de vous.", venue=of_tenant().name),
        found=edge.act(lambda: erasing.in_the_way_of(guest.id)),
        waiting=erasing.waiting_of_person(guest.id),
    )


@pages.post("/b/<token>/mes-donnees")
@needs(PUBLIC)
def ask(token: str) -> Response:
    """A letter to the address of the booking; nothing happens before its link is opened."""
    _booking, guest = _guest(token)
    if guest.account_id is not None:
        abort(404)
    if not limits.allow(f"guest-erasure:{guest.id}", 3):
        raise limits.TooMany(_("Trop de demandes : patientez un quart d’heure."))
    person_id, email = guest.id, guest.email

    def work() -> None:
        one, _secret = erasing.ask("guest", person_id=person_id)
        outbox.defer(erasing.LETTER, erasure_id=one.id, lane="mail")

    edge.act(work)
    flash(_("Le lien part à %(email)s. Il vaut 24 heures.", email=email), "ok")
    return redirect(url_for("guest_data.show", token=token), 303)
