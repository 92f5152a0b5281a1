"""What a web worker weighs under gunicorn once it has answered some hundreds of requests."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.desk import sign_in
from bench.grid import Row
from bench.scratch import Ground
from scripts.pg import ROOT

WORKERS, REQUESTS, MOST = 2, 200, 120
PATHS = ("/reserver", "/gestion")


@contextmanager
def _gunicorn(ground: Ground) -> Iterator[tuple[int, int]]:
    """The web server of `make demo`; its port and process."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    env = {
        **os.environ,
        "DATABASE_URL": ground.settings.database_url,
        "SECRET_KEY": ground.settings.secret_key,
        "PUBLIC_SCHEME": "http",
        "STORAGE_DIR": ground.settings.storage,
    }
    words = ["gunicorn", "--worker-class", "gthread", "--workers", str(WORKERS), "--threads", "4"]
    words += ["--preload", "--no-control-socket", "--bind", f"127.0.0.1:{port}", "wsgi:app"]
    with subprocess.Popen(
        [sys.executable, "-m", *words],
        cwd=ROOT,
        env=env,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as server:
        try:
            yield port, server.pid
        finally:
            server.terminate()
            try:
                server.wait(15)
            except subprocess.TimeoutExpired:
                server.kill()


def _get(port: int, host: str, path: str, cookie: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("GET", path, headers={"Host": host, "Cookie": cookie})
        answer = connection.getresponse()
        answer.read()
    except OSError:  # not open yet
        return 0
    finally:
        connection.close()
    return answer.status


def _megabytes(pid: int, what: str) -> float:
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith(f"{what}:"):
            return int(line.split()[1]) / 1024
    raise LookupError(what)


def figures(ground: Ground) -> list[Row]:
    """Proportional set size of the heaviest worker: shared pages are divided by who shares them."""
    host = ground.world.a.host
    browser = ground.app.test_client()
    sign_in(browser, host, "alice")
    name = ground.app.config["SESSION_COOKIE_NAME"]
    kept = browser.get_cookie(name, domain=host)
    assert kept is not None
    cookie = f"{name}={kept.value}"
    with _gunicorn(ground) as (port, master):
        until = time.monotonic() + 120
        while _get(port, host, "/healthz", "") != 200 and time.monotonic() < until:
            time.sleep(0.3)
        for turn in range(REQUESTS):
            path = PATHS[turn % 2]
            status = _get(port, host, path, cookie)
            assert status == 200, (path, status)
        told = Path(f"/proc/{master}/task/{master}/children").read_text().split()
        workers = [int(pid) for pid in told]
        heaviest = max(_megabytes(pid, "Pss") for pid in workers)
        resident = max(_megabytes(pid, "Rss") for pid in workers)
    return [
        (
            f"web worker, {WORKERS} of them, after {REQUESTS} requests, PSS",
            f"{heaviest:.0f} MB",
            f"<= {MOST} MB",
            heaviest <= MOST,
        ),
        ("  resident, shared pages counted whole", f"{resident:.0f} MB", "told", True),
    ]
