"""The table that the bench prints, row by row as they are measured, and the patience it has."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType
from typing import NamedTuple

from app.core import clock

TOLD = "told"


class Row(NamedTuple):
    """One figure beside its target; `ok` is empty for a figure that is only told."""

    what: str
    figure: str
    target: str = TOLD
    ok: bool | None = None


def at_most(what: str, value: float, most: float, unit: str, more: str = "") -> Row:
    """A figure that must not exceed its target."""
    return Row(what, f"{value:.1f} {unit}{more}", f"<= {most:g} {unit}", value <= most)


def at_least(what: str, value: float, least: float, unit: str) -> Row:
    """A figure that must reach its target."""
    return Row(what, f"{value:.0f} {unit}", f">= {least:g} {unit}", value >= least)


def p95(values: list[float]) -> float:
    """The value that one in twenty exceeds."""
    return sorted(values)[int(0.95 * (len(values) - 1))]


class OutOfTime(Exception):
    """A part took longer than it may."""


@contextmanager
def within(seconds: int) -> Iterator[None]:
    """Give up what is not done by then, wherever it waits."""

    def ring(_signal: int, _frame: FrameType | None) -> None:
        raise OutOfTime(f"not done after {seconds} s")

    before = signal.signal(signal.SIGALRM, ring)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


@dataclass
class Table:
    """What was printed so far, and which rows missed their target."""

    missed: list[str] = field(default_factory=list)

    def head(self) -> None:
        """When and under which load: the same figures mean other things on a busy machine."""
        load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
        print(f"{clock.now():%Y-%m-%d %H:%M} UTC, {os.cpu_count()} processors, load {load}\n")
        print(f"{'what':<68}{'figure':>26}   target", flush=True)

    def add(self, row: Row) -> None:
        """Print a row at once."""
        if row.ok is False:
            self.missed.append(row.what)
        miss = "   MISSED" if row.ok is False else ""
        print(f"{row.what:<68}{row.figure:>26}   {row.target}{miss}", flush=True)

    def part(self, name: str, seconds: int, rows: Callable[[], Iterator[Row]]) -> None:
        """Print the rows of one part; one that fails or takes too long is a missed row, and the
        next one comes all the same."""
        began = time.monotonic()
        try:
            with within(seconds):
                for row in rows():
                    self.add(row)
        except Exception as error:  # noqa: BLE001  whatever it is, the other parts go on
            words = " ".join(str(error).split())[:300]
            self.add(Row(f"{name}: {type(error).__name__}", "not measured", words, ok=False))
        print(f"  ({name}: {time.monotonic() - began:.0f} s)", flush=True)

    def foot(self) -> int:
        """The load at the end, and what the shell is told."""
        load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
        verdict = f"missed: {len(self.missed)}" if self.missed else "every target is met"
        print(f"\n{verdict}; load at the end {load}", flush=True)
        return 1 if self.missed else 0
