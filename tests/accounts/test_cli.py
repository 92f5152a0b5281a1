"""The platform admin's command line, against a real database and as the owner role."""

from __future__ import annotations

import re
import secrets
from contextlib import contextmanager

import click
import pytest
from click.testing import CliRunner
from sqlalchemy import create_engine, select, text

from app.__main__ import main
from app.accounts import cli as people
from app.accounts import rules, team
from app.accounts.models import LoginLink, NetworkGrant
from app.core import tenancy
from app.core.db import db
from app.core.errors import Refused
from app.tenants import cli as venues
from app.tenants.models import Tenant
from app.tenants.rules import create_tenant


@pytest.fixture
def run(session, monkeypatch):
    """Run a command inside the test's transaction; gives its exit code and what it said."""

    @contextmanager
    def here():
        try:
            yield
            db.session.commit()
        except (Refused, ValueError) as error:
            raise click.ClickException(str(error)) from None

    for module in (people, venues):
        monkeypatch.setattr(module, "as_owner", here)

    def words(*arguments: str):
        return CliRunner().invoke(main, arguments)

    return words


def test_bad_words_are_told(run):
    for arguments in (
        ("network", "create", "X", "--host", "no host"),
        ("tenant", "create", "nowhere", "X", "--host", "x.example.org"),
        ("owner", "invite", "nowhere.example.org", "x@example.org"),
        ("operator", "add", "nowhere", "x@example.org", "X"),
        ("account", "suspend", "nowhere", "x@example.org"),
    ):
        answer = run(*arguments)
        assert answer.exit_code == 1, (arguments, answer.output, answer.exception)
        assert answer.output.startswith("Error: ")


def test_owner_by_a_shown_link(run, world, browser):
    answer = run("owner", "invite", "a.localhost", "nadia@example.org", "--show")
    path = re.fullmatch(r"http://a\.localhost(/invitation/\S+)\n", answer.output)[1]
    nadia = browser()
    done = nadia.post(path, page=path, name="Nadia", password="trois vélos rouges")
    assert done.status_code == 302
    assert team.role_of(rules.account_of("nadia@example.org").id) == "owner"


def test_owner_by_letter(run, world, letters):
    run("owner", "invite", "a.localhost", "nadia@example.org")
    assert letters().startswith("/invitation/")
    assert db.session.scalars(select(LoginLink.payload)).one()["role"] == "owner"


def test_taken_host_is_refused(run, world):
    answer = run("network", "create", "Copie", "--host", "a.localhost")
    assert answer.exit_code == 1
    assert "déjà pris" in answer.output


def test_two_of_one_name_have_two_addresses(world):
    for number in (1, 2):
        create_tenant(world.network_id, "Jumeaux", host=f"j{number}.example.org", brand="#005a42")
    with tenancy.network(world.network_id):
        found = select(Tenant.slug).where(Tenant.name == "Jumeaux").order_by(Tenant.id)
        assert list(db.session.scalars(found)) == ["jumeaux", "jumeaux-2"]


def test_the_platform_gives_a_venue_another_host(run, world, client):
    assert run("tenant", "host", "a.localhost", "b.localhost").exit_code == 1
    assert run("tenant", "host", "a.localhost", "neuf.example.org", "--main").exit_code == 0
    assert client("a.localhost").get("/").location == "http://neuf.example.org/"
    assert client("neuf.example.org").get("/").status_code == 200


def test_needs_the_owner_role(monkeypatch, settings):
    monkeypatch.setenv("DATABASE_URL", settings.database_url)
    monkeypatch.setenv("SECRET_KEY", settings.secret_key)
    monkeypatch.delenv("OWNER_DATABASE_URL", raising=False)
    answer = CliRunner().invoke(main, ["network", "create", "X"])
    assert answer.exit_code == 1
    assert "OWNER_DATABASE_URL" in answer.output


def test_whole_life_as_the_owner_role(monkeypatch, settings, lasting_world):
    """Committed, in a network of its own: what the rolled-back tests above cannot see."""
    monkeypatch.setenv("DATABASE_URL", settings.database_url)
    monkeypatch.setenv("OWNER_DATABASE_URL", settings.owner_database_url)
    monkeypatch.setenv("SECRET_KEY", settings.secret_key)
    word = secrets.token_hex(4)

    def run(*arguments: str) -> str:
        answer = CliRunner().invoke(main, arguments)
        assert answer.exit_code == 0, (answer.output, answer.exception)
        return answer.output

    assert word in run("network", "create", word, "--host", f"{word}.example.org")
    assert f"{word}-2 " in run("network", "create", word)  # others bear that name already
    run("tenant", "create", word, "La Cave", "--host", f"cave-{word}.example.org")
    run("operator", "add", word, "alice@example.org", "Alice")  # not the Alice of the other network
    said = run("owner", "invite", f"cave-{word}.example.org", "olga@example.org", "--show")
    assert f"https://cave-{word}.example.org/invitation/" in said
    assert "suspended" in run("account", "suspend", word, "alice@example.org")
    engine = create_engine(settings.owner_database_url)
    with engine.connect() as owner:
        alices = owner.execute(
            text("select network_id, state from account where email = 'alice@example.org'")
        )
        states = {row.network_id: row.state for row in alices}
    engine.dispose()
    assert states.pop(lasting_world.network_id) == "active"
    assert set(states.values()) == {"suspended"}
    assert "reinstated" in run("account", "suspend", word, "alice@example.org", "--lift")


def test_appointed_operator_is_of_this_network_alone(world):
    with tenancy.network(world.other_network_id):
        made = team.appoint("alice@example.org", "Alice", by=None)
        db.session.flush()  # read back below
        assert made.id != world.people["alice"]
        grants = db.session.scalars(select(NetworkGrant.account_id)).all()
        assert list(grants) == [made.id]
