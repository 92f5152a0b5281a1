"""« Demander une facture »: for a paid booking, by its own link, issued while one waits."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, request, url_for
from werkzeug.wrappers import Response

from app.booking import checkout
from app.booking.models import Booking
from app.core import audit
from app.core.errors import Refused
from app.core.i18n import _, lang
from app.invoicing import drafts, faults, files, on_request
from app.invoicing.on_request import Standing
from app.invoicing.parts import Party
from app.payments import rules as payments
from app.tenants.resolve import of_tenant
from app.web import edge, render
from app.web.actor import actor
from app.web.policy import PUBLIC, needs

pages = Blueprint("invoiced", __name__)
SOURCE = "booking"


def is_paid(booking: Booking) -> bool:
    """Whether nothing is owed for it any more."""
    return booking.state == "confirmed" and payments.due_on(SOURCE, booking.id) <= 0


def offer(booking: Booking) -> str:
    """What a ticket says of its invoice: `ready`, `ask`, or nothing at all."""
    stands = on_request.standing(SOURCE, booking.id)
    if stands.document is not None:
        return "" if booking.company_id else "ready"
    if stands.is_under_way:
        return "ask"
    return "ask" if is_paid(booking) and on_request.may_ask(of_tenant(), stands) else ""


def _is_theirs(booking: Booking) -> bool:
    """Whether who looks is the very person who booked, signed in: a link alone proves nobody."""
    return booking.person_id is not None and actor().person_id == booking.person_id


def _known(booking: Booking, stands: Standing) -> Party:
    """To whom it would be made out: as this draft or this booking says, or, for who is signed in,
    as they said last time."""
    if stands.draft is not None:
        return stands.draft.paper.buyer
    newest = stands.charges[-1]
    if _is_theirs(booking):
        return drafts.buyer_of(newest.customer, newest.party)
    return newest.party


def _page(booking: Booking, status: int = 200, fault: Refused | None = None) -> Response:
    stands = on_request.standing(SOURCE, booking.id)
    broken = faults.rows(stands.draft.faults) if stands.draft is not None else []
    if booking.company_id is not None or not stands.charges:
        abort(404)
    return render.page(
        "booking/invoice.html",
        status,
        path=(path := f"/b/{booking.token}"),
        back_label=_("Revenir à ma réservation"),
        subtitle=f"{booking.space.name}, {booking.code}",
        gross_cents=booking.price_cents,
        receipt=f"{path}/recu.pdf",
        none_here=_(
            "Cette réservation n’a pas de facture à demander ici : elle n’est pas entièrement"
            " réglée, ou elle est déjà comprise dans une facture du lieu."
        ),
        stands=stands,
        known=_known(booking, stands),
        may_ask=is_paid(booking) and on_request.may_ask(of_tenant(), stands),
        typed=request.form,
        fault=fault,
        broken=[] if stands.is_under_way else broken,
    )


@pages.get("/b/<token>/facture")
@needs(PUBLIC)
def show(token: str) -> Response:
    """Ready, under way, or to whom it shall be made out."""
    return _page(checkout.of_link(token))


@pages.post("/b/<token>/facture")
@needs(PUBLIC)
def ask(token: str) -> Response:
    """Hand it to the worker, made out as typed; asked twice it is one invoice."""
    booking = checkout.of_link(token)
    form = request.form.to_dict()

    def work() -> None:
        stands = on_request.standing(SOURCE, booking.id)
        if not is_paid(booking) or not stands.charges:
            raise on_request.not_here()
        buyer = on_request.buyer(stands.charges[-1].party, form)
        made = on_request.ask(of_tenant(), (SOURCE, booking.id), buyer, lang(), actor().account_id)
        audit.note("document.asked", f"draft:{made.id}", actor_id=actor().account_id)
        if _is_theirs(booking):
            drafts.remember(stands.charges[-1].customer, buyer, lang())

    try:
        edge.act(work)
    except Refused as refusal:
        return _page(checkout.of_link(token), refusal.status, refusal)
    return redirect(url_for("invoiced.show", token=token), 303)


@pages.get("/b/<token>/facture.<any(pdf, xml):suffix>")
@needs(PUBLIC)
def file(token: str, suffix: str) -> Response:
    """The bytes that were issued for this booking alone; a month's invoice is not a link's."""
    booking = checkout.of_link(token)
    document = on_request.standing(SOURCE, booking.id).document
    if document is None or not on_request.is_alone(document, SOURCE, booking.id):
        abort(404)
    return files.sent(document, suffix)
