"""Bookings a second with eight clients, beside a bare locked insert by the same eight.

Two processes of four threads each, as the two web workers of `make demo`: quote, hold, confirm,
each in a transaction of its own, with the letter and the ledger.
"""

from __future__ import annotations

import datetime as dt
import multiprocessing
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.synchronize import Barrier

from sqlalchemy import create_engine, event, text

from app.booking import confirm, hold
from app.core import clock
from app.core.db import db
from app.core.slots import Interval, local_day
from app.rates import rules as rates
from app.web.edge import act
from bench.scratch import Ground, rooms
from bench.table import Row, at_least, at_most
from tests.world import space, tomorrow

PROCESSES, THREADS = 2, 4
CLIENTS = PROCESSES * THREADS
WARM, EACH = 15, 40
HOURS = range(8, 20)
Work = Callable[[], None]

BARE = text(
    "insert into occupancy (tenant_id, unit_id, during, starts_at, ends_at, kind, source)"
    " values (:t, :u, tstzrange(:s, :e), :s, :e, 'closure', 'bench')"
)
UNIT = text("select unit_id from composition where space_id = :space")
LOCK = text("select pg_advisory_xact_lock(11, :key)")


def starts(count: int, after: int = 1) -> list[dt.datetime]:
    """So many hours of the coming open days, none twice."""
    found: dict[dt.datetime, None] = {}
    day = after
    while len(found) < count:
        found |= dict.fromkeys(tomorrow(hour, days=day) for hour in HOURS)
        day += 1
    return list(found)[:count]


def solved(ground: Ground, spaces: Sequence[int], days: int = 30) -> None:
    """Value tables for the coming days, as the night leaves them: a quote is a look-up."""
    with ground.app.app_context(), ground.world.a.entered():
        for id_ in spaces:
            one = space(id_)
            today = local_day(clock.now(), one.site.zone)
            rates.solve(one, today, today + dt.timedelta(days=days))
            db.session.commit()
        db.session.remove()


def figures(ground: Ground) -> Iterator[Row]:
    """Throughput, processor time, statements, and the ratio to the least that keeps the promise."""
    spaces = rooms(ground, CLIENTS + 1, ground.world.a, "Essai")
    solved(ground, spaces)
    yield Row("quote + hold + confirm: statements", str(_statements(ground, spaces.pop())))
    whole, cpu = _together(ground, [_booker(ground, one) for one in spaces])
    bare, _cpu = _together(ground, [_bare(ground, one) for one in spaces])
    eight = f"{CLIENTS} clients, {PROCESSES} processes"
    yield at_least(f"quote + hold + confirm, {eight}", whole, 100, "/s")
    yield at_most("  processor of ours for each", cpu * 1000, 15, "ms")
    yield Row("  a bare locked insert by the same / a booking", f"{bare / whole:.1f} x")


def _together(ground: Ground, works: Sequence[Callable[[int], Work]]) -> tuple[float, float]:
    """Acts a second by all works at once, and our processor time for one."""
    forked = multiprocessing.get_context("fork")
    gate = forked.Barrier(PROCESSES)
    ends = []
    with ground.app.app_context():
        db.engine.dispose()  # no connection may be shared between processes
    for n in range(PROCESSES):
        mine, theirs = forked.Pipe(duplex=False)
        given = (works[n::PROCESSES], gate, theirs.send)
        process = forked.Process(target=_process, args=given, daemon=True)
        process.start()
        ends.append((process, mine))
    told = [mine.recv() if mine.poll(120) else None for _process, mine in ends]
    for process, _mine in ends:
        process.join(10)
        process.kill()
    first, last = min(one[0] for one in told), max(one[1] for one in told)
    acts = len(works) * EACH
    return acts / (last - first), sum(one[2] for one in told) / acts


def _process(
    works: Sequence[Callable[[int], Work]],
    gate: Barrier,
    tell: Callable[[tuple[float, float, float]], None],
) -> None:
    """Warm up, wait for the other process, act in threads; when that was, and our processor's."""
    _threads([work(-1) for work in works])
    gate.wait(120)
    spent, began = time.process_time(), time.monotonic()
    _threads([work(0) for work in works])
    tell((began, time.monotonic(), time.process_time() - spent))


def _threads(works: Sequence[Work]) -> None:
    threads = [threading.Thread(target=work, daemon=True) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _span(turn: int) -> slice:
    """The warm turns, or those that count."""
    return slice(0, WARM) if turn < 0 else slice(WARM, WARM + EACH)


def book(ground: Ground, space_id: int, start: dt.datetime) -> None:
    """One whole booking by three commits."""
    interval = Interval(start, start + dt.timedelta(hours=1))
    terms = hold.Terms(way="desk", person_id=ground.world.carla_person)
    quote = act(lambda: rates.ask(rates.Asked(space(space_id), interval)))
    booking_id = act(lambda: hold.hold(quote, terms).id)
    assert act(lambda: confirm.confirm(booking_id))


def _booker(ground: Ground, space_id: int) -> Callable[[int], Work]:
    """One client: whole bookings, one after the other, in a room of its own."""

    def turn(which: int) -> Work:
        def work() -> None:
            with ground.app.app_context(), ground.world.a.entered():
                for start in starts(WARM + EACH)[_span(which)]:
                    book(ground, space_id, start)
                db.session.remove()

        return work

    return turn


def _bare(ground: Ground, space_id: int) -> Callable[[int], Work]:
    """The same number of inserts under the same lock and constraint, and nothing else."""

    def turn(which: int) -> Work:
        def work() -> None:
            engine = create_engine(ground.settings.owner_database_url, pool_size=1)
            with engine.begin() as connection:
                unit = connection.scalar(UNIT, {"space": space_id})
            for start in starts(WARM + EACH, after=200)[_span(which)]:
                end = start + dt.timedelta(hours=1)
                with engine.begin() as connection:
                    connection.execute(LOCK, {"key": unit})
                    asked = {"t": ground.world.a.id, "u": unit, "s": start, "e": end}
                    connection.execute(BARE, asked)
            engine.dispose()

        return work

    return turn


def _statements(ground: Ground, space_id: int) -> int:
    """How many go to the server for the second booking of a room; the job's are not counted."""
    seen: list[str] = []
    first, second = starts(2)
    with ground.app.app_context(), ground.world.a.entered():
        book(ground, space_id, first)
        listen = ("before_cursor_execute", lambda *given: seen.append(given[2]))
        event.listen(db.engine, *listen)
        book(ground, space_id, second)
        event.remove(db.engine, *listen)
        db.session.remove()
    return len(seen)
