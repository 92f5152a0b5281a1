"""One room's value table: against brute force on 8 slots, and against HiGHS on 24."""

from __future__ import annotations

from bench.grid import Row
from pricing import bench_optimise

NAMES = {
    "T1a": "value table against brute force, 8 slots, worst difference",
    "T9 ratio": "a HiGHS programme of 24 slots / one value table, processor",
    "T9 brute": "brute force of 8 slots / one value table, processor",
}


def figures() -> list[Row]:
    """The engine's own rows that speak of one space-day."""
    rows = [*bench_optimise.exactness([1]), *bench_optimise.ratios()]
    return [
        (NAMES[row.id], row.figure, row.reference, row.ok is not False)
        for row in rows
        if row.id in NAMES
    ]
