"""One booking at the desk: who, what, when, the money, what happened, and what may be done.

Acts are nouns under the booking's address. Amounts are shown before the click that gives them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from flask import Blueprint, abort, redirect, request, url_for
from sqlalchemy import func, or_, select
from werkzeug.wrappers import Response

from app.booking import confirm, day, history, hold, names, presence, read
from app.booking.models import Booking
from app.core import audit, clock
from app.core.db import db
from app.core.errors import Refused
from app.core.i18n import _
from app.core.slots import Interval, day_bounds, read_day
from app.core.words import fold
from app.ledger.models import LedgerEntry, LedgerLine
from app.members.models import Person
from app.payments import refunds
from app.payments import rules as payments
from app.payments.models import Refund
from app.rates import words as price_words
from app.tenants.resolve import of_tenant
from app.web import edge, navigation, paging, render
from app.web.actor import actor
from app.web.policy import needs

pages = Blueprint("dossier", __name__, url_prefix="/gestion/reservations")

PAGE = 40
STATES = ("confirmed", "held", "cancelled", "lapsed")


def member_percent_of(person: Person | None) -> int:
    """The public tariff of members applies to members."""
    is_member = person is not None and person.standing != "guest"
    return of_tenant().member_percent if is_member else 100


def found(code: str) -> Booking:
    """The booking of a code at this venue; 404 for any other."""
    booking = read.by_code(code)
    if booking is None:
        abort(404)
    return booking


def note(action: str, subject: str, **detail: Any) -> None:
    """Write an act of the desk into the journal."""
    visit = actor().support_visit
    audit.note(
        action,
        subject,
        actor_id=actor().account_id,
        acting_for=f"support_visit:{visit}" if visit else None,
        **detail,
    )


def url(code: str) -> str:
    """The booking's own page."""
    return url_for("dossier.booking", code=code)


def done(code: str, text: str, *, undo: str | None = None) -> Response:
    """Say what was done and go back to where the click came from."""
    navigation.say(text, undo=undo)
    return navigation.back(url(code))


# ── the list ──────────────────────────────────────────────────────────────────────────────────


@pages.get("")
@needs("desk.see")
def bookings() -> Response:
    """Bookings by word, day, space, person and state, latest first; a code opens its booking."""
    words = request.args.get("q", "").strip()
    if (exact := read.by_code(words)) is not None:
        return redirect(url(exact.code))
    rows, total = _listed(words)
    page = paging.asked()
    owed = day.dues(b.id for b in rows)
    return navigation.page(
        "booking/desk_bookings.html",
        "bookings",
        rows=rows,
        owed=owed,
        total=total,
        page_number=page,
        pages_count=-(-total // PAGE),
        url=_page_url,
        filters=request.args,
        space_choices=[(s.id, s.name) for s in day.of_venue()],
        name_of=names.name_of,
        words=words,
        states=names.state_names(),
    )


def _page_url(number: int) -> str:
    wanted: dict[str, Any] = request.args.to_dict() | {"page": number}
    return url_for("dossier.bookings", **wanted)


def _listed(words: str) -> tuple[list[Booking], int]:
    query = select(Booking).outerjoin(Person, Person.id == Booking.person_id)
    for word in fold(words).split():
        hit = Person.search.contains(word, autoescape=True)
        named = func.lower(Booking.organisation["name"].astext).contains(word, autoescape=True)
        query = query.where(or_(hit, named, Booking.code == word.upper()))
    if (space := request.args.get("espace", type=int)) is not None:
        query = query.where(Booking.space_id == space)
    if (person := request.args.get("personne", type=int)) is not None:
        query = query.where(Booking.person_id == person)
    state = request.args.get("etat", "")
    query = (
        query.where(Booking.state == state)
        if state in STATES
        else query.where(Booking.state.in_(("confirmed", "held", "cancelled")))
    )
    if raw := request.args.get("jour", ""):
        date, spaces = read_day(raw), day.of_venue()
        if date is None or not spaces:
            abort(404)
        bounds = day_bounds(date, spaces[0].site.zone)
        query = query.where(Booking.starts_at >= bounds.start, Booking.starts_at < bounds.end)
    total = db.session.scalar(select(func.count()).select_from(query.subquery())) or 0
    page = paging.asked()
    order = Booking.starts_at.asc() if raw else Booking.starts_at.desc()
    rows = db.session.scalars(
        query.options(*read.WITH_NAMES)
        .order_by(order, Booking.id)
        .limit(PAGE)
        .offset((page - 1) * PAGE)
    )
    return list(rows), total


# ── one booking ───────────────────────────────────────────────────────────────────────────────


def _money(booking: Booking) -> dict[str, Any]:
    paid = payments.of_source("booking", booking.id)
    ledger = db.session.execute(
        select(
            LedgerEntry.posted_at, LedgerEntry.event, LedgerLine.account, LedgerLine.amount_cents
        )
        .join(LedgerLine, LedgerLine.entry_id == LedgerEntry.id)
        .where(LedgerEntry.source == "booking", LedgerEntry.source_id == booking.id)
        .order_by(LedgerEntry.id, LedgerLine.id)
    ).all()
    ids = [p.id for p in paid]
    given = list(
        db.session.scalars(select(Refund).where(Refund.payment_id.in_(ids)).order_by(Refund.id))
    )
    return {
        "payments": paid,
        "refunds": given,
        "ledger": ledger,
        "due": sum(r.amount_cents for r in ledger if r.account == "receivable"),
        "refundable": sum(refunds.refundable(p) for p in paid),
    }


def show(booking: Booking, status: int = 200, **more: Any) -> Response:
    """The booking as a page, or as a side sheet over the day."""
    space, zone, now = booking.space, booking.space.site.zone, clock.now()
    steps = price_words.lines(booking.steps, space, _minutes(booking))
    arrived = read.check_ins([booking.id]).get(booking.id)
    absent = read.no_shows([booking.id]).get(booking.id)
    context = {
        "booking": booking,
        "who": names.name_of(booking),
        "zone": zone,
        "steps": [(line.label, line.cents) for line in steps],
        "arrived": arrived,
        "absent": absent,
        "history": history.of(booking),
        "quote": read.quote_of(booking),
        "state": names.state_names()[booking.state],
        "may_arrive": booking.state == "confirmed"
        and not arrived
        and not absent
        and booking.starts_at - presence.EARLY <= now <= booking.ends_at,
        "may_miss": booking.state == "confirmed"
        and not arrived
        and not absent
        and booking.starts_at + dt.timedelta(minutes=of_tenant().no_show_minutes) <= now
        and now < booking.ends_at,
        "methods": names.method_names(),
        "accounts": names.account_names(),
        "ways": names.way_names(),
        "payment_states": names.payment_state_names(),
        "actor": actor(),
        "fault": None,
        "typed": {},
        "focus": request.args.get("pointage"),
        "day_url": url_for("desk.of_day", raw=booking.starts_at.astimezone(zone).date()),
    }
    context |= _money(booking) | more
    if render.is_fragment():
        return render.page("booking/_desk_sheet.html", status, **context)
    return navigation.page("booking/desk_booking.html", "bookings", status, **context)


def _minutes(booking: Booking) -> int:
    return Interval(booking.starts_at, booking.ends_at).minutes


@pages.get("/<code>")
@needs("desk.see")
def booking(code: str) -> Response:
    """Everything about one booking."""
    return show(found(code))


def attempt(code: str, work: Callable[[Booking], str], *, undo: str | None = None) -> Response:
    """Do something with a booking; a refusal is told on its page, with what was typed."""
    one = found(code)
    try:
        text = edge.act(lambda: work(one))
    except Refused as error:
        return show(found(code), error.status, fault=error.text, typed=request.form)
    return done(code, text, undo=undo)


# ── arrival and absence ───────────────────────────────────────────────────────────────────────


@pages.post("/<code>/arrivee")
@needs("desk.check_in")
def arrival(code: str) -> Response:
    """They are there."""

    def work(one: Booking) -> str:
        how = "scan" if request.form.get("scan") else "desk"
        who = names.name_of(one)  # the rule locks the row and forgets who it belongs to
        presence.check_in(one.id, how=how, by=actor().account_id)
        return _("%(who)s est là.", who=who)

    return attempt(code, work, undo=url_for("dossier.undo_arrival", code=code))


@pages.post("/<code>/arrivee/retrait")
@needs("desk.check_in")
def undo_arrival(code: str) -> Response:
    """A slip of the finger."""

    def work(one: Booking) -> str:
        if not presence.undo_check_in(one.id):
            raise Refused(_("Aucune arrivée n’est notée."))
        note("booking.check_in_undone", f"booking:{one.id}")
        return _("L’arrivée est retirée.")

    return attempt(code, work)


@pages.post("/<code>/absence")
@needs("desk.check_in")
def absence(code: str) -> Response:
    """Nobody came: the rest goes back on sale."""

    def work(one: Booking) -> str:
        presence.no_show(one.id, of_tenant().no_show_minutes, by=actor().account_id)
        return _("L’absence est notée, le temps restant est remis en vente.")

    return attempt(code, work)


# ── options ───────────────────────────────────────────────────────────────────────────────────


@pages.post("/<code>/confirmation")
@needs("desk.book")
def confirmation(code: str) -> Response:
    """An option becomes a booking, to be paid at the desk."""

    def work(one: Booking) -> str:
        if one.state == "held" and one.origin != "desk":
            raise Refused(_("Le client est en train de payer en ligne."))
        if not confirm.confirm(one.id):
            raise Refused(_("Le créneau a été pris entre-temps."))
        return _("L’option est confirmée.")

    return attempt(code, work)


@pages.post("/<code>/liberation")
@needs("desk.book")
def release(code: str) -> Response:
    """An option is given up."""

    def work(one: Booking) -> str:
        hold.give_up(one)
        note("booking.released", f"booking:{one.id}")
        return _("L’option est libérée.")

    return attempt(code, work)


# ── notes ─────────────────────────────────────────────────────────────────────────────────────


@pages.post("/<code>/notes")
@needs("desk.book")
def notes(code: str) -> Response:
    """What the desk wants to remember."""

    def work(one: Booking) -> str:
        locked = read.locked(one.id)
        locked.notes = request.form.get("notes", "").strip()[:2000] or None
        note("booking.notes", f"booking:{one.id}")
        return _("Les notes sont enregistrées.")

    return attempt(code, work)
