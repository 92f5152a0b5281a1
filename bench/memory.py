"""What a web worker weighs under gunicorn once it has answered some hundreds of requests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bench.desk import signed_in
from bench.scratch import Ground
from bench.serving import WORKERS, gunicorn
from bench.table import Row, at_most

REQUESTS = 200
PATHS = ("/reserver", "/gestion")


def _megabytes(pid: int, what: str) -> float:
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith(f"{what}:"):
            return int(line.split()[1]) / 1024
    raise LookupError(what)


def figures(ground: Ground) -> Iterator[Row]:
    """Proportional set size of the heaviest worker: shared pages are divided by who shares them."""
    host = ground.world.a.host
    cookie = signed_in(ground, host, "alice")
    with gunicorn(ground) as server:
        for turn in range(REQUESTS):
            path = PATHS[turn % 2]
            status = server.get(host, path, cookie)
            assert status == 200, (path, status)
        heaviest = max(_megabytes(pid, "Pss") for pid in server.workers)
        resident = max(_megabytes(pid, "Rss") for pid in server.workers)
    what = f"web worker, {WORKERS} of them, after {REQUESTS} requests, PSS"
    yield at_most(what, heaviest, 120, "MB")
    yield Row("  resident, shared pages counted whole", f"{resident:.0f} MB")
