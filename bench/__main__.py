"""`make bench`: prints one table of ratios and figures, each beside its target."""

from __future__ import annotations

import argparse
import logging
import os
import sys

from app.core import clock
from bench import desk, engine, grid, memory, throughput
from bench.scratch import ground


def main() -> int:
    """Run the parts that were asked for; 1 when a target is missed."""
    parser = argparse.ArgumentParser(prog="python -m bench")
    parser.add_argument("--bookings", type=int, default=1_000_000, help="bookings seeded")
    parser.add_argument("--rooms", type=int, default=200, help="spaces of the large venue")
    asked = parser.parse_args()
    logging.disable(logging.INFO)
    rows: list[tuple[str, str, str, bool]] = []
    rows += engine.figures()
    with ground() as here:
        rows += throughput.figures(here)
        rows += desk.figures(here)
        rows += memory.figures(here)
        rows += grid.figures(here, asked.rooms, asked.bookings)
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    print(f"{clock.now():%Y-%m-%d}, {os.cpu_count()} processors, load {load}\n")
    print(f"{'what':<62}{'figure':>22}   target")
    for what, figure, target, ok in rows:
        print(f"{what:<62}{figure:>22}   {target}{'' if ok else '   MISSED'}")
    return 0 if all(ok for *_rest, ok in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
