"""One table: each target, its figure, its reference from the same run, pass or fall short."""

import re
import time
from collections.abc import Iterable
from pathlib import Path

from . import bench_learn, bench_optimise
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


def run(*, quick: bool, data: Path) -> tuple[str, bool]:
    """Run every target; return the table and its counts, and whether none fell short."""
    began = time.monotonic()
    rows = sorted(
        [*bench_optimise.targets(quick=quick), *bench_learn.targets(quick=quick, data=data)],
        key=_order,
    )
    short = sum(row.ok is False for row in rows)
    passed = sum(row.ok is True for row in rows)
    took = time.monotonic() - began
    return f"{table(rows)}\n\n{passed} pass, {short} fall short, {took:.0f} s", short == 0
