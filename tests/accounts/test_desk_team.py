"""The team's page and the programs' page."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts.models import ApiToken, LoginLink
from app.accounts.sessions import digest
from app.accounts.team import role_of
from app.core.db import db
from tests.at_desk import Colleague
from tests.world import World

Open = Callable[[str], FlaskClient]


@pytest.fixture
def alice(world: World, client: Open) -> Colleague:
    return Colleague(client(world.a.host), "alice")


def test_only_owners_see_the_team(world: World, client: Open, alice: Colleague) -> None:
    assert "bob@example.org" in alice.read("/gestion/equipe")
    assert Colleague(client(world.a.host), "bob").get("/gestion/equipe").status_code == 404


def test_an_invitation_is_sent_and_can_be_withdrawn(world: World, alice: Colleague) -> None:
    alice.post("/gestion/equipe/invitations", email="Nadia@example.org", role="manager")
    link = db.session.scalars(select(LoginLink).where(LoginLink.purpose == "invite")).one()
    assert "nadia@example.org" in alice.read("/gestion/equipe")
    alice.post(f"/gestion/equipe/invitations/{link.id}/retrait")
    assert "nadia@example.org" not in alice.read("/gestion/equipe")


@pytest.mark.parametrize(("email", "role"), [("nadia", "manager"), ("n@example.org", "king")])
def test_a_wrong_invitation_is_told_and_kept(
    world: World, alice: Colleague, email: str, role: str
) -> None:
    answer = alice.post("/gestion/equipe/invitations", email=email, role=role)
    assert answer.status_code == 422
    assert f'value="{email}"' in answer.text


def test_a_role_is_changed_and_taken_away(world: World, alice: Colleague) -> None:
    bob = world.people["bob"]
    alice.post(f"/gestion/equipe/{bob}/role", role="manager")
    assert role_of(bob) == "manager"
    alice.post(f"/gestion/equipe/{bob}/retrait")
    assert role_of(bob) is None


def test_the_last_owner_stays(world: World, alice: Colleague) -> None:
    answer = alice.post(f"/gestion/equipe/{world.people['alice']}/retrait")
    assert answer.status_code == 409
    assert role_of(world.people["alice"]) == "owner"


def test_somebody_without_a_role_here_is_not_there(world: World, alice: Colleague) -> None:
    assert alice.post(f"/gestion/equipe/{world.people['dora']}/retrait").status_code == 404


def test_a_token_is_shown_once_and_only_its_hash_kept(world: World, alice: Colleague) -> None:
    page = alice.post("/gestion/reglages/jetons", name="Site", scopes=["spaces:read"]).text
    secret = re.search(r'id="secret">([^<]+)<', page)[1]
    kept = db.session.scalars(select(ApiToken)).one()
    assert kept.token_hash == digest(secret)
    assert secret not in alice.read("/gestion/reglages/jetons")
    alice.post(f"/gestion/reglages/jetons/{kept.id}/retrait")
    db.session.expire_all()
    assert kept.revoked_at is not None


def test_a_token_without_scope_is_refused_with_its_name_kept(
    world: World, alice: Colleague
) -> None:
    answer = alice.post("/gestion/reglages/jetons", name="Site")
    assert answer.status_code == 422
    assert 'value="Site"' in answer.text
