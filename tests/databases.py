"""Databases of the tests: each a copy of one that was migrated once per state of the schema."""

from __future__ import annotations

import hashlib
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from alembic import command
from alembic.config import Config
from psycopg import sql
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from app.config import postgres_address

ROOT = Path(__file__).resolve().parent.parent
Urls = dict[str, str]
PREFIX = "template_"
LOCK = 4_201_956


def server() -> Urls:
    """Addresses of the app role and of the owner: given, or of the project's own fast cluster."""
    if os.environ.get("DATABASE_URL") and os.environ.get("OWNER_DATABASE_URL"):
        return {name: os.environ[name] for name in ("DATABASE_URL", "OWNER_DATABASE_URL")}
    pg = [sys.executable, str(ROOT / "scripts" / "pg.py"), "--test"]
    subprocess.run([*pg, "start"], check=True, capture_output=True)
    said = subprocess.run([*pg, "env"], check=True, capture_output=True, text=True).stdout
    pairs = (line.removeprefix("export ").split("=", 1) for line in said.split() if "=" in line)
    return dict(pairs)


@contextmanager
def fresh(label: str) -> Iterator[Urls]:
    """A migrated database with nothing in it, dropped at the end."""
    here = server()
    owner_url = here["OWNER_DATABASE_URL"]
    name = f"test_{label}_{secrets.token_hex(4)}"
    with psycopg.connect(owner_url, autocommit=True) as owner:
        owner.execute("select pg_advisory_lock(%s)", [LOCK])  # until the end of the connection
        _create(owner, name, _template(owner, here))
    try:
        yield _in_database(here, name)
    finally:
        _drop(owner_url, name)


def uncleaned(owner_url: str) -> None:
    """Keep the server's own cleaning away: to it, what a test has not committed is not there, and
    plans made for empty tables take minutes where they are full."""
    with psycopg.connect(owner_url) as owner:
        for (table,) in owner.execute(
            "select oid::regclass::text from pg_class where relkind = 'r'"
            " and relnamespace = 'public'::regnamespace"
        ).fetchall():
            owner.execute(f"alter table {table} set (autovacuum_enabled = off)")


def _in_database(urls: Urls, name: str) -> Urls:
    return {key: url.rsplit("/", 1)[0] + "/" + name for key, url in urls.items()}


def _state() -> str:
    """What the schema is made of, in short: another state is another template."""
    found = hashlib.sha256((ROOT / "requirements.txt").read_bytes())  # Procrastinate has tables too
    for path in sorted([*(ROOT / "migrations").rglob("*.py"), ROOT / "app" / "core" / "rls.py"]):
        found.update(path.name.encode() + path.read_bytes())
    return found.hexdigest()[:16]


def _template(owner: psycopg.Connection, here: Urls) -> str:
    """The name of the migrated database of this state; those of other states are forgotten."""
    name = PREFIX + _state()
    kept = [str(row[0]) for row in owner.execute(
        "select datname from pg_database where starts_with(datname, %s)", [PREFIX]
    )]  # fmt: skip
    if name in kept:
        return name
    for old in kept:
        owner.execute(sql.SQL("drop database {}").format(sql.Identifier(old)))
    making = f"making_{secrets.token_hex(4)}"
    _create(owner, making, "template1")
    _migrate(_in_database(here, making)["OWNER_DATABASE_URL"])
    # under its name only when it is whole: who is interrupted leaves no half of a template
    owner.execute(
        sql.SQL("alter database {} rename to {}").format(
            sql.Identifier(making), sql.Identifier(name)
        )
    )
    return name


def _create(owner: psycopg.Connection, name: str, template: str) -> None:
    made = sql.SQL("create database {} template {}")
    owner.execute(made.format(sql.Identifier(name), sql.Identifier(template)))


def _migrate(url: str) -> None:
    config = Config(str(ROOT / "alembic.ini"))
    config.set_main_option("script_location", str(ROOT / "migrations"))
    engine = create_engine(postgres_address("", url), poolclass=NullPool)
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    engine.dispose()


def _drop(owner_url: str, name: str) -> None:
    """Forget a database; connections that were just closed may need a moment to be gone."""
    gone = sql.SQL("drop database {}").format(sql.Identifier(name))
    for attempt in range(300):
        try:
            with psycopg.connect(owner_url, autocommit=True) as owner:
                owner.execute(gone)
        except psycopg.errors.ObjectInUse:
            if attempt == 299:
                raise
            time.sleep(0.2)
        else:
            return
