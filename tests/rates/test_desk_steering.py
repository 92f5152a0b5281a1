"""The manager steers: tries, saves, undoes, freezes; a price is replayed, a group is priced."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.core import clock
from app.core.db import db
from app.core.slots import Interval
from app.rates import group, jobs, replay, rules, steering
from app.rates.models import Quote, SteeringChange
from app.rates.rules import Asked
from tests.at_desk import Colleague, set_clock
from tests.booking.test_desk_day import DAY, book, instant
from tests.rates.nights import EVE, hour_prices
from tests.world import World, space

Open = Callable[[str], FlaskClient]
SWITCHES = {"sans-baisse": "1", "essai": "1"}


@pytest.fixture
def alice(world: World, client: Open, monkeypatch: pytest.MonkeyPatch) -> Colleague:
    set_clock(monkeypatch, instant(9, EVE))
    return Colleague(client(world.a.host), "alice")


def page(world: World) -> str:
    return f"/gestion/tarifs/reglages?espace={world.a.room}"


def changes() -> list[SteeringChange]:
    return list(db.session.scalars(select(SteeringChange).order_by(SteeringChange.id)))


def test_settings_are_saved_and_undone(world: World, alice: Colleague) -> None:
    assert "Garde-fous" in alice.read(page(world))
    fields = {"objectif": "blend", "occupation": "45", "min": "60", "max": "140", "pas": "5"}
    url = f"/gestion/tarifs/reglages/{world.a.room}"
    assert alice.post(url, **fields, **SWITCHES).status_code == 302
    room = space(world.a.room)
    assert (room.floor_percent, room.ceiling_percent) == (60, 140)
    said = steering.of(room)
    assert (said.goal, said.at_least, said.step, said.explore) == ("blend", 45, 5, True)
    one = changes()[-1]
    assert alice.post(f"/gestion/tarifs/reglages/{one.id}/retour").status_code == 302
    db.session.expire_all()
    room = space(world.a.room)
    assert (room.floor_percent, steering.of(room).goal) == (70, "revenue")
    assert len(changes()) == 2  # nothing is erased


@pytest.mark.parametrize(
    "fields",
    [
        {"min": "120"},
        {"max": "90"},
        {"max": "dix"},
        {"objectif": "gloire"},
        {"occupation": "0"},
        {"jours": "1", "de": "10:00", "a": "08:00"},
    ],
)
def test_what_no_price_could_obey_is_refused(
    world: World, alice: Colleague, fields: dict[str, str]
) -> None:
    answer = alice.post(f"/gestion/tarifs/reglages/{world.a.room}", **fields)
    assert answer.status_code == 422
    assert changes() == []


def test_a_freeze_sells_the_card_at_once_and_back(world: World, alice: Colleague) -> None:
    moving = hour_prices(world.a.room)
    alice.post(f"/gestion/tarifs/reglages/{world.a.room}/gel")
    assert {price for price in hour_prices(world.a.room) if price > 0} == {1800}
    assert "Prix figés" in alice.read(f"/gestion/tarifs?espace={world.a.room}")
    alice.post(f"/gestion/tarifs/reglages/{world.a.room}/degel")
    assert hour_prices(world.a.room) == moving


def test_the_front_desk_sees_and_does_not_steer(
    world: World, client: Open, alice: Colleague
) -> None:
    bob = Colleague(client(world.a.host), "bob")
    assert "Enregistrer" not in bob.read(page(world))
    assert bob.post(f"/gestion/tarifs/reglages/{world.a.room}/gel").status_code == 404
    assert changes() == []


def test_social_hours_hold_their_price(world: World, alice: Colleague) -> None:
    url = f"/gestion/tarifs/reglages/{world.a.room}"
    added = {"jours": "2", "de": "08:00", "a": "10:00", "part": "50"}
    assert alice.post(url, **added, **SWITCHES).status_code == 302
    shown = hour_prices(world.a.room)
    assert max(shown[:3]) <= 900 < min(shown[6:20])


def test_a_trial_says_what_it_would_do_and_changes_nothing(world: World, alice: Colleague) -> None:
    before = hour_prices(world.a.room)
    url = f"/gestion/tarifs/reglages/{world.a.room}/essai"
    answer = alice.post(url, objectif="occupancy", min="30", **SWITCHES)
    trial = changes()[-1]
    assert answer.location.endswith(f"/essais/{trial.id}")
    assert "On simule" in alice.read(f"/gestion/tarifs/reglages/essais/{trial.id}")
    jobs.attempt(trial.id)
    db.session.flush()
    result = trial.result
    assert result["gain"][1] <= result["gain"][0] <= result["gain"][2]
    assert result["after"]["occupancy"] > result["before"]["occupancy"]
    assert (space(world.a.room).floor_percent, space(world.a.room).steering) == (70, {})
    assert hour_prices(world.a.room) == before
    assert "Un jour ordinaire" in alice.read(f"/gestion/tarifs/reglages/essais/{trial.id}")
    alice.post(f"/gestion/tarifs/reglages/essais/{trial.id}/application")
    db.session.expire_all()
    assert space(world.a.room).floor_percent == 30


def test_a_stored_price_replays_to_the_cent(world: World, alice: Colleague) -> None:
    quote = rules.ask(Asked(space(world.a.room), Interval(instant(10), instant(12))))
    assert replay.again(quote, space(world.a.room)).outcome == "same"
    url = f"/gestion/tarifs/prix/{quote.token}"
    assert "au centime près" in alice.read(url)
    said = alice.get(f"{url}?format=json").get_json()
    assert said["outcome"] == "same"
    assert said["replayed"]["price_cents"] == said["said"]["price_cents"] == quote.price_cents


def test_a_price_that_was_changed_is_found_out(world: World, alice: Colleague) -> None:
    quote = rules.ask(Asked(space(world.a.room), Interval(instant(10), instant(12))))
    quote.price_cents += 100
    assert replay.again(quote, space(world.a.room)).outcome == "other"
    quote.table_version = "nowhere"
    assert replay.again(quote, space(world.a.room)).outcome == "swept"


def test_a_group_displaces_what_is_free_and_usual(world: World, alice: Colleague) -> None:
    room = space(world.a.room)
    day = Interval(instant(8), instant(20))
    whole = group.displaced(room, day, now=clock.now())
    morning = group.displaced(room, Interval(instant(8), instant(12)), now=clock.now())
    assert 0 < morning.cents < whole.cents
    assert whole.hours == 12
    book(world.a.room, 9, 3)
    less = group.displaced(room, day, now=clock.now())
    assert (less.hours, less.cents < whole.cents) == (9, True)
    past = Interval(instant(8, EVE - dt.timedelta(days=9)), instant(8, EVE))
    assert group.displaced(room, past, now=clock.now()).cents == 0
    seats = group.displaced(space(world.a.pool), day, 3, now=clock.now())
    assert 0 < seats.cents < group.displaced(space(world.a.pool), day, now=clock.now()).cents
    asked = f"espace={room.id}&jour={DAY}&de=08:00&a=20:00"
    assert "Ce bloc déplace" in alice.read(f"/gestion/tarifs/groupe?{asked}")
    late = f"espace={room.id}&jour={DAY}&de=20:00&a=08:00"
    assert alice.get(f"/gestion/tarifs/groupe?{late}").status_code == 422


def test_quotes_say_from_which_table_they_were_read(world: World, alice: Colleague) -> None:
    rules.ask(Asked(space(world.a.room), Interval(instant(10), instant(12))))
    assert all(db.session.scalars(select(Quote.table_version)))
