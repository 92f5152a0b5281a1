"""Give a booking back: what is refunded is said before, and is what is refunded."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

from app.booking import charging, read
from app.booking.facts import BookingCancelled
from app.booking.models import Booking, Cancellation
from app.core import clock
from app.core.db import db
from app.core.errors import Refused
from app.core.i18n import _
from app.core.money import percent_of, vat_inside
from app.core.signals import publish
from app.core.slots import Interval
from app.ledger import rules as ledger
from app.ledger import taxes
from app.ledger.rules import Cause
from app.occupancy import rules as occupancy
from app.payments import refunds
from app.payments import rules as payments
from app.rates import today
from app.rates.rules import Asked
from app.spaces.models import Space
from app.tenants.models import Tenant


class TooLate(Refused):
    """It has begun, or it is over."""

    code = "too_late"


@dataclass(frozen=True)
class Policy:
    """A refund rule: all back until some hours before, a share until the start; where `today`, at
    most today's price, so that booking again is no game."""

    free_hours: int
    late_percent: int
    today: bool = False

    def on(self, space: Space) -> Policy:
        """The rule as it is said of one space: where prices stand still nobody could book again
        for less, and nothing is said of it."""
        moves = space.pricing == "dynamic" and space.base_cents > 0
        return replace(self, today=self.today and moves)


def policy_of(tenant: Tenant) -> Policy:
    """What a tenant promises to whoever books from now on."""
    hours, percent = tenant.free_cancel_hours, tenant.late_refund_percent
    return Policy(hours, percent, tenant.refund_today_since is not None)


def terms_of(booking: Booking) -> Policy:
    """What was promised when a booking was sold: a later change of the rule leaves it alone."""
    return Policy(booking.refund_hours, booking.refund_percent, booking.refund_today)


def by_venue(booking: Booking) -> Policy:
    """The same where it is the venue that moves or cancels: today's price takes nothing away."""
    return Policy(booking.refund_hours, booking.refund_percent)


@dataclass(frozen=True)
class Rung:
    """One line of the refund table: until when, how much."""

    until: dt.datetime
    refund_cents: int


@dataclass(frozen=True)
class Actor:
    """Who gives back: `person`, `staff`, `venue` or, by right, `withdrawal`; which account."""

    kind: str = "person"
    account_id: int | None = None


def share(price_cents: int, starts_at: dt.datetime, policy: Policy, at: dt.datetime) -> int:
    """Cents that go back when a booking of this price is cancelled at this moment. Pure."""
    if at >= starts_at:
        return 0
    if at <= starts_at - dt.timedelta(hours=policy.free_hours):
        return price_cents
    return percent_of(price_cents, policy.late_percent)


def allowed(cents: int, booking: Booking, policy: Policy, at: dt.datetime) -> int:
    """Of what would come back, what today's price allows where the terms of a booking say so."""
    if not cents or not policy.today:
        return cents
    most = cents if booking.refund_most_cents is None else min(cents, booking.refund_most_cents)
    return today.at_most(most, _price_now(booking, at))


def _price_now(booking: Booking, at: dt.datetime) -> int | None:
    """What whoever booked would pay for the same now: at their tariff, without the VAT that a firm
    abroad pays at home."""
    quote = read.quote_of(booking)
    asked = Asked(
        read.space_of(booking),
        Interval(booking.starts_at, booking.ends_at),
        booking.people,
        member_percent=today.member_percent(quote),
        without=booking.id,
    )
    price = today.price_cents(asked, at)
    if price is not None and quote and any(s["code"] == "vat_abroad" for s in booking.steps):
        return price - vat_inside(price, quote.vat_bp)
    return price


def owed(booking: Booking, policy: Policy, at: dt.datetime) -> int:
    """Cents that go back when somebody gives this booking back at this moment."""
    back = share(booking.price_cents, booking.starts_at, policy, at)
    return allowed(back, booking, policy, at)


def why_less(booking: Booking, policy: Policy, back: int, at: dt.datetime) -> str:
    """What keeps a refund below the rule's share: `today`, a former move (`moved`), or nothing."""
    if back >= share(booking.price_cents, booking.starts_at, policy, at):
        return ""
    return "moved" if back == booking.refund_most_cents else "today"


def ladder(price_cents: int, starts_at: dt.datetime, policy: Policy) -> list[Rung]:
    """The refund table as people read it."""
    return [
        Rung(starts_at - dt.timedelta(hours=policy.free_hours), price_cents),
        Rung(starts_at, percent_of(price_cents, policy.late_percent)),
    ]


def cancel(
    booking_id: int, policy: Policy, actor: Actor, *, reason: str = "", promised: int | None = None
) -> Cancellation:
    """Free the time, post the reversal, ask for the refund. The same cancellation is done once.

    `promised` is the refund that was shown before the last click: a smaller one is refused, so
    that nobody is surprised by a minute that passed. The venue's own cancellation refunds all.
    """
    booking = read.locked(booking_id)
    before = read.cancellation(booking_id)
    if before is not None:
        return before
    _refuse_late(booking, actor)
    at = clock.now()
    back = booking.price_cents
    if actor.kind != "venue":
        back = owed(booking, policy, at)
    if promised is not None and back < promised:
        raise TooLate(_("Le montant remboursé vient de changer : vérifiez-le avant d’annuler."))
    return end(booking, back, at, actor, reason)


def _refuse_late(booking: Booking, actor: Actor) -> None:
    if booking.state != "confirmed":
        raise Refused(_("Cette réservation ne peut plus être annulée."))
    if booking.starts_at <= clock.now() and actor.kind == "person":
        raise TooLate(_("La réservation a commencé : adressez-vous à l’accueil."))


def end(booking: Booking, back: int, at: dt.datetime, actor: Actor, reason: str) -> Cancellation:
    """Free the time of a locked, confirmed booking, take `back` off its sale and give it back."""
    occupancy.release("booking", booking.id)
    booking.state = "cancelled"
    booking.sequence += 1
    ledger.post(
        Cause("booking", booking.id, "cancelled", booking.code),
        booking.currency,
        ledger.reversal(
            ledger.sale(back, booking.vat_bp, taxes.vat_account_of("booking", booking.id))
        ),
    )
    charging.given_back(booking, "cancelled", back)
    paid_too_much = -payments.due_on("booking", booking.id)
    given = 0
    if paid_too_much > 0:
        given = refunds.give_back(
            "booking", booking.id, paid_too_much, "cancelled", actor.account_id
        )
    if payments.promised_on("booking", booking.id):  # it goes back once the bank has paid it
        given = max(given, -payments.due_now("booking", booking.id))
    row = Cancellation(
        booking_id=booking.id,
        by=actor.kind,
        by_account=actor.account_id,
        at=at,
        refund_cents=given,
        reason=reason,
    )
    db.session.add(row)
    db.session.flush()  # id for whoever asked: a second wish is answered by the same row
    publish(BookingCancelled(booking.id, given))
    return row
