"""The web server of `make demo` on a bench's database; it always ends."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from bench.scratch import Ground
from scripts.pg import ROOT

WORKERS, THREADS = 2, 4
TICKS = os.sysconf("SC_CLK_TCK")


class Server:
    """A running gunicorn: where it listens, its master process."""

    def __init__(self, port: int, master: int) -> None:
        self.port, self.master = port, master

    @property
    def workers(self) -> list[int]:
        """The processes that serve."""
        told = Path(f"/proc/{self.master}/task/{self.master}/children").read_text()
        return [int(pid) for pid in told.split()]

    def get(self, host: str, path: str, cookie: str = "") -> int:
        """The status of one page; 0 when nobody listens yet."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request("GET", path, headers={"Host": host, "Cookie": cookie})
            answer = connection.getresponse()
            answer.read()
        except OSError:
            return 0
        finally:
            connection.close()
        return answer.status

    def processor(self) -> float:
        """Seconds that all workers have used."""
        spent = 0
        for pid in self.workers:
            after = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            spent += int(after[11]) + int(after[12])
        return spent / TICKS


@contextmanager
def gunicorn(ground: Ground) -> Iterator[Server]:
    """Listening when the block begins; with all its workers gone when it ends."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    env = {
        **os.environ,
        "DATABASE_URL": ground.settings.database_url,
        "SECRET_KEY": ground.settings.secret_key,
        "PUBLIC_SCHEME": "http",
        "STORAGE_DIR": ground.settings.storage,
        "API_PER_MINUTE": "1000000",  # counted as ever, and never too many
    }
    words = ["gunicorn", "--worker-class", "gthread", "--workers", str(WORKERS)]
    words += ["--threads", str(THREADS), "--preload", "--no-control-socket"]
    words += ["--graceful-timeout", "5", "--bind", f"127.0.0.1:{port}", "wsgi:app"]
    null = subprocess.DEVNULL
    process = subprocess.Popen(
        [sys.executable, "-m", *words],
        cwd=ROOT, env=env, stdout=null, stderr=null, start_new_session=True,
    )  # fmt: skip
    try:
        made, until = Server(port, process.pid), time.monotonic() + 90
        while made.get("127.0.0.1", "/healthz") != 200:
            if process.poll() is not None or time.monotonic() > until:
                raise RuntimeError("gunicorn does not answer")
            time.sleep(0.2)
        yield made
    finally:
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Politely, then for good: the whole group, so that no worker is left behind."""
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(10)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(5)
