"""What a company's people bought at the desk counts in its month; what somebody bought is told to
them, and loses their name when they are forgotten."""

from __future__ import annotations

from sqlalchemy import func, select, update

from app.core import clock, slots
from app.core.db import db
from app.core.signals import hear
from app.members.facts import DataAsked, PersonErased, SpendingAsked, Spent
from app.shop import catalogue, reductions
from app.shop.models import DeskSale
from app.spaces.facts import Good, GoodsAsked
from app.tenants.resolve import of_tenant


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


@hear(DataAsked)
def tell_buyer(fact: DataAsked) -> None:
    """What they bought at the counter."""
    rows = db.session.scalars(
        select(DeskSale).where(DeskSale.person_id == fact.person_id).order_by(DeskSale.sold_at)
    )
    fact.found["counter_sales"] = [
        {
            "gross_cents": one.gross_cents,
            "lines": [
                {
                    "label": line.label,
                    "quantity": line.quantity,
                    "gross_cents": line.gross_cents,
                    "vat_bp": line.vat_bp,
                }
                for line in one.lines
            ],
            "way": one.way,
            "sold_at": one.sold_at,
            "cancelled_at": one.cancelled_at,
        }
        for one in rows
    ]


@hear(PersonErased)
def forget_buyer(fact: PersonErased) -> None:
    """The sale stays, without their name."""
    db.session.execute(
        update(DeskSale).where(DeskSale.person_id == fact.person_id).values(buyer_name="")
    )


@hear(GoodsAsked)
def tell_goods(fact: GoodsAsked) -> None:
    """What the desk sells, for the public page of prices."""
    reduced = reductions.live(slots.local_day(clock.now(), of_tenant().books_zone))
    for one in catalogue.products():
        less = reduced.get(one.id)
        if less is None:
            fact.found.append(Good(one.name, one.unit_cents))
        else:
            before = less.reference_cents
            fact.found.append(Good(one.name, less.price_cents, before, less.percent, less.last_on))
