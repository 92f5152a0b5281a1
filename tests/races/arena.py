"""A server with several processes on the test database, and many clients at the same instant."""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from scripts.pg import ROOT

PATIENCE = 250.0  # seconds: a busy machine serves late, and late is not wrong


@dataclass(frozen=True)
class Answer:
    """One answer and how long it took. Status 0: the connection broke."""

    status: int
    body: dict[str, Any]
    seconds: float


@dataclass(frozen=True)
class Server:
    """A running gunicorn."""

    port: int
    host: str
    token: str
    pid: int

    def call(
        self, method: str, path: str, body: object = None, *, key: str | None = None
    ) -> Answer:
        """One request on a connection of its own."""
        began = time.perf_counter()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        headers = {
            "Host": self.host,
            "Authorization": f"Bearer {self.token}",
            "Content-Type": "application/json",
        }
        if key:
            headers["Idempotency-Key"] = key
        try:
            connection.request(
                method, path, json.dumps(body) if body is not None else None, headers
            )
            answer = connection.getresponse()
            text = answer.read()
            kind = answer.headers.get("Content-Type", "")
            read = json.loads(text) if "json" in kind else {}
            return Answer(answer.status, read, time.perf_counter() - began)
        except (OSError, http.client.HTTPException):
            return Answer(0, {}, time.perf_counter() - began)
        finally:
            connection.close()


@contextmanager
def serving(
    environ: dict[str, str], host: str, token: str, *, workers: int = 2, threads: int = 4
) -> Iterator[Server]:
    """Gunicorn on a free port until the block ends."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "gunicorn", "--worker-class", "gthread"),
            *("--workers", str(workers), "--threads", str(threads), "--backlog", "2048"),
            *("--bind", f"127.0.0.1:{port}", "--no-control-socket", "--log-level", "error"),
            "wsgi:app",
        ],
        cwd=ROOT,
        env={**os.environ, **environ},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    made = Server(port, host, token, process.pid)
    try:
        end = time.monotonic() + 120
        while made.call("GET", "/healthz").status != 200:
            assert time.monotonic() < end, "the server does not answer"
            assert process.poll() is None, "the server died"
            time.sleep(0.1)
        yield made
    finally:
        process.terminate()
        process.wait(120)


def at_once(acts: Sequence[Callable[[], Any]]) -> list[Any]:
    """Do all of it in threads that start together; answers in order."""
    gate = threading.Barrier(len(acts))
    answers: list[Any] = [None] * len(acts)

    def run(index: int) -> None:
        gate.wait()
        answers[index] = acts[index]()

    threads = [threading.Thread(target=run, args=(n,)) for n in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def percentile(values: Sequence[float], share: float) -> float:
    """The value that this share of them does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
