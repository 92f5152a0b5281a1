"""One room's value table: against brute force on 8 slots, and against HiGHS on 24."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from bench.table import Row
from pricing.bench_optimise import exactness
from pricing.bench_speed import ratios

NAMES = {
    "T1a": "value table against brute force, 8 slots, worst difference",
    "T9 ratio": "a HiGHS programme of 24 slots / one value table, processor",
    "T9 brute": "brute force of 8 slots / one value table, processor",
}


def figures() -> Iterator[Row]:
    """The engine's own rows that speak of one space-day."""
    for measure in (partial(exactness, [1]), ratios):
        for row in measure():
            if row.id == "T1a":
                yield Row(NAMES[row.id], row.figure, row.reference, row.ok)
            elif row.id in NAMES:
                yield Row(NAMES[row.id], f"{row.figure} x", "> 1 x", float(row.figure) > 1)
