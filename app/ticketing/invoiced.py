"""« Demander une facture » for a paid order of tickets, by its own link."""

from __future__ import annotations

from werkzeug.wrappers import Response

from app.core.i18n import _
from app.events import words as event_words
from app.invoicing import by_link
from app.invoicing.by_link import Sold
from app.ticketing import life
from app.ticketing.charging import SOURCE
from app.ticketing.life import pages
from app.ticketing.models import TicketOrder
from app.web.policy import PUBLIC, needs


def sold(order: TicketOrder) -> Sold:
    """An order as its invoice sees it."""
    title = event_words.title(life.event_of(order))
    return Sold(
        origin=(SOURCE, order.id),
        path=f"/billets/{order.token}",
        back_label=_("Revenir à mes billets"),
        subtitle=f"{title}, {order.code}",
        none_here=_(
            "Cette commande n’a pas de facture à demander ici : elle n’est pas entièrement réglée,"
            " ou elle est déjà comprise dans une facture du lieu."
        ),
        is_confirmed=order.state == "confirmed",
        person_id=order.person_id,
        company_id=order.company_id,
    )


def offer(order: TicketOrder) -> str:
    """What an order says of its invoice: `ready`, `ask`, or nothing at all."""
    if order.state not in ("confirmed", "cancelled") or not order.price_cents:
        return ""
    return by_link.offer(sold(order))


@pages.get("/billets/<token>/facture")
@needs(PUBLIC)
def invoice(token: str) -> Response:
    """Ready, under way, or to whom it shall be made out."""
    return by_link.page(sold(life.order_of(token)))


@pages.post("/billets/<token>/facture")
@needs(PUBLIC)
def ask_invoice(token: str) -> Response:
    """Made out as typed."""
    return by_link.ask(sold(life.order_of(token)))


@pages.get("/billets/<token>/facture.<any(pdf, xml):suffix>")
@needs(PUBLIC)
def invoice_file(token: str, suffix: str) -> Response:
    """Its bytes."""
    return by_link.file(sold(life.order_of(token)), suffix)
