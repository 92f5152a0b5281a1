"""Who somebody is at a venue, on the network's host, on a support visit, or as a program."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise

import pytest
from flask import g

from app.accounts import permissions, resolve, tokens
from app.accounts.models import SupportVisit
from app.core import clock
from app.core.db import db
from app.core.errors import Refused
from app.web import policy
from app.web.actor import Actor


@pytest.fixture
def who(app, monkeypatch):
    """The actor of the last request."""
    seen: list[Actor] = []

    def note(response):
        seen.append(g.get("actor"))
        return response

    monkeypatch.setitem(
        app.after_request_funcs, None, [*app.after_request_funcs.get(None, []), note]
    )
    return lambda: seen[-1]


@pytest.mark.parametrize(
    ("name", "host", "role"),
    [
        ("alice", "a.localhost", "owner"),
        ("bob", "a.localhost", "front_desk"),
        ("carla", "a.localhost", "coworker"),
        ("alice", "b.localhost", "coworker"),
        ("dora", "b.localhost", "owner"),
        ("oscar", "a.localhost", "coworker"),
        ("oscar", "reseau.localhost", "operator"),
        ("alice", "reseau.localhost", "coworker"),
    ],
)
def test_role_depends_on_the_host(world, browser, who, name, host, role):
    person = browser(host)
    person.sign_in(name)
    person.get("/moi/reglages/sessions")
    assert who().role == role
    wanted = permissions.OPERATOR if role == "operator" else permissions.PERMISSIONS[role]
    assert who().may == wanted
    assert who().account_id == world.people[name]


def test_visitor_may_nothing(world, browser, who):
    browser().get("/connexion")
    assert who() == Actor()


def test_person_of_the_venue_is_linked(world, browser, who):
    carla = browser()
    carla.sign_in("carla")
    carla.get("/moi/reglages/sessions")
    assert who().person_id == world.carla_person


def _visit(world, *, read_only: bool, minutes: int = 30) -> SupportVisit:
    visit = SupportVisit(
        account_id=world.people["oscar"],
        reason="help",
        message="",
        read_only=read_only,
        ends_at=clock.now() + dt.timedelta(minutes=minutes),
    )
    db.session.add(visit)
    db.session.commit()
    return visit


@pytest.mark.parametrize("read_only", [True, False])
def test_operator_on_a_visit(world, browser, who, read_only):
    visit = _visit(world, read_only=read_only)
    oscar = browser()
    oscar.sign_in("oscar")
    oscar.get("/connexion")
    assert who().support_visit == visit.id
    wanted = permissions.SUPPORT_READ if read_only else permissions.SUPPORT_WRITE
    assert who().may == wanted
    for never in ("desk.take_payment", "people.see", "people.export", "money.see", "team.edit"):
        assert not who().can(never)


def test_visit_ends_by_itself_and_when_left(world, browser, who, monkeypatch):
    visit = _visit(world, read_only=True)
    oscar = browser()
    oscar.sign_in("oscar")
    later = clock.now() + dt.timedelta(minutes=31)
    with monkeypatch.context() as moved:
        moved.setattr(clock, "now", lambda: later)
        oscar.get("/connexion")
        assert who().support_visit is None
    oscar.get("/connexion")
    assert who().support_visit == visit.id
    db.session.get(SupportVisit, visit.id).left_at = clock.now()
    db.session.commit()
    oscar.get("/connexion")
    assert who().support_visit is None
    assert not who().can("desk.see")


def test_visit_opens_one_venue_to_one_person(world, browser, who):
    _visit(world, read_only=True)
    at_b, carla = browser("b.localhost"), browser()
    at_b.sign_in("oscar")
    at_b.get("/connexion")
    assert who().role == "coworker"
    carla.sign_in("carla")
    carla.get("/connexion")
    assert who().role == "coworker"


def _as_program(browser, secret: str):
    return browser.get("/api/v1/none", headers={"Authorization": f"Bearer {secret}"})


def test_program_may_what_its_token_says(world, browser, who):
    made, secret = tokens.make_token("Site", ["spaces:read"], by=world.people["alice"])
    db.session.commit()
    _as_program(browser(), secret)
    assert who().token_id == made.id
    assert who().may == {"spaces:read"}
    assert not who().is_signed_in


def test_token_of_another_venue_is_nobody(world, browser, who):
    _made, secret = tokens.make_token("Site", ["spaces:read"], by=None)
    db.session.commit()
    for host in ("b.localhost", "stranger.localhost", "reseau.localhost"):
        _as_program(browser(host), secret)
        assert who().token_id is None


def test_revoked_token_is_nobody(world, browser, who):
    made, secret = tokens.make_token("Site", ["spaces:read"], by=None)
    token_id = made.id
    db.session.commit()
    with world.b.entered():
        assert not tokens.revoke_token(token_id, by=None)
    assert tokens.revoke_token(token_id, by=None)
    db.session.commit()
    _as_program(browser(), secret)
    assert who().token_id is None


def test_session_counts_for_nothing_under_api(world, browser, who):
    alice = browser()
    alice.sign_in("alice")
    alice.get("/api/v1/none")
    assert who() == Actor()


@pytest.mark.parametrize("scopes", [[], ["root"], ["spaces:read", "me"]])
def test_unknown_scope_is_refused(world, scopes):
    with pytest.raises(Refused):
        tokens.make_token("Site", scopes, by=None)


def test_every_permission_that_a_route_asks_is_somebodys(app):
    known = set(permissions.OPERATOR) | set(permissions.API_SCOPES)
    known |= set().union(*permissions.PERMISSIONS.values())
    asked = {policy.declared(app, rule.endpoint) for rule in app.url_map.iter_rules()}
    assert asked - {policy.ANYWHERE, policy.PUBLIC} <= known


def test_roles_grow_step_by_step():
    table = permissions.PERMISSIONS
    ladder = ["visitor", "coworker", "front_desk", "manager", "owner"]
    for lower, higher in pairwise(ladder):
        assert table[lower] < table[higher]


def test_rights_are_told_from_the_row_alone(world):
    assert resolve.open_visit(world.people["oscar"], world.a.id) is None
