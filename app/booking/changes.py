"""Changing a booking at the desk: cancel, move, take money, give some back.

Each amount is shown before the click that moves it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from functools import partial

from flask import request, url_for
from werkzeug.wrappers import Response

from app.booking import cancel, day, elsewhere, move, names, read
from app.booking.desk_forms import MoveForm, amount_cents
from app.booking.dossier import (
    attempt,
    done,
    found,
    member_percent_of,
    note,
    pages,
    show,
)
from app.booking.goodwill import give
from app.booking.models import Booking
from app.core import clock
from app.core.errors import Refused, Taken
from app.core.i18n import _, euros
from app.core.slots import Interval, at
from app.payments import here
from app.payments import rules as payments
from app.payments.models import Payment
from app.rates import rules as rates
from app.rates.models import Quote
from app.rates.rules import Asked
from app.web import edge, navigation
from app.web.actor import actor
from app.web.policy import needs

# ── cancel ────────────────────────────────────────────────────────────────────────────────────


@pages.get("/<code>/annulation")
@needs("desk.book")
def ask_cancellation(code: str) -> Response:
    """Who cancels, and what goes back, before the click."""
    return _cancellation(found(code))


def _cancellation(one: Booking, status: int = 200, fault: str | None = None) -> Response:
    terms = cancel.terms_of(one)
    at_once = cancel.owed(one, terms, clock.now())
    return navigation.page(
        "booking/desk_cancel.html",
        "bookings",
        status,
        booking=one,
        who=names.name_of(one),
        zone=one.space.site.zone,
        by_person=at_once,
        rungs=cancel.ladder(one.price_cents, one.starts_at, terms),
        today=terms.today,
        paid=-payments.due_now("booking", one.id) + one.price_cents,
        fault=fault,
        typed=request.form,
    )


@pages.post("/<code>/annulation")
@needs("desk.book")
def cancellation(code: str) -> Response:
    """Give the time back, and the money that was announced."""
    one = found(code)
    by = "venue" if request.form.get("par") == "venue" else "staff"
    promised = request.form.get("promis", type=int) if by == "staff" else None
    reason = request.form.get("raison", "").strip()[:300]
    who = cancel.Actor(by, actor().account_id)
    try:
        row = edge.act(
            lambda: cancel.cancel(
                one.id, cancel.terms_of(one), who, reason=reason, promised=promised
            )
        )
    except Refused as error:
        return _cancellation(found(code), error.status, error.text)
    return done(
        code, _("La réservation est annulée, %(amount)s rendus.", amount=euros(row.refund_cents))
    )


# ── move ──────────────────────────────────────────────────────────────────────────────────────


@pages.get("/<code>/deplacement")
@needs("desk.book")
def ask_move(code: str) -> Response:
    """Another time or space; with a wish, what it would cost."""
    one = found(code)
    form = MoveForm(request.args if "espace" in request.args else None, one, day.of_venue())
    if "espace" not in request.args:
        return _move_page(one, form)
    if not form.validate():
        return _move_page(one, form, status=422)
    try:
        wish = _wish(one, form)
    except Refused as error:
        return _move_page(one, form, fault=error.text, status=error.status)
    try:
        quote = edge.act(lambda: rates.ask(wish))
    except Refused as error:
        near = _near(one, wish)
        return _move_page(one, form, fault=error.text, status=error.status, nearest=near)
    return _move_page(one, form, quote=quote)


def _wish(one: Booking, form: MoveForm) -> Asked:
    space = next(s for s in day.of_venue() if s.id == form.espace.data)
    start = at(form.jour.data, form.minute, space.site.zone)
    length = Interval(one.starts_at, one.ends_at).minutes
    interval = Interval(start, start + dt.timedelta(minutes=length))
    percent = member_percent_of(one.person)
    return Asked(space, interval, form.personnes.data, "staff", percent, one.id)


def _near(one: Booking, wish: Asked) -> list[elsewhere.Row]:
    """What this booking could be moved to, near the time that it cannot have."""
    return elsewhere.nearest(
        wish.space,
        wish.interval,
        wish.people,
        partial(url_for, "dossier.ask_move", code=one.code),
        percent=wish.member_percent,
        moving=one,
    )


def _move_page(
    one: Booking,
    form: MoveForm,
    *,
    quote: Quote | None = None,
    fault: str | None = None,
    status: int = 200,
    nearest: Sequence[elsewhere.Row] = (),
) -> Response:
    return navigation.page(
        "booking/desk_move.html",
        "bookings",
        status,
        booking=one,
        who=names.name_of(one),
        zone=one.space.site.zone,
        form=form,
        quote=quote,
        cost=move.change(one, quote, cancel.terms_of(one)) if quote else None,
        target=next((s for s in day.of_venue() if quote and s.id == quote.space_id), None),
        fault=fault,
        nearest=nearest,
    )


@pages.post("/<code>/deplacement")
@needs("desk.book")
def moving(code: str) -> Response:
    """Move at the price that was shown; a time lost meanwhile is answered with what is near it."""
    who = cancel.Actor("staff", actor().account_id)
    token = request.form.get("prix", "")

    def work(one: Booking) -> str:
        move.move(one.id, rates.live(token), cancel.terms_of(one), who)
        return _("La réservation est déplacée.")

    one = found(code)
    try:
        return done(code, edge.act(lambda: work(one)))
    except Taken as taken:
        return _lost(found(code), token, taken)
    except Refused as error:
        return show(found(code), error.status, fault=error.text, typed=request.form)


def _lost(one: Booking, token: str, taken: Taken) -> Response:
    """Somebody else has the time that was quoted: the form as it was, and what is near."""
    quote = rates.find(token)
    space = next((s for s in day.of_venue() if quote and s.id == quote.space_id), None)
    if quote is None or space is None:
        return show(one, taken.status, fault=taken.text)
    interval = Interval(quote.starts_at, quote.ends_at)
    wish = Asked(space, interval, quote.people, "staff", member_percent_of(one.person), one.id)
    form = MoveForm(None, one, day.of_venue())
    return _move_page(one, form, fault=taken.text, status=taken.status, nearest=_near(one, wish))


# ── money ─────────────────────────────────────────────────────────────────────────────────────


@pages.get("/<code>/paiement")
@needs("desk.take_payment")
def ask_payment(code: str) -> Response:
    """What is due and how it is paid."""
    return _payment_page(found(code))


def _payment_page(one: Booking, status: int = 200, fault: str | None = None) -> Response:
    due = payments.due_now("booking", one.id)
    return navigation.page(
        "booking/desk_payment.html",
        "bookings",
        status,
        booking=one,
        who=names.name_of(one),
        due=due,
        methods={name: names.method_names()[name] for name in payments.AT_DESK},
        fault=fault,
        typed=request.form,
    )


@pages.post("/<code>/paiement")
@needs("desk.take_payment")
def payment(code: str) -> Response:
    """Write down money that was taken at the desk."""
    one = found(code)
    method = request.form.get("moyen", "")
    till_site = here.site_id(one.space.site_id)

    def work() -> Payment:
        read.locked(one.id)
        due = payments.due_now("booking", one.id)
        cents = amount_cents(request.form.get("montant", ""))
        if cents > due:
            raise Refused(
                _("Il reste %(amount)s à payer, pas davantage.", amount=euros(max(due, 0)))
            )
        wanted = payments.Due("booking", one.id, cents, one.person_id, one.currency)
        made = payments.record_at_desk(wanted, method, actor().account_id, till_site)
        note("booking.paid_at_desk", f"booking:{one.id}", cents=cents, method=method)
        return made

    try:
        made = edge.act(work)
    except Refused as error:
        return _payment_page(found(code), error.status, error.text)
    words = _("%(amount)s encaissés.", amount=euros(made.amount_cents))
    return done(code, words)


@pages.post("/<code>/remboursement")
@needs("refund.exception")
def refund(code: str) -> Response:
    """A gesture beyond the rule: a manager's word, with its reason."""

    def work(one: Booking) -> str:
        cents = amount_cents(request.form.get("montant", ""))
        reason = request.form.get("raison", "").strip()[:200]
        given = give(one.id, cents, reason, by=actor().account_id)
        note("booking.goodwill", f"booking:{one.id}", cents=given, reason=reason)
        return _("%(amount)s rendus.", amount=euros(given))

    return attempt(code, work)
