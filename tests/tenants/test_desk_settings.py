"""Settings of a venue: kept when right, told when wrong, said to the public in one sentence."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from app.core.db import db
from app.spaces.models import Space
from app.tenants.models import Tenant
from app.tenants.settings import refund_rule
from tests.at_desk import Colleague
from tests.world import World

Open = Callable[[str], FlaskClient]
GOOD = {
    "name": "Le Moulin Neuf",
    "locale": "fr",
    "sender_name": "Le Moulin",
    "reply_to": "bonjour@moulin.example.org",
    "phone": "04 76 00 00 00",
    "hold_minutes": "20",
    "free_cancel_hours": "48",
    "late_refund_percent": "30",
    "no_show_minutes": "15",
    "member_percent": "85",
    "desk_payment": "1",
    "company": "SCIC Le Moulin",
    "siren": "732 829 320",
}


@pytest.fixture
def alice(world: World, client: Open) -> Colleague:
    return Colleague(client(world.a.host), "alice")


def tenant(world: World) -> Tenant:
    db.session.expire_all()
    return db.session.scalars(select(Tenant).where(Tenant.id == world.a.id)).one()


def test_settings_are_kept(world: World, alice: Colleague) -> None:
    assert alice.post("/gestion/reglages", **GOOD).status_code == 302
    found = tenant(world)
    assert (found.hold_minutes, found.free_cancel_hours, found.member_percent) == (20, 48, 85)
    assert found.legal == {"company": "SCIC Le Moulin", "siren": "732829320"}
    assert found.sender == "Le Moulin"


def test_an_emptied_answer_is_forgotten(world: World, alice: Colleague) -> None:
    alice.post("/gestion/reglages", **GOOD)
    bare = {k: v for k, v in GOOD.items() if k not in ("desk_payment", "company")}
    alice.post("/gestion/reglages", **bare | {"company": "", "phone": ""})
    found = tenant(world)
    assert found.legal == {"siren": "732829320"}
    assert found.phone is None
    assert not found.desk_payment


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("hold_minutes", "4"),
        ("hold_minutes", "121"),
        ("free_cancel_hours", "-1"),
        ("late_refund_percent", "101"),
        ("member_percent", "beaucoup"),
        ("reply_to", "bonjour"),
        ("siren", "732829321"),
        ("locale", "xx"),
    ],
)
def test_a_wrong_answer_is_told_and_nothing_changes(
    world: World, alice: Colleague, field: str, value: str
) -> None:
    answer = alice.post("/gestion/reglages", **GOOD | {field: value})
    assert answer.status_code == 422
    assert 'value="04 76 00 00 00"' in answer.text
    assert tenant(world).hold_minutes == 15


@pytest.mark.parametrize(
    ("hours", "percent", "words"),
    [
        (24, 50, "Remboursement intégral jusqu’à 24 h avant le début, puis 50 % jusqu’au début."),
        (24, 0, "Remboursement intégral jusqu’à 24 h avant le début, rien ensuite."),
        (24, 100, "Remboursement intégral jusqu’au début."),
        (0, 50, "Remboursement intégral jusqu’au début, rien ensuite."),
    ],
)
def test_the_refund_rule_is_one_sentence(
    world: World, alice: Colleague, hours: int, percent: int, words: str
) -> None:
    assert refund_rule(hours, percent) == words
    url = f"/gestion/reglages/regle?free_cancel_hours={hours}&late_refund_percent={percent}"
    assert words in alice.read(url)


def test_at_most_todays_price_comes_back_unless_a_venue_decides_otherwise(
    world: World, alice: Colleague, client: Open
) -> None:
    said = {"/tarifs": "au plus ce prix-là", "/mentions": "au plus à son prix du moment"}
    since = tenant(world).refund_today_since
    assert since is not None
    alice.post("/gestion/reglages", **GOOD | {"phone": "04"}, refund_today="1")
    assert tenant(world).refund_today_since == since
    assert all(words in client(world.a.host).get(url).text for url, words in said.items())
    assert "Jamais plus que le prix du jour" in alice.read(
        "/gestion/reglages/regle?free_cancel_hours=24&late_refund_percent=50&refund_today=1"
    )
    page = alice.read("/gestion/reglages")
    assert "gagne 1 à 4 %" in page
    assert "perd 1 à 2 %" in page
    alice.post("/gestion/reglages", **GOOD)
    assert tenant(world).refund_today_since is None
    assert not any(words in client(world.a.host).get(url).text for url, words in said.items())
    assert all(words in client(world.b.host).get(url).text for url, words in said.items())
    alice.post("/gestion/reglages", **GOOD, refund_today="1")
    db.session.execute(update(Space).values(pricing="fixed"))
    db.session.flush()
    assert not any(words in client(world.a.host).get(url).text for url, words in said.items())


def test_the_front_desk_has_no_settings(world: World, client: Open, alice: Colleague) -> None:
    bob = Colleague(client(world.a.host), "bob")
    assert bob.get("/gestion/reglages").status_code == 404
    assert bob.post("/gestion/reglages", **GOOD).status_code == 404
