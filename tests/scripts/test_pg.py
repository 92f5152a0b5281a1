"""The bundled server: roles that cannot do more than they should, and it outlives accidents."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from scripts import pg


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[pg.Cluster]:
    made = pg.Cluster(tmp_path_factory.mktemp("pg"), fast=False)
    pg.start(made)
    yield made
    pg.stop(made)
    if not made.seat().is_relative_to(made.home):
        shutil.rmtree(made.seat())


@pytest.fixture
def running(cluster: pg.Cluster) -> pg.Cluster:
    pg.start(cluster)
    return cluster


def postmaster(cluster: pg.Cluster) -> int:
    return int((cluster.seat() / "data/postmaster.pid").read_text().split("\n", 1)[0])


def test_the_app_role_owns_nothing_and_cannot_pass_row_security(running: pg.Cluster) -> None:
    with psycopg.connect(running.url(pg.APP)) as connection:
        rights = connection.execute(
            "select rolsuper, rolbypassrls, rolcreaterole, rolcreatedb"
            " from pg_roles where rolname = current_user"
        ).fetchone()
        assert rights == (False, False, False, False)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("create table mine (id int)")


def test_the_owner_role_is_no_superuser(running: pg.Cluster) -> None:
    with psycopg.connect(running.url(pg.OWNER)) as connection:
        rights = connection.execute(
            "select rolsuper, rolbypassrls, rolcreaterole from pg_roles"
            " where rolname = current_user"
        ).fetchone()
    assert rights == (False, True, False)


def test_a_wrong_password_is_refused(running: pg.Cluster) -> None:
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(running.url(pg.APP), password="wrong")


def test_passwords_are_the_callers_alone(running: pg.Cluster) -> None:
    assert (running.home / "passwords.json").stat().st_mode & 0o077 == 0
    assert (running.seat() / "data").stat().st_mode & 0o077 == 0


def test_a_killed_server_comes_back_with_all_it_had_promised(running: pg.Cluster) -> None:
    with psycopg.connect(running.url(pg.OWNER), autocommit=True) as connection:
        connection.execute("create table kept as select generate_series(1, 1000) as n")
    os.kill(postmaster(running), signal.SIGKILL)
    pg.start(running)
    with psycopg.connect(running.url(pg.OWNER), autocommit=True) as connection:
        assert connection.execute("select count(*) from kept").fetchone() == (1000,)
        connection.execute("drop table kept")


def test_a_pid_file_that_names_another_program_is_ignored(running: pg.Cluster) -> None:
    pg.stop(running)
    pid_file = running.seat() / "data/postmaster.pid"
    pid_file.write_text(f"{os.getpid()}\n")
    pg.start(running)
    assert postmaster(running) != os.getpid()


def test_a_taken_port_is_left_to_who_has_it(running: pg.Cluster) -> None:
    pg.stop(running)
    with socket.socket() as squatter:
        squatter.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        squatter.bind(("127.0.0.1", running.port() or 0))
        squatter.listen()
        taken = running.port()
        pg.start(running)
    assert running.port() != taken
    assert running.answers()


def test_the_same_port_is_kept_over_a_restart(running: pg.Cluster) -> None:
    before = running.port()
    pg.stop(running)
    assert not running.answers()
    pg.start(running)
    assert running.port() == before


def command(cluster: pg.Cluster, word: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(pg.ROOT / "scripts/pg.py"), word, "--data", str(cluster.home)],
        env={**{k: v for k, v in os.environ.items() if "DATABASE_URL" not in k}, **env},
        capture_output=True,
        text=True,
        check=False,
    )


def test_an_operators_server_is_used_instead(tmp_path: Path) -> None:
    own = command(pg.Cluster(tmp_path / "none", fast=False), "env", DATABASE_URL="postgresql://op")
    assert "DATABASE_URL=postgresql://op" in own.stdout
    assert not (tmp_path / "none").exists()


def test_a_wrong_pg_bin_is_said(tmp_path: Path) -> None:
    tried = command(pg.Cluster(tmp_path / "none", fast=False), "start", PG_BIN="/nowhere")
    assert tried.returncode == 1
    assert "PG_BIN=/nowhere holds no postgres" in tried.stderr


def test_env_gives_both_addresses(running: pg.Cluster) -> None:
    said = command(running, "env").stdout
    assert f"DATABASE_URL={running.url(pg.APP)}" in said
    assert f"OWNER_DATABASE_URL={running.url(pg.OWNER)}" in said
