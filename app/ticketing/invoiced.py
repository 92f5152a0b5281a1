"""« Demander une facture » for a paid order of tickets, by its own link."""

from __future__ import annotations

from flask import abort, redirect, request, url_for
from werkzeug.wrappers import Response

from app.core import audit
from app.core.errors import Refused
from app.core.i18n import _, lang
from app.events import words as event_words
from app.invoicing import drafts, faults, files, on_request
from app.invoicing.on_request import Standing
from app.invoicing.parts import Party
from app.payments import rules as payments
from app.tenants.resolve import of_tenant
from app.ticketing import life
from app.ticketing.charging import SOURCE
from app.ticketing.life import pages
from app.ticketing.models import TicketOrder
from app.web import edge, render
from app.web.actor import actor
from app.web.policy import PUBLIC, needs


def _is_paid(order: TicketOrder) -> bool:
    """Whether nothing is owed for it any more."""
    return order.state == "confirmed" and payments.due_on(SOURCE, order.id) <= 0


def offer(order: TicketOrder) -> str:
    """What an order says of its invoice: `ready`, `ask`, or nothing at all."""
    if order.state not in ("confirmed", "cancelled") or not order.price_cents:
        return ""
    stands = on_request.standing(SOURCE, order.id)
    if stands.document is not None:
        return "" if order.company_id else "ready"
    if stands.is_under_way:
        return "ask"
    return "ask" if _is_paid(order) and on_request.may_ask(of_tenant(), stands) else ""


def _is_theirs(order: TicketOrder) -> bool:
    """Whether who looks is the very person who ordered, signed in: a link proves nobody."""
    return order.person_id is not None and actor().person_id == order.person_id


def _known(order: TicketOrder, stands: Standing) -> Party:
    """To whom it would be made out: as this draft or this order says, or, for who is signed in, as
    they said last time."""
    if stands.draft is not None:
        return stands.draft.paper.buyer
    newest = stands.charges[-1]
    if _is_theirs(order):
        return drafts.buyer_of(newest.customer, newest.party)
    return newest.party


def _page(order: TicketOrder, status: int = 200, fault: Refused | None = None) -> Response:
    stands = on_request.standing(SOURCE, order.id)
    if order.company_id is not None or not stands.charges:
        abort(404)
    broken = faults.rows(stands.draft.faults) if stands.draft is not None else []
    title = event_words.title(life.event_of(order))
    return render.page(
        "booking/invoice.html",
        status,
        path=f"/billets/{order.token}",
        back_label=_("Revenir à mes billets"),
        subtitle=f"{title}, {order.code}",
        gross_cents=sum(one.gross_cents for one in stands.charges),
        receipt="",
        none_here=_(
            "Cette commande n’a pas de facture à demander ici : elle n’est pas entièrement réglée,"
            " ou elle est déjà comprise dans une facture du lieu."
        ),
        stands=stands,
        known=_known(order, stands),
        may_ask=_is_paid(order) and on_request.may_ask(of_tenant(), stands),
        typed=request.form,
        fault=fault,
        broken=[] if stands.is_under_way else broken,
    )


@pages.get("/billets/<token>/facture")
@needs(PUBLIC)
def invoice(token: str) -> Response:
    """Ready, under way, or to whom it shall be made out."""
    return _page(life.order_of(token))


@pages.post("/billets/<token>/facture")
@needs(PUBLIC)
def ask_invoice(token: str) -> Response:
    """Hand it to the worker, made out as typed; asked twice it is one invoice."""
    order = life.order_of(token)
    form = request.form.to_dict()

    def work() -> None:
        stands = on_request.standing(SOURCE, order.id)
        if not _is_paid(order) or not stands.charges:
            raise on_request.not_here()
        newest = stands.charges[-1]
        buyer = on_request.buyer(newest.party, form)
        made = on_request.ask(of_tenant(), (SOURCE, order.id), buyer, lang(), actor().account_id)
        audit.note("document.asked", f"draft:{made.id}", actor_id=actor().account_id)
        if _is_theirs(order):
            drafts.remember(newest.customer, buyer, lang())

    try:
        edge.act(work)
    except Refused as refusal:
        return _page(life.order_of(token), refusal.status, refusal)
    return redirect(url_for("ticketing_life.invoice", token=token), 303)


@pages.get("/billets/<token>/facture.<any(pdf, xml):suffix>")
@needs(PUBLIC)
def invoice_file(token: str, suffix: str) -> Response:
    """The bytes that were issued for this order alone; a month's invoice is not a link's."""
    order = life.order_of(token)
    document = on_request.standing(SOURCE, order.id).document
    if document is None or not on_request.is_alone(document, SOURCE, order.id):
        abort(404)
    return files.sent(document, suffix)
