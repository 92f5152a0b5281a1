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
from sqlalchemy import func, select

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

    def run(text: str, *options: str) -> Result:
        file = tmp_path / "past.csv"
        file.write_text(text, encoding="utf-8")
        making = ["--venue", world.a.host, "--create", "meeting_room", *options]
        return CliRunner().invoke(cli.imports, ["bookings", *making, str(file)])

    return run


def kept() -> tuple[int, int, int]:
    """Bookings, seats and spaces of the venue."""
    counts = [db.session.scalar(select(func.count(m.id))) or 0 for m in (Booking, Occupancy, Space)]
    return counts[0], counts[1], counts[2]


def test_a_fault_in_the_last_line_leaves_nothing(command) -> None:
    """Neither the bookings nor the spaces made for them; line and column are named."""
    before, rows = kept(), past(ROWS)
    rows[-1] = rows[-1].replace(".50", ".505")
    said = command(HEAD + "".join(rows))
    assert said.exit_code == 1
    assert said.stderr.startswith(f"past.csv:{ROWS + 1}: price: ")
    assert kept() == before


def test_a_room_sold_twice_in_the_last_line_leaves_nothing(command) -> None:
    """Found when all the others are seated already."""
    before, rows = kept(), past(ROWS)
    said = command(HEAD + "".join([*rows, rows[-1]]))
    assert said.exit_code == 1
    assert said.stderr.startswith(f"past.csv:{ROWS + 2}: space: ")
    assert kept() == before


def test_a_trial_writes_nothing_and_then_all_is_there(command) -> None:
    text, (bookings, seats, spaces) = HEAD + "".join(past(ROWS)), kept()
    people = db.session.scalar(select(func.count(Person.id)))
    assert f"{ROWS} bookings would be imported" in command(text, "--dry").stdout
    assert kept() == (bookings, seats, spaces)
    assert f"{ROWS} bookings imported" in command(text).stdout
    assert kept() == (bookings + ROWS, seats + ROWS, spaces + ROOMS)
    assert db.session.scalar(select(func.count(Person.id))) == people + ROWS // 5
    owner = select(Person.email).join(Booking, Booking.person_id == Person.id)
    newest = owner.order_by(Booking.starts_at.desc(), Booking.id.desc()).limit(1)
    assert db.session.scalar(newest) == f"p{ROWS // 5 - 1}@example.org"


@pytest.mark.parametrize("text", ["\x1f\u008b nothing packed", "space\n"])
def test_a_file_that_is_none_gets_a_sentence(command, text: str) -> None:
    said = command(text)
    assert said.exit_code == 1
    assert "past.csv" in said.stderr
    assert "Traceback" not in said.output
