"""A guest without an account asks to be forgotten, from the page of an order of tickets."""

from __future__ import annotations

from flask import abort
from werkzeug.wrappers import Response

from app.core.i18n import _
from app.members import guests
from app.members import rules as members
from app.members.models import Person
from app.ticketing import life
from app.ticketing.life import pages
from app.web.policy import PUBLIC, needs


def _guest(token: str) -> Person:
    """Whoever ordered, while the venue knows them."""
    order = life.order_of(token)
    guest = members.person(order.person_id) if order.person_id else None
    if guest is None:
        abort(404)
    return guest


@pages.get("/billets/<token>/mes-donnees")
@needs(PUBLIC)
def guest_data(token: str) -> Response:
    """From the page of an order."""
    return guests.page(_guest(token), f"/billets/{token}", _("Revenir à mes billets"))


@pages.post("/billets/<token>/mes-donnees")
@needs(PUBLIC)
def ask_to_forget(token: str) -> Response:
    """The letter goes to the address of the order."""
    return guests.write(_guest(token), f"/billets/{token}")
