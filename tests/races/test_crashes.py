"""R09, R17: kill -9 at marked places of web and worker, of a database backend, of the clock."""

from __future__ import annotations

import contextlib
import datetime as dt
import itertools
import os
import secrets
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest
from sqlalchemy import create_engine, text

import pricing
from app import create_app
from app.accounts import tokens
from app.accounts.permissions import API_SCOPES
from app.booking import confirm
from app.config import postgres_address
from app.core import locks, outbox
from app.core.db import db
from app.core.slots import Interval
from app.invoicing import runs
from app.members import rules as members
from app.rates import rules as rates
from app.reporting import invariants
from app.web import edge
from scripts.pg import ROOT
from tests import world as worlds
from tests.invoicing import office
from tests.invoicing.papers import FIRM
from tests.races import arena
from tests.races.stage import Stage
from tests.volume import FULL, ROUNDS, of

WEB_POINTS = (
    "key_claimed", "units_locked", "sale_posted", "before_commit", "after_commit", "answer_kept",
)  # fmt: skip
PARIS = ZoneInfo("Europe/Paris")
LETTER = "select status::text from procrastinate_jobs where task_name = 'booking.letter'"
JOB_POINTS = ("job_before_commit", "job_after_commit")


@pytest.fixture(scope="module")
def points(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file in this folder kills the first process that comes to the place of its name."""
    return tmp_path_factory.mktemp("points")


@pytest.fixture(scope="module")
def environ(settings, points: Path) -> dict[str, str]:
    return {
        "DATABASE_URL": settings.database_url,
        "SECRET_KEY": settings.secret_key,
        "PUBLIC_SCHEME": "http",
        "STORAGE_DIR": settings.storage,
        "API_PER_MINUTE": "1000000",
        "FAULT_POINTS": str(points),
        "POOL_SIZE": "6",
    }


@pytest.fixture(scope="module")
def mortal(stage: Stage, environ: dict[str, str]) -> Iterator[arena.Server]:
    """A server of two processes that can be killed at every marked place."""
    _row, secret = stage.act(lambda: tokens.make_token("crash", API_SCOPES, by=None))
    with arena.serving(environ, stage.venue.host, secret) as running:
        yield running


def asked(stage: Stage, call: Callable[..., arena.Answer]) -> str:
    """A quote of a free hour, over HTTP; a server that has just lost a process may need a retry."""
    slot = stage.slot()
    wish = {
        "space": "salle-curie",
        "starts_at": slot.start.isoformat(),
        "ends_at": slot.end.isoformat(),
    }
    for _ in range(60):
        answer = call("POST", "/api/v1/quotes", wish)
        if answer.status == 201:
            return str(answer.body["id"])
        assert answer.status in (0, 503), answer
        time.sleep(0.5)
    raise AssertionError("the server did not come back")


def order(quote: str) -> dict[str, str]:
    return {"quote": quote, "email": "ada@example.org", "name": "Ada", "payment": "desk"}


@pytest.mark.parametrize("place", WEB_POINTS)
def test_a_web_process_dies(stage: Stage, mortal, points, sound, place: str) -> None:
    """R09: kill -9 of a web process: no half state, and the same key ends in one booking."""
    for _ in range(ROUNDS):
        quote, key = asked(stage, mortal.call), secrets.token_hex(8)
        (points / place).touch()
        died = mortal.call("POST", "/api/v1/bookings", order(quote), key=key)
        assert died.status == 0, died
        assert not (points / place).exists()
        # the minute after which a key whose process died may be claimed again
        stage.sql("update idempotent_call set created_at = created_at - interval '61 seconds'")
        answers = [_insist(mortal, quote, key) for _ in range(2)]
        assert [a.status for a in answers] == [201, 201]
        assert answers[0].body["id"] == answers[1].body["id"]
        found = stage.sql(
            "select b.state, (select count(*) from occupancy o where o.source = 'booking'"
            " and o.source_id = b.id) from booking b join quote q on q.id = b.quote_id"
            " where q.token = %(token)s",
            token=quote,
        )
        assert found == [("confirmed", 1)]


def _insist(server: arena.Server, quote: str, key: str) -> arena.Answer:
    answer = server.call("POST", "/api/v1/bookings", order(quote), key=key)
    for _ in range(120):
        if answer.status not in (0, 503):
            return answer
        time.sleep(0.5)
        answer = server.call("POST", "/api/v1/bookings", order(quote), key=key)
    return answer


@contextmanager
def process(module: str, environ: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """One of our processes until the block ends."""
    made = subprocess.Popen(
        [sys.executable, "-m", module],
        cwd=ROOT,
        env={**os.environ, **environ},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield made
    finally:
        with contextlib.suppress(ProcessLookupError):
            made.send_signal(signal.SIGCONT)
            made.kill()
        made.wait(60)


def until(what: Callable[[], Any], seconds: float = 200) -> Any:
    """The first true answer, or a failure after so many seconds."""
    end = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.1)
    return found


@pytest.mark.parametrize("place", JOB_POINTS)
def test_a_job_process_dies(stage: Stage, environ, points, sound, place: str) -> None:
    """R09: kill -9 in a job: rescued by the timetable, done by the next, told once."""
    stage.sql("delete from procrastinate_jobs")
    booking = _paid(stage)
    (points / place).touch()
    with process("app.worker", environ) as worker:
        assert until(lambda: worker.poll() is not None)
    assert stage.sql(LETTER) == [("doing",)]
    # the half minute without a sign of life after which a worker counts as dead
    stage.sql("update procrastinate_workers set last_heartbeat = now() - interval '31 seconds'")
    stage.act(outbox.rescue)
    assert stage.sql(LETTER) == [("todo",)]
    with process("app.worker", environ):
        until(
            lambda: (
                not stage.sql("select 1 from procrastinate_jobs where task_name = 'booking.letter'")
            )
        )
    about = f"booking:{booking}:confirmed"
    assert stage.sql("select count(*) from mail where entity = %(e)s", e=about) == [(1,)]


@pytest.mark.parametrize("place", ["billed_before_commit", "billed_after_commit"])
def test_a_month_end_dies(stage: Stage, environ, points, sound, place: str) -> None:
    """R09, F06: kill -9 in the middle of a month end: the next worker goes on where it stopped, and
    everybody has one document."""
    stage.sql("delete from procrastinate_jobs")
    before = stage.sql("select count(*) from document")[0][0]
    run_id = stage.act(lambda: _month_end(stage))
    (points / place).touch()
    with process("app.worker", environ) as worker:
        assert until(lambda: worker.poll() is not None)
    done = "select count(*) from billing_item where run_id = %(r)s and state = 'done'"
    assert stage.sql(done, r=run_id) == [(0 if "before" in place else 1,)]
    stage.sql("update procrastinate_workers set last_heartbeat = now() - interval '31 seconds'")
    stage.act(outbox.rescue)
    with process("app.worker", environ):
        until(lambda: stage.sql(
            "select 1 from billing_run where id = %(r)s and state = 'done'", r=run_id
        ))  # fmt: skip
    assert stage.sql(done, r=run_id) == [(4,)]
    found = stage.sql(
        "select count(*), count(distinct d.customer) from document d join billing_item i"
        " on i.document_id = d.id where i.run_id = %(r)s",
        r=run_id,
    )
    assert found == [(4, 4)]
    assert stage.sql("select count(*) from document") == [(before + 4,)]


@pytest.mark.parametrize("place", ["night_stored", "job_after_commit"])
def test_a_night_dies(stage: Stage, environ, points, sound, place: str) -> None:
    """R09: kill -9 in the middle of the nightly solve: the tables of the day before serve
    meanwhile, the next worker goes on, each day has one whole table, and limits count once."""
    stage.sql("delete from procrastinate_jobs")
    room = stage.act(lambda: _room_of_a_night(stage))
    before = _tables(stage, room)
    assert before
    stage.act(lambda: outbox.defer("rates.solve_space", space_id=room, once="night", lane="solve"))
    (points / place).touch()
    with process("app.worker", environ) as worker:
        assert until(lambda: worker.poll() is not None)
    runs = "select count(*) from solve_run where space_id = %(s)s and outcome = 'done'"
    kept = "after" in place
    left = _tables(stage, room)
    assert stage.sql(runs, s=room) == [(int(kept),)]
    assert {day: left[day] != row for day, row in before.items()} == dict.fromkeys(before, kept)
    noted = "select distinct noted_at from value_table where space_id = %(s)s"
    since = stage.sql(noted, s=room)
    day = min(before)
    start = dt.datetime.combine(day, dt.time(11), tzinfo=PARIS)
    token = stage.quote(Interval(start, start + dt.timedelta(hours=1)), room)
    assert stage.sql("select table_version from quote where token = %(t)s", t=token) == [left[day]]
    stage.sql("update procrastinate_workers set last_heartbeat = now() - interval '31 seconds'")
    stage.act(outbox.rescue)
    with process("app.worker", environ):
        until(lambda: not stage.sql("select 1 from procrastinate_jobs where queue_name = 'solve'"))
    assert stage.sql(runs, s=room) == [(1 + kept,)]
    after = _tables(stage, room)
    assert after.keys() == before.keys()
    assert not kept or stage.sql(noted, s=room) == since  # prices may not move twice in a day
    assert not set(after.values()) & set(before.values())


def _room_of_a_night(stage: Stage) -> int:
    """A room that sells three days ahead, with the tables of the day before."""
    site = worlds.space(stage.venue.room).site
    one = worlds.make_space(
        db.session,
        site,
        f"Nuit {secrets.token_hex(3)}",
        "meeting_room",
        horizon_days=3,
        base_cents=2000,
    )
    worlds.make_units(db.session, one, 1)
    db.session.flush()
    today = dt.datetime.now(PARIS).date()
    rates.solve(one, today, today + dt.timedelta(days=3))
    return one.id


def _tables(stage: Stage, room: int) -> dict[dt.date, tuple[str]]:
    """The version of the table of each coming day; a day that has two, or bytes that are not a
    table, fail here."""
    rows = stage.sql(
        "select day, version, content from value_table where space_id = %(s)s and state = 'live'"
        " and day > current_date order by day",
        s=room,
    )
    found = {day: (version,) for day, version, _content in rows}
    assert len(found) == len(rows)
    for _day, _version, content in rows:
        pricing.Table.from_bytes(bytes(content))
    return found


def _month_end(stage: Stage) -> int:
    """Four firms with something to bill, and the job that bills them."""
    office.complete(stage.venue.id)
    for number, siren in enumerate(("552100554", "404833048", "443061841", "732829320")):
        buyer = replace(FIRM, siren=siren, vat="")
        office.sell(1000 + number, customer=f"siren:{siren}", buyer=buyer, on=dt.date(2026, 11, 1))
    run = runs.begin(office.tenant(stage.venue.id), dt.date(2026, 11, 20), by=None)
    outbox.defer("invoicing.run", run_id=run.id)
    return run.id


def _paid(stage: Stage) -> int:
    """A confirmed booking of somebody who gets a letter."""
    token = stage.quote(stage.slot())

    def work() -> int:
        person = members.person_by_email("job@example.org", "Job", locale="fr")
        booking_id = stage.hold(token, way="desk", person_id=person.id)
        confirm.confirm(booking_id)
        return booking_id

    return stage.act(work)


def test_a_living_worker_keeps_its_jobs(stage: Stage) -> None:
    """R05: control. A job of a worker that shows itself is not given to another."""
    stage.sql("delete from procrastinate_jobs")
    worker = stage.sql("insert into procrastinate_workers default values returning id")[0][0]
    stage.sql(
        "insert into procrastinate_jobs (queue_name, task_name, status, worker_id)"
        " values ('default', 'x', 'doing', %(id)s)",
        id=worker,
    )
    stage.act(outbox.rescue)
    assert stage.sql("select status::text from procrastinate_jobs") == [("doing",)]
    stage.sql("delete from procrastinate_jobs")


Clock = subprocess.Popen[bytes]
TAKEOVERS = of(1, 25)  # of each of the four ways to fall silent: a hundred
HOLDER = "select holder from lease where until > now()"


@contextmanager
def clocks(stage: Stage, environ: dict[str, str]) -> Iterator[tuple[str, Clock]]:
    """Two clocks at work: who leads, and the process that does."""
    stage.sql("delete from lease")  # of a clock that another test killed
    names = ("one", "two")
    with (
        process("app.clock", environ | {"PGAPPNAME": names[0]}) as one,
        process("app.clock", environ | {"PGAPPNAME": names[1]}) as two,
    ):
        here = (
            "select count(distinct application_name) from pg_stat_activity where application_name"
        )
        until(lambda: stage.sql(f"{here} = any(%(names)s)", names=list(names)) == [(2,)])
        first = until(lambda: stage.sql(HOLDER))[0][0]
        yield first, {one.pid: one, two.pid: two}[int(first.split(":")[1])]


@pytest.mark.parametrize("_round", range(TAKEOVERS))
def test_the_leading_clock_dies(stage: Stage, environ, _round: int) -> None:
    """R17: kill -9 of the leader: taken over, no tick missed and none doubled."""
    with clocks(stage, environ) as (first, leader):
        leader.kill()
        assert _takeover(stage, first) <= 30
    periods = [
        p for (p,) in stage.sql("select period from tick where job = 'payments.janitor' order by 1")
    ]
    gaps = Counter(b - a for a, b in itertools.pairwise(periods))
    assert set(gaps) <= {dt.timedelta(minutes=1)}, gaps
    stage.sql("delete from procrastinate_jobs")


# At the first two places the row of the lease is held, between two beats nothing is. Each takes
# half a minute, nearly all of it asleep.
PLACES = ("period_claimed", "lease_taken", "between")


@pytest.mark.parametrize("_round", range(TAKEOVERS))
@pytest.mark.parametrize("place", PLACES if FULL else PLACES[:1])
def test_the_leading_clock_freezes(stage: Stage, environ, points, place: str, _round: int) -> None:
    """R17: SIGSTOP of the leader, wherever it stands: taken over; awake again it does nothing."""
    stage.sql("delete from procrastinate_jobs")
    with clocks(stage, environ) as (first, leader):
        stage.sql("delete from tick")  # so that the next beat has much to do
        if place == "between":
            leader.send_signal(signal.SIGSTOP)
        else:
            (points / place).write_text("freeze")
        until(lambda: _state(leader.pid) == "T")
        assert _takeover(stage, first) <= 30
        until(lambda: stage.sql("select 1 from tick where job = 'payments.janitor'"))
        leader.send_signal(signal.SIGCONT)
        time.sleep(7)  # longer than a beat: the sleeper has seen that it no longer leads
        assert leader.poll() is None
        assert [h for (h,) in stage.sql(HOLDER)] != [first]
    jobs = stage.sql(
        "select queueing_lock from procrastinate_jobs group by 1 having count(*) > 1 union all"
        " select task_name from procrastinate_jobs where queueing_lock is null"
    )
    assert jobs == []
    stage.sql("delete from procrastinate_jobs")


def _state(pid: int) -> str:
    """The letter of a process: T when it is stopped."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


def _takeover(stage: Stage, first: str) -> float:
    """Seconds until somebody else leads."""
    began = time.monotonic()
    until(lambda: [h for (h,) in stage.sql(HOLDER) if h != first])
    took = time.monotonic() - began
    print(f"R17 takeover after {took:.1f} s")
    return took


def test_a_frozen_buyer_is_cut_off(stage: Stage, sound) -> None:
    """R09: who freezes with the units locked is undone after a while, and others may book."""
    slot = stage.slot()
    mine, other = stage.quote(slot), stage.quote(slot)
    frozen, thawed = threading.Event(), threading.Event()

    def freeze() -> None:
        locks.patience(1)
        stage.hold(mine)
        frozen.set()
        assert thawed.wait(60)
        db.session.execute(text("select 1"))

    with ThreadPoolExecutor(1) as pool:
        sleeper = pool.submit(stage.act, freeze)
        assert frozen.wait(60)
        assert isinstance(stage.act(lambda: stage.hold(other)), int)
        thawed.set()
        error = sleeper.exception(60)
    assert isinstance(error, Exception)
    assert edge.is_busy(error), "a visitor is told to try again, not that something broke"
    with stage.app.app_context():
        default = db.session.scalar(text("show idle_in_transaction_session_timeout"))
    assert default == "1min"


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """A durable PostgreSQL of its own: killing a backend restarts all of it."""
    home = tmp_path_factory.mktemp("pg")
    pg = [sys.executable, str(ROOT / "scripts" / "pg.py")]
    clean = {k: v for k, v in os.environ.items() if "DATABASE_URL" not in k}
    where = ["--data", str(home / "data")]
    subprocess.run([*pg, "start", *where], check=True, capture_output=True, env=clean)
    try:
        said = subprocess.run(
            [*pg, "env", *where], check=True, capture_output=True, text=True, env=clean
        ).stdout
        pairs = (line.removeprefix("export ").split("=", 1) for line in said.split() if "=" in line)
        yield dict(pairs)
    finally:
        subprocess.run([*pg, "stop", *where], check=True, capture_output=True, env=clean)


def test_a_database_backend_dies(cluster: dict[str, str], settings, tmp_path: Path) -> None:
    """R09: kill -9 of a backend: what was acknowledged is there, nobody sees a 500."""
    owner_url = postgres_address("", cluster["OWNER_DATABASE_URL"])
    app_url = postgres_address("", cluster["DATABASE_URL"])
    subprocess.run(
        [sys.executable, "-m", "alembic", "upgrade", "head"], cwd=ROOT, check=True,
        capture_output=True, env={**os.environ, **cluster},
    )  # fmt: skip
    made = create_app(replace(settings, database_url=app_url, owner_database_url=owner_url))
    with made.app_context():
        world = worlds.build()
    stage = Stage(made, made.config["SETTINGS"], world.a)
    _row, secret = stage.act(lambda: tokens.make_token("crash", API_SCOPES, by=None))
    environ = {
        "DATABASE_URL": app_url, "SECRET_KEY": settings.secret_key, "PUBLIC_SCHEME": "http",
        "STORAGE_DIR": str(tmp_path),
    }  # fmt: skip
    slots = [stage.slot() for _ in range(60)]
    answers: list[arena.Answer] = []
    stage.owner.close()
    with arena.serving(environ, world.a.host, secret) as server:
        stop = threading.Event()

        def write() -> None:
            while slots and not stop.is_set():
                slot = slots.pop()
                wish = {
                    "space": "salle-curie",
                    "starts_at": slot.start.isoformat(),
                    "ends_at": slot.end.isoformat(),
                }
                answer = server.call("POST", "/api/v1/quotes", wish)
                answers.append(answer)
                if answer.status == 201:
                    booked = server.call("POST", "/api/v1/bookings", order(answer.body["id"]))
                    answers.append(booked)
                else:  # a visitor presses the button again
                    slots.append(slot)
                    time.sleep(0.5)

        writers = [threading.Thread(target=write) for _ in range(4)]
        for writer in writers:
            writer.start()
        for enough in (3, 12, 24):
            until(lambda n=enough: sum(a.status == 201 for a in answers) >= n)
            _kill_one(cluster["OWNER_DATABASE_URL"])
        until(lambda: sum(a.status == 201 for a in answers) >= 40)
        stop.set()
        for writer in writers:
            writer.join(60)
        began = time.monotonic()
        until(lambda: server.call("GET", "/readyz").status == 200)
        healed = time.monotonic() - began
    found = Counter(a.status for a in answers)
    print("R09 backends killed:", dict(found), f"healed in {healed:.1f} s")
    assert set(found) <= {201, 409, 503}, found
    assert found[201]
    engine = create_engine(owner_url)
    with engine.connect() as connection:
        assert invariants.breaches(connection) == []
        codes = set(connection.exec_driver_sql("select code from booking").scalars())
    engine.dispose()
    with made.app_context():
        db.engine.dispose()
    told = {a.body["id"] for a in answers if a.status == 201 and "held_until" in a.body}
    assert told
    assert told <= codes


def _kill_one(owner_url: str) -> None:
    """Kill the busiest backend of the application, as a bug or the kernel would."""
    with contextlib.suppress(psycopg.OperationalError):
        with psycopg.connect(owner_url, autocommit=True) as owner:
            found = owner.execute(
                "select pid from pg_stat_activity where usename = 'coulisse_app'"
                " order by state_change desc limit 1"
            ).fetchone()
        if found:
            os.kill(found[0], signal.SIGKILL)
