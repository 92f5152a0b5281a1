"""What a company's people booked in a month, and whether one more booking fits its budget."""

from __future__ import annotations

import datetime as dt
from typing import Any, Protocol

from sqlalchemy import func, select

from app.booking.models import Booking
from app.core import slots
from app.core.db import db
from app.core.errors import Refused
from app.core.i18n import _, euros
from app.core.signals import hear
from app.members import companies, spending
from app.members.facts import SpendingAsked, Spent
from app.members.models import Company
from app.spaces import natures
from app.spaces.models import Space

LIVE = ("held", "confirmed")


class Priced(Protocol):
    """A quote or a booking: when it starts, and its price with its VAT."""

    starts_at: Any
    price_cents: Any
    vat_bp: Any


class OverBudget(Refused):
    """The company's month would cost more than it decided."""

    code = "over_budget"


def charge(booking: Booking, space: Space, company_id: int, person_id: int) -> Company:
    """Let a company pay for a booking: its row is locked, so that two at once cannot both take the
    last of its month. Refuses who may not spend for it, and more than its budget."""
    company = companies.for_spending(company_id, person_id)
    said = sold_to(company, booking, space)
    _within(company, said.gross_cents, (booking.starts_at, booking.id), space)
    booking.company_id = company.id
    booking.organisation = companies.snapshot(company)
    if said.is_abroad:
        off = said.gross_cents - booking.price_cents
        booking.steps = [*booking.steps, {"code": "vat_abroad", "cents": off}]
        booking.price_cents, booking.vat_bp = said.gross_cents, said.rate_bp
        booking.organisation |= {"tax": [said.category, said.reason]}
    booking.order_number = booking.order_number or company.reference or None
    return company


def sold_to(company: Company, asked: Priced, space: Space) -> natures.Sold:
    """What a company is asked for: the price that was said, without our VAT where the place rule
    taxes it at its home (`app.spaces.natures`)."""
    day = slots.local_day(asked.starts_at, space.site.zone)
    kind = companies.tax_kind(company)
    return natures.sold_to(space.nature, kind, asked.price_cents, asked.vat_bp, day)


def _within(company: Company, cents: int, of: tuple[dt.datetime, int], space: Space) -> None:
    """Refuse more than the month has left besides this booking; the refusal says the way out."""
    instant, booking_id = of
    rest = spending.left(company, instant, space.site.zone, booking_id)
    if rest is not None and cents > rest:
        raise OverBudget(
            _(
                "Le budget du mois de %(company)s n’y suffit plus : il reste %(left)s pour"
                " %(price)s. Payez par un autre moyen, choisissez une heure moins chère, ou"
                " demandez à qui gère les places d’augmenter le budget.",
                company=company.name,
                left=euros(max(rest, 0)),
                price=euros(cents),
            ),
            field="moyen",
        )


def again(booking: Booking, space: Space, starts_at: dt.datetime, cents: int) -> None:
    """A booking on a company's account gets another time or price: the same budget holds."""
    if (
        booking.company_id is not None
        and (company := companies.locked(booking.company_id)) is not None
    ):
        _within(company, cents, (starts_at, booking.id), space)


@hear(SpendingAsked)
def tell_spending(fact: SpendingAsked) -> None:
    """Who booked for how much for a company in a span."""
    rows = db.session.execute(
        select(Booking.person_id, func.count(), func.sum(Booking.price_cents))
        .where(
            Booking.company_id == fact.company_id,
            Booking.state.in_(LIVE),
            Booking.starts_at >= fact.start,
            Booking.starts_at < fact.end,
            Booking.id != fact.besides,
        )
        .group_by(Booking.person_id)
    )
    for person_id, many, cents in rows:
        known = fact.found.get(person_id, Spent(0, 0))
        fact.found[person_id] = Spent(known.bookings + int(many), known.cents + int(cents))
