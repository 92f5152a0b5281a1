"""The queue for what is sold out: join it, see where one stands, take what is offered, leave."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from flask import abort, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from app.core import clock
from app.core.errors import Refused
from app.core.i18n import _, lang
from app.events import audience
from app.events import read as events
from app.events.models import Event
from app.members import rules as members
from app.members.models import Person
from app.tenants.resolve import of_tenant
from app.ticketing import counting, life, plain, queue, read, rules, words
from app.ticketing.life import pages
from app.ticketing.models import TicketCategory, TicketWait
from app.web import edge, render
from app.web.actor import actor
from app.web.policy import PUBLIC, needs

AGAIN = dt.timedelta(minutes=10)
TWICE = dt.timedelta(seconds=30)  # the second click on a button that was slow


@dataclass(frozen=True)
class Line:
    """A category in the form: its name, how many wait for it, why one cannot."""

    id: int
    name: str
    waiting: int
    why: str


def _event(slug: str) -> Event:
    """The event, or the 404 of one that this visitor may not see."""
    of_tenant()
    one = events.by_slug(slug)
    if one is None or not audience.may_see(one, actor().person_id):
        abort(404)
    return one


def _me() -> Person | None:
    return members.person(actor().person_id or 0) if actor().person_id else None


def _lines(event: Event) -> list[Line]:
    """What is sold out; what still has places is bought, and what is closed is neither."""
    sale = read.sale(event.id)
    if sale is None or event.state != "published" or event.starts_at <= clock.now():
        return []
    free, me = counting.whole_left(sale, event, counting.let_in(event.id)), _me()
    return [
        Line(one.id, words.category(one), queue.length(one.id), rules.not_for_sale(one, event, me))
        for one in read.categories(event.id)
        if min(one.quota - one.taken, free) <= 0
    ]


def _page(
    event: Event, status: int = 200, fault: Refused | None = None, sent_to: str = ""
) -> Response:
    sale = read.sale(event.id)
    return render.page(
        "ticketing/join.html",
        status,
        what=plain.happening(event),
        slug=event.slug,
        lines=_lines(event),
        most=sale.most if sale else 1,
        typed=request.form or request.args,
        fault=fault,
        who=actor() if actor().is_signed_in else None,
        sent_to=sent_to,
    )


@pages.get("/evenements/<event_slug>/attente")
@needs(PUBLIC)
def join(event_slug: str) -> Response:
    """Name, address, which places, how many."""
    return _page(_event(event_slug))


@pages.post("/evenements/<event_slug>/attente")
@needs(PUBLIC)
def enter(event_slug: str) -> Response:
    """Wait. Whoever is new sees their place at once; to an address that waits already its link is
    sent again, and shown to nobody."""
    event = _event(event_slug)
    try:
        life.allow("ticket-wait")
        found, is_new = edge.act(lambda: _enter(event))
    except Refused as refusal:
        return _page(_event(event_slug), refusal.status, refusal)
    if is_new:
        return redirect(url_for("ticketing_life.wait", token=found.token, merci=1), 303)
    return _page(_event(event_slug), sent_to=found.email)


def _enter(event: Event) -> tuple[TicketWait, bool]:
    form, me = request.form, _me()
    kind = read.category(life.number(form.get("billet", "")), event.id)
    if kind is None:
        raise Refused(_("Choisissez pour quel billet."), field="billet")
    if why := rules.not_for_sale(kind, event, me):
        raise Refused(why, field="billet")
    who = (form.get("email", ""), form.get("nom", ""))
    if actor().is_signed_in:
        who = (actor().email, actor().name)
    many = life.number(form.get("combien", "1"))
    try:
        found, is_new = queue.enter(event.id, kind.id, many, who, lang())
    except Refused as wrong:
        wrong.detail.setdefault("field", "email")
        raise
    if not is_new and not _is_theirs(found, kind, who, many):
        queue.tell(found, "joined", int(clock.now().timestamp() // AGAIN.total_seconds()))
        return found, False
    return found, True


def _is_theirs(found: TicketWait, kind: TicketCategory, who: tuple[str, str], many: int) -> bool:
    """Whether this browser wrote it: signed in under that address, or the same click again."""
    if actor().is_signed_in:
        return True
    same = (found.category_id, found.name, found.quantity) == (kind.id, who[1].strip(), many)
    return same and clock.now() - found.created_at < TWICE


# ── the place in the queue ────────────────────────────────────────────────────────────────────


def _of_link(token: str) -> TicketWait:
    of_tenant()
    found = read.wait_of(token)
    if found is None:
        abort(404)
    return found


def _stage(found: TicketWait, event: Event) -> str:
    """Where it stands for whoever looks, tidied or not."""
    now = clock.now()
    if event.state == "cancelled":
        return "called_off"
    if found.state == "offered" and found.offered_until is not None and found.offered_until <= now:
        return "expired"
    if found.state == "waiting" and event.starts_at <= now:
        return "over"
    return found.state


@pages.get("/billets/attente/<token>")
@needs(PUBLIC)
def wait(token: str) -> Response:
    """How many are before, or what is kept until when."""
    found = _of_link(token)
    event = read.event(found.event_id)
    kind = read.category(found.category_id, found.event_id)
    what, until = plain.happening(event), found.offered_until
    bought = read.order(found.order_id) if found.order_id else None
    return render.page(
        "ticketing/wait.html",
        wait=found,
        stage=_stage(found, event),
        what=what,
        slug=event.slug,
        category=words.category(kind) if kind else "",
        is_sold=kind is not None and kind.archived_at is None,
        ahead=queue.length(found.category_id, found.id),
        until=until.astimezone(what.zone) if until else None,
        left=max(0, int((until - clock.now()).total_seconds())) if until else 0,
        unpaid=bought is not None and bought.state == "held",
        order_url=f"/billets/{bought.token}" if bought and bought.email == found.email else "",
        thanks="merci" in request.args,
    )


@pages.post("/billets/attente/<token>/depart")
@needs(PUBLIC)
def leave(token: str) -> Response:
    """Wait no more; what was kept goes to the next."""
    wait_id = _of_link(token).id
    edge.act(lambda: queue.leave(wait_id))
    flash(_("Vous n’attendez plus : la place va à la personne suivante."), "ok")
    return redirect(url_for("ticketing_life.wait", token=token), 303)
