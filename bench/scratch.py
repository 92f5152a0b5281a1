"""Databases for one run: a small one, new each time, and a large one that is kept for some days."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import logging
import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import structlog
from alembic import command
from alembic.config import Config
from flask import Flask
from sqlalchemy import create_engine
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from app import create_app
from app.config import Settings, postgres_address
from app.core import clock
from app.core.db import db
from app.core.settled import settle
from app.spaces.models import Site, Space
from bench import fill
from scripts.pg import ROOT, Cluster
from tests import world as worlds

SMALL, LARGE = ROOT / ".pg-bench", ROOT / ".pg-bench-large"
FRESH = dt.timedelta(days=6)  # its bookings reach two weeks ahead of the day it was made


@dataclass(frozen=True)
class Ground:
    """A running application on its own database."""

    app: Flask
    settings: Settings
    world: worlds.World


def _pg(home: Path, *words: str) -> str:
    told = [sys.executable, str(ROOT / "scripts" / "pg.py"), "--data", str(home), *words]
    return subprocess.run(told, check=True, capture_output=True, text=True, timeout=120).stdout


@contextmanager
def _server(home: Path, *, new: bool) -> Iterator[dict[str, str]]:
    """A cluster with fsync on: figures are those of durable commits. It ends with the block."""
    if new and home.exists():
        _pg(home, "stop")
        shutil.rmtree(home)
    _pg(home, "start")
    try:
        yield Cluster(home, fast=False).variables()
    finally:
        _pg(home, "stop")


def _application(urls: dict[str, str]) -> tuple[Flask, Settings]:
    settings = Settings(
        database_url=postgres_address("", urls["DATABASE_URL"]),
        owner_database_url=postgres_address("", urls["OWNER_DATABASE_URL"]),
        secret_key=secrets.token_hex(32),
        public_scheme="http",
        storage=str(ROOT / "var" / "bench"),
        pool_size=16,
    )
    app = create_app(settings)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    settle()  # as wsgi.py does
    return app, settings


@contextmanager
def ground() -> Iterator[Ground]:
    """A migrated database with the people and places of the tests, gone at the end."""
    try:
        with _server(SMALL, new=True) as urls:
            _migrate(urls["OWNER_DATABASE_URL"])
            app, settings = _application(urls)
            with app.app_context():
                world = worlds.build()
            yield Ground(app, settings, world)
            with app.app_context():
                db.engine.dispose()
    finally:
        shutil.rmtree(SMALL, ignore_errors=True)


@contextmanager
def large(count: int, bookings: int) -> Iterator[Ground]:
    """A venue of many rooms with very many bookings: made once, used again while it is fresh."""
    note = LARGE / "made.json"
    made = json.loads(note.read_text()) if note.exists() else {}
    mark = _mark(count, bookings)
    at = made.get("at")
    known = made.get("mark") == mark and clock.now() - dt.datetime.fromisoformat(at) < FRESH
    with _server(LARGE, new=not known) as urls:
        if not known:
            _migrate(urls["OWNER_DATABASE_URL"])
        app, settings = _application(urls)
        if known:
            world = _remembered(made["world"])
        else:
            with app.app_context():
                world = worlds.build()
            rooms(Ground(app, settings, world), count - 1, world.a, "Salle")
            fill.many(Cluster(LARGE, fast=False), world.a, count, bookings)
            kept = {"mark": mark, "at": clock.now().isoformat(), "world": asdict(world)}
            note.write_text(json.dumps(kept))
        yield Ground(app, settings, world)
        with app.app_context():
            db.engine.dispose()


def _mark(count: int, bookings: int) -> str:
    """What the large database depends on: the schema, the world, the filling."""
    files = sorted((ROOT / "migrations" / "versions").glob("*.py"))
    files += [ROOT / "tests" / "world.py", Path(fill.__file__)]
    digest = hashlib.sha256(f"{count} {bookings}".encode())
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _remembered(told: dict[str, object]) -> worlds.World:
    venues = {name: worlds.Venue(**told[name]) for name in ("a", "b", "stranger")}
    return worlds.World(**{**told, **venues})


def _migrate(url: str) -> None:
    config = Config(str(ROOT / "alembic.ini"))
    config.set_main_option("script_location", str(ROOT / "migrations"))
    engine = create_engine(postgres_address("", url), poolclass=NullPool)
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    engine.dispose()


def rooms(ground: Ground, count: int, venue: worlds.Venue, word: str) -> list[int]:
    """More meeting rooms for a venue, numbered behind a word; their ids."""
    engine = create_engine(ground.settings.owner_database_url)
    made: list[int] = []
    with Session(engine) as s:
        site = s.get_one(Site, venue.site)
        for n in range(count):
            space: Space = worlds.make_space(
                s, site, f"{word} {n:03d}", "meeting_room", capacity=6, base_cents=1500 + n
            )
            worlds.make_units(s, space, 1)
            made.append(space.id)
        s.commit()
    engine.dispose()
    return made
