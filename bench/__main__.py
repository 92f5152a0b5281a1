"""`make bench`: prints one table of ratios and figures, each beside its target, as they come.

Every part has a limit of time and fails alone. The answer is 1 when a row missed its target.
"""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Callable, Iterator
from functools import partial

from bench import desk, engine, first_page, grid, memory, throughput, web
from bench.scratch import Ground, ground, large
from bench.table import Row, Table

Part = tuple[str, int, Callable[[], Iterator[Row]]]


def parts(here: Ground, rooms: int, bookings: int) -> list[Part]:
    """What needs the small database, in order; the grid opens the large one beside it."""
    return [
        ("booking", 300, partial(throughput.figures, here)),
        ("web", 300, partial(web.figures, here)),
        ("desk", 300, partial(desk.figures, here)),
        ("memory", 300, partial(memory.figures, here)),
        ("grid", 1500, partial(grid.figures, here, partial(large, rooms, bookings), rooms)),
    ]


def main() -> int:
    """Run the parts that were asked for."""
    parser = argparse.ArgumentParser(prog="python -m bench")
    parser.add_argument("--bookings", type=int, default=1_000_000, help="bookings of the large one")
    parser.add_argument("--rooms", type=int, default=200, help="spaces of the large venue")
    parser.add_argument("--only", default="", help="some parts: engine,booking,web,desk,memory,…")
    asked = parser.parse_args()
    only = set(filter(None, asked.only.split(",")))
    logging.disable(logging.INFO)
    table = Table()
    table.head()
    if not only or "engine" in only:
        table.part("engine", 300, engine.figures)
    if not only or only - {"engine", "first-page"}:
        with ground() as here:
            for name, seconds, rows in parts(here, asked.rooms, asked.bookings):
                if not only or name in only:
                    table.part(name, seconds, rows)
    if not only or "first-page" in only:
        table.part("first-page", 400, first_page.figures)
    return table.foot()


if __name__ == "__main__":
    sys.exit(main())
