"""The public buys: one page to order, the way to the payer's bank and back (docs/ticketing.md)."""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import Any

from flask import Blueprint, Flask, abort, flash, g, redirect, request, url_for
from werkzeug.wrappers import Response

from app.accounts import limits
from app.booking import words as booking_words
from app.core import clock
from app.core.errors import Refused
from app.core.i18n import _
from app.events import audience
from app.events import read as events
from app.events import words as event_words
from app.events.models import Event
from app.payments import leading, till
from app.payments import rules as payments
from app.payments.models import Payment
from app.payments.payer import PayerForm
from app.tenants.resolve import of_tenant
from app.ticketing import (
    asked,
    basket,
    beside,
    bill,
    counting,
    ordering,
    paying,
    read,
    rows,
    rules,
    words,
)
from app.ticketing.asked import Asked
from app.ticketing.charging import SOURCE
from app.ticketing.models import TicketCategory, TicketOrder
from app.web import edge, render
from app.web.actor import actor
from app.web.policy import PUBLIC, needs

pages = Blueprint("ticketing", __name__)
blueprints = (pages,)
MOST_ORDERS, MOST_CODES = 60, 40  # in a quarter of an hour, from one network address


def install(_app: Flask) -> None:
    """An event's page shows what is sold for it."""
    beside.install()


def _event(event_slug: str) -> Event:
    """The event, or the 404 of one that is not there: whoever may not see it learns nothing."""
    of_tenant()
    one = events.by_slug(event_slug)
    staff = actor().can("events.see")
    if one is None or not audience.may_see(one, actor().person_id, staff=staff):
        abort(404)
    return one


# ── one page to order ─────────────────────────────────────────────────────────────────────────


@pages.get("/evenements/<event_slug>/billets")
@needs(PUBLIC)
def order(event_slug: str) -> Response:
    """What was chosen, and the few questions before it is theirs."""
    event = _event(event_slug)
    typed = request.args.to_dict()
    typed = asked.typed_before(event, typed.get("commande", "")) or typed
    found = Asked(event, typed, beside.who())
    said = _lost(found)
    if not found.basket.lines:
        found.basket.faults.pop("billets", None)
    means = paying.means(found.bill.price_cents, found.who)
    texts = ("email", "nom", "raison", "siren", "bon", "organisation")
    given = {name: typed[name] for name in texts if typed.get(name)}
    form = found.form(formdata=None, moyen=means[0] if means else None, **given)
    return _page(found, form, said=said)


def _lost(found: Asked) -> str:
    """That the places which were kept for whoever waited are theirs no more, or theirs already."""
    if found.typed.get("offre") and found.offer is None:
        return _("Cette proposition n’est plus valable.")
    return ""


def _page(
    found: Asked,
    form: PayerForm,
    status: int = 200,
    said: str = "",
    refused: dict[str, str] | None = None,
    *,
    sold_out: bool = False,
) -> Response:
    g.form_targets = (till.page_origin(),)
    event = found.event
    return render.page(
        "ticketing/buy.html",
        status,
        event=event,
        title=event_words.title(event),
        when=booking_words.moment(event.starts_at, events.site(event).zone),
        asked=found,
        bill=found.bill,
        form=form,
        faults=form.faults() | found.basket.faults | (refused or {}),
        accounts=paying.accounts(event, found.who),
        said=said,
        sold_out=sold_out,
        dates=beside.other_dates(event) if sold_out else [],
        login=beside.login_address(request.path, found.counts()),
        join=partial(beside.join_address, event),
        give_back=rows.give_back_terms(found.shelf.sale, event),
        minutes=rules.HOLD_MINUTES,
        kept=_kept(found),
        question=words.question,
        category=words.category,
    )


def _kept(found: Asked) -> dict[str, Any] | None:
    """Until when places are kept for this form, and how many seconds that is; nothing while none
    are. What lasts for hours says its day."""
    until = found.kept_until
    if until is None:
        return None
    zone = events.site(found.event).zone
    near = until - clock.now() < dt.timedelta(hours=1)
    return {
        "until": booking_words.clock_time(until, zone)
        if near
        else booking_words.moment(until, zone),
        "left": max(0, int((until - clock.now()).total_seconds())) if near else None,
    }


@pages.post("/evenements/<event_slug>/billets")
@needs(PUBLIC)
def buy(event_slug: str) -> Response:
    """Hold the tickets and lead to the payment; what costs nothing is theirs at once."""
    event, look = _event(event_slug), bool(request.form.get("faire"))
    _slow_down(look)
    found = Asked(event, request.form.to_dict(), beside.who())
    form = found.form()
    if look:
        return _look(found, form)
    changed = request.form.get("montre") != str(found.bill.price_cents)
    if changed:
        _choose_again(form)
    basket.check_answers(found.basket)
    if not form.validate() or found.basket.faults or changed:
        said = _("Le total a changé : vérifiez-le, puis validez.") if changed else ""
        return _page(found, form, 422, said)
    try:
        made = edge.act(lambda: ordering.order(found, form, beside.who()))
    except Refused as refusal:
        return _refused(event, form, refusal)
    if made.asking is None:
        return redirect(paying.page_of(made.token, thanks=made.state == "confirmed"), 303)
    return _lead(made.asking, made.token)


def _slow_down(look: bool) -> None:
    """A hold costs nothing and a code can be guessed: one address may not try for ever."""
    if look and not request.form.get("promo"):
        return
    what, most = ("code", MOST_CODES) if look else ("order", MOST_ORDERS)
    if not limits.allow(f"tickets:{what}:{of_tenant().id}:{request.remote_addr}", most):
        raise limits.TooMany(_("Trop d’essais : patientez un quart d’heure, ou appelez."))


def _look(found: Asked, form: PayerForm) -> Response:
    """The same page with the sums as they are now; nothing is ordered."""
    _choose_again(form)
    found.basket.faults.pop("billets", None)
    return _page(found, form)


def _choose_again(form: PayerForm) -> None:
    """What is free now is not paid, and what costs something now is."""
    if form.moyen.data not in form.means:
        form.moyen.data = form.means[0] if form.means else None


def _refused(event: Event, form: PayerForm, refusal: Refused) -> Response:
    """The page again, what was typed kept, with what is left now and why not."""
    found = Asked(event, request.form.to_dict(), beside.who())
    place = str(refusal.detail.get("field", "billets"))
    faults, full = {place: refusal.text}, isinstance(refusal, counting.SoldOut)
    return _page(found, form, refusal.status, _lost(found), refused=faults, sold_out=full)


def _lead(wish: leading.Asking, token: str) -> Response:
    """Off to the payer's page; back here whatever it answers."""
    back = url_for("ticketing.back", order_token=token)
    return leading.lead(wish, back=back, again=url_for("ticketing.pay", order_token=token))


# ── an order that waits for its payment ───────────────────────────────────────────────────────


def _order(order_token: str) -> TicketOrder:
    """The order of a secret link, or 404."""
    of_tenant()
    found = read.order_of(order_token)
    if found is None:
        abort(404)
    return found


def _is_live(found: TicketOrder) -> bool:
    """Whether its places are still kept."""
    in_time = found.held_until is not None and found.held_until > clock.now()
    return found.state == "held" and in_time


def _seconds(found: TicketOrder) -> int:
    """How long they still are."""
    return max(0, int((found.held_until - clock.now()).total_seconds())) if found.held_until else 0


@pages.get("/billets/<order_token>/payer")
@needs(PUBLIC)
def pay(order_token: str) -> Response:
    """The order as it stands: until when it is kept, pay, change it, let it go."""
    found = _order(order_token)
    if found.state in ("confirmed", "cancelled"):
        return redirect(paying.page_of(found.token), 303)
    event = _event_of(found)
    tried = payments.of_source(SOURCE, found.id)
    g.form_targets = (till.page_origin(),)
    return render.page(
        "ticketing/pay.html",
        order=found,
        event=event,
        title=event_words.title(event),
        when=booking_words.moment(event.starts_at, events.site(event).zone),
        zone=events.site(event).zone,
        bill=_bill(found),
        live=_is_live(found),
        left=_seconds(found),
        late=any(one.state == "captured" for one in tried),
        open=event.state == "published" and event.ends_at > clock.now(),
        retry=bool(request.args.get("retour")),
        change=url_for("ticketing.order", event_slug=event.slug, commande=found.token),
    )


def _event_of(found: TicketOrder) -> Event:
    one = events.event(found.event_id)
    if one is None:
        abort(404)
    return one


def _bill(found: TicketOrder) -> bill.Bill:
    kinds: dict[int, TicketCategory] = {
        one.id: one for one in read.categories(found.event_id, archived=True)
    }
    tickets = read.tickets(found.id)
    return bill.bill(
        [(kinds[one.category_id], one.list_cents) for one in tickets],
        [(kinds[one.category_id], one.price_cents) for one in tickets],
    )


@pages.post("/billets/<order_token>/payer")
@needs(PUBLIC)
def pay_again(order_token: str) -> Response:
    """To the payer's page, as long as the places are kept."""

    def work() -> leading.Asking | None:
        found = _order(order_token)
        held = counting.gate(found.event_id)
        found = read.locked(found.id)
        waits = _is_live(found) and found.way == "online" and held.event.state == "published"
        return paying.asking(found) if waits else None

    try:
        wish = edge.act(work)
    except Refused as refusal:
        flash(refusal.text, "warn")
        wish = None
    if wish is None:
        return redirect(url_for("ticketing.pay", order_token=order_token), 303)
    return _lead(wish, order_token)


@pages.post("/billets/<order_token>/abandon")
@needs(PUBLIC)
def give_up(order_token: str) -> Response:
    """The buyer thought again: the places are free at once."""
    found = _order(order_token)
    slug = _event_of(found).slug
    edge.act(lambda: rules.abandon(found.id))
    if _order(order_token).state != "lapsed":
        return redirect(paying.page_of(order_token), 303)
    flash(_("Les places sont de nouveau libres. Rien n’a été débité."))
    return redirect(url_for("agenda.event", event_slug=slug), 303)


@pages.get("/billets/<order_token>/retour")
@needs(PUBLIC)
def back(order_token: str) -> Response:
    """Back from the payer's page: theirs, not paid, too late, or still unknown."""
    found = _order(order_token)
    last = _last(found)
    if last is not None and last.state in payments.LIVE and last.state != "processing":
        leading.settle(last)
        found = _order(order_token)
        last = _last(found)
    landing = _landing(found, last)
    if landing is None:
        return _waiting(found, last)
    if render.is_fragment():
        return Response(status=204, headers={"HX-Redirect": landing})
    return redirect(landing, 303)


def _last(found: TicketOrder) -> Payment | None:
    tried = payments.of_source(SOURCE, found.id)
    return tried[-1] if tried else None


def _landing(found: TicketOrder, last: Payment | None) -> str | None:
    """The address to go on to; none while nobody knows."""
    if found.state in ("confirmed", "cancelled"):
        return paying.page_of(found.token, thanks=found.state == "confirmed")
    waits = last is not None and last.state in ("pending", "unknown", "open")
    if waits and not request.args.get("annule"):
        return None
    more: dict[str, Any] = {} if last is not None and last.state == "captured" else {"retour": 1}
    return url_for("ticketing.pay", order_token=found.token, **more)


def _waiting(found: TicketOrder, last: Payment | None) -> Response:
    """Nothing is known yet: the page asks again by itself, and has a link for whoever has no JS."""
    if render.is_fragment():
        return Response(status=204)
    resume = last.checkout_url if last is not None and last.state == "open" else None
    lead = _("Nous attendons la réponse de votre banque. Vos places restent gardées.")
    again = url_for("ticketing.back", order_token=found.token)
    return render.page("payments/waiting.html", lead=lead, again=again, resume=resume)
