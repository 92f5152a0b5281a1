"""Out of sale: refused over bookings, unless each of them is named with where it goes."""

from __future__ import annotations

from collections.abc import Callable
from html import unescape

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.booking.models import Booking, Cancellation, Move
from app.core import clock
from app.core.db import db
from app.core.errors import Taken
from app.core.i18n import euros
from app.core.slots import Interval
from app.occupancy.models import Occupancy
from app.payments import rules as payments
from app.rates import group
from app.spaces import build
from app.spaces.models import Site, Space
from tests.at_desk import Colleague, set_clock
from tests.booking.test_desk_day import book, instant
from tests.world import World

Open = Callable[[str], FlaskClient]
HERE = "/gestion/fermetures/nouvelle"


@pytest.fixture
def bob(world: World, client: Open, monkeypatch: pytest.MonkeyPatch) -> Colleague:
    set_clock(monkeypatch, instant(9))
    return Colleague(client(world.a.host), "bob")


def wish(space_id: int, start: str = "13:00", end: str = "17:00", **more: str) -> dict[str, str]:
    return {
        "espace": str(space_id),
        "genre": "repair",
        "jour": "2027-03-10",
        "heure": start,
        "jour_fin": "2027-03-10",
        "heure_fin": end,
        "raison": "Fuite d’eau",
        **more,
    }


def closures() -> list[Occupancy]:
    return list(db.session.scalars(select(Occupancy).where(Occupancy.source == "closure")))


def test_a_closure_is_listed_stands_on_the_day_and_refuses_sales(
    world: World, bob: Colleague
) -> None:
    assert bob.post(HERE, **wish(world.a.room)).status_code == 302
    assert "Fuite d’eau" in bob.read("/gestion/fermetures")
    assert "slot--closed" in bob.read("/gestion")
    with pytest.raises(Taken):
        book(world.a.room, 14)
    assert [row.pinned for row in closures()] == [True]


def test_it_says_what_it_keeps_from_being_sold(world: World, bob: Colleague) -> None:
    room = db.session.get_one(Space, world.a.room)
    lost = group.displaced(room, Interval(instant(13), instant(17)), now=clock.now()).net_cents
    assert lost > 0
    said = f"Ventes habituelles déplacées : environ {euros(lost)} HT."
    bob.post(HERE, **wish(world.a.room))
    assert said in unescape(bob.read("/gestion/fermetures"))


def test_released_it_sells_again(world: World, bob: Colleague) -> None:
    bob.post(HERE, **wish(world.a.room))
    bob.post(f"/gestion/fermetures/{closures()[0].source_id}/reouverture")
    assert book(world.a.room, 14).state == "confirmed"


def test_over_a_booking_it_is_refused_and_names_it(world: World, bob: Colleague) -> None:
    made = book(world.a.room, 14, person_id=world.carla_person)
    answer = bob.post(HERE, **wish(world.a.room))
    assert answer.status_code == 409
    assert "Carla Roux" in answer.text
    assert f'name="sort-{made.id}"' in answer.text
    assert 'value="Fuite d’eau"' in answer.text
    assert closures() == []


def test_a_named_booking_moves_at_the_same_price(world: World, bob: Colleague) -> None:
    site = db.session.scalars(select(Site)).one()
    other = build.space(site, "Salle Hugo", "meeting_room", capacity=12, base_cents=9900)
    made = book(world.a.room, 14)
    price = made.price_cents
    answer = bob.post(HERE, **wish(world.a.room, **{f"sort-{made.id}": str(other.id)}))
    assert answer.status_code == 302
    db.session.expire_all()
    moved = db.session.scalars(select(Booking).where(Booking.id == made.id)).one()
    assert (moved.space_id, moved.price_cents) == (other.id, price)
    assert db.session.scalars(select(Move.by)).one() == "venue"
    assert len(closures()) == 1


def test_a_named_booking_is_cancelled_for_the_whole_amount(world: World, bob: Colleague) -> None:
    made = book(world.a.room, 14)
    payments.record_at_desk(payments.Due("booking", made.id, made.price_cents), "cash", None)
    bob.post(HERE, **wish(world.a.room, **{f"sort-{made.id}": "cancelled"}))
    assert db.session.scalars(select(Cancellation.refund_cents)).one() == made.price_cents


def test_one_unnamed_booking_undoes_all(world: World, bob: Colleague) -> None:
    first, _second = book(world.a.room, 13), book(world.a.room, 15)
    answer = bob.post(HERE, **wish(world.a.room, **{f"sort-{first.id}": "cancelled"}))
    assert answer.status_code == 409
    assert db.session.scalars(select(Cancellation)).all() == []


def test_some_desks_of_a_pool_close_beside_the_others(world: World, bob: Colleague) -> None:
    book(world.a.pool, 14, people=4)
    assert bob.post(HERE, **wish(world.a.pool, unites="3")).status_code == 302
    assert len(closures()) == 3
    assert bob.post(HERE, **wish(world.a.pool, unites="1")).status_code == 409


@pytest.mark.parametrize(
    ("name", "value"),
    [("heure_fin", "12:00"), ("jour", ""), ("raison", ""), ("heure", "x"), ("unites", "0")],
)
def test_a_wrong_answer_is_told_and_nothing_written(
    world: World, bob: Colleague, name: str, value: str
) -> None:
    answer = bob.post(HERE, **wish(world.a.room) | {name: value})
    assert answer.status_code == 422
    assert closures() == []


def test_another_venues_closure_is_not_there(world: World, client: Open, bob: Colleague) -> None:
    bob.post(HERE, **wish(world.a.room))
    there = f"/gestion/fermetures/{closures()[0].source_id}/reouverture"
    dora = Colleague(client(world.b.host), "dora")
    assert dora.post(there).status_code == 404
    assert bob.post(there).status_code == 302
