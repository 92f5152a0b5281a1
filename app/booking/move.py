"""Another time or another space: in one transaction, at a price that was said."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import select

from app.booking import budget, charging, read
from app.booking.cancel import Actor, Policy, TooLate, allowed, share
from app.booking.facts import BookingMoved
from app.booking.models import Booking, Move
from app.core import clock
from app.core.db import db
from app.core.errors import Refused
from app.core.i18n import _
from app.core.mail import Mail
from app.core.money import vat_inside
from app.core.signals import publish
from app.core.slots import Interval
from app.ledger import rules as ledger
from app.ledger import taxes
from app.ledger.rules import Cause
from app.members import companies
from app.occupancy import rules as occupancy
from app.occupancy.rules import Taking
from app.payments import refunds
from app.payments import rules as payments
from app.rates.models import Quote
from app.spaces import natures
from app.spaces.models import Space


@dataclass(frozen=True)
class Change:
    """What a move costs: more to pay, or how much goes back under the tenant's policy.

    most_cents   what may come back of the moved booking at most, where the venue's terms bind it
    """

    old_cents: int
    new_cents: int
    to_pay_cents: int
    back_cents: int
    most_cents: int | None = None


def change(booking: Booking, quote: Quote, policy: Policy) -> Change:
    """What moving would change, to be shown before the last click.

    A dearer time is paid in full; of a cheaper one the policy's share of the difference goes back.
    Where at most today's price comes back, the time that is left counts for no more than that, now
    and when the new one is given back: there and back again gains nothing.
    """
    now, old, new = clock.now(), booking.price_cents, asked_for(booking, quote)
    worth = allowed(old, booking, policy, now)
    back = share(max(worth - new, 0), booking.starts_at, policy, now)
    more = max(new - old, 0)
    most = worth + more - back if policy.today else booking.refund_most_cents
    return Change(old, new, more, back, most)


def asked_for(booking: Booking, quote: Quote) -> int:
    """What a new time costs whoever booked: a firm that pays its VAT at home goes on paying none
    here. Refuses a move between what is taxed here and what is not: that is another sale."""
    told = booking.organisation.get("tax")
    company = companies.company(booking.company_id) if booking.company_id is not None else None
    if company is None:
        return quote.price_cents
    space = db.session.get_one(Space, quote.space_id)
    if told and natures.NATURES[space.nature].place == "customer":
        return quote.price_cents - vat_inside(quote.price_cents, quote.vat_bp)
    before = db.session.get_one(Space, booking.space_id)
    if space.nature != before.nature and (told or budget.sold_to(company, quote, space).is_abroad):
        raise Refused(
            _(
                "La TVA n’y est pas due au même endroit : annulez cette réservation et faites-en"
                " une autre."
            )
        )
    return quote.price_cents


@dataclass(frozen=True)
class Telling:
    """When whoever booked is written to: at once, at a moment if it still holds then, or never."""

    at: dt.datetime | None = None
    quiet: bool = False


AT_ONCE = Telling()


def is_told(booking: Booking) -> bool:
    """Whether the letter of its last move was written. Ask with the row locked: the letter locks
    it too, so that it is either there or will find that nothing holds any more."""
    written = select(Mail.id).where(
        Mail.entity == f"booking:{booking.id}:moved", Mail.version == booking.sequence + 1
    )
    return db.session.scalar(written) is not None


def _movable(booking_id: int, actor: Actor) -> Booking:
    booking = read.locked(booking_id)
    if booking.state != "confirmed":
        raise Refused(_("Cette réservation ne peut plus être déplacée."))
    if actor.kind == "person" and booking.starts_at <= clock.now():
        raise TooLate(_("La réservation a commencé : adressez-vous à l’accueil."))
    return booking


def move(
    booking_id: int,
    quote: Quote,
    policy: Policy,
    actor: Actor,
    *,
    promised: int | None = None,
    telling: Telling = AT_ONCE,
) -> Move:
    """Take the new time, give the old one back, settle the difference; `Taken` changes nothing.

    `promised` is the refund that was shown before the last click: a smaller one is refused.
    """
    booking = _movable(booking_id, actor)
    cost = change(booking, quote, policy)
    if promised is not None and cost.back_cents < promised:
        raise TooLate(_("Le montant remboursé vient de changer : vérifiez-le avant de déplacer."))
    if cost.to_pay_cents:
        space = db.session.get_one(Space, quote.space_id)
        budget.again(booking, space, quote.starts_at, cost.new_cents)
    row = Move(
        booking_id=booking.id,
        by=actor.kind,
        by_account=actor.account_id,
        at=clock.now(),
        from_space_id=booking.space_id,
        from_starts_at=booking.starts_at,
        from_ends_at=booking.ends_at,
        from_price_cents=booking.price_cents,
        to_price_cents=booking.price_cents + cost.to_pay_cents - cost.back_cents,
    )
    db.session.add(row)
    db.session.flush()  # id for the ledger
    _reseat(booking, quote)
    _settle(booking, row, actor)
    booking.price_cents, booking.refund_most_cents = row.to_price_cents, cost.most_cents
    if off := cost.new_cents - quote.price_cents:
        booking.steps = [*booking.steps, {"code": "vat_abroad", "cents": off}]
    if kept := row.to_price_cents - cost.new_cents:
        booking.steps = [*booking.steps, {"code": "kept", "cents": kept}]
    booking.sequence += 1
    publish(BookingMoved(booking.id, telling.at, telling.quiet))
    return row


def _reseat(booking: Booking, quote: Quote) -> None:
    occupancy.release("booking", booking.id)
    occupancy.take(
        occupancy.place(quote.space_id),
        Interval(quote.starts_at, quote.ends_at),
        quote.quantity,
        Taking("booking", "booking", booking.id),
    )
    booking.space_id = quote.space_id
    booking.starts_at, booking.ends_at = quote.starts_at, quote.ends_at
    booking.quantity, booking.people = quote.quantity, quote.people
    booking.steps = quote.steps


def _settle(booking: Booking, row: Move, actor: Actor) -> None:
    account = taxes.vat_account_of("booking", booking.id)
    lines = ledger.resale(row.from_price_cents, row.to_price_cents, booking.vat_bp, account)
    ledger.post(Cause("booking", booking.id, f"moved:{row.id}"), booking.currency, lines)
    charging.changed(booking, f"moved:{row.id}", row.from_price_cents, row.to_price_cents)
    owed = -payments.due_on("booking", booking.id)
    if owed > 0:
        refunds.give_back("booking", booking.id, owed, f"moved:{row.id}", actor.account_id)
