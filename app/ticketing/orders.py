"""Orders of an event at the desk: the list, its table to take away, and one order with all that can
be done with it."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Any

from flask import Blueprint, abort, redirect, request, url_for
from sqlalchemy import or_, select
from werkzeug.wrappers import Response

from app.booking.dossier import note
from app.core import money
from app.core import words as plain_words
from app.core.db import db
from app.core.errors import Refused
from app.core.i18n import _, _n, euros
from app.core.mail import Mail
from app.events import read as events
from app.events.models import Event
from app.payments import refunds
from app.payments import rules as payments
from app.ticketing import finding, giving_back, handling, plain, read, typed, words
from app.ticketing.charging import SOURCE
from app.ticketing.models import Ticket, TicketCategory, TicketOrder
from app.web import edge, navigation
from app.web.actor import actor
from app.web.idempotency import replayable
from app.web.policy import needs
from app.web.tables import cell

pages = Blueprint(
    "ticketing_orders", __name__, url_prefix="/gestion/evenements/<int:event_id>/commandes"
)
MOST_ROWS = 100_000


def event_of(event_id: int) -> Event:
    """An event of this venue, or 404."""
    one = events.event(event_id)
    if one is None:
        abort(404)
    return one


# ── the list ──────────────────────────────────────────────────────────────────────────────────


@pages.get("")
@needs("events.see")
def listed(event_id: int) -> Response:
    """By word, state and way; everything is in the address."""
    event, asked = event_of(event_id), request.args
    number = max(1, asked.get("page", 1, type=int))
    rows, total = finding.page(event_id, asked, number)
    sort = asked.get("tri", "-date")
    kept: dict[str, Any] = {name: asked[name] for name in finding.FILTERS if asked.get(name)}

    def url(**more: Any) -> str:
        return url_for("ticketing_orders.listed", event_id=event_id, **(kept | more))

    return navigation.page(
        "ticketing/desk_orders.html",
        "events",
        event=event,
        zone=events.site(event).zone,
        rows=rows,
        total=total,
        filters=kept,
        sort=sort,
        order=lambda name: url(tri=name if sort == f"-{name}" else f"-{name}"),
        page_number=number,
        pages_count=max(1, -(-total // finding.PAGE)),
        url=lambda n: url(page=n, tri=sort),
        export=url_for("ticketing_orders.export", event_id=event_id, **kept),
        states=words.order_states(),
        kinds=words.ORDER_KINDS,
        ways=words.ways(),
        may_export=actor().can("people.export"),
        sells=read.sale(event_id) is not None,
    )


@pages.get("/export.csv")
@needs("people.export")
def export(event_id: int) -> Response:
    """The orders that the list was asked for, a row for each ticket."""
    event = event_of(event_id)
    zone, out = events.site(event).zone, io.StringIO()
    writer, ways, states = csv.writer(out), words.ways(), words.ticket_states()
    writer.writerow([
        _("Commande"), _("Date"), _("Nom"), _("E-mail"), _("Organisation"), _("Paiement"),
        _("Billet"), _("Titulaire"), _("E-mail du titulaire"), _("État"), _("Prix TTC"),
        _("TVA en %"), _("Remboursé"), _("Entré à"), _("Réponses"),
    ])  # fmt: skip
    mine = finding.wanted(event_id, request.args).with_only_columns(TicketOrder.id)
    rows = db.session.execute(
        select(TicketOrder, Ticket, TicketCategory)
        .join(Ticket, Ticket.order_id == TicketOrder.id)
        .join(TicketCategory, TicketCategory.id == Ticket.category_id)
        .where(TicketOrder.id.in_(mine), Ticket.state != "transferred")
        .order_by(TicketOrder.id, Ticket.id)
        .limit(MOST_ROWS)
    )
    for order, one, kind in rows:
        entered = one.checked_in_at
        said = "; ".join(f"{a['question']} {a['answer']}" for a in one.answers if a["answer"])
        writer.writerow([
            order.code, order.created_at.astimezone(zone).isoformat(timespec="seconds"),
            cell(order.name), cell(order.email), cell(order.organisation.get("name") or ""),
            ways[order.way], cell(words.category(kind)), cell(one.holder_name),
            cell(one.holder_email), states[one.state], f"{one.price_cents / 100:.2f}",
            f"{one.vat_bp / 100:g}", f"{one.refund_cents / 100:.2f}",
            entered.astimezone(zone).isoformat(timespec="seconds") if entered else "", cell(said),
        ])  # fmt: skip
    answer = Response(
        b"\xef\xbb\xbf" + out.getvalue().encode(), content_type="text/csv; charset=utf-8"
    )
    answer.headers["Content-Disposition"] = f'attachment; filename="billets-{event.slug}.csv"'
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


# ── one order ─────────────────────────────────────────────────────────────────────────────────


def _order(event_id: int, order_id: int) -> TicketOrder:
    """An order of this event of this venue, or 404."""
    event_of(event_id)
    found = db.session.scalars(
        select(TicketOrder).where(TicketOrder.id == order_id, TicketOrder.event_id == event_id)
    ).one_or_none()
    if found is None:
        abort(404)
    return found


def _letters(order: TicketOrder) -> list[Mail]:
    """What was written about it, newest first."""
    ids = [one.id for one in read.tickets(order.id)]
    about = [Mail.entity.startswith(f"tickets:{order.id}:", autoescape=True)]
    about += [Mail.entity.startswith(f"ticket:{id_}:", autoescape=True) for id_ in ids]
    for paid in payments.of_source(SOURCE, order.id):
        about += [Mail.entity == f"tickets:refund:{one.id}" for one in refunds.of_payment(paid.id)]
    return list(db.session.scalars(select(Mail).where(or_(*about)).order_by(Mail.id.desc())))


def _show(
    event_id: int, order_id: int, status: int = 200, fault: Refused | None = None
) -> Response:
    order, event = _order(event_id, order_id), event_of(event_id)
    rows = plain.tickets(order, event)
    paid = payments.of_source(SOURCE, order.id)
    held = order.held_until
    return navigation.page(
        "ticketing/desk_order.html",
        "events",
        status,
        event=event,
        order=order,
        zone=events.site(event).zone,
        rows=rows,
        good=[one for one in rows if one.state in read.STANDING],
        lines=plain.bought(order),
        vat=plain.vat(order),
        due=payments.due_on(SOURCE, order.id) if order.state != "held" else 0,
        payments=[(one, refunds.of_payment(one.id)) for one in paid],
        payment_states=words.payment_states(),
        letters=_letters(order),
        firm=str(order.organisation.get("name") or ""),
        states=words.order_states(),
        kinds=words.ORDER_KINDS,
        ways=words.ways(),
        until=held.astimezone(events.site(event).zone) if held else None,
        typed=request.form if fault else {},
        key=plain_words.token(),
        fault=fault,
        may_all=actor().can("refund.exception"),
        may_act=actor().can("desk.book"),
    )


@pages.get("/<int:order_id>")
@needs("events.see")
def order(event_id: int, order_id: int) -> Response:
    """What was taken, paid, given back and written; and what can be done."""
    return _show(event_id, order_id)


def _act(event_id: int, order_id: int, work: Callable[[TicketOrder], str]) -> Response:
    """Do it and say so; a refusal is said on the order's page, with what was typed."""
    _order(event_id, order_id)
    try:
        said = edge.act(lambda: work(_order(event_id, order_id)))
    except Refused as error:
        return _show(event_id, order_id, error.status, error)
    navigation.say(said)
    return redirect(url_for("ticketing_orders.order", event_id=event_id, order_id=order_id), 303)


def _numbers(name: str) -> list[int]:
    return [int(raw) for raw in request.form.getlist(name) if raw.isdecimal() and len(raw) < 19]


@pages.post("/<int:order_id>/retour")
@needs("desk.book")
def give_back(event_id: int, order_id: int) -> Response:
    """End some tickets: by the event's terms, or all of their price with a reason."""
    whole = request.form.get("combien") == "all"
    if whole and not actor().can("refund.exception"):
        abort(404)

    def work(found: TicketOrder) -> str:
        chosen, reason = _numbers("billets"), " ".join(request.form.get("raison", "").split())[:300]
        if not chosen:
            raise Refused(_("Choisissez au moins un billet."), field="billets")
        if whole and not reason:
            raise Refused(_("Dites pourquoi tout est remboursé."), field="raison")
        by = actor().account_id
        many, cents = handling.give_back(found.id, chosen, whole=whole, by=by)
        note("ticketing.given_back", f"ticket_order:{found.id}", tickets=many, cents=cents,
             reason=reason)  # fmt: skip
        said = _n("%(num)s billet est annulé.", "%(num)s billets sont annulés.", many)
        back = _("%(amount)s sont rendus.", amount=euros(cents))
        return f"{said} {back}" if cents else said

    return _act(event_id, order_id, work)


@pages.post("/<int:order_id>/cession")
@needs("desk.book")
def transfer(event_id: int, order_id: int) -> Response:
    """Hand a ticket to somebody else: a new code for them, the old one dead."""

    def work(found: TicketOrder) -> str:
        ticket = handling.ticket_of(found.id, _numbers("billet"))
        email = typed.address(request.form.get("email", ""), "email")
        made = giving_back.transfer(ticket.id, request.form.get("nom", ""), email, staff=True)
        note("ticketing.transferred", f"ticket_order:{found.id}", ticket=made.id)
        return _("Le billet est à %(name)s ; l’ancien ne vaut plus rien.", name=made.holder_name)

    return _act(event_id, order_id, work)


@pages.post("/<int:order_id>/titulaire")
@needs("desk.book")
def correct(event_id: int, order_id: int) -> Response:
    """Another spelling of a name, another address: the ticket and its code stay."""

    def work(found: TicketOrder) -> str:
        ticket = handling.ticket_of(found.id, _numbers("billet"))
        handling.correct(ticket, request.form.get("nom", ""), request.form.get("email", ""))
        note("ticketing.corrected", f"ticket_order:{found.id}", ticket=ticket.id)
        return _("Le nom est corrigé.")

    return _act(event_id, order_id, work)


def _sender() -> str:
    """Whose idempotency key it is."""
    return f"orders:{actor().account_id}"


@pages.post("/<int:order_id>/lettre")
@needs("desk.book")
@replayable(_sender)
def resend(event_id: int, order_id: int) -> Response:
    """The tickets once more, to whoever ordered, or to another address of theirs."""

    def work(found: TicketOrder) -> str:
        to = handling.resend(found.id, request.form.get("adresse", ""))
        note("ticketing.resent", f"ticket_order:{found.id}")
        return _("Les billets partent à %(to)s.", to=to)

    return _act(event_id, order_id, work)


@pages.post("/<int:order_id>/paiement")
@needs("desk.take_payment")
@replayable(_sender)
def take_money(event_id: int, order_id: int) -> Response:
    """What was still to be paid was paid here."""

    def work(found: TicketOrder) -> str:
        way, shown = request.form.get("moyen", ""), money.typed(request.form.get("montant", ""))
        cents = handling.take_money(found.id, way, shown, actor().account_id)
        note("ticketing.paid", f"ticket_order:{found.id}", way=way, cents=cents)
        return _("%(amount)s encaissés.", amount=euros(cents))

    return _act(event_id, order_id, work)
