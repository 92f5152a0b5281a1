"""The demo gives every process an environment that the product accepts, and runs once at a time."""

from __future__ import annotations

import http.client
import subprocess
import time
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from flask import Flask
from psycopg import sql

from app import config
from app.payments.fake.delivery import at_home
from scripts import demo, pg, roles
from scripts.supervisor import Child, Supervisor

PORTS = {"web": 8000, "mailbox": 8025, "smtp": 1025, "stripe": 12111}
DATABASE = {
    "DATABASE_URL": "postgresql://app:x@127.0.0.1:5432/coulisse",
    "OWNER_DATABASE_URL": "postgresql://owner:x@127.0.0.1:5432/coulisse",
}


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(demo, "HOME", tmp_path / ".demo")
    (tmp_path / ".demo").mkdir()
    return tmp_path / ".demo"


def test_the_product_accepts_the_settings(home: Path) -> None:
    settings = config.load(demo.surroundings(DATABASE, PORTS, home))
    assert settings.url_for_host("moulin.localhost") == "http://moulin.localhost:8000/"
    assert settings.stripe_api_base == "http://127.0.0.1:12111"
    assert settings.smtp_url == "smtp://127.0.0.1:1025"


def test_secrets_stay_and_stay_private(home: Path) -> None:
    first = demo.kept_secrets(home)
    assert demo.kept_secrets(home) == first
    assert (home / "secrets.json").stat().st_mode & 0o077 == 0


def test_a_second_demo_is_refused() -> None:
    with demo.only_one(), pytest.raises(pg.Trouble, match="running already"):
        demo.only_one()


def test_the_bank_signs_with_the_secret_that_the_product_checks(home: Path) -> None:
    env = demo.surroundings(DATABASE, PORTS, home)
    bank = next(child for child in demo.cast(env, PORTS, home) if child.name == "stripe")
    given = bank.command[bank.command.index("--webhook-secret") + 1]
    assert given == env["STRIPE_WEBHOOK_SECRET"]


def test_the_bank_rings_at_a_door_that_exists(app: Flask, home: Path) -> None:
    env = demo.surroundings(DATABASE, PORTS, home)
    bank = next(child for child in demo.cast(env, PORTS, home) if child.name == "stripe")
    host, reached = at_home(bank.command[bank.command.index("--webhook") + 1])
    assert host == {"Host": "plateforme.localhost:8000"}
    assert reached.startswith("http://127.0.0.1:8000/")
    answer = app.test_client().post(urlsplit(reached).path, headers=host, data=b"{}")
    assert answer.status_code == 400  # known door, forged letter


def test_a_migrated_database_is_not_behind(addresses: dict[str, str]) -> None:
    assert not demo.behind(addresses["OWNER_DATABASE_URL"])


def test_a_new_database_is_behind(addresses: dict[str, str]) -> None:
    url = addresses["OWNER_DATABASE_URL"]
    name = sql.Identifier(f"{url.rsplit('/', 1)[1]}_bare")
    with psycopg.connect(url, autocommit=True) as owner:
        owner.execute(sql.SQL("create database {}").format(name))
        try:
            assert demo.behind(f"{url}_bare")
        finally:
            owner.execute(sql.SQL("drop database {} with (force)").format(name))


SLOW = """
import time

def app(environ, start):
    if environ["PATH_INFO"] == "/slow":
        time.sleep(600)
    start("200 OK", [("Content-Length", "2")])
    return [b"ok"]
"""


def test_the_site_stops_though_somebody_waits_for_a_page(home: Path, tmp_path: Path) -> None:
    (tmp_path / "slow.py").write_text(SLOW)
    ports = PORTS | {"web": pg.free_port(None)}
    env = demo.surroundings(DATABASE, ports, home) | {"PYTHONPATH": str(tmp_path)}
    web = next(child for child in demo.cast(env, ports, home) if child.name == "web")
    web.command[-1] = "slow:app"
    del web.env["PROMETHEUS_MULTIPROC_DIR"]
    said: list[str] = []
    guard = Supervisor(said.append)
    guard.start(web)
    calls = [answered(ports["web"], web, "/")]  # kept open
    waiting = http.client.HTTPConnection("127.0.0.1", ports["web"])
    waiting.request("GET", "/slow")
    guard.stop()
    assert said == []
    assert web.process
    assert web.process.returncode == 0
    for call in (*calls, waiting):
        call.close()


def answered(port: int, web: Child, path: str) -> http.client.HTTPConnection:
    """A connection on which one page came, still open."""
    until = time.monotonic() + 60
    while True:
        call = http.client.HTTPConnection("127.0.0.1", port)
        try:
            call.request("GET", path)
            assert call.getresponse().read() == b"ok"
        except OSError:
            assert time.monotonic() < until, web.tail(20)
            time.sleep(0.1)
        else:
            return call


def test_one_role_for_all_is_refused_with_what_to_do(addresses: dict[str, str]) -> None:
    owner = addresses["OWNER_DATABASE_URL"]  # may make no roles
    with pytest.raises(pg.Trouble, match=r"CREATE ROLE \S+_web LOGIN"):
        roles.two(owner, owner, "secret")
    with pytest.raises(pg.Trouble, match="BYPASSRLS"):
        roles.two(addresses["DATABASE_URL"], addresses["DATABASE_URL"], "secret")


def test_a_role_that_passes_by_row_security_does_not_serve(addresses: dict[str, str]) -> None:
    owner = addresses["OWNER_DATABASE_URL"]
    with pytest.raises(pg.Trouble, match="passes by row security"):
        roles.two(f"{owner}?application_name=web", owner, "secret")
    assert roles.two(addresses["DATABASE_URL"], owner, "secret") == addresses


def test_a_second_role_is_made_that_cannot_pass(addresses: dict[str, str]) -> None:
    """Needs the superuser of the suite's own server."""
    cluster = pg.Cluster(pg.ROOT / ".pg-test", fast=True)
    place = urlsplit(addresses["OWNER_DATABASE_URL"])
    if not cluster.answers() or cluster.port() != place.port:
        pytest.skip("the suite runs on another server, whose superuser is not ours")
    name = f"{place.path[1:]}_roles"
    with cluster.connect() as root:
        root.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
    one = cluster.url("postgres").rpartition("/")[0] + f"/{name}"
    try:
        made = roles.two(one, one, "a-secret")
        assert roles.two(one, one, "a-secret") == made
        with psycopg.connect(made["DATABASE_URL"]) as serving:
            assert serving.info.user == f"{name}_web"
            assert roles.may(serving, serving.info.user) == (False, False)
            serving.rollback()
        with cluster.connect(name) as root:
            root.execute("create table network (id int)")
        with pytest.raises(pg.Trouble, match="another role"):
            roles.two(one, one, "a-secret")
    finally:
        with cluster.connect() as root:
            root.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))
            web = sql.Identifier(f"{name}_web")
            root.execute(sql.SQL("drop role if exists {}").format(web))


def test_a_shell_learns_what_the_processes_were_told(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in DATABASE.items():  # also when the operator's shell told them first
        monkeypatch.setenv(name, value)
    env = demo.surroundings(DATABASE, PORTS, home)
    demo.write_down(env, home)
    path = home / "env"
    assert path.stat().st_mode & 0o077 == 0
    asked = ["sh", "-c", f'. {path}; echo "$SECRET_KEY $PUBLIC_PORT $DATABASE_URL"']
    told = subprocess.run(asked, env={}, check=True, capture_output=True, text=True).stdout.split()
    assert told == [env["SECRET_KEY"], "8000", env["DATABASE_URL"]]
