"""What a company's people bought at the desk counts in its month."""

from __future__ import annotations

from sqlalchemy import func, select

from app.core.db import db
from app.core.signals import hear
from app.members.facts import SpendingAsked, Spent
from app.shop.models import DeskSale


@hear(SpendingAsked)
def tell_sales(fact: SpendingAsked) -> None:
    """By person, beside what they booked."""
    rows = db.session.execute(
        select(DeskSale.person_id, func.sum(DeskSale.gross_cents))
        .where(
            DeskSale.company_id == fact.company_id,
            DeskSale.cancelled_at.is_(None),
            DeskSale.sold_at >= fact.start,
            DeskSale.sold_at < fact.end,
        )
        .group_by(DeskSale.person_id)
    )
    for person_id, cents in rows:
        known = fact.found.get(person_id, Spent(0, 0))
        fact.found[person_id] = Spent(known.bookings, known.cents + int(cents))
