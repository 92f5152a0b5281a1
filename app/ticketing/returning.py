"""Tickets given back or handed on, by whoever holds the order's link: what it means first, then the
last click."""

from __future__ import annotations

from collections.abc import Sequence

from flask import abort, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from app.accounts.addresses import mail_address
from app.core import words
from app.core.errors import Refused
from app.core.i18n import _
from app.ticketing import giving_back, life, plain, read
from app.ticketing.life import pages
from app.ticketing.models import TicketOrder
from app.ticketing.plain import Seen
from app.web import edge, render
from app.web.actor import actor
from app.web.policy import PUBLIC, needs

HANDED = 20  # of one address of the network in a quarter of an hour: a group hands on many


def _to_order(order: TicketOrder) -> Response:
    return redirect(url_for("ticketing_life.order", token=order.token), 303)


def _good(order: TicketOrder) -> list[Seen]:
    """Tickets of the order that may still be given back or handed on."""
    if order.state != "confirmed":
        return []
    return [one for one in plain.tickets(order, life.event_of(order)) if one.is_good]


# ── given back ────────────────────────────────────────────────────────────────────────────────


def _back_page(
    order: TicketOrder, good: Sequence[Seen], chosen: Sequence[Seen], status: int = 200,
    said: str = "",
) -> Response:  # fmt: skip
    event = life.event_of(order)
    return render.page(
        "ticketing/give_back.html",
        status,
        order=order,
        what=plain.happening(event),
        good=good,
        chosen=chosen,
        worth=plain.back(order, chosen),
        terms=plain.terms(order, event, good),
        said=said,
    )


def _chosen(good: Sequence[Seen], wanted: Sequence[str]) -> list[Seen]:
    return [one for one in good if str(one.id) in wanted]


@pages.get("/billets/<token>/annulation")
@needs(PUBLIC)
def ask_back(token: str) -> Response:
    """Which tickets, then how much comes back for them, before the last click."""
    order = life.order_of(token)
    good = _good(order)
    if not good or plain.happening(life.event_of(order)).has_begun:
        return _to_order(order)  # it says why
    wanted = request.args.getlist("billet")
    chosen = good if len(good) == 1 else _chosen(good, wanted)
    if not chosen and "choix" in request.args:
        return _back_page(order, good, [], 422, _("Choisissez au moins un billet."))
    return _back_page(order, good, chosen)


@pages.post("/billets/<token>/annulation")
@needs(PUBLIC)
def give_back(token: str) -> Response:
    """Give them back at the amount that was shown; clicked twice, they are given back once."""
    order = life.order_of(token)
    wanted, shown = request.form.getlist("billet"), request.form.get("promis", "")
    ids = [int(one) for one in wanted if one.isdecimal() and len(one) < 19]
    promised = int(shown) if shown.isdecimal() and len(shown) < 10 else None
    order_id = order.id
    try:
        edge.act(
            lambda: giving_back.give_back(
                order_id, ids, account_id=actor().account_id, promised=promised
            )
        )
    except Refused as refusal:
        order = life.order_of(token)
        good = _good(order)
        return _back_page(order, good, _chosen(good, wanted), refusal.status, refusal.text)
    flash(_("C’est annulé. La confirmation part par e-mail."), "ok")
    return redirect(url_for("ticketing_life.order", token=token), 303)


# ── handed on ─────────────────────────────────────────────────────────────────────────────────


def _ticket(order: TicketOrder, ticket_id: int) -> Seen:
    """A ticket of this order and no other."""
    found = plain.tickets(order, life.event_of(order), all_of_them=True)
    one = next((one for one in found if one.id == ticket_id), None)
    if one is None:
        abort(404)
    return one


def _hand_page(
    order: TicketOrder, one: Seen, status: int = 200, fault: Refused | None = None,
    sure: tuple[str, str] | None = None,
) -> Response:  # fmt: skip
    return render.page(
        "ticketing/hand_on.html",
        status,
        order=order,
        one=one,
        what=plain.happening(life.event_of(order)),
        typed=request.form,
        fault=fault,
        sure=sure,
    )


@pages.get("/billets/<token>/cession/<int:ticket_id>")
@needs(PUBLIC)
def ask_to_hand(token: str, ticket_id: int) -> Response:
    """To whom?"""
    order = life.order_of(token)
    one = _ticket(order, ticket_id)
    if not one.is_good or plain.happening(life.event_of(order)).is_over:
        return _to_order(order)
    return _hand_page(order, one)


def _whom() -> tuple[str, str]:
    """Name and address as they were typed. Refuses either when it is missing: without an address
    the new ticket would reach nobody."""
    name = words.one_line(request.form.get("nom", ""), giving_back.NAME)
    if not name:
        raise Refused(_("Indiquez un nom."), field="nom")
    try:
        return name, mail_address(request.form.get("email", ""))
    except Refused as wrong:
        raise Refused(wrong.text, field="email") from None


def _refuse_stranger(order: TicketOrder, ticket_id: int, email: str) -> None:
    """Say at once who may not have this ticket, so often and no more: who is a member is nobody
    else's business."""
    one = next(one for one in read.tickets(order.id) if one.id == ticket_id)
    kind = read.category(one.category_id, order.event_id)
    if kind is None or kind.buyers == "everybody":
        return
    life.allow("ticket-reserved", most=HANDED)
    if why := giving_back.not_for(kind, life.event_of(order), email):
        raise Refused(why, field="email")


@pages.post("/billets/<token>/cession/<int:ticket_id>")
@needs(PUBLIC)
def hand_on(token: str, ticket_id: int) -> Response:
    """First what was typed, to be read once more; then, surely, a new code for them."""
    order = life.order_of(token)
    one = _ticket(order, ticket_id)
    try:
        if "corriger" in request.form:
            return _hand_page(order, one)
        name, email = _whom()
        if "sur" not in request.form:
            if not one.is_good:
                return _to_order(order)
            _refuse_stranger(order, ticket_id, email)
            return _hand_page(order, one, sure=(name, email))
        life.allow("ticket-handed", most=HANDED)
        edge.act(lambda: giving_back.transfer(ticket_id, name, email))
    except Refused as refusal:
        order = life.order_of(token)
        return _hand_page(order, _ticket(order, ticket_id), refusal.status, refusal)
    flash(_("Le billet est à %(name)s : son lien part à %(email)s.", name=name, email=email), "ok")
    return redirect(url_for("ticketing_life.order", token=token), 303)
