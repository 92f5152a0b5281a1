"""« Demander une facture » for a paid booking, by its own link."""

from __future__ import annotations

from flask import Blueprint
from werkzeug.wrappers import Response

from app.booking import checkout
from app.booking.models import Booking
from app.core.i18n import _
from app.invoicing import by_link
from app.invoicing.by_link import Sold
from app.web.policy import PUBLIC, needs

pages = Blueprint("invoiced", __name__)


def sold(booking: Booking) -> Sold:
    """A booking as its invoice sees it."""
    path = f"/b/{booking.token}"
    return Sold(
        origin=("booking", booking.id),
        path=path,
        back_label=_("Revenir à ma réservation"),
        subtitle=f"{booking.space.name}, {booking.code}",
        none_here=_(
            "Cette réservation n’a pas de facture à demander ici : elle n’est pas entièrement"
            " réglée, ou elle est déjà comprise dans une facture du lieu."
        ),
        is_confirmed=booking.state == "confirmed",
        person_id=booking.person_id,
        company_id=booking.company_id,
        receipt=f"{path}/recu.pdf",
    )


@pages.get("/b/<token>/facture")
@needs(PUBLIC)
def show(token: str) -> Response:
    """Ready, under way, or to whom it shall be made out."""
    return by_link.page(sold(checkout.of_link(token)))


@pages.post("/b/<token>/facture")
@needs(PUBLIC)
def ask(token: str) -> Response:
    """Made out as typed."""
    return by_link.ask(sold(checkout.of_link(token)))


@pages.get("/b/<token>/facture.<any(pdf, xml):suffix>")
@needs(PUBLIC)
def file(token: str, suffix: str) -> Response:
    """Its bytes."""
    return by_link.file(sold(checkout.of_link(token)), suffix)
