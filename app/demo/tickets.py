"""Tickets of the sample venues' events: on sale, bought by neighbours, one workshop sold out with
people waiting. Ordered through the rules, then dated over the days before."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle

from app.core.db import db
from app.demo.bank import Bank
from app.demo.build import Built, stripe_account
from app.events.models import Event
from app.members.models import Person
from app.payments import rules as payments
from app.ticketing import charging, queue, read, rules, shelf, starters
from app.ticketing.charging import SOURCE
from app.ticketing.models import TicketCategory, TicketOrder
from app.ticketing.rules import Place, Wish
from app.ticketing.shelf import Code, Terms

PROMO = "VOISINS"
WAITING = (("Paul Girard", 1), ("Sofia Almeida", 2), ("Yanis Haddad", 1))
# tickets of an order, how it is paid, days ago, whether with the code
PARTIES = (
    (2, "card", 9, False), (1, "card", 8, True), (3, "desk", 6, False), (1, "cash", 5, False),
    (2, "card", 4, True), (4, "card", 3, False), (1, "terminal", 2, False), (2, "card", 1, False),
)  # fmt: skip
MOST_OF_IT = 0.6


@dataclass
class Desk:
    """Who sells to whom at one venue."""

    built: Built
    bank: Bank
    now: dt.datetime
    people: Iterator[Person]

    def sell(self, one: TicketCategory, many: int, way: str, ago: int, promo: str = "") -> None:
        """An order of so many days ago."""
        who = next(self.people)
        made = rules.order(
            Wish(
                event_id=one.event_id,
                places=tuple(Place(one.id) for _n in range(many)),
                form_key=f"demo:{one.id}:{who.id}:{ago}:{way}",
                payer=who,
                way="online" if way == "card" else way,
                promo=promo,
                origin="web" if way in ("card", "desk") else "door",
                known=who,
                staff=True,
            )
        )
        self._pay(made, way)
        day = self.now - dt.timedelta(days=ago)
        hour = 8 + (5 * ago + one.id) % 11  # people buy by day
        at = min(day.replace(hour=hour, minute=7 * ago % 60), self.now - dt.timedelta(hours=1))
        made.created_at = made.confirmed_at = at
        for ticket in read.tickets(made.id):
            ticket.created_at = at

    def _pay(self, made: TicketOrder, way: str) -> None:
        if not made.price_cents:
            return
        if way in payments.AT_DESK:
            rules.take_money(made.id, way, None)
        if way == "card":
            rates = charging.rates(read.tickets(made.id))
            due = payments.Due(SOURCE, made.id, made.price_cents, made.person_id, rates=rates)
            paid = payments.begin(due, "card")
            row = {"amount_cents": paid.amount_cents, "idempotency_key": paid.idempotency_key,
                   "intent_id": f"pi_demo_{paid.idempotency_key}"}  # fmt: skip
            [paid.intent_id] = self.bank.charge(stripe_account(self.built.venue), [row])
            payments.capture(payments.locked(paid.id))


def sell(built: Built, events: Sequence[Event], now: dt.datetime, bank: Bank) -> None:
    """Every event is on sale; those that are published found takers."""
    desk = Desk(built, bank, now, cycle(built.people))
    if events:
        shelf.promise(Code(PROMO, percent=20, most=50))
    for event in events:
        starters.begin(event.id, event.model)
        shelf.set_terms(event.id, Terms(free_hours=48, late_percent=50, most=6))
        if event.state == "published":
            _parties(desk, event)
        if event.model == "workshop":
            _fill(desk, event)
    db.session.flush()  # written while the tenant is entered


def _parties(desk: Desk, event: Event) -> None:
    """Orders until most of the places are gone."""
    room = int(event.capacity * MOST_OF_IT)
    for one, (many, way, ago, cut) in zip(_kinds(event), PARTIES, strict=False):
        if many <= min(room, one.quota - one.taken):
            room -= many
            desk.sell(one, many, way, ago, PROMO if cut and one.price_cents else "")


def _kinds(event: Event) -> Iterator[TicketCategory]:
    """The first category twice as often as the others."""
    found = read.categories(event.id)
    return cycle([found[0], *found])


def _fill(desk: Desk, event: Event) -> None:
    """A workshop is sold out, and people wait for it."""
    sale, [first, *_rest] = read.sale(event.id), read.categories(event.id)
    left = sale.quota - sale.taken if sale else 0
    if left:
        desk.sell(first, left, "card", 0)
    for name, many in WAITING:
        word = name.split()[0].lower()
        queue.join(event.id, first.id, many, (f"{word}@example.org", name), "fr")
