"""One page from a hold to a payment, and the way back from the payer's bank."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, abort, g, redirect, request, url_for
from flask import session as cookies
from werkzeug.wrappers import Response

from app.booking import (
    budget,
    confirm,
    hold,
    offers,
    read,
    second,
    terms,
    visitor,
    withdrawal,
    words,
)
from app.booking.cancel import Policy, terms_of
from app.booking.models import Booking
from app.core import clock
from app.core.errors import Refused, Taken
from app.core.i18n import _, day_name, lang
from app.core.words import token as fresh_token
from app.members import companies, spending
from app.members.models import Company, Person
from app.members.rules import person, person_by_email
from app.payments import leading, till
from app.payments import rules as payments
from app.payments.leading import Asking
from app.payments.models import Payment
from app.payments.payer import PayerForm
from app.rates import demand
from app.rates import words as price_words
from app.spaces import plans
from app.tenants.resolve import of_tenant, public_url
from app.web import edge, render
from app.web.actor import actor
from app.web.idempotency import replayable
from app.web.policy import PUBLIC, needs

pages = Blueprint("checkout", __name__)
ONLINE = ("card", "sepa_debit")
COMPANY = "company:"


@dataclass(frozen=True)
class Recap:
    """What is being bought, as plain words and cents."""

    token: str
    name: str
    day: str
    span: str
    day_short: str
    facts: list[tuple[str, str]]
    lines: list[tuple[str, int]]
    price_cents: int
    vat: str | None
    taxes: list[tuple[str, int]]
    why: str
    cancel: str
    late: str
    until: str
    plan: plans.Plan | None


def of_link(token: str) -> Booking:
    """The booking of a secret link, or 404."""
    of_tenant()
    found = read.by_token(token)
    if found is None:
        abort(404)
    return found


def is_live(booking: Booking) -> bool:
    """Whether its hold still has time."""
    return (
        booking.state == "held"
        and booking.held_until is not None
        and booking.held_until > clock.now()
    )


def _elsewhere(booking: Booking) -> Response | None:
    """Where a booking that awaits no payment belongs."""
    if booking.state in ("confirmed", "cancelled"):
        return redirect(url_for("ticket.show", token=booking.token), 303)
    if is_live(booking):
        return None
    quote = read.quote_of(booking)
    return second.again(quote.token if quote else "")


def _recap(booking: Booking) -> Recap:
    policy = terms_of(booking)
    space, zone = booking.space, booking.space.site.zone
    day = booking.starts_at.astimezone(zone).date()
    quote = read.quote_of(booking)
    seats = booking.quantity * space.capacity
    return Recap(
        token=booking.token,
        name=space.name,
        day=day_name(day),
        span=words.span(booking.starts_at, booking.ends_at, zone),
        day_short=day_name(day, "short"),
        facts=[("users", words.people(booking.people)), *words.facts(space, seats)[1:]],
        lines=offers.lines(booking, space),
        price_cents=booking.price_cents,
        vat=words.vat_line(booking.price_cents, booking.vat_bp),
        taxes=words.taxes(booking.price_cents, booking.vat_bp),
        why=price_words.why(quote) if quote else "",
        cancel=words.free_until(booking.starts_at, policy, zone, clock.now()),
        late=_late(booking, policy),
        until=words.clock_time(booking.held_until or clock.now(), zone),
        plan=plans.where_is(space),
    )


def _late(booking: Booking, policy: Policy) -> str:
    said = words.late_share(booking.starts_at, policy, clock.now()), words.todays_price(policy)
    return " ".join(filter(None, said))


def means(booking: Booking, who: Person | None) -> tuple[str, ...]:
    """How this person may pay here. Who has an account is never told to a guest."""
    if booking.price_cents == 0:
        return ("free",)
    found = list(till.methods())
    if of_tenant().desk_payment:
        found.append("desk")
    if who is not None and who.standing == "on_account":
        found.append("on_account")
    if who is not None:
        found += [f"{COMPANY}{company.id}" for company in companies.paying_for(who.id)]
    return tuple(found)


def _payer() -> Person | None:
    """The person who is signed in, if the venue knows one."""
    return person(actor().person_id or 0) if actor().person_id else None


def _paying_for(booking: Booking) -> list[tuple[str, str, int | None, int | None]]:
    """The companies that may pay: a means of payment, a name, what their month has left, and what
    they are asked for where our VAT is not theirs to pay."""
    who, zone = _payer(), booking.space.site.zone
    found = companies.paying_for(who.id) if who is not None else []
    return [
        (
            f"{COMPANY}{one.id}",
            one.name,
            spending.left(one, booking.starts_at, zone, booking.id),
            _without_vat(one, booking),
        )
        for one in found
    ]


def _without_vat(one: Company, booking: Booking) -> int | None:
    said = budget.sold_to(one, booking, booking.space)
    return said.gross_cents if said.is_abroad else None


def _otherwise(form: PayerForm) -> None:
    """The next means is chosen for whoever was refused one; they still press the button."""
    others = [way for way in form.means if not way.startswith(COMPANY)]
    if others:
        form.moyen.data = others[0]


def _page(booking: Booking, form: PayerForm, status: int = 200, said: str = "") -> Response:
    g.form_targets = (till.page_origin(),)
    return render.page(
        "booking/checkout.html",
        status,
        recap=_recap(booking),
        form=form,
        faults=form.faults(),
        who=_payer(),
        paying_for=_paying_for(booking),
        said=said,
        key=fresh_token(),
        early=withdrawal.asks_early_start(booking, booking.space),
        back={"url": address_of(booking), "label": _("Changer d’heure ou de salle")},
    )


def address_of(booking: Booking) -> str:
    """Back to the grid, at the very cell."""
    quote = read.quote_of(booking)
    return second.wish_of(quote, booking.space).url() if quote else "/reserver"


@pages.get("/commande/<token>")
@needs(PUBLIC)
def show(token: str) -> Response:
    """The page that asks who you are and takes the payment."""
    booking = of_link(token)
    if (answer := _elsewhere(booking)) is not None:
        return answer
    said = ""
    if request.args.get("retour"):
        said = _("Le paiement n’a pas abouti : rien n’a été débité. Vous pouvez recommencer.")
    found = means(booking, _payer())
    typed = {"moyen": found[0] if found else None, **_typed(token)}
    return _page(booking, _form(booking, formdata=None, **typed), said=said)


def _typed(token: str) -> dict[str, Any]:
    """What this browser typed here before it went to pay, so that coming back costs nothing."""
    kept: dict[str, Any] = cookies.get("typed", {})
    return kept["answers"] if kept.get("token") == token else {}


def _form(booking: Booking, **given: Any) -> PayerForm:
    """The form for whoever asks: who signed in says neither e-mail nor name."""
    who, mark = _payer(), terms.mark_of(of_tenant())
    agreed = terms.accepted_at(who.id if who else None, mark) is not None
    return PayerForm(
        means=means(booking, who), known=who is not None, agreed=agreed, mark=mark, **given
    )


@pages.post("/commande/<token>/abandon")
@needs(PUBLIC)
def give_up(token: str) -> Response:
    """The visitor thought again: the room is free at once."""
    booking = of_link(token)
    session = visitor.session_word()
    back = address_of(booking)

    def work() -> None:
        hold.give_up(booking)
        quote = read.quote_of(booking)
        if quote is not None:
            demand.log_quote(quote, read.space_of(booking), session, "left")

    edge.act(work)
    return redirect(back, 303)


def _caller() -> str:
    """Whose idempotency key it is: the booking's own secret link names it."""
    return f"checkout:{(request.view_args or {}).get('token', '')}"[:200]


@pages.post("/commande/<token>/paiement")
@needs(PUBLIC)
@replayable(_caller)
def pay(token: str) -> Response:
    """Write down who pays, then send them to pay, or confirm at once when nothing is paid now."""
    booking = of_link(token)
    if (answer := _elsewhere(booking)) is not None:
        return answer
    who = _payer()
    form = _form(booking)
    if not form.validate():
        return _page(booking, form, 422)
    try:
        outcome = edge.act(lambda: _commit(booking.id, form, who, visitor.session_word()))
    except Taken as taken:
        return second.lost(_quote_token(booking), taken.text)
    except budget.OverBudget as refusal:
        _otherwise(form)
        return _page(booking, form, refusal.status, refusal.text)
    except Refused as refusal:
        return _page(booking, form, refusal.status, refusal.text)
    if outcome is None:
        cookies.pop("typed", None)
        return redirect(url_for("ticket.show", token=token, merci=1), 303)
    cookies["typed"] = {"token": token, "answers": form.answers()}
    return to_gateway(outcome, token)


def _quote_token(booking: Booking) -> str:
    quote = read.quote_of(booking)
    return quote.token if quote else ""


def _commit(booking_id: int, form: PayerForm, who: Person | None, session: str) -> Asking | None:
    """In one transaction: the person, the terms, the way of paying, and the payment's row."""
    booking = read.locked(booking_id)
    if booking.state == "confirmed":
        return None
    if not is_live(booking):
        raise Taken(_("Le temps pour payer est écoulé."))
    payer = who or person_by_email(form.email.data, form.nom.data, locale=lang())
    booking.person_id = payer.id
    booking.terms_at, booking.terms_mark = clock.now(), form.mark
    way = _for_whom(booking, form, payer)
    booking.payment_way = "online" if way in ONLINE else way
    if (quote := read.quote_of(booking)) is not None:
        demand.log_quote(quote, read.space_of(booking), session, "booked")
    if way not in ONLINE:
        if not confirm.confirm(booking.id):
            raise Taken(_("Ce créneau vient d’être pris."))
        return None
    return asking(booking, payer, way)


def _for_whom(booking: Booking, form: PayerForm, payer: Person) -> str:
    """Write who is billed, and by which means: a company within its budget, or as it was typed."""
    space, way = read.space_of(booking), str(form.moyen.data)
    booking.company_id = None
    booking.organisation = form.company()
    booking.order_number = (form.bon.data or "").strip() or None
    if way.startswith(COMPANY):
        budget.charge(booking, space, int(way.removeprefix(COMPANY)), payer.id)
        way = "on_account"
    asked = not booking.organisation and withdrawal.asks_early_start(booking, space)
    booking.early_start_at = booking.terms_at if asked else None
    return way


def asking(booking: Booking, payer: Person, way: str, due_cents: int | None = None) -> Asking:
    """The payment row of this wish: the living one of the same means and amount, else a new one."""
    amount = booking.price_cents if due_cents is None else due_cents
    space = read.space_of(booking)
    zone = space.site.zone
    day = day_name(booking.starts_at.astimezone(zone).date())
    page = payments.Page(
        title=f"{space.name}, {day}",
        description=words.span(booking.starts_at, booking.ends_at, zone),
        success_url=public_url(f"/commande/{booking.token}/retour"),
        cancel_url=public_url(f"/commande/{booking.token}/retour?annule=1"),
        email=payer.email,
        locale=lang(),
    )
    due = payments.Due(
        "booking", booking.id, amount, payer.id, booking.currency, {booking.vat_bp: amount}
    )
    return leading.asking(due, way, page, booking.held_until)


def to_gateway(wish: Asking, token: str) -> Response:
    """Off to the payer's page; back here whatever it answers."""
    back = url_for("checkout.back", token=token)
    return leading.lead(wish, back=back, again=url_for("checkout.show", token=token))


@pages.get("/commande/<token>/retour")
@needs(PUBLIC)
def back(token: str) -> Response:
    """Back from the payer's page: confirmed, not paid, too late, or still unknown."""
    booking = of_link(token)
    tried = payments.of_source("booking", booking.id)
    last = tried[-1] if tried else None
    if last is not None and last.state in payments.LIVE and last.state != "processing":
        leading.settle(last)
        booking = of_link(token)
        last = payments.of_source("booking", booking.id)[-1]
    landing = _landing(booking, last)
    if landing is None:
        return _waiting(token, last)
    if render.is_fragment():
        return Response(status=204, headers={"HX-Redirect": landing})
    return redirect(landing, 303)


def _landing(booking: Booking, last: Payment | None) -> str | None:
    """The address to go on to; none while nobody knows."""
    if booking.state in ("confirmed", "cancelled"):
        return url_for("ticket.show", token=booking.token, merci=1)
    if last is not None and last.state == "captured":
        return url_for("ticket.show", token=booking.token)  # too late: it says that it goes back
    waits = last is not None and last.state in ("pending", "unknown", "open")
    if waits and not request.args.get("annule"):
        return None
    return url_for("checkout.show", token=booking.token, retour=1)


def _waiting(token: str, last: Payment | None) -> Response:
    """Nothing is known yet: the page asks again by itself, and has a link for whoever has no JS.

    Who left the payer's page half-way goes back to it from here."""
    if render.is_fragment():
        return Response(status=204)
    resume = last.checkout_url if last is not None and last.state == "open" else None
    lead = _("Nous attendons la réponse de votre banque. Votre espace reste gardé.")
    again = url_for("checkout.back", token=token)
    return render.page("payments/waiting.html", lead=lead, again=again, resume=resume)
