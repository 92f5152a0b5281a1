"""One table: each target, its figure, its reference from the same run, pass or fall short."""

import os
import re
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

from . import bench_learn, bench_optimise, bench_speed
from .results import Row

VERDICT = {True: "pass", False: "falls short", None: "-"}


def table(rows: Iterable[Row]) -> str:
    """Return rows as aligned text."""
    head = ("id", "what", "figure", "reference", "")
    cells = [head, *((r.id, r.what, r.figure, r.reference, VERDICT[r.ok]) for r in rows)]
    widths = [max(len(row[i]) for row in cells) for i in range(5)]
    lines = [
        "  ".join(cell.ljust(wide) for cell, wide in zip(row, widths, strict=True)).rstrip()
        for row in cells
    ]
    return "\n".join([lines[0], "-" * len(lines[0]), *lines[1:]])


def _order(row: Row) -> int:
    """Return the number of the target; lines without one come last, the rest stays as it came."""
    found = re.match(r"T(\d+)", row.id)
    return int(found[1]) if found else 99


Part = Callable[[], list[Row]]


def timed(part: Part) -> tuple[list[Row], float, str]:
    """Return the rows of a part, the processor seconds they took, and what the part was."""
    began = time.process_time()
    rows = part()
    name = rows[0].id if len(rows) == 1 else f"{rows[0].id} and {len(rows) - 1} more"
    return rows, time.process_time() - began, name


def _weights(found: Iterable[tuple[list[Row], float, str]]) -> str:
    """Return the heaviest parts, as text."""
    heavy = sorted(((seconds, name) for _, seconds, name in found), reverse=True)[:8]
    return "heaviest: " + ", ".join(f"{name} {seconds:.0f} s" for seconds, name in heavy)


def run(*, quick: bool, data: Path) -> tuple[str, bool]:
    """Run every target; return the table and its counts, and whether none fell short.

    Two processes share the work; speed comes last, when nothing else of ours runs.
    """
    began = time.monotonic()
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ.setdefault(name, "1")  # two processes on two cores: no threads beside
    work = [*bench_optimise.tasks(quick=quick), *bench_learn.tasks(quick=quick, data=data)]
    with ProcessPoolExecutor(2) as crew:
        parts = [crew.submit(timed, task) for task in work]
        found = [part.result() for part in parts]
    last = timed(partial(bench_speed.speed, quick))
    rows = sorted([row for part in (*found, last) for row in part[0]], key=_order)
    short = sum(row.ok is False for row in rows)
    passed = sum(row.ok is True for row in rows)
    took = time.monotonic() - began
    load = os.getloadavg()[0]
    told = f"{passed} pass, {short} fall short, {took:.0f} s, load {load:.1f} at the end"
    return f"{table(rows)}\n\n{told}\n{_weights([*found, last])}", short == 0
