"""F19: the price before of an announced reduction is what the law says, over random histories; the
database keeps the history, whoever writes a price."""

from __future__ import annotations

import datetime as dt
from random import Random

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.core import clock
from app.core.db import db
from app.core.errors import Refused
from app.core.slots import day_bounds, local_day
from app.shop import catalogue, reductions, rules
from app.shop.models import PriceReduction, Product
from app.spaces import prices
from app.spaces.models import PublicPrice
from tests.at_desk import Colleague
from tests.invoicing import office
from tests.shop.test_desk_sales import coffee
from tests.world import World, space

HERE = "/gestion/comptoir"


def zone(world: World):
    return office.tenant(world.a.id).books_zone


def today(world: World) -> dt.date:
    return local_day(clock.now(), zone(world))


def aged(world: World, found: list[tuple[int, int | None]], last: int = 500) -> Product:
    """A product with a past: prices by how many days ago they began, then the one of now."""
    one = coffee(last)
    db.session.flush()
    for days, cents in found:
        at = day_bounds(today(world) - dt.timedelta(days=days), zone(world)).start
        db.session.add(PublicPrice(thing="product", thing_id=one.id, price_cents=cents, from_at=at))
    db.session.flush()  # the past is read next
    return one


def announced(world: World, one: Product, percent: int = 20, start: int = 0, days: int = 6):
    first = today(world) + dt.timedelta(days=start)
    return reductions.announce(
        one, percent, first, first + dt.timedelta(days=days), zone(world), None
    )


def test_f19_the_database_notes_every_price_whoever_writes_it(world: World) -> None:
    one = coffee(250)
    catalogue.describe(one, "Café", "meal", 250, None)  # the same: nothing is added
    catalogue.describe(one, "Café", "meal", 300, None)
    db.session.execute(text("update product set unit_cents = 280 where id = :id"), {"id": one.id})
    catalogue.archive(one, away=True)
    db.session.flush()
    said = [stretch.cents for stretch in prices.history(prices.PRODUCT, one.id)]
    assert said == [250, 300, 280, None]
    room = space(world.a.room)
    before = room.base_cents
    room.base_cents += 100
    db.session.flush()
    room.audience = "staff"
    db.session.flush()
    kept = [stretch.cents for stretch in prices.history(prices.SPACE, room.id)]
    assert kept[-3:] == [before, before + 100, None]
    for change in ("update public_price set price_cents = 1", "delete from public_price"):
        with pytest.raises(DBAPIError), db.session.begin_nested():
            db.session.execute(text(change))


@pytest.mark.parametrize("seed", range(200))
def test_f19_the_price_before_is_the_lowest_of_thirty_days(seed: int) -> None:
    """Two hundred random histories against a plain walk over the days."""
    chance = Random(seed)
    day0 = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    changes = sorted(chance.sample(range(100), chance.randint(1, 9)))
    asked = [None if chance.random() < 0.15 else chance.randrange(100, 900) for _ in changes]
    rows = [
        PublicPrice(price_cents=cents, from_at=day0 + dt.timedelta(days=day))
        for day, cents in zip(changes, asked, strict=True)
    ]
    found = prices.stretches(rows)
    start = chance.randint(30, 110)
    daily = []
    for day in range(start - 30, start):
        known = [cents for at, cents in zip(changes, asked, strict=True) if at <= day]
        if known and known[-1] is not None:
            daily.append(known[-1])
    span = (day0 + dt.timedelta(days=start - 30), day0 + dt.timedelta(days=start))
    assert prices.lowest(found, *span) == min(daily, default=None)


def test_f19_a_rise_before_the_reduction_does_not_help(world: World) -> None:
    one = aged(world, [(90, 400), (10, 500)])
    made = announced(world, one, 25)
    assert (made.reference_cents, made.price_cents) == (400, 300)
    sold = rules.sell([(one, 2)], rules.Buyer(), "cash", zone(world), None)
    assert (sold.gross_cents, sold.lines[0].unit_cents) == (600, 300)
    with pytest.raises(Refused, match="terminez-la"):
        catalogue.describe(one, "Café", "meal", 700, None)
    reductions.end(one, zone(world))
    assert rules.total_cents([(one, 1)], zone(world)) == 500
    catalogue.describe(one, "Café", "meal", 700, None)


def test_f19_what_is_too_young_or_was_not_on_sale_is_refused_with_the_day(world: World) -> None:
    young = aged(world, [(29, 500)])
    with pytest.raises(Refused, match="annoncez-la à partir du"):
        announced(world, young)
    assert announced(world, young, start=2).reference_cents == 500
    asleep = aged(world, [(90, 500), (40, None)])
    with pytest.raises(Refused, match="pas été en vente"):
        announced(world, asleep)
    cheap = aged(world, [(90, 500), (20, 300), (10, 500)])
    catalogue.describe(cheap, "Café", "meal", 290, None)
    with pytest.raises(Refused, match="pas moins que le prix"):
        announced(world, cheap, 1)


def test_f19_after_a_reduction_the_next_counts_from_it_unless_it_follows_at_once(
    world: World,
) -> None:
    one = aged(world, [(90, 500)])
    before = today(world) - dt.timedelta(days=10)
    row = {"percent": 20, "reference_cents": 500, "price_cents": 400, "product_id": one.id}
    db.session.add(PriceReduction(first_on=before, last_on=before + dt.timedelta(days=3), **row))
    db.session.flush()
    assert announced(world, one, 25, days=1).reference_cents == 400, "it was asked ten days ago"
    further = announced(world, one, 40, start=2, days=1)
    assert further.reference_cents == 400, "the one before the first of the two"
    assert further.price_cents == 240


def test_f19_two_at_a_time_are_refused_twice(world: World) -> None:
    one = aged(world, [(90, 500)])
    announced(world, one)
    with pytest.raises(Refused, match="déjà annoncée"):
        announced(world, one, start=3)
    day = today(world)
    row = {"percent": 9, "reference_cents": 500, "price_cents": 455, "product_id": one.id}
    db.session.add(PriceReduction(first_on=day, last_on=day, **row))
    with pytest.raises(DBAPIError, match="one_at_a_time"):
        db.session.flush()
    db.session.rollback()


@pytest.mark.parametrize(
    ("percent", "start", "days"), [(0, 0, 1), (91, 0, 1), (20, -1, 1), (20, 0, -1), (20, 0, 61)]
)
def test_f19_what_is_no_reduction_is_refused(
    world: World, percent: int, start: int, days: int
) -> None:
    with pytest.raises(Refused):
        announced(world, aged(world, [(90, 500)]), percent, start, days)


def test_f19_pages_say_the_price_before_and_strike_nothing(client, world: World) -> None:
    alice = Colleague(client("a.localhost"), "alice")
    one = aged(world, [(90, 500)])
    db.session.commit()
    place = f"{HERE}/produits/{one.id}"
    assert "5,00" in alice.read(place)
    day = today(world).isoformat()
    sent = alice.post(f"{place}/reduction", reduction="x", premier=day, dernier=day)
    assert sent.status_code == 422
    assert "1 à 90" in sent.text
    assert f'value="{day}"' in sent.text
    sent = alice.post(f"{place}/reduction", reduction="20 %", premier=day, dernier=day)
    assert sent.status_code == 302, sent.text[:300]
    public = client("a.localhost").get("/tarifs").text
    for page in (public, alice.read(HERE), alice.read(place)):
        said = page.replace("\u00a0", " ").replace("\u202f", " ")
        assert "20 %" in said
        assert "prix le plus bas des 30 jours" in said
        assert not any(tag in page for tag in ("<s>", "<del", "line-through"))
    listed = alice.read(f"{HERE}/prix?q=caf&tri=-bas")
    assert "Café" in listed
    assert "Plus bas des 30 derniers jours" in listed
    assert "Café;Produit;4,00;4,00" in alice.get(f"{HERE}/prix/csv?q=caf").text
    assert alice.post(f"{place}/reduction/fin").status_code == 302
    assert "prix le plus bas" not in client("a.localhost").get("/tarifs").text
