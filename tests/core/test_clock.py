"""One leader ticks, each period once, whatever processes come and go."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import func, select, text

from app import clock as keeper
from app.core import clock, outbox, schedule, tenancy
from app.core.db import db
from app.timetable import TIMETABLE, Line
from tests.world import World

NIGHTLY = Line("rates.solve_tenant", "15 2 * * *")


def test_every_line_is_a_job(app) -> None:
    for line in TIMETABLE:
        assert line.name in outbox.functions, line.name
        keeper.due(line, clock.now())


def test_only_one_leads(world: World) -> None:
    length = dt.timedelta(seconds=20)
    assert schedule.take_lease("t", "a", length)
    assert schedule.take_lease("t", "a", length)
    assert not schedule.take_lease("t", "b", length)
    db.session.execute(text("update lease set until = now() - interval '1 second'"))
    assert schedule.take_lease("t", "b", length)
    assert not schedule.is_leader("t", "a")


def test_a_leader_that_slept_cannot_tick(world: World) -> None:
    schedule.take_lease(keeper.LEASE, "a", dt.timedelta(seconds=20))
    db.session.execute(text("update lease set holder = 'b'"))
    db.session.commit()
    assert not keeper.enqueue(NIGHTLY, clock.now().replace(microsecond=0), "a")


def test_a_period_is_enqueued_once_for_every_tenant(world: World) -> None:
    schedule.take_lease(keeper.LEASE, "a", dt.timedelta(seconds=20))
    db.session.commit()
    period = clock.now().replace(microsecond=0)
    assert keeper.enqueue(NIGHTLY, period, "a")
    assert not keeper.enqueue(NIGHTLY, period, "a")
    jobs = db.session.scalar(
        text("select count(*) from procrastinate_jobs where task_name = 'rates.solve_tenant'")
    )
    assert jobs == len(keeper.tenants())


def test_what_was_missed_is_caught_up_but_not_for_ever() -> None:
    at_three = dt.datetime(2027, 1, 5, 3, 0, tzinfo=dt.UTC)
    assert keeper.due(NIGHTLY, at_three) == at_three.replace(hour=2, minute=15)
    assert keeper.due(NIGHTLY, at_three.replace(hour=9)) is None


def test_a_rollback_takes_the_job_back(world: World) -> None:
    waiting = select(func.count()).select_from(text("procrastinate_jobs"))
    before = db.session.scalar(waiting)
    point = db.session.begin_nested()
    outbox.defer("booking.sweep")
    assert db.session.scalar(waiting) == before + 1
    point.rollback()
    assert db.session.scalar(waiting) == before


def test_the_same_wish_waits_once(world: World) -> None:
    waiting = select(func.count()).select_from(text("procrastinate_jobs"))
    before = db.session.scalar(waiting)
    for _ in range(3):
        outbox.defer("booking.sweep", once="one")
    assert db.session.scalar(waiting) == before + 1


def test_a_job_runs_in_the_scope_it_was_deferred_from(world: World, monkeypatch) -> None:
    seen: list[tenancy.Scope] = []
    monkeypatch.setitem(outbox.functions, "look", lambda: seen.append(tenancy.current()))
    with tenancy.nowhere():
        outbox.perform("look", [world.b.id, world.network_id], {})
        outbox.perform("look", [None, world.network_id], {})
        outbox.perform("look", [None, None], {})
    assert [s.tenant_id for s in seen] == [world.b.id, None, None]
    assert [s.network_id for s in seen] == [world.network_id, world.network_id, None]


def test_a_job_that_fails_writes_nothing(world: World, monkeypatch) -> None:
    def half() -> None:
        db.session.execute(text("update space set name = 'half'"))
        raise RuntimeError("in the middle")

    monkeypatch.setitem(outbox.functions, "half", half)
    with pytest.raises(RuntimeError, match="middle"), tenancy.nowhere():
        outbox.perform("half", [world.a.id, world.network_id], {})
    assert "half" not in set(db.session.scalars(text("select name from space")))
