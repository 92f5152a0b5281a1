"""The price grid and the look for what is free, with a thousand and with a million bookings."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field

from sqlalchemy import event, func, select, text

from app.core import clock
from app.core.db import db
from app.core.slots import local_day
from app.rates import grid as grids
from app.rates import rules as rates
from app.rates.models import ValueTable
from bench.desk import Asked, ask
from bench.fill import fill
from bench.scratch import Ground, rooms
from bench.table import Row, p95
from tests.world import Venue, space

TURNS = 40


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


@dataclass(frozen=True)
class Measured:
    """One question asked many times: p95 by the clock, of our processor, of SQL; its queries."""

    wall: float
    cpu: float
    sql: float
    queries: int


def measure(work: Callable[[], object], turns: int = TURNS) -> Measured:
    """Ask, after five turns to warm up: tables are read once per process, plans once per
    connection."""
    kept: list[Measured] = []
    for _turn in range(turns + 12):
        with watching() as seen:
            began, spent = time.perf_counter(), time.process_time()
            work()
            cpu, wall = time.process_time() - spent, time.perf_counter() - began
        kept.append(Measured(wall, cpu, seen.seconds, seen.queries))
        db.session.rollback()
    kept = kept[12:]
    by = [p95([getattr(one, name) for one in kept]) for name in ("wall", "cpu", "sql")]
    return Measured(*by, kept[-1].queries)


@dataclass(frozen=True)
class Seen:
    """One state of the database: the page, the grid behind it, what is free of one room."""

    page: Asked
    grid: Measured
    room: Measured


def _need(space_id: int | None = None) -> grids.Need:
    day = clock.now().date() + dt.timedelta(days=1)
    return grids.Need("meeting_room", 2, 120, day, space_id=space_id)


def _solve(venue: Venue) -> None:
    """Value tables of the coming days, as the night leaves them; those of today are good."""
    today = local_day(clock.now(), space(venue.room).site.zone)
    for one in grids.candidates(_need()):
        age = db.session.scalar(
            select(func.min(ValueTable.solved_at)).where(ValueTable.space_id == one.id)
        )
        if age is None or age < clock.now() - dt.timedelta(hours=12):
            rates.solve(one, today, today + dt.timedelta(days=9))
            db.session.commit()


def _seen(ground: Ground, venue: Venue, many: int) -> Seen:
    with ground.app.app_context(), venue.entered():
        _solve(venue)
        assert len(grids.candidates(_need())) >= many
        whole = measure(lambda: grids.build(_need(), clock.now()))
        room = measure(lambda: grids.build(_need(venue.room), clock.now()))
        db.session.remove()
    page = ask(ground.app.test_client(), venue.host, "/reserver?quoi=salle&personnes=2")
    return Seen(page, whole, room)


def figures(
    ground: Ground, open_large: Callable[[], AbstractContextManager[Ground]], many: int
) -> Iterator[Row]:
    """Few bookings, then very many, in one run; and the growth between them."""
    venue = ground.world.b
    rooms(ground, many - 1, venue, "Salle")
    day = clock.now().replace(hour=0, minute=0, second=0, microsecond=0) + dt.timedelta(days=2)
    small = fill(ground.settings.owner_database_url, venue, 1, day)
    few = _seen(ground, venue, many)
    with open_large() as here:
        with here.app.app_context():
            with here.world.a.entered():
                count = db.session.scalar(text("select count(*) from occupancy")) or 0
            db.session.remove()
        lots = _seen(here, here.world.a, many)
    yield lots.page.row(f"page of the price grid, {many} spaces, {count:,} bookings, p95", 150)
    both = f"{few.grid.queries}, {lots.grid.queries}"
    same = few.grid.queries == lots.grid.queries
    yield Row(f"  queries of the grid with {small:,} and with them", both, "the same", same)
    sql = f"{lots.grid.wall / lots.grid.sql:.1f} x ({lots.grid.sql * 1000:.0f} ms)"
    yield Row("  the grid alone / its own SQL", sql)
    yield _growth("  the grid alone", few.grid, lots.grid)
    yield _growth("  what is free of one room in a week", few.room, lots.room)


def _growth(what: str, few: Measured, lots: Measured) -> Row:
    """A thousand times the bookings: flat, or a level more of an index."""
    ratio = lots.wall / few.wall
    figure = f"{few.wall * 1000:.1f} to {lots.wall * 1000:.1f} ms, {ratio:.2f} x"
    return Row(f"{what}, growth", figure, "<= 1.5 x", ratio <= 1.5)
