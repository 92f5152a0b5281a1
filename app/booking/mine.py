"""A coworker's own pages: what comes next, what was, what was paid, and how they want it."""

from __future__ import annotations

import datetime as dt
import hmac

from flask import Blueprint, abort, flash, redirect, url_for
from werkzeug.wrappers import Response

from app.booking import ics, read, receipt, search, words
from app.booking.models import Booking
from app.booking.ticket import ticket_of
from app.core import clock
from app.core.i18n import _, day_name, lang
from app.core.slots import Interval, local_day
from app.core.words import token as fresh_token
from app.invoicing import papers
from app.members.rules import person, person_for
from app.tenants.resolve import of_tenant, public_url
from app.web import edge, paging, render
from app.web.actor import actor
from app.web.policy import PUBLIC, needs

pages = Blueprint("mine", __name__)
PAGE = 20


def _me() -> int:
    """The person behind this account at this venue; written at the first visit."""
    of_tenant()
    known = actor().person_id
    if known is not None:
        return known
    return edge.act(lambda: person_for(actor().account_id or 0).id)


def rebook(booking: Booking, now: dt.datetime) -> str:
    """The same again: same space, length and hour, on its next weekday that is still to come."""
    site = booking.space.site
    day, start = words.local(booking.starts_at, site)
    today = local_day(now, site.zone)
    weeks = max(0, -(-((today - day).days + 1) // 7))
    again = day + dt.timedelta(days=7 * max(weeks, 1))
    wish = search.Search(
        booking.space.kind,
        booking.people,
        Interval(booking.starts_at, booking.ends_at).minutes,
        today if (again - today).days < 7 else again,
        again,
        start,
        booking.space.slug,
    )
    return wish.url()


@pages.get("/moi")
@needs("me")
def home() -> Response:
    """The next booking with its QR, the last one to book again, and what is still owed."""
    me, now = _me(), clock.now()
    coming = read.upcoming(me, now)
    before = read.past(me, now, limit=3)
    again = {rebook(one, now): _row(one) for one in (*before, *coming[:1])}
    owed = read.owed(me)
    return render.page(
        "booking/mine.html",
        next=ticket_of(coming[0]) if coming else None,
        coming=[_row(one) for one in coming[1:6]],
        again=list(again.items())[:2],
        owed=[(_row(one), cents) for one, cents in owed],
        name=actor().name,
    )


def _row(booking: Booking) -> dict[str, object]:
    """A booking as one line of a list."""
    zone = booking.space.site.zone
    day = booking.starts_at.astimezone(zone).date()
    return {
        "url": url_for("ticket.show", token=booking.token),
        "name": booking.space.name,
        "day": day_name(day),
        "day_short": day_name(day, "short"),
        "year": day.year,
        "span": words.span(booking.starts_at, booking.ends_at, zone),
        "code": booking.code,
        "cents": booking.price_cents,
        "state": booking.state,
    }


@pages.get("/moi/reservations")
@needs("me")
def bookings() -> Response:
    """What comes, then what was, a page at a time."""
    me, now = _me(), clock.now()
    page = paging.asked()
    count = read.count_past(me, now)
    return render.page(
        "booking/mine_bookings.html",
        coming=[_row(one) for one in read.upcoming(me, now)] if page == 1 else [],
        past=[_row(one) for one in read.past(me, now, limit=PAGE, offset=(page - 1) * PAGE)],
        page=page,
        pages=max(1, -(-count // PAGE)),
        url=lambda n: url_for("mine.bookings", page=n),
    )


@pages.get("/moi/recus")
@needs("me")
def receipts() -> Response:
    """Every payment, with its paper."""
    me = _me()
    page = paging.asked()
    found, count = read.paid_by(me, limit=PAGE, offset=(page - 1) * PAGE)
    rows = [
        {
            **_row(booking),
            "paid": day_name(
                local_day(payment.captured_at or clock.now(), booking.space.site.zone), "year"
            ),
            "how": receipt.method_name(payment.method),
            "amount": payment.amount_cents,
            "paper": url_for("ticket.receipt_paper", token=booking.token),
        }
        for booking, payment in found
    ]
    return render.page(
        "booking/mine_receipts.html",
        tabs=papers.tabs("receipts", "moi"),
        people=[],
        rows=rows,
        page=page,
        pages=max(1, -(-count // PAGE)),
        url=lambda n: url_for("mine.receipts", page=n),
    )


@pages.get("/moi/reglages")
@needs("me")
def settings() -> Response:
    """Language, light, calendar feed, devices."""
    me = person(_me())
    secret = me.settings.get("feed") if me else None
    feed = public_url(f"/agenda/{me.id}-{secret}.ics") if me and secret else None
    return render.page("booking/mine_settings.html", feed=feed, current=lang())


@pages.post("/moi/reglages/agenda")
@needs("me")
def new_feed() -> Response:
    """A new secret address for the calendar; the former one leads nowhere."""
    me = _me()

    def work() -> None:
        found = person(me)
        if found is not None:
            found.settings = {**found.settings, "feed": fresh_token()}

    edge.act(work)
    flash(_("Votre adresse d’agenda est prête. L’ancienne ne sert plus."), "ok")
    return redirect(url_for("mine.settings"), 303)


@pages.get("/agenda/<int:person_id>-<secret>.ics")
@needs(PUBLIC)
def feed(person_id: int, secret: str) -> Response:
    """What a person has coming, for their own calendar program."""
    of_tenant()
    found = person(person_id)
    known = str(found.settings.get("feed", "")) if found else ""
    if not known or not hmac.compare_digest(known.encode(), secret.encode()):
        abort(404)
    since = clock.now() - dt.timedelta(days=31)
    answer = Response(
        ics.feed(read.upcoming(person_id, since), of_tenant()), mimetype="text/calendar"
    )
    answer.headers["Cache-Control"] = "private, max-age=900"
    return answer
