"""People of a venue: found, described, trusted by a manager only."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.core.db import db
from app.members import rules
from app.members.models import Person
from tests.at_desk import Colleague, set_clock
from tests.booking.test_desk_day import book, instant
from tests.world import World

Open = Callable[[str], FlaskClient]


@pytest.fixture
def bob(world: World, client: Open, monkeypatch: pytest.MonkeyPatch) -> Colleague:
    set_clock(monkeypatch, instant(9))
    return Colleague(client(world.a.host), "bob")


def carla(world: World) -> Person:
    db.session.expire_all()
    return db.session.scalars(select(Person).where(Person.id == world.carla_person)).one()


def test_search_ignores_case_and_accents_and_filters_by_standing(
    world: World, bob: Colleague
) -> None:
    rules.person_by_email("zoe@example.org", "Zoé Élan")
    db.session.commit()
    page = bob.read("/gestion/membres?q=ZOE+elan")
    assert "Zoé Élan" in page
    assert "Carla Roux" not in page
    assert "Zoé Élan" not in bob.read("/gestion/membres?statut=member")


def test_many_people_come_in_pages(world: World, bob: Colleague) -> None:
    for n in range(45):
        rules.person_by_email(f"p{n}@example.org", f"Personne {n:02d}")
    db.session.commit()
    first = bob.read("/gestion/membres?q=personne")
    assert "Personne 39" in first
    assert "Personne 40" not in first
    assert "q=personne&amp;page=2" in first
    assert "Personne 44" in bob.read("/gestion/membres?q=personne&page=2")


def test_a_person_shows_bookings_and_dues(world: World, bob: Colleague) -> None:
    made = book(world.a.room, 14, person_id=world.carla_person)
    page = bob.read(f"/gestion/membres/{world.carla_person}")
    assert made.code in page
    assert "à encaisser" in page


def test_what_is_known_is_written(world: World, bob: Colleague) -> None:
    url = f"/gestion/membres/{world.carla_person}"
    bob.post(url, nom="Carla R. Roux", telephone="04 76", organisation="Coop", notes="Thé")
    found = carla(world)
    assert (found.name, found.phone, found.notes) == ("Carla R. Roux", "04 76", "Thé")
    assert "coop" in found.search


def test_a_person_without_a_name_is_refused_and_the_rest_kept(world: World, bob: Colleague) -> None:
    answer = bob.post(f"/gestion/membres/{world.carla_person}", nom=" ", telephone="04 76")
    assert answer.status_code == 422
    assert 'value="04 76"' in answer.text


def test_an_account_is_a_managers_word(world: World, client: Open, bob: Colleague) -> None:
    url = f"/gestion/membres/{world.carla_person}"
    bob.post(url, nom="Carla Roux", statut="on_account")
    assert carla(world).standing == "member"
    alice = Colleague(client(world.a.host), "alice")
    alice.post(url, nom="Carla Roux", statut="on_account")
    assert carla(world).standing == "on_account"


def test_a_new_person_is_written_once(world: World, bob: Colleague) -> None:
    for _ in range(2):
        answer = bob.post("/gestion/membres/nouveau", nom="Zoé", email="Zoe@example.org")
        assert answer.status_code == 302
    assert len(db.session.scalars(select(Person).where(Person.name == "Zoé")).all()) == 1
    wrong = bob.post("/gestion/membres/nouveau", nom="Zoé", email="zoe")
    assert wrong.status_code == 422
    assert 'value="zoe"' in wrong.text


def test_another_venues_person_is_not_there(world: World, client: Open, bob: Colleague) -> None:
    dora = Colleague(client(world.b.host), "dora")
    assert dora.get(f"/gestion/membres/{world.carla_person}").status_code == 404
    assert "Carla" not in dora.read("/gestion/membres")
