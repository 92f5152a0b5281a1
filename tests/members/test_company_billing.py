"""A company's month: its people book within its budget, everything goes on one invoice, on its own
terms, and nobody's own pages ask them for it."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select

from app.booking import budget, confirm, hold, move, read
from app.booking.cancel import Actor, Policy
from app.booking.models import Booking
from app.core.db import db
from app.core.slots import Interval
from app.invoicing import clients, drafts
from app.invoicing.issue import issue
from app.invoicing.models import Document
from app.members import companies
from app.members.models import Company, Person
from app.rates import rules as rates
from tests.at_desk import Colleague
from tests.booking.test_desk_counter import HERE, fields
from tests.invoicing import office
from tests.members.test_companies import BELGIAN, FRENCH, charged, lena, made
from tests.world import World, space, tomorrow

PLACE = {"street": "1 rue X", "postcode": "38000", "city": "Grenoble"}
POLICY = Policy(free_hours=24, late_percent=50)


@pytest.fixture
def one(world: World) -> Company:
    office.complete(world.a.id)
    found = made(**PLACE)
    companies.give_seat(found.id, lena())
    return found


def billed(world: World, company: Company) -> Document:
    draft = drafts.from_charges(office.tenant(world.a.id), f"company:{company.id}", "EUR", by=None)
    assert draft is not None
    return issue(draft.id, office.work(world.a.id))


def test_one_invoice_names_who_booked_and_is_due_on_the_companys_terms(
    world: World, one: Company
) -> None:
    one.due_days = 12
    hugo = companies.give_seat(one.id, db.session.get_one(Person, world.carla_person))
    for hour in (10, 11):
        charged(world, one, hour)
    third = _held_by(world, hugo.person_id, 12)
    budget.charge(third, space(world.a.room), one.id, hugo.person_id)
    third.payment_way = "on_account"
    assert confirm.confirm(third.id)
    document = billed(world, one)
    assert document.due_on == document.issued_on + dt.timedelta(days=12)
    assert document.person_id is None  # nobody's own
    said = [line.detail for line in document.paper.lines]
    assert [who.split(", ")[1] for who in said] == ["Léna Vogel", "Léna Vogel", "Carla Roux"]
    assert document.paper.buyer.contact == ""
    assert read.owed(lena().id) == []


def _held_by(world: World, person_id: int, hour: int, days: int = 3) -> Booking:
    start = tomorrow(hour, days=days)
    asked = rates.Asked(space(world.a.room), Interval(start, start + dt.timedelta(hours=1)))
    booking = hold.hold(rates.ask(asked), hold.Terms())
    booking.person_id = person_id
    return booking


def test_a_move_to_a_dearer_time_stays_within_the_budget(world: World, one: Company) -> None:
    booking = charged(world, one, 10)
    one.budget_cents = booking.price_cents
    start = tomorrow(14, days=3)
    longer = rates.ask(
        rates.Asked(space(world.a.room), Interval(start, start + dt.timedelta(hours=3)))
    )
    with pytest.raises(budget.OverBudget, match="augmenter le budget"):
        move.move(booking.id, longer, POLICY, Actor("person", None))
    one.budget_cents = longer.price_cents
    assert move.move(booking.id, longer, POLICY, Actor("person", None)).to_price_cents


def test_the_invoice_of_an_unproved_number_waits_where_the_venue_wants_it_to(
    world: World, one: Company
) -> None:
    other = companies.describe(Company(), BELGIAN | PLACE)
    companies.give_seat(other.id, lena())
    charged(world, other, 15)
    venue = office.tenant(world.a.id)
    venue.vies_down = "hold"
    with pytest.raises(clients.Unproved, match="VIES"), db.session.begin_nested():
        billed(world, other)
    charged(world, one, 10)
    assert billed(world, one)  # a French one has no such number
    venue.vies_down = "sell"
    assert billed(world, other).paper.buyer.vat == other.vat


def test_a_key_that_names_no_company_is_nobodys(world: World, one: Company) -> None:
    for key in ("person:7", "company:x", "company:0", "siren:552100554"):
        assert clients.company_of(key) is None
    with world.b.entered():
        assert clients.company_of(f"company:{one.id}") is None


def test_the_desk_books_on_the_account_of_a_company(client, world: World) -> None:
    bob = Colleague(client(world.a.host), "bob")
    with world.a.entered():
        firm = companies.describe(Company(), FRENCH)
        companies.give_seat(firm.id, db.session.get_one(Person, world.carla_person))
        key = f"company:{firm.id}"
        db.session.commit()
    day = tomorrow(10).strftime("%d.%m")
    sent = fields(bob.read(f"{HERE}?ligne=cur+{day}+10-11+roux")) | {"paiement": key}
    stranger = sent | {"nom": "Dupont"}
    del stranger["personne"]
    assert bob.post(HERE, **stranger).status_code == 422
    assert bob.post(HERE, **sent).status_code == 302
    booking = db.session.scalars(select(Booking).where(Booking.state == "confirmed")).one()
    assert (booking.company_id, booking.payment_way) == (firm.id, "on_account")
    firm = db.session.get_one(Company, firm.id)
    firm.budget_cents = booking.price_cents
    db.session.commit()
    sent = fields(bob.read(f"{HERE}?ligne=cur+{day}+14-15+roux")) | {"paiement": key}
    assert "n’y suffit plus" in bob.post(HERE, **sent).text
