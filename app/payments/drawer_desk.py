"""The till at the desk: open, put in and take out, count and close; its history (`drawer_past.py`),
and each session as a sheet to print and sign."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, abort, redirect, request, url_for
from werkzeug.wrappers import Response

from app.core import audit, money, words
from app.core.errors import Refused
from app.core.i18n import _
from app.payments import drawer, drawer_past, here, tills
from app.payments.models import TillSession
from app.tenants.resolve import of_tenant
from app.web import edge, navigation
from app.web.actor import actor
from app.web.idempotency import replayable
from app.web.policy import needs

pages = Blueprint("till", __name__, url_prefix="/gestion/caisse")


def _page(status: int = 200, fault: Refused | None = None, form: str = "") -> Response:
    currency, site_id = of_tenant().currency, here.site_id()
    session = drawer.current(site_id)
    past = drawer_past.context(site_id)
    moved = drawer.movements(session.id) if session else []
    people = {end.by_account for _one, end in past["rows"] if end} | {
        one.by_account for one in moved
    }
    people |= {actor().account_id, session.opened_by if session else None}
    return navigation.page(
        "payments/desk_till.html",
        "till",
        status,
        session=session,
        summed=drawer.summed(session, currency) if session else None,
        books=drawer.in_books(currency, site_id),
        sites=_sites(site_id),
        site_id=site_id,
        movements=moved,
        kinds=drawer_past.kinds(),
        pieces=drawer.pieces(currency),
        currency=currency,
        names=drawer_past.names(people),
        fault=fault,
        wrong=form,
        typed=request.form,
        key=words.token(),
        zone=of_tenant().books_zone,
        **past,
    )


def _sites(site_id: int | None) -> list[dict[str, Any]]:
    """The tills of the venue beside one another; none to choose where there is one."""
    known = tills.sites()
    return [
        {
            "label": one.name,
            "url": url_for("till.show", site=one.id),
            "current": one.id == site_id,
        }
        for one in known
        if len(known) > 1
    ]


def _till() -> int | None:
    """The till that the form was shown for: another one chosen in another tab changes nothing."""
    return tills.site(request.form.get("site", type=int) or here.site_id())


def _counting() -> str:
    """Whose idempotency key it is."""
    return f"till:{actor().account_id}"


@pages.get("")
@needs("desk.take_payment")
def show() -> Response:
    """The till of a site as it stands, and its past; the one that is chosen takes the money."""
    if request.args.get("site"):
        here.choose(request.args.get("site", type=int))
    return _page()


def _session(till_id: int) -> TillSession:
    found = drawer.session_of(till_id)
    if found is None:
        abort(404)
    return found


@pages.get("/<int:till_id>")
@needs("desk.take_payment")
def sheet(till_id: int) -> Response:
    """One session: the count, the difference and who answers for it."""
    session = _session(till_id)
    closing, moved = drawer.closing_of(session.id), drawer.movements(session.id)
    people = {session.opened_by, closing.by_account if closing else None}
    people |= {one.by_account for one in moved}
    return navigation.page(
        "payments/desk_till_sheet.html",
        "till",
        session=session,
        closing=closing,
        movements=moved,
        summed=drawer.summed(session, of_tenant().currency),
        currency=of_tenant().currency,
        kinds=drawer_past.kinds(),
        names=drawer_past.names(people),
        zone=of_tenant().books_zone,
    )


def _cents(name: str) -> int:
    """An amount of the form; refuses one that is none."""
    raw = request.form.get(name, "").strip() or "0"
    found = money.typed(raw)
    if found is None:
        raise Refused(_("Ce montant n’est pas lisible."), field=name)
    return found


@pages.post("/ouverture")
@needs("desk.take_payment")
@replayable(_counting)
def begin() -> Response:
    """Open it with what is in it."""

    def work() -> None:
        session = drawer.open_with(
            _cents("fond"),
            of_tenant().currency,
            by=actor().account_id,
            origin=request.form.get("origine", ""),
            reason=request.form.get("raison", ""),
            site_id=_till(),
        )
        _note("till.opened", session.id, session.float_cents)

    return _acted(work, _("La caisse est ouverte."), "open")


@pages.post("/mouvements")
@needs("desk.take_payment")
@replayable(_counting)
def move() -> Response:
    """Put in or take out; a form that is sent twice moves once."""

    def work() -> None:
        sign = -1 if request.form.get("sens") == "out" else 1
        made = drawer.move(
            sign * _cents("somme"),
            request.form.get("nature", ""),
            request.form.get("motif", ""),
            of_tenant().currency,
            by=actor().account_id,
            site_id=_till(),
        )
        _note("till.moved", made.session_id, made.amount_cents)

    return _acted(work, _("Le mouvement est noté."), "move")


def _counts() -> dict[int, int]:
    """How many of each note and coin; an empty box is none, and what is no number is refused."""
    found = {}
    for piece in drawer.pieces(of_tenant().currency):
        raw = request.form.get(f"p{piece}", "").strip() or "0"
        if not (raw.isascii() and raw.isdigit() and len(raw) < 7):
            raise Refused(_("Comptez en nombres entiers."), field=f"p{piece}")
        found[piece] = int(raw)
    return found


@pages.post("/cloture")
@needs("desk.take_payment")
@replayable(_counting)
def end() -> Response:
    """Close it with a count; a difference comes back to be explained, the count kept."""
    made: list[int] = []

    def work() -> None:
        closing = drawer.close(
            _counts(),
            of_tenant().currency,
            by=actor().account_id,
            explanation=request.form.get("explication", ""),
            banked_cents=_cents("banque"),
            site_id=_till(),
        )
        gap = closing.counted_cents - closing.expected_cents
        _note("till.closed", closing.session_id, gap)
        made.append(closing.session_id)

    try:
        edge.act(work)
    except Refused as refusal:
        return _page(refusal.status, refusal, "close")
    navigation.say(_("La caisse est fermée."))
    return redirect(url_for("till.sheet", till_id=made[-1]))


def _note(action: str, session_id: int, cents: int) -> None:
    audit.note(action, f"till:{session_id}", actor_id=actor().account_id, cents=cents)


def _acted(work: Callable[[], None], said: str, form: str) -> Response:
    try:
        edge.act(work)
    except Refused as refusal:
        return _page(refusal.status, refusal, form)
    navigation.say(said)
    return redirect(url_for("till.show"))
