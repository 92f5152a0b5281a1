"""From a simulated stay to the rows that booking, paying, coming and leaving would have left."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random

from app.booking.cancel import Policy, share
from app.booking.models import Booking, Cancellation, CheckIn, NoShow
from app.core import bulk, words
from app.core.slots import local_day
from app.demo.books import Books
from app.demo.build import Built
from app.demo.seats import Stay
from app.ledger import rules as ledger
from app.ledger import taxes
from app.members.models import Person
from app.occupancy.models import Occupancy
from app.payments.models import Payment, Refund
from app.payments.rules import CLEARING

MINUTE = dt.timedelta(minutes=1)
GRACE = 30 * MINUTE
POLICY = Policy(free_hours=24, late_percent=50)


@dataclass
class Scribe:
    """Writes what happened at one venue until `now` into its books."""

    built: Built
    now: dt.datetime
    dice: Random
    payment_ids: Iterator[int]
    refund_ids: Iterator[int]
    terms_mark: str
    books: Books = field(default_factory=Books)
    codes: set[str] = field(default_factory=set)
    ahead: list[bulk.Row] = field(default_factory=list)

    def booking(self, id_: int, stay: Stay) -> None:
        """One booking with everything that followed from it."""
        at = min(int(self.dice.expovariate(1 / 14)), len(self.built.people) - 1)
        person = self.built.people[at]
        way = self._way(person, stay)
        if way == "online" and self._is_firms(id_, stay, person):
            way = "company"
        self._book(id_, stay, person, way)
        sold = ledger.sale(stay.cents, stay.space.vat_bp)
        self.books.post(id_, "sold", stay.made + 2 * MINUTE, sold)
        payment = self._pay(id_, stay, person, way)
        if stay.is_cancelled(self.now):
            self._give_back(id_, stay, payment)
        else:
            self._sit(id_, stay)
            self._come(id_, stay)

    def _book(self, id_: int, stay: Stay, person: Person, way: str) -> None:
        cancelled = stay.is_cancelled(self.now)
        firm = self.built.firm if way == "company" else None
        known = {"name": person.organisation} if person.organisation else {}
        self.books.add(
            Booking,
            {
                "id": id_,
                "code": self._code(),
                "token": words.token(),
                "space_id": stay.space.id,
                "person_id": person.id,
                "starts_at": stay.start,
                "ends_at": stay.end,
                "quantity": 1,
                "people": max(1, min(stay.people, stay.space.capacity)),
                "state": "cancelled" if cancelled else "confirmed",
                "payment_way": "on_account" if firm else way,
                "company_id": firm.company_id if firm else None,
                "price_cents": stay.cents,
                "currency": "EUR",
                "vat_bp": stay.space.vat_bp,
                "steps": [{"code": "base", "cents": stay.cents}],
                "organisation": firm.snapshot if firm else known,
                "origin": "desk" if way == "desk" else "web",
                "terms_at": stay.made,
                "terms_mark": self.terms_mark,
                "sequence": int(cancelled),
                "simulated": True,
                "confirmed_at": stay.made + 2 * MINUTE,
                "created_at": stay.made,
            },
        )

    def _way(self, person: Person, stay: Stay) -> str:
        if person.standing == "on_account":
            return "on_account"
        return "desk" if stay.ended is None and self.dice.random() < 0.2 else "online"

    def _is_firms(self, id_: int, stay: Stay, person: Person) -> bool:
        """One in four of what the company's people booked since last month, shown up for."""
        return (
            person.id in self.built.firm.people
            and id_ % 4 == 0
            and local_day(stay.start, stay.space.site.zone) >= self.billed_since
            and not stay.absent
        )

    @property
    def billed_since(self) -> dt.date:
        """The first day of last month: what was before was paid."""
        first = self.now.date().replace(day=1) - dt.timedelta(days=1)
        return first.replace(day=1)

    def _code(self) -> str:
        while True:
            code = "".join(self.dice.choices(words.ALPHABET, k=6))
            if code not in self.codes:
                self.codes.add(code)
                return code

    def _pay(self, id_: int, stay: Stay, person: Person, way: str) -> int | None:
        """The payment, if it was made by now: at once by card, at the start at the desk, some
        weeks after by transfer for who books on account."""
        if way == "company":
            return None
        cancelled = stay.is_cancelled(self.now)
        method, at = "card", stay.made + MINUTE
        if way == "desk":
            method, at = self.dice.choice(("cash", "terminal", "terminal")), stay.start
        elif way == "on_account":
            method, at = "transfer", stay.end + dt.timedelta(days=self.dice.randrange(14, 40))
        if way != "online" and (at > self.now - GRACE or cancelled or stay.absent):
            return None
        id_of = next(self.payment_ids)
        row: bulk.Row = {
            "id": id_of,
            "source": "booking",
            "source_id": id_,
            "person_id": person.id,
            "method": method,
            "state": "captured",
            "amount_cents": stay.cents,
            "rates": {str(stay.space.vat_bp): stay.cents},
            "currency": "EUR",
            "idempotency_key": f"pay_{words.token()}",
            "intent_id": f"pi_simulated_{id_of}" if method == "card" else None,
            "detail": {"last4": "4242", "simulated": True} if method == "card" else {},
            "asked_times": 0,
            "created_at": at,
            "captured_at": at,
        }
        self.books.add(Payment, row)
        if method == "card" and stay.end > self.now and not cancelled:
            self.ahead.append(row)
        lines = taxes.receipt(CLEARING[method], stay.cents, {stay.space.vat_bp: stay.cents}, {})
        self.books.post(id_, f"captured:{id_of}", at, lines)
        return id_of

    def _give_back(self, id_: int, stay: Stay, payment: int | None) -> None:
        at = stay.ended or self.now
        back = share(stay.cents, stay.start, POLICY, at)
        sold = ledger.sale(back, stay.space.vat_bp)
        self.books.post(id_, "cancelled", at, ledger.reversal(sold))
        given = back if payment is not None else 0
        self.books.add(
            Cancellation,
            {
                "booking_id": id_,
                "by": "person",
                "at": at,
                "refund_cents": given,
                "reason": "",
            },
        )
        if payment is not None and given:
            self._refund(id_, payment, given, at, {stay.space.vat_bp: stay.cents})

    def _refund(
        self, id_: int, payment: int, cents: int, at: dt.datetime, paid: dict[int, int]
    ) -> None:
        refund = next(self.refund_ids)
        self.books.add(
            Refund,
            {
                "id": refund,
                "payment_id": payment,
                "amount_cents": cents,
                "reason": "cancelled",
                "state": "done",
                "idempotency_key": f"ref_{words.token()}",
                "gateway_id": f"re_simulated_{refund}",
                "asked_times": 1,
                "created_at": at,
                "done_at": at + MINUTE,
            },
        )
        lines = taxes.receipt(CLEARING["card"], -cents, dict.fromkeys(paid, -cents), paid)
        self.books.post(id_, f"refunded:{refund}", at + MINUTE, lines)

    def _sit(self, id_: int, stay: Stay) -> None:
        end = min(stay.end, stay.start + GRACE) if stay.absent else stay.end
        buffer = dt.timedelta(minutes=0 if stay.absent else stay.space.buffer_minutes)
        for unit in stay.units:
            self.books.add(
                Occupancy,
                {
                    "unit_id": unit,
                    "space_id": stay.space.id,
                    "during": bulk.span(stay.start, end + buffer),
                    "starts_at": stay.start,
                    "ends_at": end,
                    "kind": "booking",
                    "source": "booking",
                    "source_id": id_,
                    "label": "",
                    "pinned": False,
                    "created_at": stay.made,
                },
            )

    def _come(self, id_: int, stay: Stay) -> None:
        """Arrivals, absences; today, the latest have not been noted yet."""
        if stay.absent:
            row = {"booking_id": id_, "at": stay.start + GRACE}
            self.books.add(NoShow, row)
        elif stay.start < self.now - GRACE:
            at = stay.start + dt.timedelta(minutes=self.dice.randrange(-6, 12))
            how = self.dice.choice(("qr", "desk"))
            self.books.add(CheckIn, {"booking_id": id_, "at": at, "how": how})
