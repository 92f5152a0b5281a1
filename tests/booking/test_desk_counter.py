"""Somebody at the desk: a line, Enter, Enter."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.booking.models import Booking
from app.core.db import db
from app.members.models import Person
from app.payments import rules as payments
from app.rates.models import DemandEvent, Quote
from tests.at_desk import Colleague, offered, set_clock
from tests.booking.test_desk_day import book, instant
from tests.world import World

Open = Callable[[str], FlaskClient]
HERE = "/gestion/reservations/nouvelle"


@pytest.fixture
def bob(world: World, client: Open, monkeypatch: pytest.MonkeyPatch) -> Colleague:
    set_clock(monkeypatch, instant(14.1))
    return Colleague(client(world.a.host), "bob")


def fields(page: str) -> dict[str, str]:
    """What the second Enter sends."""
    form = page[page.index('id="apercu"') :].partition("</form>")[0]
    found = dict(re.findall(r'<input[^>]*name="(\w+)" value="([^"]*)"', form))
    found.pop("csrf_token")
    return found | {"paiement": "desk"}


def only() -> Booking:
    db.session.expire_all()
    return db.session.scalars(select(Booking)).one()


def test_a_line_then_enter_twice_books_for_the_person(world: World, bob: Colleague) -> None:
    page = bob.read(f"{HERE}?ligne=cur+15-16+roux")
    assert "Salle Curie" in page
    assert "Carla Roux" in page
    answer = bob.post(HERE, **fields(page))
    made = only()
    assert answer.location.endswith(made.code)
    assert (made.state, made.person_id, made.origin) == ("confirmed", world.carla_person, "desk")
    assert made.starts_at == instant(15)


def test_the_slot_that_has_begun_can_still_be_sold_here(world: World, bob: Colleague) -> None:
    bob.post(HERE, **fields(bob.read(f"{HERE}?ligne=cur+14-16+roux")))
    assert only().starts_at == instant(14)


def test_the_price_shown_is_the_price_charged(world: World, bob: Colleague) -> None:
    sent = fields(bob.read(f"{HERE}?ligne=cur+15-17+roux"))
    bob.post(HERE, **sent)
    assert only().price_cents == int(sent["montant"])


def test_a_stranger_needs_no_address(world: World, bob: Colleague) -> None:
    page = bob.read(f"{HERE}?ligne=cur+15-16+Dupont")
    bob.post(HERE, **fields(page))
    made = only()
    assert made.person_id is None
    assert made.organisation == {"name": "Dupont"}
    assert "Dupont" in bob.read("/gestion/jour/2027-03-10")


def test_a_stranger_with_an_address_is_known_from_then_on(world: World, bob: Colleague) -> None:
    sent = fields(bob.read(f"{HERE}?ligne=cur+15-16+Dupont")) | {"email": "D@Example.org"}
    bob.post(HERE, **sent)
    person = db.session.scalars(select(Person).where(Person.email == "d@example.org")).one()
    assert only().person_id == person.id


def test_paid_at_once_is_paid(world: World, bob: Colleague) -> None:
    sent = fields(bob.read(f"{HERE}?ligne=cur+15-16+roux")) | {"paiement": "terminal"}
    bob.post(HERE, **sent)
    assert payments.due_on("booking", only().id) == 0


def test_a_double_enter_books_and_charges_once(world: World, bob: Colleague) -> None:
    sent = fields(bob.read(f"{HERE}?ligne=cur+15-16+roux")) | {"paiement": "cash"}
    for _ in range(2):
        assert bob.post(HERE, **sent).status_code == 302
    assert len(payments.of_source("booking", only().id)) == 1


def test_an_option_waits_and_can_be_confirmed_or_released(world: World, bob: Colleague) -> None:
    sent = fields(bob.read(f"{HERE}?ligne=cur+16-17+roux")) | {"paiement": "option"}
    bob.post(HERE, **sent)
    made = only()
    assert made.state == "held"
    assert "Option à confirmer" in bob.read("/gestion")
    bob.post(f"/gestion/reservations/{made.code}/confirmation")
    assert only().state == "confirmed"


def test_an_account_is_only_for_who_has_one(world: World, bob: Colleague) -> None:
    page = bob.read(f"{HERE}?ligne=cur+15-16+roux")
    assert 'value="on_account"' not in page
    sent = fields(page) | {"paiement": "on_account"}
    assert bob.post(HERE, **sent).status_code == 422
    person = db.session.scalars(select(Person).where(Person.id == world.carla_person)).one()
    person.standing = "on_account"
    db.session.commit()
    assert bob.post(HERE, **sent).status_code == 302


def test_a_lost_race_is_told_with_the_line_kept(world: World, bob: Colleague) -> None:
    sent = fields(bob.read(f"{HERE}?ligne=cur+15-16+roux"))
    book(world.a.room, 15)
    answer = bob.post(HERE, **sent)
    assert answer.status_code == 409
    assert 'value="cur 15-16 roux"' in answer.text


def test_an_old_price_is_shown_beside_the_new_one(
    world: World, bob: Colleague, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = fields(bob.read(f"{HERE}?ligne=cur+16-18+roux"))
    sent["montant"] = "100"
    set_clock(monkeypatch, instant(14.6))
    answer = bob.post(HERE, **sent)
    assert answer.status_code == 422
    assert "Le prix a changé : 1" in answer.text
    bob.post(HERE, **fields(answer.text))
    assert only().state == "confirmed"


def test_what_is_missing_is_named(world: World, bob: Colleague) -> None:
    page = bob.read(f"{HERE}?ligne=roux")
    assert "Il manque" in page
    assert 'name="prix"' not in page


def test_a_live_preview_keeps_no_quote_and_offers_no_button(world: World, bob: Colleague) -> None:
    part = bob.read(f"{HERE}?ligne=cur+15-16+roux", headers={"HX-Request": "true"})
    assert "<html" not in part
    assert 'name="prix"' not in part
    assert db.session.scalar(select(func.count()).select_from(Quote)) == 0


def test_the_form_does_the_same(world: World, bob: Colleague) -> None:
    page = bob.read(
        f"{HERE}?espace={world.a.room}&jour=2027-03-10&heure=16:00&duree=60&personnes=2"
        "&nom=Dupont&email=&paiement=desk&notes="
    )
    bob.post(HERE, **fields(page))
    assert (only().starts_at, only().people) == (instant(16), 2)


def test_a_form_with_faults_keeps_what_was_typed(world: World, bob: Colleague) -> None:
    answer = bob.get(
        f"{HERE}?espace={world.a.room}&jour=2027-03-10&heure=16:00&duree=60&personnes=0"
        "&nom=Dupont&email=pas-une-adresse&paiement=desk"
    )
    assert answer.status_code == 422
    for kept in ('value="Dupont"', 'value="pas-une-adresse"', 'value="0"'):
        assert kept in answer.text


def test_a_full_room_says_so(world: World, bob: Colleague) -> None:
    book(world.a.room, 15)
    assert "complet" in bob.read(f"{HERE}?ligne=cur+15-16+roux")


def test_a_full_room_offers_what_is_near_for_the_same_person(world: World, bob: Colleague) -> None:
    book(world.a.room, 17, 1.5)
    page = bob.read(f"{HERE}?ligne=cur+16h-19h30+roux+2p")
    links = offered(page)
    assert len(links) == 3
    shown = bob.read(links[0])
    assert "Carla Roux" in shown
    bob.post(HERE, **fields(shown))
    made = db.session.scalars(select(Booking).order_by(Booking.id.desc())).first()
    assert (made.space_id, made.person_id, made.people) == (world.a.room, world.carla_person, 2)
    assert made.ends_at - made.starts_at == dt.timedelta(minutes=210)
    assert made.starts_at != instant(16)


def test_a_lost_race_offers_what_is_near(world: World, bob: Colleague) -> None:
    sent = fields(bob.read(f"{HERE}?ligne=cur+18-20+Dupont"))
    book(world.a.room, 19)
    assert "nom=Dupont" in offered(bob.post(HERE, **sent).text)[0]


def test_sold_at_the_desk_is_demand(world: World, bob: Colleague) -> None:
    bob.post(HERE, **fields(bob.read(f"{HERE}?ligne=cur+15-16+roux")))
    bob.post(HERE, **fields(bob.read(f"{HERE}?ligne=cur+17-18+roux")))
    rows = db.session.execute(select(DemandEvent.outcome, DemandEvent.session)).all()
    assert [outcome for outcome, _ in rows] == ["booked", "booked"]
    assert len({session for _, session in rows}) == 2  # two people, not one busy visitor


def test_english_words_and_page(world: World, bob: Colleague) -> None:
    page = bob.read(f"{HERE}?ligne=cur+tomorrow+3pm-4pm+roux&lang=en")
    assert "Thursday 11 March" in page
    assert "New booking" in page
