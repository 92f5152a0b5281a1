"""A database of its own for races: what is raced there is really committed, and stays."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Iterator

import pytest
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from app.accounts import tokens
from app.accounts.permissions import API_SCOPES
from app.core import tenancy
from app.core.db import db
from app.reporting import invariants
from tests import world as worlds
from tests.apart import addresses, app, lasting_world, settings
from tests.races import arena
from tests.races.stage import Stage
from tests.races.till import Till, open_till

__all__ = ["addresses", "app", "lasting_world", "settings"]  # found here by name


def fresh_venue(settings, world) -> worlds.Venue:
    """A tenant of its own, committed."""
    engine = create_engine(settings.owner_database_url)
    with Session(engine) as s:
        slug = f"ring{secrets.token_hex(3)}"
        venue = worlds.make_venue(s, world.network_id, "Le Ring", slug, "etabli", "#005a42")
        s.commit()
    engine.dispose()
    return venue


@pytest.fixture(scope="session")
def ring(app, settings, lasting_world) -> worlds.Venue:
    """The venue that the server sells."""
    return fresh_venue(settings, lasting_world)


@pytest.fixture(scope="module")
def stage(app, settings, lasting_world) -> Iterator[Stage]:
    """A venue of this module's own, and threads that act in it."""
    made = Stage(app, settings, fresh_venue(settings, lasting_world))
    yield made
    # A refund that waits for a gateway is a breach of I3 a quarter of an hour later, elsewhere.
    made.sql(
        "update payment set needs_person = 'the test ended' where tenant_id = %(id)s"
        " and state = 'captured' and needs_person is null",
        id=made.venue.id,
    )
    made.owner.close()


@pytest.fixture(scope="module")
def till(stage) -> Iterator[Till]:
    """The stage's venue is paid by card, through a gateway that misbehaves on demand."""
    with open_till(stage) as made:
        yield made


@pytest.fixture(scope="session")
def server(app, settings, ring) -> Iterator[arena.Server]:
    """Two processes of four threads on the test database."""
    with app.app_context(), tenancy.tenant(ring.id, ring.network_id):
        _row, secret = tokens.make_token("races", API_SCOPES, by=None)
        db.session.commit()
        db.session.remove()
    environ = {
        "DATABASE_URL": settings.database_url,
        "SECRET_KEY": settings.secret_key,
        "PUBLIC_SCHEME": "http",
        "STORAGE_DIR": settings.storage,
        "API_PER_MINUTE": "1000000",  # a race is no abuse
    }
    with arena.serving(environ, ring.host, secret) as running:
        yield running


@pytest.fixture
def sound(settings) -> Iterator[None]:
    """After the race, every invariant holds over the whole database."""
    yield
    engine = create_engine(settings.owner_database_url)
    with engine.connect() as connection:
        found = invariants.breaches(connection)
    engine.dispose()
    assert not found, found


def slot(round_: int, space: str, hour: int = 9) -> dict[str, object]:
    """A time that no other round uses."""
    start = worlds.tomorrow(hour, days=7 + round_)
    return {
        "space": space,
        "starts_at": start.isoformat(),
        "ends_at": (start + dt.timedelta(hours=2)).isoformat(),
    }
