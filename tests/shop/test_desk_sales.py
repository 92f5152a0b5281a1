"""A sale at the desk is in the ledger, is a charge, is paid or owed, and can be taken back once."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from sqlalchemy import select

from app.core.db import db
from app.core.errors import Refused
from app.invoicing import charges
from app.invoicing.models import Charge
from app.ledger import taxes
from app.members import companies, spending
from app.members.models import Company
from app.payments import rules as payments
from app.payments.models import Refund
from app.shop import catalogue, rules
from app.shop.models import DeskSale, Product
from app.spaces.natures import NATURES, Nature
from tests.at_desk import Colleague, set_clock, token_in
from tests.invoicing import office
from tests.members.test_companies import FRENCH, charged, lena
from tests.world import World

HERE = "/gestion/comptoir"


def coffee(cents: int = 250, **more) -> Product:
    facts = {"name": "Café", "nature": "meal", "vat_bp": None} | more
    return catalogue.describe(Product(), unit_cents=cents, **facts)


def sold(world: World, one: Product, way: str = "cash", many: int = 2, **buyer) -> DeskSale:
    zone = office.tenant(world.a.id).books_zone
    return rules.sell([(one, many)], rules.Buyer(**buyer), way, zone, None)


def test_a_coffee_is_paid_and_in_the_books_at_its_rate(world: World) -> None:
    made = sold(world, coffee(), person=lena())
    assert (made.gross_cents, made.lines[0].vat_bp, made.label) == (500, 1000, "2 × Café")
    assert payments.due_on("desk_sale", made.id) == 0
    standing = taxes.standing("desk_sale", made.id)
    assert (standing.sold, standing.paid) == ({1000: 500}, {1000: 500})
    charge = db.session.scalars(select(Charge)).one()
    assert (charge.customer, charge.gross_cents) == (f"person:{lena().id}", 500)
    assert (charge.vat_cents, charge.rule.category) == (45, "S")


def test_the_rate_is_that_of_the_day_and_an_exempt_nature_says_why(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = coffee()
    rates = ((dt.date(2014, 1, 1), 1000), (dt.date(2020, 1, 1), 1200))
    monkeypatch.setitem(NATURES, "meal", Nature(rates))
    assert sold(world, one).lines[0].vat_bp == 1200
    course = sold(world, coffee(9_000, name="Cours", nature="training"))
    charge = db.session.scalars(select(Charge).where(Charge.source_id == course.id)).one()
    assert (charge.rule.category, charge.rule.reason) == ("E", "training")


def test_a_new_rate_begins_at_midnight_of_the_venue(monkeypatch: pytest.MonkeyPatch, world) -> None:
    """At twenty past midnight in Paris it is still yesterday in UTC."""
    rates = ((dt.date(2014, 1, 1), 1000), (dt.date(2027, 7, 1), 1200))
    monkeypatch.setitem(NATURES, "meal", Nature(rates))
    set_clock(monkeypatch, dt.datetime(2027, 6, 30, 22, 20, tzinfo=dt.UTC))
    assert coffee().vat_bp == 1200


def test_several_products_are_one_sale_one_payment_and_a_line_each(world: World) -> None:
    """Two of one rate stay two lines of the invoice: who pays reads what was bought."""
    cup, tea, book = (
        coffee(),
        coffee(181, name="Thé"),
        coffee(1_999, name="Carnet", nature="service"),
    )
    zone = office.tenant(world.a.id).books_zone
    buyer = rules.Buyer(lena())
    made = rules.sell([(cup, 2), (tea, 3), (book, 1)], buyer, "terminal", zone, None)
    assert (made.gross_cents, made.label) == (3_042, "2 × Café, 3 × Thé, 1 × Carnet")
    assert [one.amount_cents for one in payments.of_source("desk_sale", made.id)] == [3_042]
    assert taxes.standing("desk_sale", made.id).paid == {1000: 1_043, 2000: 1_999}
    other = rules.sell([(cup, 1), (tea, 1)], buyer, "cash", zone, None)
    rules.cancel(other, zone, None)
    assert payments.due_on("desk_sale", other.id) == 0
    found = charges.bundles(charges.open_of(f"person:{lena().id}", "EUR"))
    billed = [(one.line.label, one.gross_cents, one.vat_cents) for one in found if one.gross_cents]
    assert billed == [("Café", 500, 45), ("Thé", 543, 49), ("Carnet", 1_999, 333)]
    with pytest.raises(Refused, match="au moins un produit"):
        rules.sell([], buyer, "cash", zone, None)


def test_a_sale_is_taken_back_once_and_its_money_goes_back(world: World) -> None:
    made, zone = sold(world, coffee()), office.tenant(world.a.id).books_zone
    for _twice in range(2):
        rules.cancel(made, zone, None)
    assert payments.due_on("desk_sale", made.id) == 0
    assert [one.amount_cents for one in db.session.scalars(select(Refund))] == [500]
    assert sum(one.gross_cents for one in db.session.scalars(select(Charge))) == 0


def test_an_account_is_for_who_has_one_and_a_budget_counts_everything(world: World) -> None:
    with pytest.raises(Refused, match="pas de compte"):
        sold(world, coffee(), "on_account", person=lena())
    with pytest.raises(Refused, match="pour l’entreprise"):
        sold(world, coffee(), "company")
    firm = companies.describe(Company(), FRENCH)
    companies.give_seat(firm.id, lena())
    booking = charged(world, firm, 10)
    made = sold(world, coffee(), "company", person=lena(), company_id=firm.id)
    zone = office.tenant(world.a.id).books_zone
    assert spending.month(firm, zone).cents in (500, 500 + booking.price_cents)
    firm.budget_cents = spending.month(firm, zone).cents + 499
    with pytest.raises(Refused, match="n’y suffit plus"):
        sold(world, coffee(), "company", person=lena(), company_id=firm.id)
    charge = db.session.scalars(select(Charge).where(Charge.source == "desk_sale")).one()
    assert (charge.customer, charge.detail) == (f"company:{firm.id}", "Léna Vogel")
    rules.cancel(made, zone, None)
    assert sold(world, coffee(), "company", person=lena(), company_id=firm.id)


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"name": " "}, "name"),
        ({"nature": "voucher"}, "nature"),
        ({"nature": "domiciliation"}, "nature"),
        ({"cents": 0}, "price"),
        ({"vat_bp": -1}, "vat"),
    ],
)
def test_a_product_that_cannot_be_sold_is_refused(world: World, facts: dict, field: str) -> None:
    with pytest.raises(Refused) as refusal:
        coffee(**facts)
    assert refusal.value.detail["field"] == field


def test_a_form_that_is_sent_twice_sells_once(client, world: World) -> None:
    one, bob = coffee(), Colleague(client(world.a.host), "bob")
    page = bob.read(HERE)
    key = re.search(r'name="idempotency_key" value="([^"]+)"', page)[1]
    form = {f"q{one.id}": "2", "moyen": "cash", "idempotency_key": key}
    form["csrf_token"] = token_in(page)
    first, again = (bob.client.post(HERE, data=form) for _ in range(2))
    assert first.status_code == again.status_code == 302
    assert first.location == again.location
    assert len(db.session.scalars(select(DeskSale)).all()) == 1
    assert key not in bob.read(HERE)


def test_products_and_sales_at_the_desk(client, world: World) -> None:
    alice = Colleague(client("a.localhost"), "alice")
    assert "Rien à vendre" in alice.read(HERE)
    made = alice.post(f"{HERE}/produits", name="Café", nature="meal", price="2,50", vat="")
    assert made.status_code == 302
    wrong = alice.post(f"{HERE}/produits", name="Thé", nature="meal", price="deux", vat="")
    assert (wrong.status_code, 'value="deux"' in wrong.text) == (422, True)
    one = db.session.scalars(select(Product)).one()
    bob = Colleague(client("a.localhost"), "bob")
    assert bob.get(f"{HERE}/produits").status_code == 404
    name = f"q{one.id}"
    fields = {name: "3", "moyen": "terminal", "nom": "Rose"}
    assert "7,50" in bob.read(f"{HERE}/total?{name}=3", headers={"HX-Request": "true"})
    answer = bob.post(HERE, **fields)
    assert answer.status_code == 302, answer.text[:800]
    page = bob.read(answer.location)
    for words in ("3 × Café", "Rose", "dont TVA 10 %", "pas une facture"):
        assert words in page
    for bad in ({name: "0"}, {name: ""}, {name: "two"}, {name: "1000"}, {"moyen": "shells"},
                {"email": "nobody@example.org"}, {"moyen": "company"}):  # fmt: skip
        assert bob.post(HERE, **(fields | bad)).status_code == 422
    assert "3 × Café" in bob.read(f"{HERE}?q=caf&par=terminal&tri=total")
    assert "ne répond à ces filtres" in bob.read(f"{HERE}?q=th%C3%A9")
    assert "ne répond à ces filtres" in bob.read(f"{HERE}?au=2020-01-01")
    assert bob.post(HERE, **fields, email="=x@example.org").status_code == 422
    assert bob.post(HERE, **(fields | {"nom": "=1+1"})).status_code == 302
    table = bob.read(f"{HERE}/ventes.csv?q=caf").splitlines()
    assert (len(table), ";3;2,50;10,00;7,50;Terminal;" in table[1]) == (3, True)
    assert "'=1+1" in table[2]
    assert bob.post(f"{answer.location}/annulation").status_code == 302
    assert "Annulée" in bob.read(HERE)
    assert alice.post(f"{HERE}/produits/{one.id}/archive").status_code == 302
    assert "Remettre en vente" in alice.read(f"{HERE}/produits")
    assert bob.post(HERE, **fields).status_code == 422


def test_the_counter_asks_which_of_two_firms_pays(world: World, client) -> None:
    one, firms = coffee(), []
    for name in ("Atelier", "Bureau"):
        firm = Company(kind="fr_business", name=name, search=name.lower())
        db.session.add(firm)
        db.session.flush()
        companies.give_seat(firm.id, lena())
        firms.append(firm.id)
    db.session.commit()
    bob = Colleague(client("a.localhost"), "bob")
    fields = {f"q{one.id}": "1", "moyen": "company", "email": lena().email}
    asked = bob.post(HERE, **fields)
    assert asked.status_code == 422
    assert "choisissez laquelle paie" in asked.text
    assert f'<option value="{firms[1]}"' in asked.text
    assert bob.post(HERE, **fields, entreprise=str(firms[1])).status_code == 302
    made = db.session.query(DeskSale).one()
    assert made.company_id == firms[1]
