"""A database for one run, with as many bookings as a busy network has after some years."""

from __future__ import annotations

import datetime as dt
import logging
import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import structlog
from alembic import command
from alembic.config import Config
from flask import Flask
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from app import create_app
from app.config import Settings, postgres_address
from app.core.db import db
from app.spaces.models import Site, Space
from scripts.pg import ROOT
from tests import world as worlds


@dataclass(frozen=True)
class Ground:
    """A running application on its own database."""

    app: Flask
    settings: Settings
    world: worlds.World


HOME = ROOT / ".pg-bench"


def _pg(*words: str) -> str:
    told = [sys.executable, str(ROOT / "scripts" / "pg.py"), "--data", str(HOME), *words]
    return subprocess.run(told, check=True, capture_output=True, text=True).stdout


@contextmanager
def _server() -> Iterator[dict[str, str]]:
    """A new cluster for this run, with fsync on: figures are those of durable commits."""
    if HOME.exists():
        _pg("stop")
        shutil.rmtree(HOME)
    _pg("start")
    try:
        pairs = (
            line.removeprefix("export ").split("=", 1) for line in _pg("env").split() if "=" in line
        )
        yield dict(pairs)
    finally:
        _pg("stop")
        shutil.rmtree(HOME)


@contextmanager
def ground() -> Iterator[Ground]:
    """A migrated database with the people and places of the tests, gone at the end."""
    with _server() as urls:
        _migrate(urls["OWNER_DATABASE_URL"])
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
        with app.app_context():
            world = worlds.build()
        yield Ground(app, settings, world)
        with app.app_context():
            db.engine.dispose()


def _migrate(url: str) -> None:
    config = Config(str(ROOT / "alembic.ini"))
    config.set_main_option("script_location", str(ROOT / "migrations"))
    engine = create_engine(postgres_address("", url), poolclass=NullPool)
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    engine.dispose()


def rooms(ground: Ground, count: int, venue: worlds.Venue) -> None:
    """More meeting rooms for a venue."""
    engine = create_engine(ground.settings.owner_database_url)
    with Session(engine) as s:
        site = s.get_one(Site, venue.site)
        for n in range(count):
            space: Space = worlds.make_space(
                s, site, f"Salle {n:03d}", "meeting_room", capacity=6, base_cents=1500 + n
            )
            worlds.make_units(s, space, 1)
        s.commit()
    engine.dispose()


FILL = text(
    """
with room as (
  select u.id as unit, c.space_id as space, row_number() over (order by u.id) - 1 as n
    from unit u join composition c on c.unit_id = u.id join space s on s.id = c.space_id
   where u.tenant_id = :tenant and s.kind = 'meeting_room'
), slot as (
  select space, :first + make_interval(days => day, mins => 480 + hour * 100) as at,
         space || '-' || (:offset + day) || '-' || hour as word,
         lpad(to_hex(nextval(pg_get_serial_sequence('booking', 'id'))), 6, '0') as code
    from room, generate_series(0, :days - 1) as day, generate_series(0, :hours - 1) as hour
   where (room.n * 7 + day * 5 + hour * 3) % 7 < :share
), made as (
  insert into booking (tenant_id, code, token, space_id, starts_at, ends_at, state, payment_way,
                       price_cents, vat_bp, steps, organisation, simulated, confirmed_at)
  select :tenant, code, word, space, at, at + interval '90 minutes',
         'confirmed', 'free', 0, 2000, '[]', '{}', true, at
    from slot
  returning id, space_id, starts_at, ends_at
)
insert into occupancy (tenant_id, unit_id, space_id, during, starts_at, ends_at,
                       kind, source, source_id)
select :tenant, c.unit_id, m.space_id, tstzrange(m.starts_at, m.ends_at), m.starts_at, m.ends_at,
       'booking', 'booking', m.id
  from made m join composition c on c.space_id = m.space_id
"""
)


def fill(
    ground: Ground,
    venue: worlds.Venue,
    days: int,
    first: dt.datetime,
    share: int = 5,
    hours: int = 7,
) -> int:
    """Bookings on every room of a venue: `share` sevenths of `hours` slots a day; how many takings
    there are then."""
    engine = create_engine(ground.settings.owner_database_url)
    with engine.begin() as connection:
        asked = {"tenant": venue.id, "days": days, "first": first, "share": share, "hours": hours}
        connection.execute(FILL, asked | {"offset": first.toordinal()})
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("analyze"))
        found = connection.scalar(text("select count(*) from occupancy"))
    engine.dispose()
    return int(found or 0)
