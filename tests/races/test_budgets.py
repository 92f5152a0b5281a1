"""R06: people of one company who spend its month at the same moment, over what sells to companies:
rooms at the desk, products of the counter, tickets. What they may spend together is the budget."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from app.booking import counter
from app.core import clock
from app.core.db import db
from app.core.errors import Refused
from app.events import rules as events
from app.members import companies, spending
from app.members.models import Company, Person, Seat
from app.members.rules import person_by_email
from app.shop import rules as shop
from app.shop.models import Product
from app.ticketing import rules as tickets
from app.ticketing import shelf
from app.ticketing.shelf import Kind
from tests.races.stage import Act, Rival, Stage

ZONE = ZoneInfo("Europe/Paris")
CENTS = 3_600  # what each thing costs; two hours of the room, a little less at a quiet time


@pytest.fixture(autouse=True)
def one_month(monkeypatch: pytest.MonkeyPatch) -> None:
    """A room counts when it is used, the rest when it is bought: here all of it in one month."""
    start = clock.now() - dt.timedelta(days=40)
    span = (start, start + dt.timedelta(days=400))
    monkeypatch.setattr(spending, "month_of", lambda _instant, _zone: span)


class Firm:
    """A company with ten people and a budget for some of what they want."""

    def __init__(self, stage: Stage, budget_cents: int) -> None:
        self.stage = stage
        self.id, self.people = stage.act(lambda: self._made(budget_cents))

    def _made(self, budget_cents: int) -> tuple[int, list[int]]:
        name = f"Firme {next(self.stage.names)}"
        firm = Company(
            kind="fr_business", name=name, search=name.lower(), budget_cents=budget_cents
        )
        mark = f"{next(self.stage.names)}-{self.stage.venue.id}"
        people = [person_by_email(f"p{mark}-{n}@example.org", f"P{n}") for n in range(10)]
        db.session.add(firm)
        db.session.flush()
        db.session.add_all(
            Seat(company_id=firm.id, person_id=one.id, may_spend=True) for one in people
        )
        return firm.id, [one.id for one in people]

    def books(self, n: int) -> Act:
        """A room, as the desk sells it to a company."""
        token = self.stage.quote(self.stage.slot())

        def work() -> int:
            person = db.session.get_one(Person, self.people[n])
            quote = self.stage.found(token)
            guest = counter.Guest(person, person.name)
            return counter.book(quote, guest, f"{counter.COMPANY}{self.id}").price_cents

        return work

    def buys(self, n: int) -> Act:
        """A product of the counter."""

        def made() -> int:
            name = f"Casier {next(self.stage.names)}"
            one = Product(name=name, unit_cents=CENTS, nature="equipment", vat_bp=2000)
            db.session.add(one)
            db.session.flush()
            return one.id

        product = self.stage.act(made)

        def work() -> int:
            buyer = shop.Buyer(db.session.get_one(Person, self.people[n]), self.id)
            basket = [(db.session.get_one(Product, product), 1)]
            return shop.sell(basket, buyer, "company", ZONE, None).gross_cents

        return work

    def attends(self, n: int) -> Act:
        """A ticket of an evening of its own."""
        event_id, kind_id = self.stage.act(self._evening)

        def work() -> int:
            person = db.session.get_one(Person, self.people[n])
            wish = tickets.Wish(
                event_id, (tickets.Place(kind_id),), f"k{next(self.stage.names)}", person,
                way="on_account", company_id=self.id,
            )  # fmt: skip
            return tickets.order(wish).price_cents

        return work

    def _evening(self) -> tuple[int, int]:
        slot = self.stage.slot()
        wish = events.Wish("Gala", slot.start, slot.end, (self.stage.venue.half,), 40)
        made = events.create(wish)
        events.publish(made.id)
        one = shelf.describe(made.id, Kind("Place", "fixed", CENTS, 10))
        return made.id, one.id

    def spent(self) -> int:
        """What they spent, of whoever sold it, over all months."""
        start = clock.now() - dt.timedelta(days=40)
        return self.stage.act(
            lambda: spending.spent(self.id, start, start + dt.timedelta(days=999))
        )


def allowed(answers: list[Any]) -> list[int]:
    """What went through; what did not was refused for want of budget and for nothing else."""
    for one in answers:
        assert isinstance(one, int) or (isinstance(one, Refused) and "budget" in one.text), one
    return [one for one in answers if isinstance(one, int)]


KINDS: dict[str, Callable[[Firm, int], Act]] = {
    "room": Firm.books, "product": Firm.buys, "ticket": Firm.attends,
}  # fmt: skip


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("second", KINDS)
@pytest.mark.parametrize("first", KINDS)
def test_two_spend_the_last_of_a_month(
    stage: Stage, sound, monkeypatch, first: str, second: str, moment: str
) -> None:
    firm = Firm(stage, CENTS + CENTS // 2)
    one, two = KINDS[first](firm, 0), KINDS[second](firm, 1)
    rival = Rival(stage, two)
    rival.at(monkeypatch, companies, "for_spending", moment)
    found = allowed([stage.act(one), rival.end()])
    assert len(found) == 1
    assert firm.spent() == found[0]


def test_ten_spend_what_is_enough_for_three(stage: Stage, sound) -> None:
    firm = Firm(stage, 3 * CENTS)
    kinds = list(KINDS.values())
    acts = [kinds[n % 3](firm, n) for n in range(10)]
    found = allowed(stage.together(acts, lanes=10))
    assert len(found) == 3
    assert firm.spent() == sum(found) <= 3 * CENTS


def test_without_the_lock_of_the_company_both_spend(stage: Stage, monkeypatch) -> None:
    """R05: control. Whoever reads the month without holding the company spends it twice."""
    firm = Firm(stage, CENTS + CENTS // 2)
    one, two = firm.books(0), firm.buys(1)
    unlocked = lambda company_id, _person: db.session.get_one(Company, company_id)  # noqa: E731
    monkeypatch.setattr(companies, "for_spending", unlocked)
    rival = Rival(stage, two)
    rival.at(monkeypatch, spending, "left", "after")
    found = allowed([stage.act(one), rival.end()])
    assert len(found) == 2
    assert firm.spent() == sum(found) > CENTS + CENTS // 2


def test_a_budget_lowered_meanwhile_holds(stage: Stage, sound, monkeypatch) -> None:
    """Somebody has the company before them when its budget falls: the new one counts."""
    firm = Firm(stage, CENTS)
    book = firm.books(0)

    def spend() -> int:
        companies.paying_for(firm.people[0])  # a page that named the companies it could be
        kept = db.session.get_one(Company, firm.id)
        assert kept.budget_cents == CENTS
        return book()

    def lower() -> None:
        one = companies.locked(firm.id)
        assert one is not None
        one.budget_cents = 0

    rival = Rival(stage, lower)
    rival.at(monkeypatch, companies, "for_spending", "before")
    assert allowed([stage.act(spend)]) == []
    assert rival.end() is None
    assert firm.spent() == 0
    assert stage.sql("select 1 from booking where company_id = %(id)s", id=firm.id) == []
