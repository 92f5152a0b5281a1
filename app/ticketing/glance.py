"""What an event sold, at a glance: places of each category, money with its VAT, day by day; and
what calling it off gives back."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from app.core.db import db
from app.core.money import vat_inside
from app.core.slots import local_day
from app.payments import rules as payments
from app.payments.models import Payment, Refund
from app.ticketing import counting, read
from app.ticketing.charging import SOURCE
from app.ticketing.models import Ticket, TicketCategory, TicketOrder, TicketSale, TicketWait

SOLD = ("valid", "used", "cancelled")  # what was confirmed once; `transferred` lives on as another
DAYS = 10


@dataclass(frozen=True)
class Kind:
    """One category: sold, held while somebody pays or was offered, left."""

    category: TicketCategory
    sold: int
    held: int
    left: int
    cents: int


@dataclass
class Glance:
    """All of it. Cents are what stays after what was given back, VAT included."""

    sale: TicketSale
    kinds: list[Kind]
    sold: int = 0
    cents: int = 0
    vat: dict[int, int] = field(default_factory=dict)
    refunded: int = 0
    due: int = 0
    waiting: int = 0
    left: int = 0
    let_in: int = 0
    days: list[tuple[dt.date, int]] = field(default_factory=list)

    @property
    def held(self) -> int:
        """Places that nobody paid yet: holds and offers."""
        return self.sale.taken - self.sold


def look(event_id: int, zone: ZoneInfo) -> Glance | None:
    """Everything, or nothing for an event that sells no tickets."""
    sale = read.sale(event_id)
    if sale is None:
        return None
    tickets = db.session.scalars(
        select(Ticket).where(Ticket.event_id == event_id, Ticket.state.in_(SOLD))
    ).all()
    good = Counter(one.category_id for one in tickets if one.state in read.STANDING)
    worth: Counter[int] = Counter()
    found = Glance(sale, [], sold=sum(good.values()))
    for one in tickets:
        kept = one.price_cents - one.refund_cents
        worth[one.category_id] += kept
        vat = vat_inside(one.price_cents, one.vat_bp) - vat_inside(one.refund_cents, one.vat_bp)
        found.vat[one.vat_bp] = found.vat.get(one.vat_bp, 0) + vat
    found.cents = sum(worth.values())
    found.vat = {rate: cents for rate, cents in sorted(found.vat.items(), reverse=True) if cents}
    found.let_in = counting.let_in(event_id)
    found.left = max(0, counting.whole_left(sale, read.event(event_id), found.let_in))
    for kind in read.categories(event_id, archived=True):
        if kind.archived_at is None or kind.taken or worth[kind.id]:
            left = min(kind.quota - kind.taken, found.left)
            held = kind.taken - good[kind.id]
            found.kinds.append(Kind(kind, good[kind.id], held, max(0, left), worth[kind.id]))
    paid, found.refunded = _money(event_id)
    found.due = max(0, found.cents - paid + found.refunded)
    found.waiting = _waiting(event_id)
    found.days = _by_day(tickets, zone)
    return found


def _money(event_id: int, orders: Sequence[str] = (), ways: Sequence[str] = ()) -> tuple[int, int]:
    """Cents that came in, and cents that went or go back; of some orders, by some ways."""
    mine = select(TicketOrder.id).where(TicketOrder.event_id == event_id)
    if orders:
        mine = mine.where(TicketOrder.state.in_(orders))
    of = [Payment.source == SOURCE, Payment.source_id.in_(mine), Payment.state == "captured"]
    if ways:
        of.append(Payment.method.in_(ways))
    paid = db.session.scalar(select(func.coalesce(func.sum(Payment.amount_cents), 0)).where(*of))
    back = db.session.scalar(
        select(func.coalesce(func.sum(Refund.amount_cents), 0))
        .join(Payment, Payment.id == Refund.payment_id)
        .where(*of, Refund.state != "failed")
    )
    return int(paid or 0), int(back or 0)


def _waiting(event_id: int) -> int:
    return (
        db.session.scalar(
            select(func.coalesce(func.sum(TicketWait.quantity), 0)).where(
                TicketWait.event_id == event_id, TicketWait.state.in_(("waiting", "offered"))
            )
        )
        or 0
    )


def _by_day(tickets: Sequence[Ticket], zone: ZoneInfo) -> list[tuple[dt.date, int]]:
    """Tickets taken on each of the last days with a sale in between; what was handed on counts on
    the day it was bought."""
    taken = Counter(local_day(one.created_at, zone) for one in tickets if not one.from_ticket_id)
    if not taken:
        return []
    last = max(taken)
    first = max(min(taken), last - dt.timedelta(days=DAYS - 1))
    return [
        (first + dt.timedelta(days=n), taken[first + dt.timedelta(days=n)])
        for n in range((last - first).days + 1)
    ]


# ── calling it off ────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Loss:
    """What is undone when the event does not take place."""

    orders: int
    tickets: int
    cents: int
    unpaid: int
    by_hand: int


def loss(event_id: int) -> Loss:
    """Good tickets, the money that goes back for them, how much of it over the counter, and what
    is asked for no more."""
    orders = db.session.scalar(
        select(func.count()).select_from(TicketOrder).where(
            TicketOrder.event_id == event_id, TicketOrder.state == "confirmed"
        )
    )  # fmt: skip
    tickets, worth = db.session.execute(
        select(func.count(), func.coalesce(func.sum(Ticket.price_cents), 0)).where(
            Ticket.event_id == event_id, Ticket.state.in_(read.STANDING)
        )
    ).one()
    paid, back = _money(event_id, ("confirmed",))
    kept = _kept(event_id)
    going = min(int(worth), max(0, paid - back - kept))
    taken, given = _money(event_id, ("confirmed",), payments.AT_DESK)
    by_hand = min(going, max(0, taken - given))
    return Loss(orders or 0, int(tickets), going, int(worth) - going, by_hand)


def _kept(event_id: int) -> int:
    """What the terms let the venue keep of tickets that were given back before."""
    return int(
        db.session.scalar(
            select(func.coalesce(func.sum(Ticket.price_cents - Ticket.refund_cents), 0))
            .join(TicketOrder, TicketOrder.id == Ticket.order_id)
            .where(
                Ticket.event_id == event_id,
                Ticket.state == "cancelled",
                TicketOrder.state == "confirmed",
            )
        )
        or 0
    )


@dataclass(frozen=True)
class Progress:
    """How far the calling off is: orders done of all, refunds on their way, refunds that failed."""

    done: int
    orders: int
    going: int
    failed: int

    @property
    def is_over(self) -> bool:
        """Nothing more happens by itself."""
        return self.done == self.orders and not self.going


def progress(event_id: int) -> Progress:
    """Of an event that was cancelled."""
    states = dict(
        db.session.execute(
            select(TicketOrder.state, func.count())
            .where(TicketOrder.event_id == event_id, TicketOrder.confirmed_at.is_not(None))
            .group_by(TicketOrder.state)
        )
        .tuples()
        .all()
    )
    mine = select(TicketOrder.id).where(TicketOrder.event_id == event_id)
    refunds = dict(
        db.session.execute(
            select(Refund.state, func.count())
            .join(Payment, Payment.id == Refund.payment_id)
            .where(Payment.source == SOURCE, Payment.source_id.in_(mine))
            .group_by(Refund.state)
        )
        .tuples()
        .all()
    )
    going = refunds.get("requested", 0) + refunds.get("unknown", 0)
    done = states.get("cancelled", 0)
    return Progress(done, sum(states.values()), going, refunds.get("failed", 0))
