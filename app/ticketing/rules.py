"""Order tickets, hand them over, give them back. None of this commits (docs/ticketing.md)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from app.booking import budget
from app.core import clock, outbox, words
from app.core.db import db
from app.core.errors import Gone, Refused
from app.core.i18n import _, euros
from app.core.signals import publish
from app.core.slots import local_day
from app.events import audience
from app.events import read as events
from app.events.models import Event
from app.members import companies, spending
from app.members.models import Person
from app.payments import refunds
from app.payments import rules as payments
from app.ticketing import charging, counting, pricing, promo, queue, read
from app.ticketing import words as words_of
from app.ticketing.charging import SOURCE
from app.ticketing.counting import Gate
from app.ticketing.facts import OrderConfirmed
from app.ticketing.models import PromoCode, Ticket, TicketCategory, TicketOrder

HOLD_MINUTES = 15
NAME, ANSWER = 120, 500
AT_ONCE = ("desk", "on_account", "free", *payments.AT_DESK)


@dataclass(frozen=True)
class Place:
    """One ticket that is wanted: of which kind, for whom, at which price where that is free."""

    category_id: int
    name: str = ""
    email: str = ""
    answers: tuple[str, ...] = ()
    cents: int | None = None


@dataclass(frozen=True)
class Wish:
    """An order before it is one. `form_key` is the form's own name: sent twice, it is one order.
    `replaces` is what the same person held a moment ago, before they changed their mind."""

    event_id: int
    places: tuple[Place, ...]
    form_key: str
    payer: Person | None
    way: str = "online"
    name: str = ""
    promo: str = ""
    company_id: int | None = None
    order_number: str = ""
    origin: str = "web"
    offer: str = ""
    locale: str = "fr"
    known: Person | None = None
    by: int | None = None
    staff: bool = False
    hold_minutes: int = HOLD_MINUTES
    terms_mark: str | None = None
    organisation: dict[str, Any] = field(default_factory=dict)
    replaces: int | None = None


def order(wish: Wish) -> TicketOrder:
    """Hold the tickets while somebody pays; what costs nothing, or is paid later or at the desk, is
    confirmed at once. Refuses with `SoldOut` and nothing written, what is not on sale, who may not
    buy, a code that does not count, an answer that is missing."""
    held = counting.gate(wish.event_id)
    if (before := _before(wish)) is not None:
        return before
    queue.tidy(held)
    if wish.replaces is not None:
        queue.replace(held, wish.replaces)
    _refuse_closed(held, wish)
    kinds = _kinds(held, wish)
    if wish.offer:
        queue.use(held, wish.offer, [one.category_id for one in wish.places])
    counting.take(held, counting.tally([one.category_id for one in wish.places]))
    listed = [pricing.list_price(kinds[one.category_id], one.cents) for one in wish.places]
    code = promo.use(wish.promo, wish.event_id) if wish.promo.strip() else None
    prices = pricing.discounted(listed, code)
    made = _write(held, wish, code, (sum(prices), sum(listed) - sum(prices)))
    tickets = [
        _ticket(made, kinds[one.category_id], one, wish, (before_, after))
        for one, before_, after in zip(wish.places, listed, prices, strict=True)
    ]
    db.session.add_all(tickets)
    db.session.flush()  # ids for the ledger
    if wish.offer:
        queue.note_taken(wish.offer, made.id)
        queue.offer(held)  # what was offered and is not wanted goes to the next at once
    _charge_company(made, wish, tickets, kinds)
    if made.way in AT_ONCE:
        _hand_over(made, tickets)
    else:
        outbox.defer("ticketing.tidy", event_id=made.event_id, at=made.held_until, lane="holds")
    return made


def _before(wish: Wish) -> TicketOrder | None:
    return db.session.scalars(
        select(TicketOrder).where(TicketOrder.form_key == wish.form_key)
    ).one_or_none()


def _refuse_closed(held: Gate, wish: Wish) -> None:
    event, now = held.event, clock.now()
    if event.state != "published" or event.ends_at <= now:
        raise Gone(_("La billetterie de cet événement est fermée."))
    person = wish.known.id if wish.known else None
    if not audience.may_see(event, person, staff=wish.staff):
        raise Refused(_("Cet événement n’est pas ouvert à cette personne."))
    if not wish.places:
        raise Refused(_("Choisissez au moins un billet."), field="billets")
    if len(wish.places) > held.sale.most and not wish.staff:
        most = held.sale.most
        raise Refused(_("%(n)s billets au plus par commande.", n=most), field="billets")


def _kinds(held: Gate, wish: Wish) -> dict[int, TicketCategory]:
    """The categories that are wanted, each on sale for this buyer."""
    found = {}
    for place in wish.places:
        one = held.categories.get(place.category_id)
        if one is None or one.archived_at is not None:
            raise Refused(_("Ce billet n’est plus en vente."), field="billets")
        found[one.id] = one
    for one in found.values():
        if (why := not_for_sale(one, held.event, wish.known)) and not wish.staff:
            raise Refused(why, field=f"n-{one.id}")
    return found


def not_for_sale(one: TicketCategory, event: Event, who: Person | None) -> str:
    """Why this person cannot buy it now; nothing when they can."""
    now = clock.now()
    if one.from_at is not None and now < one.from_at:
        return _("La vente n’a pas commencé.")
    if one.until_at is not None and now >= one.until_at:
        return _("La vente est terminée.")
    if may_buy(one, event, who):
        return ""
    if one.buyers == "members":
        return _("Réservé aux membres : connectez-vous.")
    return _("Réservé aux entreprises invitées : connectez-vous.")


def may_buy(one: TicketCategory, event: Event, who: Person | None) -> bool:
    """Whether tickets of this kind are for this person at all, on sale now or not."""
    if one.buyers == "members":
        return who is not None and who.standing in audience.MEMBERS
    return one.buyers == "everybody" or _is_invited(event, who)


def _is_invited(event: Event, who: Person | None) -> bool:
    if who is None:
        return False
    wanted = set(events.company_ids(event.id))
    mine = {company.id for company in companies.paying_for(who.id)}
    return bool(wanted & mine) or (not wanted and bool(mine))


def _write(held: Gate, wish: Wish, code: PromoCode | None, cents: tuple[int, int]) -> TicketOrder:
    price, off = cents
    payer = wish.payer
    way = wish.way if price else "free"
    made = TicketOrder(
        code=words.short_code(8),
        token=words.token(),
        form_key=wish.form_key,
        event_id=held.event.id,
        person_id=payer.id if payer else None,
        name=_one_line(wish.name or (payer.name if payer else "")),
        email=payer.email if payer else "",
        locale=wish.locale,
        state="held",
        way=way,
        origin=wish.origin,
        price_cents=price,
        discount_cents=off,
        promo_id=code.id if code else None,
        organisation=wish.organisation,
        order_number=_one_line(wish.order_number)[:60],
        held_until=clock.now() + dt.timedelta(minutes=wish.hold_minutes),
        terms_at=clock.now() if wish.terms_mark else None,
        terms_mark=wish.terms_mark,
        by_account=wish.by,
    )
    db.session.add(made)
    db.session.flush()  # id for its tickets
    return made


def _ticket(
    made: TicketOrder, one: TicketCategory, place: Place, wish: Wish, cents: tuple[int, int]
) -> Ticket:
    listed, price = cents
    return Ticket(
        order_id=made.id,
        event_id=made.event_id,
        category_id=one.id,
        code=words.token(),
        holder_name=_one_line(place.name) or made.name or _("Invité"),
        holder_email=place.email.strip()[:254],
        state="held",
        list_cents=listed,
        price_cents=price,
        vat_bp=one.vat_bp,
        answers=answers(one, place.answers, required=not wish.staff),
    )


def answers(one: TicketCategory, given: Sequence[str], *, required: bool) -> list[dict[str, str]]:
    """What was asked and answered, frozen with the ticket."""
    found = []
    for n, question in enumerate(one.questions):
        said = answer(question, given[n] if n < len(given) else "", required=required)
        found.append({"question": question["fr"], "answer": said})
    return found


def answer(question: Mapping[str, Any], given: str, *, required: bool) -> str:
    """One answer as it is kept. Refuses a missing one, and a choice that was not offered."""
    said = _one_line(given, ANSWER)
    if question["required"] and not said and required:
        raise Refused(_("Répondez : %(what)s", what=words_of.question(question)), field="answers")
    if said and question["kind"] == "choice" and said not in question["choices"]:
        raise Refused(_("Choisissez une des réponses proposées."), field="answers")
    return said


def _one_line(text: str, most: int = NAME) -> str:
    return words.one_line(text, most)


def _charge_company(
    made: TicketOrder, wish: Wish, tickets: list[Ticket], kinds: dict[int, TicketCategory]
) -> None:
    """Let a company pay, within its month; its row is locked meanwhile. What is taxed at its home
    (never the admission) is asked for without our VAT."""
    if wish.company_id is None:
        return
    if wish.payer is None:
        raise Refused(_("Dites qui achète pour l’entreprise."), field="email")
    firm = companies.for_spending(wish.company_id, wish.payer.id)
    event = db.session.get_one(Event, made.event_id)
    zone = events.site(event).zone
    abroad = charging.tax_abroad(made, firm, tickets, kinds, local_day(event.starts_at, zone))
    left = spending.left(firm, clock.now(), zone)
    if left is not None and made.price_cents > left:
        raise budget.OverBudget(
            _(
                "Le budget du mois de %(company)s n’y suffit plus : il reste %(left)s.",
                company=firm.name,
                left=euros(max(left, 0)),
            ),
            field="moyen",
        )
    made.company_id = firm.id
    made.organisation = companies.snapshot(firm)
    made.order_number = made.order_number or firm.reference or ""
    if abroad:
        made.organisation |= {"tax": abroad}
    made.way = "on_account" if made.price_cents else "free"


def confirm(order_id: int, *, by_payment: bool = False) -> bool:
    """Hand the tickets over: True when they are theirs, False when the places went to somebody
    else or the event will not take place. What lapsed is taken again while places are free."""
    held = counting.gate(read.order(order_id).event_id)
    found = read.locked(order_id)
    if found.state in ("confirmed", "cancelled"):
        return found.state == "confirmed"
    if not by_payment and found.way not in AT_ONCE:
        raise Refused(_("Cette commande attend son paiement."))
    if held.event.state != "published":
        return False
    tickets = read.tickets(found.id)
    if found.state == "lapsed":
        queue.claim(held, found.id)
        try:
            counting.take(held, counting.tally([one.category_id for one in tickets]))
        except counting.SoldOut:
            return False
    _hand_over(found, tickets)
    return True


def _hand_over(found: TicketOrder, tickets: list[Ticket]) -> None:
    found.state, found.confirmed_at, found.held_until = "confirmed", clock.now(), None
    for one in tickets:
        one.state = "valid"
    db.session.flush()  # whoever hears of it finds it written
    charging.sold(found, tickets)
    publish(OrderConfirmed(found.id))


def paid(order_id: int, payment_id: int, amount_cents: int) -> None:
    """The money is there: hand the tickets over, or give the money back at once and say so."""
    sold = confirm(order_id, by_payment=True)
    found = read.order(order_id)
    if sold or found.state == "cancelled":
        too_much = -payments.due_on(SOURCE, order_id)
        if too_much > 0:  # two pages were open and both were paid, or it was cancelled meanwhile
            why = "paid_twice" if sold else "cancelled"
            refunds.request(payment_id, min(too_much, amount_cents), why)
        return
    refunds.request(payment_id, amount_cents, "too_late")
    letter("lost", order_id, cents=amount_cents)


def take_money(order_id: int, way: str, by: int | None) -> None:
    """Somebody at the desk was paid for what is still due."""
    found = read.locked(order_id)
    due = payments.due_on(SOURCE, found.id)
    if found.state != "confirmed" or due <= 0:
        raise Refused(_("Il n’y a rien à payer."))
    till_site = read.event(found.event_id).site_id  # cash lies where the event is
    wanted = payments.Due(SOURCE, found.id, due, found.person_id, found.currency)
    payments.record_at_desk(wanted, way, by, till_site)


def abandon(order_id: int) -> None:
    """The buyer thought again before paying: the places are free at once."""
    held = counting.gate(read.order(order_id).event_id)
    found = read.locked(order_id)
    if found.state == "held":
        queue.let_go(held, found)
        queue.offer(held)


def letter(kind: str, order_id: int, *, cents: int = 0, entity: str = "") -> None:
    """The letter is a job of this transaction."""
    found = read.order(order_id)
    outbox.defer(
        "ticketing.letter",
        kind=kind,
        order_id=order_id,
        version=found.sequence + 1,
        cents=cents,
        entity=entity,
        lane="mail",
    )
