"""The price grid and the day with few and with very many bookings: time, SQL, queries, growth."""

from __future__ import annotations

import datetime as dt
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from sqlalchemy import event

from app.core import clock
from app.core.db import db
from app.core.slots import local_day
from app.rates import grid as grids
from app.rates import rules as rates
from bench.scratch import Ground, fill, rooms
from tests.world import space

Row = tuple[str, str, str, bool]
TURNS = 20


@dataclass
class Watch:
    """How many queries ran and how long the database took for them."""

    queries: int = 0
    seconds: float = 0.0
    began: list[float] = field(default_factory=list)


@contextmanager
def watching() -> Iterator[Watch]:
    """Listen to the engine of this application."""
    seen = Watch()

    def before(*_: object) -> None:
        seen.began.append(time.perf_counter())

    def after(*_: object) -> None:
        seen.queries += 1
        seen.seconds += time.perf_counter() - seen.began.pop()

    event.listen(db.engine, "before_cursor_execute", before)
    event.listen(db.engine, "after_cursor_execute", after)
    try:
        yield seen
    finally:
        event.remove(db.engine, "before_cursor_execute", before)
        event.remove(db.engine, "after_cursor_execute", after)


def p95(values: list[float]) -> float:
    """The value that one in twenty exceeds."""
    return sorted(values)[int(0.95 * (len(values) - 1))]


@dataclass(frozen=True)
class Measured:
    """Grid times of one state of the database."""

    p95: float
    cpu: float
    sql: float
    queries: int


def figures(ground: Ground, many: int, bookings: int) -> list[Row]:
    """Grid with a thousand and with very many bookings; the growth between them."""
    venue = ground.world.a
    rooms(ground, many - 1, venue)
    today = clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
    small = fill(ground, venue, 1, today + dt.timedelta(days=3))
    with ground.app.app_context(), venue.entered():
        _solve(venue.room)
        few = _measure(many)
        db.session.remove()
    days = max(1, bookings // (many * 5))
    large = fill(ground, venue, days, today + dt.timedelta(days=3 - days))
    with ground.app.app_context(), venue.entered():
        lots = _measure(many)
        db.session.remove()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    growth = lots.p95 / few.p95
    return [
        (
            f"price grid, {many} spaces, {large:,} takings, p95",
            f"{lots.p95 * 1000:.0f} ms",
            "<= 150 ms",
            lots.p95 <= 0.150,
        ),
        ("  our processor in it, p95", f"{lots.cpu * 1000:.0f} ms", "told", True),
        ("  of it in SQL", f"{lots.sql * 1000:.0f} ms", "told", True),
        (
            "  queries, few and many",
            f"{few.queries}, {lots.queries}",
            "the same",
            few.queries == lots.queries,
        ),
        (f"  growth from {small:,} takings", f"{growth:.2f} x", "<= 1.5 x", growth <= 1.5),
        ("memory of this process", f"{peak:.0f} MB", "told", True),
    ]


def _solve(space_id: int) -> None:
    today = local_day(clock.now(), space(space_id).site.zone)
    for one in grids.candidates(_need(1, today)):
        rates.solve(one, today, today + dt.timedelta(days=8))
    db.session.commit()


def _need(people: int, day: dt.date) -> grids.Need:
    return grids.Need("meeting_room", people, 120, day)


def _measure(many: int) -> Measured:
    day = clock.now().date() + dt.timedelta(days=1)
    need = _need(2, day)
    assert len(grids.candidates(need)) >= many
    grids.build(need, clock.now())  # tables are read once per process
    times: list[float] = []
    own: list[float] = []
    for _turn in range(TURNS):
        with watching() as seen:
            began, spent = time.perf_counter(), time.process_time()
            grids.build(need, clock.now())
            own.append(time.process_time() - spent)
            times.append(time.perf_counter() - began)
        db.session.rollback()
    return Measured(p95(times), p95(own), seen.seconds, seen.queries)  # of the last turn
