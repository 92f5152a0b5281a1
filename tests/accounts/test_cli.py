"""The platform admin's command line, against a real database and as the owner role."""

from __future__ import annotations

import re

import pytest
from flask.cli import ScriptInfo
from sqlalchemy import select

from app import __main__ as command
from app import create_app
from app.accounts import rules, team
from app.accounts.models import LoginLink, NetworkGrant
from app.core import tenancy
from app.core.db import db
from app.tenants.models import Domain, Network


@pytest.fixture
def run(app, session):
    """Run a command inside the test's transaction; gives its exit code and what it said."""
    runner = app.test_cli_runner()

    def words(*arguments: str):
        with tenancy.nowhere():
            return runner.invoke(app.cli, arguments, obj=ScriptInfo(create_app=lambda: app))

    return words


def test_opens_a_network_and_a_venue_and_invites_its_owner(run, browser, world):
    assert run("network", "create", "Réseau Vert", "--host", "vert.example.org").exit_code == 0
    with tenancy.nowhere():
        network_id = db.session.scalars(
            select(Domain.network_id).where(Domain.host == "vert.example.org")
        ).one()
    with tenancy.network(network_id):
        assert db.session.scalars(select(Network.slug)).one() == "reseau-vert"


def test_bad_words_are_told(run):
    for arguments in (
        ("network", "create", "X", "--host", "no host"),
        ("tenant", "create", "nowhere", "X", "--host", "x.example.org"),
        ("owner", "invite", "nowhere.example.org", "x@example.org"),
        ("operator", "add", "nowhere", "x@example.org", "X"),
        ("account", "suspend", "nowhere", "x@example.org"),
    ):
        answer = run(*arguments)
        assert answer.exit_code == 1, arguments
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


def test_command_line_needs_the_owner_role(monkeypatch, settings):
    monkeypatch.setenv("DATABASE_URL", settings.database_url)
    monkeypatch.setenv("SECRET_KEY", settings.secret_key)
    monkeypatch.delenv("OWNER_DATABASE_URL", raising=False)
    with pytest.raises(SystemExit, match="OWNER_DATABASE_URL"):
        command.main(["network", "create", "X"])


def test_whole_life_as_the_owner_role(monkeypatch, settings, lasting_world, capsys):
    """Committed, in a network of its own: what the rolled-back tests above cannot see."""
    monkeypatch.setenv("DATABASE_URL", settings.database_url)
    monkeypatch.setenv("OWNER_DATABASE_URL", settings.owner_database_url)
    monkeypatch.setenv("SECRET_KEY", settings.secret_key)

    made = []
    monkeypatch.setattr(
        command, "create_app", lambda given: made.append(create_app(given)) or made[-1]
    )

    def run(*arguments: str) -> str:
        with pytest.raises(SystemExit) as ended:
            command.main(list(arguments))
        with made[-1].app_context():
            db.engine.dispose()
        said = capsys.readouterr()
        assert ended.value.code == 0, said
        return said.out

    assert "reseau-neuf" in run("network", "create", "Réseau Neuf", "--host", "neuf.example.org")
    run("tenant", "create", "reseau-neuf", "La Cave", "--host", "cave.example.org")
    # alice@example.org of another network must not be found from here
    run("operator", "add", "reseau-neuf", "alice@example.org", "Alice")
    assert "/invitation/" in run(
        "owner", "invite", "cave.example.org", "olga@example.org", "--show"
    )
    assert "suspended" in run("account", "suspend", "reseau-neuf", "alice@example.org")
    assert "reinstated" in run("account", "suspend", "reseau-neuf", "alice@example.org", "--lift")


def test_appointed_operator_is_of_this_network_alone(world):
    with tenancy.network(world.other_network_id):
        made = team.appoint("alice@example.org", "Alice", by=None)
        db.session.flush()  # read back below
        assert made.id != world.people["alice"]
        grants = db.session.scalars(select(NetworkGrant.account_id)).all()
        assert list(grants) == [made.id]
