"""R31: an old session is worth nothing after a sign-in, a revocation or the loss of a role."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select

from app.accounts import rules, sessions, team
from app.accounts.browser import device_name
from app.accounts.models import Account, LoginSession
from app.core import clock
from app.core.db import db


@pytest.fixture
def later(monkeypatch):
    """Move the clock."""

    def move(**by):
        moved = clock.now() + dt.timedelta(**by)
        monkeypatch.setattr(clock, "now", lambda: moved)

    return move


def _sign_in_again(world, person, old):
    person.sign_in("bob")


def _sign_out(world, person, old):
    person.post("/deconnexion")


def _revoke(world, person, old):
    with world.a.entered():
        sessions.revoke_sessions(world.people["bob"])
        db.session.commit()


def _lose_role(world, person, old):
    with world.a.entered():
        team.relieve(world.people["bob"], by=world.people["alice"])
        db.session.commit()


def _gain_role(world, person, old):
    with world.a.entered():
        team.grant(world.people["bob"], "manager", by=world.people["alice"])
        db.session.commit()


def _suspended(world, person, old):
    with world.a.entered():
        rules.suspend(world.people["bob"], by=None)
        db.session.commit()


ENDS = (_sign_in_again, _sign_out, _revoke, _lose_role, _gain_role, _suspended)


@pytest.mark.parametrize("end", ENDS, ids=lambda end: end.__name__)
def test_old_session_is_refused_at_once(world, browser, end):
    bob, thief = browser(), browser()
    bob.sign_in("bob")
    old = bob.cookie()
    thief.carry(old)
    assert thief.is_in()
    end(world, bob, old)
    thief.carry(old)
    assert not thief.is_in()


@pytest.mark.parametrize("end", ENDS[:5], ids=lambda end: end.__name__)
def test_control_without_revocation_the_old_one_would_do(world, browser, monkeypatch, end):
    monkeypatch.setattr(sessions, "_end", lambda *which: 0)
    bob, thief = browser(), browser()
    bob.sign_in("bob")
    old = bob.cookie()
    end(world, bob, old)
    thief.carry(old)
    assert thief.is_in()


def test_secret_changes_at_each_sign_in(world, browser):
    bob = browser()
    seen = set()
    for _ in range(3):
        bob.sign_in("bob")
        with bob.client.session_transaction() as kept:
            seen.add(kept["_user_id"])
    assert len(seen) == 3


def test_forgery_token_changes_at_sign_in(world, browser):
    bob = browser()
    bob.get("/connexion")
    with bob.client.session_transaction() as kept:
        before = kept.get("csrf_token")
    bob.sign_in("bob")
    bob.get("/moi/reglages/sessions")
    with bob.client.session_transaction() as kept:
        assert kept["csrf_token"] != before


def test_cookie_of_one_venue_opens_no_other(world, browser):
    alice, at_b, at_network = browser(), browser("b.localhost"), browser("reseau.localhost")
    alice.sign_in("alice")
    for other in (at_b, at_network):
        other.carry(alice.cookie())
        assert not other.is_in()


def test_forged_cookie_is_a_visitor(world, browser):
    thief = browser()
    thief.carry("eyJfdXNlcl9pZCI6ImFiYyJ9.aaaa.bbbb")
    assert not thief.is_in()


def test_staff_is_out_after_8_idle_hours(world, browser, later):
    bob = browser()
    bob.sign_in("bob")
    later(hours=7, minutes=59)
    assert bob.is_in()
    later(hours=7, minutes=59)
    assert bob.is_in()  # being there counts
    later(hours=8, minutes=1)
    assert not bob.is_in()


def test_coworker_is_out_after_30_days(world, browser, later):
    carla = browser()
    carla.sign_in("carla")
    later(days=29)
    assert carla.is_in()
    later(days=1, minutes=1)
    assert not carla.is_in()


def test_operator_is_out_after_12_hours(world, browser, later):
    oscar = browser("reseau.localhost")
    oscar.sign_in("oscar")
    for _ in range(3):
        later(hours=3, minutes=55)
        assert oscar.is_in()
    later(minutes=20)
    assert not oscar.is_in()


def test_seen_is_written_once_a_minute(world, browser, later):
    carla = browser()
    carla.sign_in("carla")
    seen = select(LoginSession.seen_at).order_by(LoginSession.id.desc()).limit(1)
    at_first = db.session.scalars(seen).one()
    carla.get("/moi/reglages/sessions")
    db.session.expire_all()
    assert db.session.scalars(seen).one() == at_first
    later(seconds=61)
    carla.get("/moi/reglages/sessions")
    db.session.expire_all()
    assert db.session.scalars(seen).one() > at_first


def test_lists_and_closes_ones_own_devices(world, browser):
    here, there = browser(), browser()
    here.sign_in("carla")
    there.sign_in("carla")
    page = here.get("/moi/reglages/sessions").get_data(as_text=True)
    assert page.count("/fermeture") == 3  # two devices and all others
    here.post("/moi/reglages/sessions/fermeture", page="/moi/reglages/sessions")
    assert here.is_in()
    assert not there.is_in()


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64) Chrome/156.0 Safari/537.36", "Chrome, Linux"),
        ("Mozilla/5.0 (Windows NT 10.0; rv:140.0) Firefox/140.0", "Firefox, Windows"),
        ("Mozilla/5.0 (iPhone; like Mac OS X) Version/19 Safari/604.1", "Safari, iPhone"),
        ("curl/8", ""),
        (None, ""),
    ],
)
def test_device_is_named_so_that_one_knows_it(agent, name):
    assert device_name(agent) == name


def test_stranger_sees_nothing(world, browser):
    carla, bob = browser(), browser()
    carla.sign_in("carla")
    bob.sign_in("bob")
    hers = db.session.scalars(
        select(LoginSession.id).where(LoginSession.account_id == world.people["carla"])
    ).one()
    foreign = bob.post(f"/moi/reglages/sessions/{hers}/fermeture", page="/moi/reglages/sessions")
    random = bob.post("/moi/reglages/sessions/999999/fermeture", page="/moi/reglages/sessions")
    assert foreign.status_code == random.status_code == 404
    assert carla.is_in()
    stranger = browser("stranger.localhost")
    stranger.sign_in("stranger")
    answer = stranger.post(
        f"/moi/reglages/sessions/{hers}/fermeture", page="/moi/reglages/sessions"
    )
    assert answer.status_code == 404
    assert carla.is_in()


def test_suspended_person_is_a_visitor(world, browser):
    bob = browser()
    bob.sign_in("bob")
    db.session.get(Account, world.people["bob"]).state = "suspended"
    db.session.commit()
    assert not bob.is_in()
