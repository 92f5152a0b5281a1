"""The operator's console: their own venues, worst first, and nobody else's."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re

import pytest
from sqlalchemy import event, select

from app.accounts.models import Account, LoginLink, NetworkGrant
from app.core import clock, tenancy
from app.core.db import db
from app.network import create, places, venues
from app.spaces.models import Space
from app.tenants.models import Domain, Network, Tenant
from tests.tenants.test_appearance import signed_in

TABLE = "/reseau"
ANSWERS = {
    "name": "La Grange Ouverte",
    "town": "26400 Crest",
    "label": "grange-ouverte",
    "siren": "987 654 324",
    "manager": "lea@example.com",
    "starter": "tiers-lieu",
    "theme": "calque",
    "brand": "#7a2e5d",
}


@pytest.fixture
def oscar(world, client):
    return signed_in(client(world.network_host), "oscar")


def token(page: str) -> str:
    return re.search(r'name="csrf_token" value="([^"]+)"', page)[1]


def opened(browser, **changed):
    mark = token(browser.get(f"{TABLE}/nouveau").text)
    return browser.post(f"{TABLE}/nouveau", data={"csrf_token": mark, **ANSWERS, **changed})


@pytest.fixture
def elsewhere(world):
    """The stranger runs a network of their own, with a host."""
    with tenancy.nowhere(), tenancy.network(world.other_network_id):
        db.session.add(
            Domain(
                host="ailleurs.localhost",
                network_id=world.other_network_id,
                canonical=True,
                verified_at=clock.now(),
            )
        )
        db.session.add(NetworkGrant(account_id=world.people["stranger"]))
        db.session.flush()
    return "ailleurs.localhost"


def test_the_table_shows_the_networks_venues(oscar):
    page = oscar.get(TABLE)
    assert page.status_code == 200
    assert "Le Moulin Neuf" in page.text
    assert "Quai 12" in page.text
    assert "La Grange" not in page.text


def test_a_filter_and_a_search_narrow_it(oscar):
    found = oscar.get(f"{TABLE}?q=quai").text
    assert "Quai 12" in found
    assert "Le Moulin Neuf" not in found
    assert "Aucun lieu ne répond" in oscar.get(f"{TABLE}?q=nulle+part").text
    assert "Quai 12" in oscar.get(f"{TABLE}?groupe=silence&periode=2020-13").text


def test_another_networks_operator_sees_only_their_own(world, client, elsewhere):
    theirs = signed_in(client(elsewhere), "stranger")
    page = theirs.get(TABLE).text
    assert "La Grange" in page
    assert "Le Moulin Neuf" not in page
    for path in (f"{TABLE}/lieux/{world.a.id}/support", f"{TABLE}/journal?lieu={world.a.id}"):
        assert theirs.get(path).status_code == 404
    assert signed_in(client(world.network_host), "stranger").get(TABLE).status_code == 302


def test_only_an_operator_comes_in(world, client):
    anyone = client(world.network_host)
    for path in (TABLE, f"{TABLE}/nouveau", f"{TABLE}/journal", f"{TABLE}/export.csv"):
        assert anyone.get(path).status_code == 302
    for name in ("alice", "bob", "carla"):
        known = signed_in(client(world.network_host), name)
        for path in (TABLE, f"{TABLE}/journal", f"{TABLE}/lieux/{world.a.id}/support"):
            assert known.get(path).status_code == 404


def test_the_console_is_not_there_on_a_venues_host(client):
    assert signed_in(client("a.localhost"), "alice").get(TABLE).status_code == 404


def test_more_venues_ask_no_more_questions(world):
    def asked() -> int:
        count = 0

        def one_more(*_):
            nonlocal count
            count += 1

        event.listen(db.engine, "before_cursor_execute", one_more)
        try:
            with tenancy.nowhere(), tenancy.network(world.network_id):
                venues.listed(world.network_id, venues.month(dt.date(2026, 11, 1)))
        finally:
            event.remove(db.engine, "before_cursor_execute", one_more)
        return count

    before = asked()
    for n in range(3):
        with tenancy.nowhere():
            made = create.checked(
                ANSWERS | {"label": f"lieu-{n}", "name": f"Lieu {n}"}, "localhost"
            )
            create.create(world.network_id, made, None)
    assert asked() == before


def test_the_export_is_the_table_and_no_formula(world, oscar):
    db.session.scalars(select(Tenant).where(Tenant.id == world.a.id)).one().name = "=SUM(A1)"
    db.session.flush()
    rows = list(
        csv.DictReader(io.StringIO(oscar.get(f"{TABLE}/export.csv").text[1:]), delimiter=";")
    )
    assert {row["lieu"] for row in rows} == {"'=SUM(A1)", "Quai 12"}


def test_a_venue_opens_with_its_rooms_and_its_manager_is_invited(world, oscar):
    assert opened(oscar).status_code == 302
    host = db.session.scalars(select(Domain).where(Domain.host == "grange-ouverte.localhost")).one()
    with tenancy.tenant(host.tenant_id, host.network_id):
        assert len(db.session.scalars(select(Space)).all()) == 5
        link = db.session.scalars(
            select(LoginLink).where(LoginLink.tenant_id == host.tenant_id)
        ).one()
        assert (link.email, link.payload["role"]) == ("lea@example.com", "owner")
        assert db.session.scalars(select(Tenant)).one().legal["siren"] == "987654324"


def test_its_public_page_sells_at_once(world, oscar, client):
    opened(oscar)
    page = client("grange-ouverte.localhost").get("/reserver")
    assert page.status_code == 200
    assert "€" in page.text


@pytest.mark.parametrize(
    ("field", "answer"),
    [
        ("name", ""),
        ("town", "Crest"),
        ("label", "a"),
        ("label", "www"),
        ("label", "a.b"),
        ("label", "-x"),
        ("siren", "123456789"),
        ("manager", "lea"),
        ("starter", "rien"),
        ("theme", "nobody"),
        ("brand", "mauve"),
    ],
)
def test_a_wrong_answer_is_named_and_nothing_is_written(oscar, field, answer):
    page = opened(oscar, **{field: answer})
    assert page.status_code == 422
    assert f'href="#{field}"' in page.text
    assert "La Grange Ouverte" in page.text or field == "name"
    assert db.session.scalar(select(Domain.host).where(Domain.host.like("grange-%"))) is None


def test_the_public_list_names_the_next_free_time(world, client):
    places.forget()
    page = client(world.network_host).get("/lieux")
    assert page.status_code == 200
    assert "Le Moulin Neuf" in page.text
    assert "La Grange" not in page.text
    assert "€" in page.text
    assert client("a.localhost").get("/lieux").status_code == 404


def test_the_public_list_is_looked_up_once_a_minute(world):
    places.forget()
    with tenancy.nowhere(), tenancy.network(world.network_id):
        now = clock.now()
        first = places.listed(world.network_id, now)
        assert places.listed(world.network_id, now + dt.timedelta(seconds=59)) is first
        assert places.listed(world.network_id, now + dt.timedelta(seconds=61)) is not first
    places.forget()


def test_a_locked_network_is_its_own(world, elsewhere):
    with tenancy.nowhere(), tenancy.network(world.network_id):
        assert [n.id for n in db.session.scalars(select(Network))] == [world.network_id]
        assert world.people["stranger"] not in db.session.scalars(select(Account.id)).all()
