"""Requests at the desk: the list, one request, and what is done with it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from flask import Blueprint, abort, redirect, request, url_for
from werkzeug.wrappers import Response

from app.booking import day
from app.booking.dossier import note
from app.core import clock
from app.core.errors import Refused
from app.core.i18n import _
from app.events import alternatives, wishes
from app.invoicing import crediting, quoting, settle
from app.invoicing.read import draft as find_draft
from app.requests import contract, mails, offers, quote_form, read, rules, seams, settings, words
from app.requests.models import SpaceRequest
from app.requests.policy import policy
from app.spaces.models import Space
from app.tenants.resolve import of_tenant
from app.web import edge, navigation, paging
from app.web.actor import actor
from app.web.policy import needs

pages = Blueprint("requests_desk", __name__, url_prefix="/gestion/demandes")
blueprints = (pages, settings.pages)
PAGE = 40


@pages.get("", endpoint="requests")
@needs("events.see")
def listed() -> Response:
    """By word, state and space; everything is in the address."""
    number = paging.asked()
    rows, total = read.listed(request.args, limit=PAGE, offset=(number - 1) * PAGE)
    now = clock.now()
    return navigation.page(
        "requests/desk_requests.html",
        "requests",
        rows=[(one, name, one.state_at(now), mails.when(one)) for one, name in rows],
        total=total,
        filters=request.args,
        states=words.states(),
        kinds=words.KINDS,
        icons=words.ICONS,
        space_choices=[(s.id, s.name) for s in day.of_venue()],
        page_number=number,
        pages_count=-(-total // PAGE),
        url=_page_url,
    )


def _page_url(number: int) -> str:
    wanted: dict[str, Any] = request.args.to_dict() | {"page": number}
    return url_for("requests_desk.requests", **wanted)


def found(request_id: int) -> SpaceRequest:
    """A request of this venue, or 404."""
    one = read.request(request_id)
    if one is None:
        abort(404)
    return one


@pages.get("/<int:request_id>")
@needs("events.see")
def show(request_id: int) -> Response:
    """One request: who, what, which spaces fit, what it displaces, its papers."""
    return _show(request_id)


def _show(request_id: int, status: int = 200, fault: Refused | None = None) -> Response:
    one, kept, now = found(request_id), policy(), clock.now()
    state = one.state_at(now)
    asking = state in rules.OPEN and one.starts_at > now
    fitting = offers.fitting(one, kept) if asking else []
    zone = read.site_of(one).zone
    typed = quote_form.suggested(one, fitting) | (request.form.to_dict() if fault else {})
    return navigation.page(
        "requests/desk_request.html",
        "requests",
        status,
        one=one,
        state=state,
        zone=zone,
        when=mails.when(one),
        deadline=mails.deadline(one) if one.is_held(now) else "",
        space=read.space_of(one),
        offers=fitting,
        alternatives=offers.nearest(one, fitting),
        rule=words.rule(kept),
        papers=[_paper(paper) for paper in read.papers(one.id)],
        contract=read.contract(one.id),
        steps=read.steps(one.id),
        states=words.states(),
        kinds=words.KINDS,
        icons=words.ICONS,
        options=words.options(),
        natures=list(words.natures().items()),
        customers=quote_form.kinds(),
        until=_latest(one, now + dt.timedelta(days=kept.hold_days)).astimezone(zone),
        typed=typed,
        count=quote_form.count(typed),
        fault=fault,
        field_at=fault.detail.get("field", "espaces") if fault else "",
        choices=[(o.space.id, o.space.name) for o in fitting],
        cards=[card(one) for card in seams.STAFF],
        may_edit=actor().can("events.edit"),
        may_bill=actor().can("money.bill"),
        asking=asking,
    )


def _latest(one: SpaceRequest, until: dt.datetime) -> dt.datetime:
    return min(until, one.starts_at)


def _paper(paper: read.Paper) -> dict[str, Any]:
    """A quote with what came of it, as its row shows it."""
    deposit = paper.deposit
    final = find_draft(paper.row.final_draft_id) if paper.row.final_draft_id else None
    return {
        "draft": paper.draft,
        "quote": paper.quote,
        "answer": quoting.answer_of(paper.quote.id) if paper.quote else None,
        "deposit": deposit,
        "deposit_asked": paper.row.deposit_draft_id,
        "deposit_due": settle.due_of(deposit.id) if deposit else 0,
        "deposit_stands": sum(crediting.left(deposit).values()) if deposit else 0,
        "final": paper.final,
        "final_draft": final,
    }


def _act(request_id: int, work: Callable[[], str]) -> Response:
    """Do it and say so; a refusal is said on the request's page, with what was typed."""
    found(request_id)
    try:
        said = edge.act(work)
    except Refused as error:
        return _show(request_id, error.status, error)
    navigation.say(said)
    return redirect(url_for("requests_desk.show", request_id=request_id), 303)


def _space() -> Space:
    raw = request.form.get("espace", "")
    known = [s for s in day.of_venue() if str(s.id) == raw]
    if not known:
        raise Refused(_("Choisissez un espace de la liste."), field="espace")
    return known[0]


@pages.post("/<int:request_id>/option")
@needs("events.edit")
def hold(request_id: int) -> Response:
    """Keep a space for them until a day and an hour."""

    def work() -> str:
        form, space = request.form, _space()
        date = wishes.day_of(form.get("jusquau", ""), "jusquau")
        minute = wishes.minute_of(form.get("heure", ""), "heure")
        end = wishes.Times(date, minute, date, minute)
        rules.hold(
            request_id,
            space,
            end.on(date, space.site.zone)[0],
            setup_minutes=wishes.whole(form.get("montage", ""), "montage", 0, 1440, empty=0),
            clear_minutes=wishes.whole(form.get("rangement", ""), "rangement", 0, 1440, empty=0),
            by=actor().account_id,
        )
        note("request.held", f"request:{request_id}", space=space.name)
        return _("L’espace est gardé, le client est prévenu.")

    return _act(request_id, work)


@pages.post("/<int:request_id>/option/fin")
@needs("events.edit")
def release(request_id: int) -> Response:
    """Give the hold back."""

    def work() -> str:
        rules.release(request_id, actor().account_id)
        note("request.released", f"request:{request_id}")
        return _("L’option est rendue : l’espace est libre.")

    return _act(request_id, work)


@pages.post("/<int:request_id>/creneau")
@needs("events.edit")
def reschedule(request_id: int) -> Response:
    """Another time or space that the page proposed."""

    def work() -> str:
        to = alternatives.parse(request.form.get("creneau", ""))
        if to is None or to[0].end <= to[0].start:
            raise Refused(_("Choisissez un créneau de la liste."))
        text = request.form.get("texte", "")[:200]
        rules.reschedule(
            request_id, alternatives.Alternative(to[1], to[0], text), actor().account_id
        )
        note("request.rescheduled", f"request:{request_id}")
        return _("La demande porte sur ce créneau.")

    return _act(request_id, work)


@pages.post("/<int:request_id>/devis")
@needs("money.bill")
def quote(request_id: int) -> Response:
    """Write the quote and send it; nothing typed is lost when something is wrong."""

    def work() -> str:
        made = rules.quote(
            request_id,
            of_tenant(),
            quote_form.buyer(request.form),
            quote_form.lines(request.form),
            space=_space(),
            by=actor().account_id,
        )
        note("document.quoted", f"draft:{made.id}", request=request_id)
        return _("Le devis part dès qu’il est numéroté, dans quelques secondes.")

    return _act(request_id, work)


@pages.post("/<int:request_id>/contrat")
@needs("events.edit")
def send_contract(request_id: int) -> Response:
    """Lay the contract out, keep it, send it."""

    def work() -> str:
        contract.send(read.locked(request_id), of_tenant(), actor().account_id)
        note("request.contract", f"request:{request_id}")
        return _("Le contrat est figé et envoyé.")

    return _act(request_id, work)


@pages.get("/<int:request_id>/contrat")
@needs("events.see")
def paper(request_id: int) -> Response:
    """The contract as it was sent."""
    return contract.answer(read.contract(found(request_id).id))


@pages.post("/<int:request_id>/refus")
@needs("events.edit")
def refuse(request_id: int) -> Response:
    """Say no; whoever asked is told."""

    def work() -> str:
        rules.refuse(request_id, request.form.get("raison", "")[:500], actor().account_id)
        note("request.refused", f"request:{request_id}")
        return _("La demande est close, le client est prévenu.")

    return _act(request_id, work)


@pages.post("/<int:request_id>/evenement")
@needs("events.edit")
def convert(request_id: int) -> Response:
    """Make it an event, in the very slot that was kept."""

    def work() -> str:
        made = rules.convert(request_id, actor().account_id)
        note("request.converted", f"request:{request_id}", event=made.id)
        return _("L’événement est créé en brouillon, dans le créneau gardé.")

    return _act(request_id, work)


@pages.post("/<int:request_id>/facture")
@needs("money.bill")
def bill(request_id: int) -> Response:
    """The final invoice, its deposit deducted."""

    def work() -> str:
        made = rules.bill(request_id, of_tenant(), actor().account_id)
        note("document.sold", f"draft:{made.id}", request=request_id)
        return _("La facture part dès qu’elle est numérotée, dans quelques secondes.")

    return _act(request_id, work)
