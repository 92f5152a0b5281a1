"""Who works at a venue, and that one owner always remains."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import create_engine, select, text

from app.accounts import links, rules, team
from app.accounts.models import Grant
from app.core import tenancy
from app.core.audit import AuditEntry
from app.core.db import db
from app.core.errors import Refused

NEW = {"name": "Nadia Roux", "password": "trois vélos rouges"}


def _invited(world, letters, email="nadia@example.org", role="manager") -> str:
    team.invite(email, role, by=world.people["alice"])
    db.session.commit()
    return letters()


def test_newcomer_accepts_and_works(world, browser, letters):
    path = _invited(world, letters)
    nadia = browser()
    assert "Gérant" in nadia.get(path).get_data(as_text=True)
    assert nadia.post(path, page=path, **NEW).status_code == 302
    assert nadia.get("/connexion/accueil").location == "/gestion"
    db.session.expire_all()
    assert team.role_of(rules.account_of("nadia@example.org").id) == "manager"


def test_serves_once(world, browser, letters):
    path = _invited(world, letters)
    nadia = browser()
    nadia.post(path, page=path, **NEW)
    assert browser().get(path).status_code == 410


def test_person_with_an_account_signs_in_first(world, browser, letters):
    path = _invited(world, letters, "carla@example.org", "front_desk")
    carla = browser()
    assert f"next={path}" in carla.get(path).get_data(as_text=True).replace("%2F", "/")
    carla.sign_in("carla")
    assert carla.post(path, page=path).status_code == 302
    db.session.expire_all()
    assert team.role_of(world.people["carla"]) == "front_desk"


def test_is_for_one_person_alone(world, browser, letters):
    path = _invited(world, letters)
    carla = browser()
    carla.sign_in("carla")
    assert carla.post(path, page=path).status_code == 403
    db.session.expire_all()
    assert team.role_of(world.people["carla"]) is None
    assert browser().get(path).status_code == 200  # still good for whom it was meant


def test_unknown_person_takes_no_known_address(world):
    _link, secret = team.invite("carla@example.org", "manager", by=world.people["alice"])
    with pytest.raises(team.OtherPerson):
        team.accept_as_newcomer(secret, "Thief", "quatre chats gris")


def test_is_for_one_venue_alone(world, browser, letters):
    path = _invited(world, letters)
    assert browser("b.localhost").get(path).status_code == 410
    assert browser("stranger.localhost").get(path).status_code == 410


def test_newer_voids_the_older_and_can_be_withdrawn(world):
    _first, old = team.invite("nadia@example.org", "manager", by=None)
    link, new = team.invite("nadia@example.org", "owner", by=None)
    with pytest.raises(links.DeadLink):
        links.peek("invite", secret=old)
    assert [waiting.id for waiting in team.invitations()] == [link.id]
    with world.b.entered():
        assert not team.withdraw(link.id, by=world.people["dora"])
    assert team.withdraw(link.id, by=world.people["alice"])
    db.session.flush()  # withdrawn before it is looked for
    with pytest.raises(links.DeadLink):
        links.peek("invite", secret=new)


@pytest.mark.parametrize("role", ["operator", "visitor", "", "root"])
def test_unknown_role_is_refused(world, role):
    with pytest.raises(Refused):
        team.invite("nadia@example.org", role, by=None)
    with pytest.raises(Refused):
        team.grant(world.people["carla"], role, by=None)


def test_last_owner_stays(world):
    with pytest.raises(team.LastOwner):
        team.relieve(world.people["alice"], by=world.people["alice"])
    with pytest.raises(team.LastOwner):
        team.grant(world.people["alice"], "manager", by=world.people["alice"])
    team.grant(world.people["bob"], "owner", by=world.people["alice"])
    team.relieve(world.people["alice"], by=world.people["bob"])
    assert team.role_of(world.people["alice"]) is None


def test_rights_end_at_once(world, browser):
    bob = browser()
    bob.sign_in("bob")
    assert bob.get("/connexion/accueil").location == "/gestion"
    team.relieve(world.people["bob"], by=world.people["alice"])
    db.session.commit()
    bob.sign_in("bob")
    assert bob.get("/connexion/accueil").location == "/moi"


def test_is_written_down(world):
    team.grant(world.people["carla"], "front_desk", by=world.people["alice"])
    db.session.flush()  # read back below
    entry = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()
    assert (entry.action, entry.actor_id) == ("team.granted", world.people["alice"])


def test_stranger_sees_nothing(world):
    names = {account.name for _grant, account in team.team()}
    assert names == {"Alice", "Bob"}
    with world.stranger.entered():
        assert {account.name for _grant, account in team.team()} == {"Stranger"}
        with pytest.raises(Refused):
            team.grant(world.people["bob"], "owner", by=world.people["stranger"])
        assert rules.account_of("alice@example.org") is None


@pytest.fixture
def two_owners(app, lasting_world, settings):
    """Alice and Bob own venue A for good, until the test ends."""
    engine = create_engine(settings.owner_database_url)
    bob = {"account": lasting_world.people["bob"], "tenant": lasting_world.a.id}
    set_role = text(
        "update role_grant set role = :role where account_id = :account and tenant_id = :tenant"
    )
    with engine.begin() as owner:
        owner.execute(set_role, {**bob, "role": "owner"})
    yield lasting_world
    with engine.begin() as owner:
        for name, role in (("alice", "owner"), ("bob", "front_desk")):
            owner.execute(
                text(
                    "insert into role_grant (tenant_id, network_id, account_id, role)"
                    " values (:tenant, :network, :account, :role)"
                    " on conflict (tenant_id, account_id) do update set role = excluded.role"
                ),
                {
                    "tenant": lasting_world.a.id,
                    "network": lasting_world.network_id,
                    "account": lasting_world.people[name],
                    "role": role,
                },
            )
    engine.dispose()


def _relieve_each_other(app, world) -> list[str]:
    """Both owners relieve the other at the same moment."""
    start = Barrier(2)

    def relieve(whom: str, by: str) -> str:
        with app.app_context(), world.a.entered():
            start.wait()
            try:
                team.relieve(world.people[whom], by=world.people[by])
                db.session.commit()
            except team.LastOwner:
                db.session.rollback()
                return "last owner"
            return "relieved"

    with ThreadPoolExecutor(2) as pool:
        found = [pool.submit(relieve, *pair) for pair in (("alice", "bob"), ("bob", "alice"))]
        return sorted(future.result() for future in found)


def test_two_owners_cannot_relieve_each_other(app, two_owners):
    assert _relieve_each_other(app, two_owners) == ["last owner", "relieved"]
    with app.app_context(), two_owners.a.entered():
        owners = db.session.scalars(select(Grant.id).where(Grant.role == "owner")).all()
        assert len(owners) == 1
        db.session.rollback()


def test_control_without_the_lock_none_would_remain(app, two_owners, monkeypatch):
    real = Barrier(2)

    def unlocked(account_id: int) -> None:
        owners = db.session.scalars(
            select(Grant.account_id).where(
                Grant.tenant_id == tenancy.tenant_id(), Grant.role == "owner"
            )
        ).all()
        real.wait()
        if list(owners) == [account_id]:
            raise team.LastOwner

    monkeypatch.setattr(team, "_refuse_last_owner", unlocked)
    assert _relieve_each_other(app, two_owners) == ["relieved", "relieved"]
