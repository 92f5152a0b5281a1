"""The bench's table: rows as they come, and a part that fails is a missed row, not an end."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from bench import __main__ as bench
from bench.table import Row, Table, at_least, at_most, p95


def broken() -> Iterator[Row]:
    yield Row("told before", "1")
    raise RuntimeError("no connection")


def endless() -> Iterator[Row]:
    time.sleep(30)
    yield Row("never", "1")


def test_a_missed_target_is_what_the_shell_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    table = Table()
    table.part("pages", 5, lambda: iter([at_most("a day", 29, 30, "ms"), Row("memory", "1 MB")]))
    assert table.foot() == 0
    table.part("pages", 5, lambda: iter([at_least("bookings", 99, 100, "/s")]))
    assert table.foot() == 1
    said = capsys.readouterr().out
    assert said.count("MISSED") == 1
    assert "bookings" in said


def test_a_part_that_fails_or_never_ends_is_missed_and_the_next_one_comes(
    capsys: pytest.CaptureFixture[str],
) -> None:
    table, began = Table(), time.monotonic()
    table.part("broken", 5, broken)
    table.part("endless", 1, endless)
    table.part("whole", 5, lambda: iter([Row("told after", "2")]))
    assert time.monotonic() - began < 10
    said = capsys.readouterr().out
    assert said.index("told before") < said.index("broken: RuntimeError") < said.index("told after")
    assert "not done after 1 s" in said
    assert len(table.missed) == 2


def test_one_in_twenty_may_be_slower() -> None:
    assert p95([1.0] * 95 + [9.0] * 5) == 1.0
    assert p95([1.0] * 94 + [9.0] * 6) == 9.0


def test_every_part_has_a_name_and_an_end() -> None:
    found = bench.parts(None, 200, 1_000_000)  # type: ignore[arg-type]
    assert [name for name, _seconds, _rows in found] == ["booking", "web", "desk", "memory", "grid"]
    assert all(0 < seconds <= 1800 for _name, seconds, _rows in found)
