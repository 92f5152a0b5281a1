"""Each quiet hole of row security, closed: pools, foreign keys, views, unique keys, backups."""

from __future__ import annotations

import random
import threading
from collections import Counter
from dataclasses import replace

import pytest
from sqlalchemy import create_engine, event, func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app import create_app
from app.booking.models import Booking
from app.core import tenancy
from app.core.db import db
from app.members.models import Person
from app.spaces.models import Site, Space, Unit
from tests import volume
from tests.conftest import OnHost
from tests.world import World


def count(model: type) -> int:
    return db.session.scalar(select(func.count()).select_from(model))


def test_outside_any_tenant_nothing_is_seen_and_nothing_written(app, lasting_world: World) -> None:
    with app.app_context():
        assert count(Space) == 0
        db.session.rollback()
        db.session.add(Site(tenant_id=lasting_world.a.id, name="x", slug="x", access={}, plan={}))
        with pytest.raises(DBAPIError, match="row-level security"):
            db.session.flush()
        db.session.rollback()
        db.session.remove()


def test_another_tenants_row_is_no_row(world: World) -> None:
    assert db.session.get(Space, world.b.room) is None
    done = db.session.execute(
        text("update space set name = 'mine' where id = :id"), {"id": world.b.room}
    )
    assert done.rowcount == 0
    done = db.session.execute(text("delete from person where tenant_id = :t"), {"t": world.b.id})
    assert done.rowcount == 0


def test_writing_for_another_tenant_is_refused(world: World) -> None:
    db.session.add(Site(tenant_id=world.b.id, name="x", slug="x", access={}, plan={}))
    with pytest.raises(DBAPIError, match="row-level security"):
        db.session.flush()


def test_a_key_into_another_tenant_is_refused(world: World) -> None:
    """A plain key would be checked without row security; the composite one cannot leave."""
    db.session.add(Unit(site_id=world.b.site, cluster=1, name="x"))
    with pytest.raises(DBAPIError, match="fk_unit_tenant_id_site_id"):
        db.session.flush()


def test_reading_several_tenants_writes_to_none(world: World) -> None:
    both = (world.a.id, world.b.id)
    with tenancy.across_tenants(both, world.network_id, why="test"):
        seen = set(db.session.scalars(select(Space.tenant_id)))
        assert seen == set(both)
        done = db.session.execute(text("update space set name = 'x'"))
        assert done.rowcount == 0


def test_a_sister_venue_is_not_seen_from_inside_a_tenant(world: World) -> None:
    names = set(db.session.scalars(text("select name from tenant")))
    assert names == {"Le Moulin Neuf"}


def test_the_scope_ends_with_its_transaction(app, lasting_world: World) -> None:
    """A setting that outlived the commit would leak through the pool."""
    with app.app_context():
        with lasting_world.a.entered():
            assert count(Space) > 0
            raw = db.session.connection().connection.driver_connection
            db.session.commit()
            leaked = raw.execute("select current_setting('app.readable', true)").fetchone()
            assert leaked[0] in (None, "")
            raw.rollback()
        db.session.remove()


def test_a_pool_of_one_never_mixes_two_tenants(settings, lasting_world: World) -> None:
    """R25: alternating tenants on one connection, with errors and killed connections among them."""
    engine = create_engine(settings.database_url, pool_size=1, max_overflow=0)
    dice = random.Random(25)
    venues = (lasting_world.a, lasting_world.b)
    mixed = 0
    for turn in range(volume.of(1_000, 10_000)):
        venue = venues[turn % 2]
        scope = tenancy.Scope(venue.id, venue.network_id, (venue.id,)).settings()
        try:
            with engine.begin() as connection:
                connection.execute(tenancy.SET, scope)
                seen = set(connection.scalars(text("select tenant_id from space")))
                mixed += seen != {venue.id}
                luck = dice.random()
                if luck < 0.05:
                    connection.execute(text("select 1 / 0"))
                elif luck < 0.06:
                    connection.execute(text("select pg_terminate_backend(pg_backend_pid())"))
        except DBAPIError:
            continue
    with engine.begin() as connection:
        assert connection.scalar(text("select count(*) from space")) == 0
    engine.dispose()
    assert mixed == 0


def test_pages_of_two_venues_on_one_connection(settings, lasting_world: World) -> None:
    """R25: the same through whole requests: pages that break, connections that die under them."""
    one = create_app(replace(settings, pool_size=1, log_format="console"))
    one.config["PROPAGATE_EXCEPTIONS"] = False
    dice, luck = random.Random(25), [0.0]
    browsers = {name: OnHost(one, use_cookies=True) for name in ("Le Moulin Neuf", "Quai 12")}
    for (name, browser), venue in zip(
        browsers.items(), (lasting_world.a, lasting_world.b), strict=True
    ):
        browser.host = venue.host
        assert name in browser.get("/").get_data(as_text=True)

    @event.listens_for(Session, "after_begin")
    def stumble(_session, _begun, connection) -> None:
        if luck[0] < 0.05:
            luck[0] = 1
            connection.exec_driver_sql("select 1 / 0")
        elif luck[0] < 0.06:
            luck[0] = 1
            connection.exec_driver_sql("select pg_terminate_backend(pg_backend_pid())")

    statuses: Counter[int] = Counter()
    try:
        for turn in range(volume.of(200, 10_000)):
            mine, other = list(browsers)[:: 1 if turn % 2 else -1]
            luck[0] = dice.random()
            answer = browsers[mine].get("/connexion")
            statuses[answer.status_code] += 1
            page = answer.get_data(as_text=True)
            assert other not in page
            assert answer.status_code != 200 or mine in page
    finally:
        event.remove(Session, "after_begin", stumble)
        with one.app_context():
            db.engine.dispose()
    print("R25", dict(statuses))
    assert statuses[200] > 0.9 * statuses.total()
    assert statuses[500]
    assert statuses[503]


def test_threads_do_not_share_a_scope(app, lasting_world: World) -> None:
    wrong: list[int] = []

    def look(venue) -> None:
        with app.app_context():
            for _ in range(40):
                with venue.entered():
                    seen = set(db.session.scalars(select(Space.tenant_id)))
                    if seen != {venue.id}:
                        wrong.append(venue.id)
                    db.session.rollback()
            db.session.remove()

    threads = [
        threading.Thread(target=look, args=(venue,))
        for venue in (lasting_world.a, lasting_world.b) * 2
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_without_row_security_the_same_queries_do_leak(settings, lasting_world: World) -> None:
    """Control: the owner bypasses row security and sees every tenant with the same queries."""
    engine = create_engine(settings.owner_database_url)
    with engine.connect() as connection:
        seen = set(connection.scalars(text("select tenant_id from space")))
    engine.dispose()
    assert {lasting_world.a.id, lasting_world.b.id, lasting_world.stranger.id} <= seen


def test_the_app_role_cannot_switch_security_off(world: World) -> None:
    for attempt in (
        "alter table space disable row level security",
        "set role coulisse_owner",
        "create table mine (x int)",
    ):
        with pytest.raises(DBAPIError), db.session.begin_nested():
            db.session.execute(text(attempt))
    db.session.execute(text("set local row_security = off"))
    with pytest.raises(DBAPIError, match="row-level security"):
        db.session.execute(text("select count(*) from space"))


def test_a_person_of_another_network_has_no_account_here(world: World) -> None:
    db.session.add(
        Person(account_id=world.people["stranger"], email="x@example.org", name="X", search="x")
    )
    with pytest.raises(DBAPIError, match="fk_person"):
        db.session.flush()


def test_a_dump_by_the_owner_holds_every_tenant(settings, lasting_world: World) -> None:
    """A backup role must bypass row security: a dump under it would be empty without a word."""
    engine = create_engine(settings.owner_database_url)
    with engine.connect() as connection:
        bypasses = connection.scalar(
            text("select rolbypassrls from pg_roles where rolname = current_user")
        )
        total = connection.scalar(text("select count(*) from space"))
    engine.dispose()
    assert bypasses
    assert total >= 15
    assert count_bookings_without_scope(settings) == 0


def count_bookings_without_scope(settings) -> int:
    engine = create_engine(settings.database_url)
    with engine.connect() as connection:
        found = connection.scalar(select(func.count()).select_from(Booking))
    engine.dispose()
    return int(found)
