"""A booking behind its secret link: what the mail says, without signing in."""

from __future__ import annotations

import datetime as dt
import io
from dataclasses import dataclass, replace

import segno
from flask import Blueprint, abort, flash, g, redirect, request, url_for
from werkzeug.wrappers import Response

from app.booking import (
    cancel,
    checkout,
    ics,
    invoiced,
    move,
    offers,
    read,
    receipt,
    search,
    visitor,
    withdrawal,
    words,
)
from app.booking.cancel import Actor
from app.booking.models import Booking
from app.core import clock
from app.core.errors import Refused, Taken
from app.core.i18n import _, day_name
from app.core.slots import Interval
from app.invoicing import by_link
from app.payments import rules as payments
from app.payments import till
from app.payments.leading import Asking
from app.rates import rules as rates
from app.spaces import plans
from app.tenants.resolve import of_tenant, public_url
from app.web import edge, render
from app.web.actor import actor
from app.web.policy import PUBLIC, needs

pages = Blueprint("ticket", __name__)


@dataclass(frozen=True)
class Ticket:
    """A booking as its page, its mail and its papers say it."""

    token: str
    code: str
    state: str
    name: str
    floor: str
    address: str
    site: str
    access: str
    day: str
    day_short: str
    span: str
    people: str
    door_code: str | None
    door_hours: str
    lines: list[tuple[str, int]]
    price_cents: int
    vat: str | None
    due_cents: int
    refunds: list[tuple[str, str]]
    is_over: bool
    may_change: bool


def ticket_of(booking: Booking) -> Ticket:
    """Read a booking once, as plain words."""
    space, site = booking.space, booking.space.site
    zone, now = site.zone, clock.now()
    day = booking.starts_at.astimezone(zone).date()
    early, late = booking.starts_at - words.EARLY_DOOR, booking.ends_at + words.EARLY_DOOR
    confirmed = booking.state == "confirmed"
    return Ticket(
        token=booking.token,
        code=booking.code,
        state=booking.state,
        name=space.name,
        floor=space.floor,
        address=words.address(site),
        site=site.name,
        access=words.way_in(site),
        day=day_name(day),
        day_short=day_name(day, "short"),
        span=words.span(booking.starts_at, booking.ends_at, zone),
        people=words.people(booking.people),
        door_code=space.door_code if confirmed else None,
        door_hours=words.span(early, late, zone),
        lines=offers.lines(booking, space),
        price_cents=booking.price_cents,
        vat=words.vat_line(booking.price_cents, booking.vat_bp),
        due_cents=_due(booking) if confirmed else 0,
        refunds=words.refund_table(booking, zone),
        is_over=booking.ends_at <= now,
        may_change=confirmed and booking.starts_at > now,
    )


def _due(booking: Booking) -> int:
    """What this person is still to pay; a company pays on its invoice."""
    return 0 if booking.company_id else max(0, payments.due_now("booking", booking.id))


def _paid_how(booking: Booking) -> str:
    """How it was paid, or that it was not yet."""
    done = [p for p in payments.of_source("booking", booking.id) if p.state in PAID]
    names = {
        "card": _("payés par carte"),
        "sepa_debit": _("par prélèvement"),
        "cash": _("payés en espèces"),
        "terminal": _("payés par carte sur place"),
        "transfer": _("payés par virement"),
        "on_account": _("sur compte"),
    }
    if done:
        return names[done[-1].method]
    if booking.state != "confirmed":
        return ""  # given up before it was paid: nothing is left to say
    return {"desk": _("à régler sur place"), "on_account": _("sur compte")}.get(
        booking.payment_way, ""
    )


PAID = ("captured", "processing")


def _withdraw_until(booking: Booking) -> str | None:
    """The day until which the contract may be given up; none when it may not."""
    last = withdrawal.until(booking, booking.space)
    if last is None or last <= clock.now():
        return None
    return day_name((last - dt.timedelta(seconds=1)).astimezone(booking.space.site.zone).date())


def _join_url(booking: Booking) -> str | None:
    """Where a guest becomes a coworker, who finds every booking of this address again."""
    guest = booking.person
    if guest is None or guest.account_id is not None or actor().is_signed_in:
        return None
    return url_for("accounts.sign_up", email=guest.email, next="/moi")


@pages.get("/b/<token>")
@needs(PUBLIC)
def show(token: str) -> Response:
    """Everything about a booking: the door, the time, the price, the way out."""
    booking = checkout.of_link(token)
    tried = payments.of_source("booking", booking.id)
    too_late = any(p.state == "captured" for p in tried) and booking.state in ("held", "lapsed")
    if booking.state in ("held", "lapsed") and not too_late:
        return redirect(url_for("checkout.show", token=token), 303)
    ended = read.cancellation(booking.id)
    g.form_targets = (till.page_origin(),)
    return render.page(
        "booking/ticket.html",
        ticket=ticket_of(booking),
        paid=_paid_how(booking),
        email=booking.person.email if booking.person else None,
        join_url=_join_url(booking),
        thanks="merci" in request.args,
        too_late=too_late,
        refund_cents=ended.refund_cents if ended else 0,
        plan=plans.where_is(booking.space),
        links=ics.links(booking, public_url(f"/b/{token}")),
        phone=of_tenant().phone,
        can_pay_online=bool(till.methods()),
        withdraw_until=_withdraw_until(booking),
        invoice=by_link.offer(invoiced.sold(booking)),
    )


@pages.get("/b/<token>/qr.<any(svg, png):kind>")
@needs(PUBLIC)
def qr(token: str, kind: str) -> Response:
    """The code that the door and the desk scan: the link of this very page. PNG is for mails."""
    booking = checkout.of_link(token)
    out = io.BytesIO()
    code = segno.make(public_url(f"/b/{booking.token}"), error="m", micro=False)
    code.save(out, kind=kind, scale=6, border=2, light="#fff")
    answer = Response(out.getvalue(), mimetype="image/svg+xml" if kind == "svg" else "image/png")
    answer.headers["Cache-Control"] = "private, max-age=86400"
    return answer


@pages.get("/b/<token>/agenda.ics")
@needs(PUBLIC)
def calendar(token: str) -> Response:
    """The booking for any calendar."""
    booking = checkout.of_link(token)
    if booking.state not in ("confirmed", "cancelled"):
        abort(404)
    answer = Response(ics.of_booking(booking, of_tenant()), mimetype="text/calendar")
    answer.headers["Content-Disposition"] = f'attachment; filename="{booking.code}.ics"'
    return answer


def _paper(token: str, kind: str) -> Response:
    booking = checkout.of_link(token)
    if booking.state not in ("confirmed", "cancelled"):
        abort(404)
    tenant = of_tenant()
    if kind == "ticket":
        content = receipt.ticket(booking, tenant, public_url(f"/b/{token}"))
    else:
        offered = bool(by_link.offer(invoiced.sold(booking)))
        content = receipt.receipt(booking, tenant, invoice=offered)
    answer = Response(content, mimetype="application/pdf")
    answer.headers["Content-Disposition"] = f'inline; filename="{kind}-{booking.code}.pdf"'
    return answer


@pages.get("/b/<token>/recu.pdf")
@needs(PUBLIC)
def receipt_paper(token: str) -> Response:
    """What was paid, and the VAT in it."""
    return _paper(token, "receipt")


@pages.get("/b/<token>/billet.pdf")
@needs(PUBLIC)
def ticket_paper(token: str) -> Response:
    """What to show at the door, on paper."""
    return _paper(token, "ticket")


# ── giving it back ────────────────────────────────────────────────────────────────────────────


def _movable(token: str) -> Booking:
    """A booking that its person may still change; the page of the others says why not."""
    booking = checkout.of_link(token)
    if booking.state != "confirmed" or booking.starts_at <= clock.now():
        raise Refused(_("Cette réservation ne peut plus être changée : adressez-vous à l’accueil."))
    return booking


@pages.get("/b/<token>/annulation")
@needs(PUBLIC)
def ask_cancel(token: str) -> Response:
    """How much comes back, before the last click."""
    booking = _movable(token)
    return _cancel_page(booking, "")


def _cancel_page(booking: Booking, said: str, status: int = 200) -> Response:
    terms, now = cancel.terms_of(booking), clock.now()
    back = cancel.owed(booking, terms, now)
    due = payments.due_now("booking", booking.id)
    return render.page(
        "booking/cancel.html",
        status,
        ticket=ticket_of(booking),
        share_cents=back,
        back_cents=max(0, back - max(0, due)),
        owed_cents=max(0, due - back),
        less=words.less(cancel.why_less(booking, terms, back, now), back, is_owed=due > back),
        said=said,
    )


@pages.post("/b/<token>/annulation")
@needs(PUBLIC)
def do_cancel(token: str) -> Response:
    """Give it back at the amount that was shown."""
    booking = checkout.of_link(token)
    shown = request.form.get("promis", "")
    promised = int(shown) if shown.isdecimal() and len(shown) < 10 else None
    terms, who = cancel.terms_of(booking), Actor("person", actor().account_id)
    try:
        edge.act(lambda: cancel.cancel(booking.id, terms, who, promised=promised))
    except cancel.TooLate as refusal:
        return _cancel_page(checkout.of_link(token), refusal.text, refusal.status)
    flash(_("C’est annulé. La confirmation part par e-mail."), "ok")
    return redirect(url_for("ticket.show", token=token), 303)


# ── another time ──────────────────────────────────────────────────────────────────────────────


@pages.get("/b/<token>/deplacement")
@needs(PUBLIC)
def ask_move(token: str) -> Response:
    """The same grid, and what each time would change."""
    return _move_page(_movable(token), "")


def _move_page(booking: Booking, said: str, status: int = 200) -> Response:
    who = visitor.visitor()

    def work() -> tuple[offers.Page, move.Change | None, Ticket]:
        spaces = search.offered(visitor.audiences(who))
        wish = search.read(_wish(booking), spaces or [booking.space])
        wish = replace(wish, base=f"/b/{booking.token}/deplacement", moving=booking.id)
        page = offers.look(wish, spaces, who)
        quote = rates.find(page.card.token) if page.card else None
        cost = move.change(booking, quote, cancel.terms_of(booking)) if quote else None
        return page, cost, ticket_of(booking)

    page, cost, held = edge.act(work)
    name = "booking/move.html"
    if render.is_fragment():
        parts = {"choix": "booking/_move_choice.html", "recherche": "booking/_move.html"}
        name = parts.get(request.headers.get("HX-Target", ""), name)
    g.form_targets = (till.page_origin(),)
    return render.page(name, status, page=page, cost=cost, ticket=held, said=said)


def _wish(booking: Booking) -> dict[str, str]:
    """The same space, length and people, until something else is asked for."""
    given = request.args.to_dict()
    minutes = Interval(booking.starts_at, booking.ends_at).minutes
    same = {"personnes": str(booking.people), "duree": str(minutes)}
    if "quoi" not in given:
        same["espace"] = booking.space.slug
    return {**same, **given}


@pages.post("/b/<token>/deplacement")
@needs(PUBLIC)
def do_move(token: str) -> Response:
    """Take the new time at the price that was shown; a dearer one is paid at once."""
    booking = _movable(token)
    who = Actor("person", actor().account_id)
    shown = request.form.get("promis", "")
    promised = int(shown) if shown.isdecimal() and len(shown) < 10 else None
    terms = cancel.terms_of(booking)

    def work() -> Asking | None:
        quote = rates.live(request.form.get("devis", ""))
        row = move.move(booking.id, quote, terms, who, promised=promised)
        return _rest(booking.id) if row.to_price_cents > row.from_price_cents else None

    try:
        wish = edge.act(work)
    except (Taken, rates.QuoteGone, cancel.TooLate) as refusal:
        return _move_page(checkout.of_link(token), refusal.text, 409)
    flash(_("C’est déplacé. La confirmation part par e-mail."), "ok")
    if wish is not None:
        return checkout.to_gateway(wish, token)
    return redirect(url_for("ticket.show", token=token), 303)


def _rest(booking_id: int) -> Asking | None:
    """What is still to be paid online for a confirmed booking, if it is paid that way."""
    booking = read.locked(booking_id)
    due = payments.due_now("booking", booking_id)
    payer = read.person_of(booking)
    if due <= 0 or payer is None or booking.payment_way != "online" or not till.methods():
        return None
    return checkout.asking(booking, payer, till.methods()[0], due)


@pages.post("/b/<token>/paiement")
@needs(PUBLIC)
def pay_rest(token: str) -> Response:
    """Pay what a move left open, or what was to be paid on the spot."""
    booking = checkout.of_link(token)

    def work() -> Asking | None:
        held = read.locked(booking.id)
        due, payer = payments.due_now("booking", held.id), read.person_of(held)
        methods = till.methods()
        if held.state != "confirmed" or due <= 0 or payer is None or not methods:
            return None
        return checkout.asking(held, payer, methods[0], due)

    wish = edge.act(work)
    if wish is None:
        return redirect(url_for("ticket.show", token=token), 303)
    return checkout.to_gateway(wish, token)
