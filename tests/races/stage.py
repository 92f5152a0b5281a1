"""Threads of one process that act in one venue, each in a session and a transaction of its own."""

from __future__ import annotations

import datetime as dt
import itertools
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import wraps
from typing import Any
from unittest.mock import patch

import psycopg
from flask import Flask

from app.booking import hold
from app.booking.models import Booking
from app.config import Settings
from app.core import clock, outbox
from app.core import mail as mails
from app.core.db import db
from app.core.errors import Refused
from app.core.slots import Interval
from app.rates import rules as rates
from app.rates.models import Quote
from app.web import edge
from tests import world as worlds

Act = Callable[[], Any]


class Stage:
    """One venue, really committed; `act` is what a request does: work, commit, or be refused."""

    def __init__(self, app: Flask, settings: Settings, venue: worlds.Venue) -> None:
        self.app, self.settings, self.venue = app, settings, venue
        url = settings.owner_database_url.replace("+psycopg", "")
        self.owner = psycopg.connect(url, autocommit=True)
        self.lock = threading.Lock()
        self.names = itertools.count()
        self.starts = _starts()

    def act(self, work: Act) -> Any:
        """Do it in a transaction of its own; a refusal is an answer."""
        with self.app.app_context(), self.venue.entered():
            try:
                return edge.act(work)
            except Refused as refusal:
                return refusal
            finally:
                db.session.remove()

    def together(self, acts: Sequence[Act], lanes: int = 8) -> list[Any]:
        """All of them, so many at a time (a pool has as many connections); answers in order."""
        with ThreadPoolExecutor(lanes) as pool:
            return list(pool.map(self.act, acts))

    def threads(self, works: Sequence[Act], lanes: int = 8) -> list[Any]:
        """Plain threads: each work opens its own context."""
        with ThreadPoolExecutor(lanes) as pool:
            return list(pool.map(lambda work: work(), works))

    def jobs(self, *, later: dt.timedelta = dt.timedelta()) -> Counter[str]:
        """Run this venue's waiting jobs, and those they defer; no mail leaves."""
        done: Counter[str] = Counter()
        until = clock.now() + later
        with patch.object(mails, "deliver", lambda *_: None):
            while (job := self._next(until)) is not None:
                name, arguments = job
                scope = arguments.pop("scope")
                with self.app.app_context():
                    outbox.perform(name, scope, arguments)
                    db.session.remove()
                done[name] += 1
                assert done[name] < 20_000, f"{name} without end"
        return done

    def _next(self, until: dt.datetime) -> tuple[str, dict[str, Any]] | None:
        found = self.sql(
            "delete from procrastinate_jobs where id = (select id from procrastinate_jobs"
            " where status = 'todo' and (scheduled_at is null or scheduled_at <= %(until)s)"
            " and (args->'scope'->>0)::bigint = %(tenant)s order by id limit 1)"
            " returning task_name, args",
            until=until,
            tenant=self.venue.id,
        )
        return (found[0][0], found[0][1]) if found else None

    def slot(self) -> Interval:
        """Two hours that nobody asked for yet."""
        start = next(self.starts)
        return Interval(start, start + dt.timedelta(hours=2))

    def quote(self, interval: Interval, space: int | None = None) -> str:
        """The token of a price for the room, or another space."""

        def ask() -> str:
            where = worlds.space(space or self.venue.room)
            return rates.ask(rates.Asked(where, interval, audience="staff")).token

        return self.act(ask)

    def hold(self, token: str, **terms: Any) -> int:
        """Hold what was quoted; the booking's id."""
        return hold.hold(self.found(token), hold.Terms(**terms)).id

    def found(self, token: str) -> Quote:
        """A quote by its token."""
        return db.session.query(Quote).filter_by(token=token).one()

    def booking(self, booking_id: int) -> Booking:
        """How a booking stands now, loaded and let go."""

        def read() -> Booking:
            found = db.session.get_one(Booking, booking_id)
            db.session.refresh(found)
            db.session.expunge(found)
            return found

        return self.act(read)

    def sql(self, query: str, **values: Any) -> list[tuple[Any, ...]]:
        """Ask the tables, as their owner."""
        with self.lock:
            cursor = self.owner.execute(query, values or None)
            return cursor.fetchall() if cursor.description else []

    def waiting(self) -> bool:
        """Whether somebody in this database waits for a lock now."""
        return bool(
            self.sql(
                "select 1 from pg_locks l join pg_stat_activity a on a.pid = l.pid"
                " where a.datname = current_database() and not l.granted"
            )
        )


def _starts() -> Iterator[dt.datetime]:
    """Every other hour of the days on which the venues are open."""
    day = worlds.tomorrow(8, days=3)
    while True:
        yield from (
            worlds.tomorrow(hour, days=(day.date() - clock.now().date()).days)
            for hour in range(8, 18, 2)
        )
        day = worlds.tomorrow(8, days=(day.date() - clock.now().date()).days + 1)


class Rival:
    """Somebody who acts at an exact call of the other: `before` it or `after` it.

    After the call the other may hold a lock: then the rival is left waiting, and joined at the end.
    """

    def __init__(self, stage: Stage, work: Act) -> None:
        self.stage, self.work = stage, work
        self.answer: Any = None
        self.thread: threading.Thread | None = None

    def _run(self) -> None:
        try:
            self.answer = self.stage.act(self.work)
        except Exception as error:  # noqa: BLE001 told at the end
            self.answer = error

    def _go(self) -> None:
        self.thread = threading.Thread(target=self._run)
        self.thread.start()
        end = time.monotonic() + 120
        while self.thread.is_alive() and not self.stage.waiting():
            assert time.monotonic() < end, "the rival neither ended nor waits"
            time.sleep(0.01)

    def at(self, monkeypatch: Any, owner: Any, name: str, moment: str) -> None:
        """Come in at the first call of a function by the other."""
        real, other = getattr(owner, name), threading.get_ident()

        @wraps(real)
        def call(*args: Any, **kwargs: Any) -> Any:
            first = self.thread is None and threading.get_ident() == other
            if first and moment == "before":
                self._go()
            answer = real(*args, **kwargs)
            if first and moment == "after":
                self._go()
            return answer

        monkeypatch.setattr(owner, name, call)

    def end(self) -> Any:
        """What the rival was told."""
        assert self.thread is not None, "the rival never came in"
        self.thread.join(120)
        assert not self.thread.is_alive(), "the rival still waits"
        return self.answer
