"""The command of the README, with a file as large as a venue's past: all of it or nothing.

With FULL=1 a hundred thousand bookings.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import create_engine, func, select, text

from app.booking.models import Booking
from app.core.db import db
from app.members.models import Person
from app.occupancy.models import Occupancy
from app.spaces.models import Space
from app.transfer import cli
from tests import volume
from tests.world import World

ROWS = volume.of(1_000, 100_000)
ROOMS = 10
HEAD = "space,starts_at,ends_at,price,email\n"


def past(count: int) -> list[str]:
    """As many hours in ten rooms, sold to a fifth as many people in turn."""
    first = dt.datetime(2014, 1, 1, tzinfo=dt.UTC)
    starts = [first + dt.timedelta(hours=2 * (n // ROOMS)) for n in range(count)]
    return [
        f"Salle {n % ROOMS},{at.isoformat()},{(at + dt.timedelta(hours=1)).isoformat()},"
        f"{20 + n % 30}.50,p{n % (count // 5)}@example.org\n"
        for n, at in enumerate(starts)
    ]


@pytest.fixture
def command(app, world: World, tmp_path: Path, monkeypatch) -> Callable[..., Result]:
    """Write a file and import it by the command, inside the test's transaction."""
    monkeypatch.setattr(cli, "create_app", lambda: app)
    monkeypatch.setattr(type(app), "app_context", lambda _app: nullcontext())

    def run(content: str, *options: str) -> Result:
        file = tmp_path / "past.csv"
        file.write_text(content, encoding="utf-8")
        making = ["--venue", world.a.host, "--create", "meeting_room", *options]
        return CliRunner().invoke(cli.imports, ["bookings", *making, str(file)])

    return run


WROTE = text(
    "select sum(n_tup_ins)::bigint from pg_stat_xact_user_tables where schemaname = 'public'"
    " and relname in ('booking', 'occupancy', 'person', 'ledger_entry', 'ledger_line')"
)


def kept() -> tuple[int, int, int]:
    """Bookings, seats and spaces of the venue."""
    counts = [db.session.scalar(select(func.count(m.id))) or 0 for m in (Booking, Occupancy, Space)]
    return counts[0], counts[1], counts[2]


def written() -> int:
    """Rows that this connection wrote of late, also those that were taken back."""
    return db.session.scalar(WROTE) or 0


def test_a_fault_in_the_last_line_leaves_nothing(command) -> None:
    """Neither the bookings nor the spaces made for them; line and column are named."""
    before, rows = kept(), past(ROWS)
    rows[-1] = rows[-1].replace(".50", ".505")
    said = command(HEAD + "".join(rows))
    assert said.exit_code == 1
    assert said.stderr.startswith(f"past.csv:{ROWS + 1}: price: ")
    assert kept() == before


def test_a_room_sold_twice_in_the_last_line_leaves_nothing(command) -> None:
    """Found before a row is written: dead ones would lie in the tables, and mislead PostgreSQL."""
    before, rows = (kept(), written()), past(ROWS)
    said = command(HEAD + "".join([*rows, rows[-1]]))
    assert said.exit_code == 1
    assert said.stderr.startswith(f"past.csv:{ROWS + 2}: space: ")
    assert (kept(), written()) == before


def test_a_trial_writes_nothing_and_then_all_is_there(command) -> None:
    content, (bookings, seats, spaces) = HEAD + "".join(past(ROWS)), kept()
    people, rows = db.session.scalar(select(func.count(Person.id))), written()
    assert f"{ROWS} bookings would be imported" in command(content, "--dry").stdout
    assert (kept(), written()) == ((bookings, seats, spaces), rows)
    assert f"{ROWS} bookings imported" in command(content).stdout
    assert kept() == (bookings + ROWS, seats + ROWS, spaces + ROOMS)
    assert db.session.scalar(select(func.count(Person.id))) == people + ROWS // 5
    owner = select(Person.email).join(Booking, Booking.person_id == Person.id)
    newest = owner.order_by(Booking.starts_at.desc(), Booking.id.desc()).limit(1)
    assert db.session.scalar(newest) == f"p{ROWS // 5 - 1}@example.org"


READ = text(
    "select relname, seq_tup_read from pg_stat_xact_user_tables where schemaname = 'public'"
)


def read() -> dict[str, int]:
    """Rows of each table that were met by reading it from end to end."""
    return dict(db.session.execute(READ).tuples().all())


def test_tables_that_were_empty_are_not_read_from_end_to_end(command, settings) -> None:
    """After a trial everything is counted as empty: each check of a key read all that the import
    had written so far, until PostgreSQL cancelled it."""
    owner = create_engine(settings.owner_database_url, isolation_level="AUTOCOMMIT")
    with owner.connect() as connection:
        connection.execute(text("vacuum analyze booking, person, ledger_entry, ledger_line"))
    owner.dispose()
    before = read()
    assert command(HEAD + "".join(past(ROWS))).exit_code == 0
    assert {name: n for name, n in read().items() if n - before.get(name, 0) > 10 * ROWS} == {}


@pytest.mark.parametrize("content", ["\x1f\u008b nothing packed", "space\n"])
def test_a_file_that_is_none_gets_a_sentence(command, content: str) -> None:
    said = command(content)
    assert said.exit_code == 1
    assert "past.csv" in said.stderr
    assert "Traceback" not in said.output


def test_what_the_database_refuses_ends_in_a_sentence_and_in_nothing(command: Callable) -> None:
    spaces = db.session.scalar(select(func.count(Space.id)))
    done = command(HEAD + past(10)[0], "--base", "-5")
    assert done.exit_code == 1
    assert done.output.startswith("Error: nothing was imported: the database refused it (")
    assert "Traceback" not in done.output
    assert db.session.scalar(select(func.count(Space.id))) == spaces
