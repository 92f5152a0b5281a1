"""A guest without an account asks to be forgotten, from the page of a booking."""

from __future__ import annotations

from flask import Blueprint, abort
from werkzeug.wrappers import Response

from app.booking import checkout
from app.booking.models import Booking
from app.core.i18n import _
from app.members import guests
from app.members.models import Person
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
    """From the page of a booking."""
    booking, guest = _guest(token)
    return guests.page(guest, f"/b/{booking.token}", _("Revenir à ma réservation"))


@pages.post("/b/<token>/mes-donnees")
@needs(PUBLIC)
def ask(token: str) -> Response:
    """The letter goes to the address of the booking."""
    booking, guest = _guest(token)
    return guests.write(guest, f"/b/{booking.token}")
