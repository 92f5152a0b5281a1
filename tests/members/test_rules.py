"""The people a venue knows."""

from __future__ import annotations

import pytest

from app.accounts import rules as accounts
from app.accounts import sessions
from app.core.db import db
from app.core.errors import Refused
from app.members import rules
from app.members.models import Person


def _guest(email: str, name: str, **more) -> Person:
    return rules.person_by_email(email, name, **more)


def test_guest_is_written_once(world):
    first = _guest("Nadia@Example.org", "  Nadia   Roux ")
    again = _guest("nadia@example.org", "Somebody Else", phone="0600000000")
    assert first.id == again.id
    assert (again.name, again.email, again.phone) == ("Nadia Roux", "nadia@example.org", None)
    assert again.standing == "guest"


@pytest.mark.parametrize(
    ("email", "name"), [("nadia", "Nadia"), ("", "Nadia"), ("n@x.fr", " "), ("n@x.fr", "x" * 121)]
)
def test_refuses_what_names_nobody(world, email, name):
    with pytest.raises(Refused):
        _guest(email, name)


def test_same_address_is_another_person_next_door(world):
    here = _guest("nadia@example.org", "Nadia").id
    with world.b.entered():
        assert _guest("nadia@example.org", "Nadia B").id != here


def test_account_takes_over_its_guest(world):
    guest = _guest("dora@example.org", "Dora D.")
    assert rules.person_for(world.people["dora"]).id == guest.id
    assert guest.account_id == world.people["dora"]


def test_account_without_a_person_gets_one(world):
    made = rules.person_for(world.people["dora"])
    assert (made.email, made.account_id) == ("dora@example.org", world.people["dora"])
    assert rules.person_for(world.people["dora"]).id == made.id


def test_unproved_address_takes_nothing_over(world):
    account = accounts.account(world.people["dora"])
    account.email_verified_at = None
    guest = _guest("dora@example.org", "Dora D.")
    with pytest.raises(Refused):
        rules.link_account(guest, account)
    assert guest.account_id is None


def test_other_address_takes_nothing_over(world):
    guest = _guest("nadia@example.org", "Nadia")
    with pytest.raises(Refused):
        rules.link_account(guest, accounts.account(world.people["dora"]))


@pytest.fixture
def crowd(world):
    """Five people to look for."""
    for email, name, firm in (
        ("elodie@example.org", "Élodie Béranger", "Atelier Roux"),
        ("roux@example.org", "Roux Marcel", None),
        ("m.leroux@example.org", "Maud Leroux", None),
        ("jean@example.org", "Jean Roux", None),
        ("p100@example.org", "Pour 100% _ Cent", None),
    ):
        _guest(email, name, organisation=firm)
    return world


@pytest.mark.parametrize(
    ("words", "first"),
    [
        ("elodie", "Élodie Béranger"),
        ("ÉLODIE", "Élodie Béranger"),
        ("beranger elo", "Élodie Béranger"),
        ("atelier", "Élodie Béranger"),
        ("m.leroux@", "Maud Leroux"),
        ("roux", "Roux Marcel"),
        ("100%", "Pour 100% _ Cent"),
    ],
)
def test_finds(crowd, words, first):
    assert rules.search(words)[0].name == first


def test_beginnings_come_first(crowd):
    found = [person.name for person in rules.search("roux")]
    assert found == ["Roux Marcel", "Carla Roux", "Jean Roux", "Élodie Béranger", "Maud Leroux"]


@pytest.mark.parametrize("words", ["", "   ", "zzz", "%", "_x", "roux zzz"])
def test_finds_nobody(crowd, words):
    assert [p.name for p in rules.search(words)] in ([], ["Pour 100% _ Cent"])


def test_stranger_sees_nothing(crowd):
    carla = crowd.carla_person
    for place in (crowd.b, crowd.stranger):
        with place.entered():
            assert rules.search("roux") == []
            assert rules.person(carla) is None
            assert rules.known("carla@example.org") is None


def test_describe_keeps_the_search_true(world):
    nadia = _guest("nadia@example.org", "Nadia")
    rules.describe(nadia, name="Nadia Zola", organisation="Zénith")
    db.session.flush()  # searched below
    assert rules.search("zenith zola")[0].id == nadia.id
    assert nadia.email == "nadia@example.org"


def test_signing_in_makes_a_person(world, client):
    sessions.open_session(accounts.account(world.people["dora"]), host="a.localhost")
    assert rules.of_account(world.people["dora"]) is not None
