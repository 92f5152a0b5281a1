"""One room's value table: against brute force on 8 slots, and against HiGHS on 24."""

from __future__ import annotations

from collections.abc import Iterator

from bench.table import Row
from pricing import bench_optimise

NAMES = {
    "T1a": "value table against brute force, 8 slots, worst difference",
    "T9 ratio": "a HiGHS programme of 24 slots / one value table, processor",
    "T9 brute": "brute force of 8 slots / one value table, processor",
}


def figures() -> Iterator[Row]:
    """The engine's own rows that speak of one space-day."""
    for measure in (lambda: bench_optimise.exactness([1]), bench_optimise.ratios):
        for row in measure():
            if row.id in NAMES:
                ratio = row.id != "T1a"
                figure = f"{row.figure} x" if ratio else row.figure
                ok = float(row.figure) > 1 if ratio else row.ok
                yield Row(NAMES[row.id], figure, "> 1 x" if ratio else row.reference, ok)
