"""Becoming an account: nothing exists before the address is proved in the very same browser."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from sqlalchemy import select

from app.accounts import jobs, rules
from app.accounts.models import Account, LoginLink
from app.core import clock
from app.core.db import db
from app.members.rules import person_by_email
from app.tenants.models import Domain

NEW = {"name": "Nadia Roux", "email": "Nadia@Example.org", "password": "trois vélos rouges"}


def _account(email: str = "nadia@example.org") -> Account | None:
    return rules.account_of(email)


def test_proves_and_enters(world, browser, letters):
    nadia = browser()
    page = nadia.post("/inscription", page="/inscription", **NEW, next="/reserver?x=1")
    assert page.status_code == 200
    assert _account() is None
    path = letters()
    assert nadia.post(path, page=path).location == "/reserver?x=1"
    assert nadia.is_in()
    db.session.expire_all()
    assert _account().email_verified_at is not None
    assert browser().sign_in("nadia", NEW["password"]).status_code == 302


def test_another_browser_proves_nothing(world, browser, letters):
    browser().post("/inscription", page="/inscription", **NEW)
    path = letters()
    assert browser().get(path).status_code == 410
    assert _account() is None


def test_stranger_lays_no_password_under_somebody_elses_address(world, browser, letters):
    thief, nadia = browser(), browser()
    thief.post("/inscription", page="/inscription", **{**NEW, "password": "le mien à moi seul"})
    letters()
    nadia.post("/connexion/lien", email="nadia@example.org")
    letters()
    assert browser().sign_in("nadia", "le mien à moi seul").status_code == 422


def test_known_address_answers_the_same_and_gets_a_sign_in(world, browser, letters):
    carla, nadia = browser(), browser()
    known = carla.post("/inscription", page="/inscription", **{**NEW, "email": "carla@example.org"})
    path = letters()
    unknown = nadia.post("/inscription", page="/inscription", **NEW)
    strip = re.compile(r'nonce="[^"]+"|[\w.]+@example\.org', re.IGNORECASE)
    pages = [strip.sub("", answer.get_data(as_text=True)) for answer in (known, unknown)]
    assert pages[0] == pages[1]
    carla.post(path, page=path)
    assert carla.is_in()
    assert browser().sign_in("carla", NEW["password"]).status_code == 422
    assert browser().sign_in("carla").status_code == 302


def test_every_fault_is_told_at_once_and_what_was_typed_kept(world, browser):
    answer = browser().post(
        "/inscription", page="/inscription", name="", email="nadia@", password="court"
    )
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert 'value="nadia@"' in page
    assert "court" not in re.sub(r"Indiquez.*", "", page).split("<main")[1].split("</form>")[0]
    for field in ("name", "email", "password"):
        assert f'href="#{field}"' in page
        assert f'id="{field}-error"' in page


@pytest.mark.parametrize(
    "password",
    [
        "court",
        "motdepasse2024",
        "Password12345!",
        "aaaaaaaaaaaaaa",
        "azertyazerty",
        "123456789012",
        "nadia.roux.nadia",
        "x" * 201,
        "qwertyuiop123",
    ],
)
def test_weak_password_is_refused(world, password):
    with pytest.raises(rules.Faults) as found:
        rules.checked("nadia@example.org", "Nadia Roux", password)
    assert set(found.value.fields) == {"password"}


@pytest.mark.parametrize(
    "password", ["trois vélos rouges", "correct horse battery", "7Gk!p2Qz9@wLx"]
)
def test_good_password_is_taken(world, password):
    assert rules.checked("nadia@example.org", "Nadia Roux", password).sealed.startswith("$argon2id")


def test_same_keys_on_another_system_are_the_same_password(world):
    rules.create("nadia@example.org", "Nadia", rules.passwords.seal("ve\u0301los rouges"), "fr")
    assert rules.sign_in("nadia@example.org", "v\u00e9los rouges")


def test_guest_becomes_an_account_and_bookings_follow(world, browser, letters):
    guest = person_by_email("nadia@example.org", "Nadia")
    db.session.commit()
    nadia = browser()
    nadia.post("/inscription", page="/inscription", **NEW)
    path = letters()
    nadia.post(path, page=path)
    db.session.expire_all()
    assert guest.account_id == _account().id


def test_sealed_password_waits_no_longer_than_its_link(world, browser, monkeypatch):
    browser().post("/inscription", page="/inscription", **NEW)
    assert "sealed" in db.session.scalars(select(LoginLink.payload)).one()
    later = clock.now() + dt.timedelta(days=1, minutes=11)
    monkeypatch.setattr(clock, "now", lambda: later)
    jobs.sweep()
    assert db.session.scalars(select(LoginLink.id)).all() == []


def test_language_of_the_page_is_the_language_of_the_account(world, browser, letters):
    nadia = browser()
    nadia.get("/inscription?lang=en")
    nadia.post("/inscription", page="/inscription", **NEW)
    path = letters()
    nadia.post(path, page=path)
    db.session.expire_all()
    assert _account().locale == "en"


def test_alias_of_a_venue_leads_to_its_canonical_host(world, client):
    db.session.add(
        Domain(
            host="moulin.example.org",
            network_id=world.network_id,
            tenant_id=world.a.id,
            verified_at=clock.now(),
        )
    )
    db.session.commit()
    alias = client("moulin.example.org")
    for path in ("/connexion?next=/moi", "/reserver?quoi=salle", "/"):
        answer = alias.get(path)
        assert (answer.status_code, answer.location) == (301, f"http://a.localhost{path}")
        assert "no-store" in answer.headers["Cache-Control"]  # tomorrow another may be the main one
    assert alias.get("/healthz").status_code == 200
    assert alias.get("/api/v1/openapi.json").status_code == 200
    assert alias.post("/commande").status_code == 403  # no token: it stays where it was sent
