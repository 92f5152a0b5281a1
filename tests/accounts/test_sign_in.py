"""With a password: who enters, who does not, and what the page says."""

from __future__ import annotations

import re

from argon2 import PasswordHasher
from sqlalchemy import select

from app.accounts import passwords, rules
from app.accounts.models import Account, LoginSession
from app.core.db import db
from tests.world import PASSWORD


def test_enters_and_is_known(world, browser):
    alice = browser()
    answer = alice.sign_in("alice")
    assert answer.status_code == 302
    assert alice.get("/connexion/accueil").location == "/gestion"
    assert alice.is_in()


def test_goes_where_it_wanted(world, browser):
    carla = browser()
    asked = carla.get("/moi/reglages/sessions?x=1")
    assert asked.location == "/connexion?next=/moi/reglages/sessions?x%3D1"
    answer = carla.post(
        "/connexion",
        page=asked.location,
        email="carla@example.org",
        password=PASSWORD,
        next="/moi/reglages/sessions?x=1",
    )
    assert answer.location == "/moi/reglages/sessions?x=1"


def test_says_the_same_of_every_reason(world, browser):
    pages = []
    db.session.get(Account, world.people["carla"]).state = "suspended"
    db.session.commit()
    for email, password in (
        ("alice@example.org", "not her password"),
        ("nobody@example.org", "not a password"),
        ("carla@example.org", PASSWORD),
    ):
        answer = browser().post("/connexion", email=email, password=password)
        assert answer.status_code == 422
        pages.append(answer.get_data(as_text=True).replace(email, "…"))
    strip = [_without_tokens(page) for page in pages]
    assert strip[0] == strip[1] == strip[2]


def _without_tokens(page: str) -> str:
    return re.sub(r'value="[^"]{40,}"|nonce="[^"]+"', "", page)


def test_keeps_what_was_typed_but_not_the_password(world, browser):
    page = browser().sign_in("alice", "wrong but long enough").get_data(as_text=True)
    assert 'value="alice@example.org"' in page
    assert "wrong but long enough" not in page
    assert 'href="#email"' in page


def test_unproved_address_does_not_enter(world, browser):
    db.session.get(Account, world.people["carla"]).email_verified_at = None
    db.session.commit()
    assert browser().sign_in("carla").status_code == 422


def test_password_of_another_network_does_not_enter(world, browser):
    assert browser("stranger.localhost").sign_in("alice").status_code == 422
    assert browser("stranger.localhost").sign_in("stranger").status_code == 302


def test_old_seal_is_renewed_at_sign_in(world):
    account = db.session.get(Account, world.people["bob"])
    weak = PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash(PASSWORD)
    account.password_hash = weak
    assert passwords.is_dated(weak)
    rules.sign_in("bob@example.org", PASSWORD)
    assert account.password_hash != weak
    assert "m=19456,t=2,p=1" in account.password_hash
    rules.sign_in("bob@example.org", PASSWORD)


def test_only_a_hash_of_the_session_is_kept(world, browser):
    alice = browser()
    alice.sign_in("alice")
    with alice.client.session_transaction() as kept:
        token = kept["_user_id"]
    stored = db.session.scalars(select(LoginSession.token_hash)).all()
    assert stored
    assert token not in stored
    assert len(token) >= 43  # 256 bits
