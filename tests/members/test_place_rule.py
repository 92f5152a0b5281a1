"""The place rule of docs/money.md wherever something is sold: a firm abroad pays services and
equipment without our VAT, and everything that is tied to the building as anybody does (F14)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal

import pytest
from sqlalchemy import select

from app.booking import budget, confirm, hold, move
from app.booking.cancel import Actor, Policy, cancel
from app.booking.models import Booking
from app.core import clock
from app.core.db import db
from app.core.errors import Refused
from app.core.slots import Interval
from app.events.models import Event
from app.invoicing import charges, checks, clients, facturx, quoting, runs
from app.invoicing.models import Charge, Document
from app.ledger import taxes
from app.members import companies
from app.members.models import Company, VatCheck
from app.rates import rules as rates
from app.shop import rules as shop
from app.spaces.natures import CUSTOMERS, NATURES, rate_on, sold_to, tax
from app.ticketing import rules as tickets
from app.ticketing import shelf
from tests.invoicing import office
from tests.invoicing.conftest import court
from tests.members.test_companies import BELGIAN, lena
from tests.shop.test_desk_sales import coffee
from tests.ticketing.conftest import morning, planned, wish
from tests.world import World, space, tomorrow

__all__ = ["court", "morning", "planned"]  # found here by name
DAY = dt.date(2026, 11, 27)
PLACE = {
    "email": "compta@brel.example",
    "street": "1 quai au Foin",
    "postcode": "1000",
    "city": "Bruxelles",
}
SWISS = {
    "kind": "other",
    "name": "Berg AG",
    "country": "CH",
    "street": "Gasse 1",
    "city": "Bern",
    "email": "post@berg.example",
}
POLICY = Policy(free_hours=24, late_percent=50)


def firm(facts: dict[str, str], answer: str = "valid") -> Company:
    """A company with a seat for Léna, and what VIES said of it."""
    one = companies.describe(Company(), facts | ({} if facts is SWISS else PLACE))
    companies.give_seat(one.id, lena())
    if one.vat:
        db.session.add(VatCheck(company_id=one.id, vat=one.vat, answer=answer, said={}))
    db.session.flush()  # what VIES said is asked next
    return one


def test_f14_whatever_is_sold_follows_the_table() -> None:
    """The one rule of every till, against the cells: same category, and the price without VAT
    exactly where the table says that it is due abroad."""
    for nature in NATURES:
        for customer in CUSTOMERS:
            said = sold_to(nature, customer, 1_200, rate_on(nature, DAY), DAY)
            cell = tax(nature, customer, "collection", DAY)
            assert (said.category, said.rate_bp) == (cell.category, cell.rate_bp), nature
            abroad = cell.text in ("reverse_charge", "outside_france")
            assert said.is_abroad == abroad
            assert said.gross_cents == (1_000 if abroad else 1_200)
    assert sold_to("service", "eu_business", 1_200, 0, DAY).gross_cents == 1_200, "none to take out"


def booked(world: World, one: Company, nature: str, hour: int = 10) -> Booking:
    room = space(world.a.room)
    room.nature = nature
    start = tomorrow(hour, days=3)
    made = hold.hold(
        rates.ask(rates.Asked(room, Interval(start, start + dt.timedelta(hours=1)))), hold.Terms()
    )
    made.person_id = lena().id
    budget.charge(made, room, one.id, lena().id)
    made.payment_way = "on_account"
    assert confirm.confirm(made.id)
    return made


def rule_of(made: Booking) -> tuple[int, str, str]:
    (charge,) = charges.of_source("booking", made.id)
    return charge.rule.rate_bp, charge.rule.category, charge.rule.reason


def test_a_booking_of_equipment_is_reverse_charged_and_one_of_a_room_is_not(world: World) -> None:
    belgian = firm(BELGIAN)
    tool = booked(world, belgian, "equipment")
    assert rule_of(tool) == (0, "AE", "reverse_charge")
    assert sum(step["cents"] for step in tool.steps) == tool.price_cents
    assert taxes.standing("booking", tool.id).sold == {0: tool.price_cents}
    room = booked(world, belgian, "equipped_space", 12)
    assert rule_of(room) == (2000, "S", "")
    assert tool.price_cents == room.price_cents - round(room.price_cents / 6)


@pytest.mark.parametrize("answer", ["invalid", "unavailable"])
def test_a_number_that_nobody_proved_pays_french_vat(world: World, answer: str) -> None:
    assert rule_of(booked(world, firm(BELGIAN, answer), "equipment"))[:2] == (2000, "S")


def test_what_was_reverse_charged_is_moved_and_taken_back_as_it_was_sold(world: World) -> None:
    one = firm(BELGIAN)
    made = booked(world, one, "equipment")
    assert made.vat_bp == 0
    start = tomorrow(14, days=3)
    longer = rates.ask(
        rates.Asked(space(world.a.room), Interval(start, start + dt.timedelta(hours=3)))
    )
    db.session.add(VatCheck(company_id=one.id, vat=one.vat, answer="invalid", said={}))
    assert move.change(made, longer, POLICY).new_cents == round(longer.price_cents / 1.2)
    move.move(made.id, longer, POLICY, Actor("staff", None))
    assert sum(step["cents"] for step in made.steps) == made.price_cents
    cancel(made.id, POLICY, Actor("staff", None))
    (bundle,) = charges.bundles(charges.open_of(f"company:{one.id}", "EUR"))
    assert (bundle.rule.category, bundle.gross_cents, bundle.vat_cents) == ("AE", 0, 0)


def test_a_move_from_here_to_abroad_is_another_sale(world: World) -> None:
    made = booked(world, firm(BELGIAN), "equipped_space")
    start = tomorrow(15, days=3)
    asked = rates.Asked(space(world.a.hall), Interval(start, start + dt.timedelta(hours=1)))
    space(world.a.hall).nature = "equipment"
    with pytest.raises(Refused, match="même endroit"):
        move.move(made.id, rates.ask(asked), POLICY, Actor("staff", None))
    assert made.space_id == world.a.room


def test_the_counter_sells_to_a_firm_abroad_without_vat_and_takes_it_back_so(world: World) -> None:
    one, zone = firm(BELGIAN), office.tenant(world.a.id).books_zone
    buyer = shop.Buyer(lena(), one.id)
    goods = [(coffee(1_199, name="Scan", nature="service"), 3), (coffee(250), 2)]
    made = shop.sell(goods, buyer, "company", zone, None)
    assert [(line.gross_cents, line.vat_bp) for line in made.lines] == [(2_997, 0), (500, 1000)]
    said = db.session.scalars(select(Charge).order_by(Charge.id)).all()
    assert [(c.rule.category, c.rule.reason, c.vat_cents) for c in said] == [
        ("AE", "reverse_charge", 0), ("S", "", 45),
    ]  # fmt: skip
    db.session.add(VatCheck(company_id=one.id, vat=one.vat, answer="invalid", said={}))
    shop.cancel(made, zone, None)
    left = charges.bundles(charges.open_of(f"company:{one.id}", "EUR"))
    assert [(c.rule.category, c.gross_cents) for c in left] == [("AE", 0), ("S", 0)]
    cash = shop.sell(goods[:1], shop.Buyer(lena()), "cash", zone, None)
    assert cash.lines[0].vat_bp == 2000, "a person pays as a consumer, whoever employs her"


def test_tickets_are_taxed_where_the_event_is_but_not_what_is_hired_with_them(
    world: World, planned: Callable[..., Event]
) -> None:
    night, one = planned(publish=True), firm(BELGIAN)
    seat = shelf.describe(night.id, shelf.Kind("Place", "fixed", 1_200, 9))
    stand = shelf.describe(night.id, shelf.Kind("Matériel", "fixed", 1_200, 9, nature="equipment"))
    both = (*wish(seat).places, *wish(stand).places)
    made = tickets.order(wish(seat, places=both, payer=lena(), company_id=one.id))
    assert made.price_cents == 2_200
    said = {c.rule.category: c.gross_cents for c in charges.of_source("ticket_order", made.id)}
    assert said == {"S": 1_200, "AE": 1_000}


def quoted(world: World, one: Company, *wishes: tuple[str, int]) -> tuple[str, ...]:
    buyer = clients.party_of(one)
    typed = [quoting.Wish(nature, nature, Decimal(1), cents) for nature, cents in wishes]
    return quoting.lines(typed, buyer, DAY)


def test_a_quote_takes_our_vat_out_and_shows_its_lines_again_as_typed(world: World) -> None:
    one = firm(BELGIAN)
    lines = quoted(world, one, ("service", 1_199), ("equipped_space", 1_200))
    assert [(line.gross_cents, line.tax.category) for line in lines] == [(999, "AE"), (1_200, "S")]
    assert round(quoting.typed_cents(lines[0], DAY)) == 1_199
    with pytest.raises(Refused, match="devis à part"):
        quoted(world, firm(SWISS), ("service", 1_200), ("equipped_space", 1_200))


def test_a_month_of_both_is_one_document_in_the_union_and_two_beyond(world: World, court) -> None:
    """The official rules themselves judge them: AE beside S is allowed, O beside S is not."""
    office.complete(world.a.id)
    zone, papers = office.tenant(world.a.id).books_zone, []
    for facts, how_many in ((BELGIAN, 1), (SWISS, 2)):
        one = firm(facts)
        basket = [(coffee(1_200, name="Conseil", nature="service"), 1), (coffee(250), 2)]
        shop.sell(basket, shop.Buyer(lena(), one.id), "company", zone, None)
        run = runs.begin(office.tenant(world.a.id), clock.now().astimezone(zone).date(), by=None)
        item = runs.next_item(run.id)
        made = runs.bill(item, run, office.work(world.a.id))
        assert (len(made), item.state) == (how_many, "done")
        runs.end(run.id)
        papers += [document.paper for document in made]
    for paper in papers:
        assert not court.judge(facturx.xml(paper)).faults
        assert not checks.faults(paper)
    assert {line.tax.category for line in papers[0].lines} == {"AE", "S"}
    assert db.session.scalars(select(Document.gross_cents).order_by(Document.id)).all() == [
        1_500, 500, 1_000,
    ]  # fmt: skip
