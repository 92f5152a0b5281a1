"""Bookings a second with eight clients, beside a bare locked insert by the same eight."""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Callable

from flask import Flask
from sqlalchemy import create_engine, text

from app.booking import confirm, hold
from app.core.db import db
from app.core.slots import Interval
from app.rates import rules as rates
from app.web.edge import act
from bench.scratch import Ground, rooms
from tests.world import space, tomorrow

CLIENTS = 8
EACH = 40
Row = tuple[str, str, str, bool]

BARE = text(
    "insert into occupancy (tenant_id, unit_id, during, starts_at, ends_at, kind, source)"
    " values (:t, :u, tstzrange(:s, :e), :s, :e, 'closure', 'bench')"
)


def figures(ground: Ground) -> list[Row]:
    """Throughput, processor time, and the ratio to the least that keeps the promise."""
    rooms(ground, CLIENTS, ground.world.b)
    ids = _rooms(ground)
    spent = time.process_time()
    whole = _together([_booker(ground.app, ground, ids[n]) for n in range(CLIENTS)])
    cpu = (time.process_time() - spent) / (CLIENTS * EACH)
    bare = _together([_bare(ground, ids[n]) for n in range(CLIENTS)])
    rate = CLIENTS * EACH / whole
    return [
        (
            "quote + hold + confirm, 8 clients, one process, per second",
            f"{rate:,.0f}",
            ">= 100",
            rate >= 100,
        ),
        ("processor time of each", f"{cpu * 1000:.1f} ms", "<= 15 ms", cpu <= 0.015),
        ("ratio to a bare locked insert", f"{whole / bare:.1f} x", "told", True),
    ]


def _rooms(ground: Ground) -> list[tuple[int, int]]:
    engine = create_engine(ground.settings.owner_database_url)
    with engine.connect() as connection:
        found = connection.execute(
            text(
                "select c.space_id, c.unit_id from composition c join space s on s.id = c.space_id"
                " where s.tenant_id = :t and s.name like 'Salle 0%' order by 1"
            ),
            {"t": ground.world.b.id},
        ).all()
    engine.dispose()
    return [(int(a), int(b)) for a, b in found]


def _together(works: list[Callable[[], None]]) -> float:
    gate = threading.Barrier(len(works) + 1)

    def run(work: Callable[[], None]) -> None:
        gate.wait()
        work()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    gate.wait()
    began = time.perf_counter()
    for thread in threads:
        thread.join()
    return time.perf_counter() - began


def _booker(app: Flask, ground: Ground, ids: tuple[int, int]) -> Callable[[], None]:
    """One client: whole bookings, one after the other, in a room of its own."""

    def book(turn: int) -> None:
        start = tomorrow(8 + turn % 5 * 2, days=1 + turn // 5 * 3)
        interval = Interval(start, start + dt.timedelta(hours=1))
        quote = act(lambda: rates.ask(rates.Asked(space(ids[0]), interval)))
        booking_id = act(lambda: hold.hold(quote, hold.Terms(way="desk")).id)
        assert act(lambda: confirm.confirm(booking_id))

    def work() -> None:
        with app.app_context():
            with ground.world.b.entered():
                for turn in range(EACH):
                    book(turn)
            db.session.remove()

    return work


def _bare(ground: Ground, ids: tuple[int, int]) -> Callable[[], None]:
    """The same number of inserts under the same lock and constraint, and nothing else."""
    engine = create_engine(ground.settings.owner_database_url, pool_size=1)
    far = tomorrow(8, days=300)

    def work() -> None:
        for turn in range(EACH):
            start = far + dt.timedelta(hours=turn)
            with engine.begin() as connection:
                connection.execute(text("select pg_advisory_xact_lock(11, :k)"), {"k": ids[1]})
                connection.execute(
                    BARE,
                    {
                        "t": ground.world.b.id,
                        "u": ids[1],
                        "s": start,
                        "e": start + dt.timedelta(hours=1),
                    },
                )
        engine.dispose()

    return work
