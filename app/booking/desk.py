"""The desk's day: what to do, who comes, every space; the week, the sheet, the scanner."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import Any

from flask import Blueprint, abort, redirect, request, url_for
from markupsafe import Markup
from sqlalchemy import select
from werkzeug.wrappers import Response

from app.booking import (
    board,
    books,
    changes,
    closing,
    counter,
    day,
    desk_plan,
    dossier,
    planning,
    read,
    todo,
)
from app.booking.presence import EARLY
from app.core import clock, outbox
from app.core.db import db
from app.core.i18n import _, day_name, lang
from app.core.slots import read_day
from app.payments import rules as payments
from app.payments.models import Payment
from app.spaces.models import Site
from app.web import edge, navigation, render
from app.web.actor import actor
from app.web.policy import needs

pages = Blueprint("desk", __name__, url_prefix="/gestion")
blueprints = (pages, dossier.pages, counter.pages, closing.pages, desk_plan.pages)
__all__ = ["blueprints", "books", "changes"]  # both add to what others hold: routes, a hearer

ARRIVALS_SHOWN = 6


def a_date(raw: str) -> dt.date:
    """A day in an address; 404 for what is none, or beyond what clocks and calendars know."""
    found = read_day(raw)
    if found is None:
        abort(404)
    return found


def sites() -> list[Site]:
    """Where this venue is, in its order."""
    return list(db.session.scalars(select(Site).order_by(Site.position, Site.id)))


def _day(date: dt.date | None) -> day.Day:
    """The day that was asked for, today without one."""
    spaces = day.of_venue(request.args.get("lieu", type=int))
    now = clock.now()
    if date is None:
        zone = spaces[0].site.zone if spaces else dt.UTC
        date = now.astimezone(zone).date()
    return day.load(spaces, date, date, now, usual=True)[0]


def _live(one: day.Day) -> dict[str, Any]:
    """What is told anew every half minute."""
    arrivals = sorted(one.arrivals, key=lambda use: use.starts_at)
    groups, now = board.groups(one), board.now_line(one)
    grid = render.text("booking/_desk_day.html", day=one, groups=groups, now=now)
    return {
        "day": one,
        "groups": groups,
        "now": now,
        "grid": Markup(grid),  # noqa: S704  our own template has escaped it
        "fill": day.fill(one),
        "todos": todo.everything(one) if one.is_today else [],
        "arrivals": arrivals[:ARRIVALS_SHOWN],
        "coming": len(arrivals),
        "early": one.now + EARLY,
        "rooms": {space.id: space.name for space in one.spaces},
        "actor": actor(),
    }


@pages.get("")
@needs("desk.see")
def today() -> Response:
    """The day at a glance."""
    return _show(None)


@pages.get("/jour/<raw>")
@needs("desk.see")
def of_day(raw: str) -> Response:
    """Another day."""
    return _show(a_date(raw))


def _show(date: dt.date | None) -> Response:
    one = _day(date)
    if render.is_fragment():
        return _fragment(one)
    date, live = one.frame.day, _live(one)
    step = dt.timedelta(days=1)
    return navigation.page(
        "booking/desk_today.html",
        "today",
        **live,
        mark=_mark(live),
        title=day_name(date)[:1].upper() + day_name(date)[1:],
        before=url_for("desk.of_day", raw=date - step),
        after=url_for("desk.of_day", raw=date + step),
        here=url_for("desk.of_day", raw=date),
        week=url_for("desk.planning", semaine=date),
        floor=url_for("desk_plan.show", jour=date),
        sheet=url_for("desk.sheet", raw=date),
        team_sheet=navigation.way("upkeep.sheet", "upkeep.see", raw=date),
    )


def _mark(live: dict[str, Any]) -> str:
    """Eight bytes that change when what is shown does; tokens of forms do not count."""
    shown = [live[name] for name in ("groups", "now", "fill", "todos", "coming")]
    who = [(use.code, use.starts_at <= live["early"]) for use in live["arrivals"]]
    return hashlib.blake2b(
        repr((shown, who, live["day"].revenue_cents)).encode(), digest_size=8
    ).hexdigest()


def _fragment(one: day.Day) -> Response:
    """The living part alone; 204 when it is what the page shows already."""
    live = _live(one)
    mark = _mark(live)
    if request.args.get("vu") == mark:
        return Response(status=204)
    return render.page("booking/_desk_live.html", mark=mark, **live)


@pages.get("/planning", endpoint="planning")
@needs("desk.see")
def planned() -> Response:
    """Rooms by days, a week or a month."""
    asked = request.args.get("semaine") or request.args.get("mois")
    now = clock.now()
    spaces = day.of_venue(request.args.get("lieu", type=int))
    zone = spaces[0].site.zone if spaces else dt.UTC
    date = a_date(asked) if asked else now.astimezone(zone).date()
    monthly = "mois" in request.args
    kept = [s for s in spaces if request.args.get("genre", "") in ("", s.kind)]
    view = planning.view(kept, date, now, monthly=monthly)
    return navigation.page(
        "booking/desk_planning.html",
        "planning",
        view=view,
        monthly=monthly,
        kinds={s.kind: board.kinds()[s.kind] for s in spaces},
        kind=request.args.get("genre", ""),
        site_choices=[(s.id, s.name) for s in sites()],
        site=request.args.get("lieu", type=int),
        date=date,
    )


@pages.get("/jour/<raw>/feuille")
@needs("desk.see")
def sheet(raw: str) -> Response:
    """The day on paper, A4 landscape."""
    one = _day(a_date(raw))
    return navigation.page(
        "booking/desk_sheet.html",
        "today",
        day=one,
        rooms=[(space, one.of_space(space)) for space in one.spaces],
        state=lambda use: board.state(use, one),
        closed=board.closed_words,
        title=day_name(one.frame.day),
        year=day_name(one.frame.day, "year"),
        back=url_for("desk.of_day", raw=one.frame.day),
    )


@pages.get("/scanner")
@needs("desk.check_in")
def scanner() -> Response:
    """The camera where the browser can read codes, six letters everywhere."""
    typed = request.args.get("code", "").strip()
    code = typed.rstrip("/").rsplit("/", 1)[-1]
    if not typed:
        return navigation.page("booking/desk_scanner.html", "scanner", typed="", fault=None)
    found = read.by_code(code) or read.by_token(code)
    if found is None:
        fault = _("Aucune réservation ne porte ce code.")
        return navigation.page(
            "booking/desk_scanner.html", "scanner", 422, typed=typed[:60], fault=fault
        )
    return redirect(url_for("dossier.booking", code=found.code, pointage=1))


@pages.get("/plus")
@needs("me")
def more() -> Response:
    """Everything else, for a phone: the rail as a list, language, light, the way out."""
    return navigation.page("booking/desk_more.html", "more", language=lang())


# ── payments that need somebody ───────────────────────────────────────────────────────────────


def _payment(payment_id: int) -> Payment:
    found = db.session.scalars(select(Payment).where(Payment.id == payment_id)).one_or_none()
    if found is None:
        abort(404)
    return found


@pages.post("/paiements/<int:payment_id>/relance")
@needs("desk.book")
def ask_again(payment_id: int) -> Response:
    """Let the machine ask the gateway once more."""

    def work() -> None:
        found = payments.locked(_payment(payment_id).id)
        found.needs_person, found.asked_times = None, 0
        outbox.defer("payments.settle", payment_id=payment_id, lane="money")

    edge.act(work)
    navigation.say(_("Nous redemandons au service de paiement."))
    return navigation.back("/gestion")


@pages.post("/paiements/<int:payment_id>/classement")
@needs("desk.take_payment")
def settled(payment_id: int) -> Response:
    """Somebody saw to it."""

    def work() -> None:
        payments.locked(_payment(payment_id).id).needs_person = None
        dossier.note("payment.seen_to", f"payment:{payment_id}")

    edge.act(work)
    navigation.say(_("C’est classé."))
    return navigation.back("/gestion")
