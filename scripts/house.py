"""The demo's processes on a database of their own, for journeys, page bench and pictures.

with house.opened(folder, server, days=28) as open_house: open_house.url("moulin", "/reserver")
"""

from __future__ import annotations

import email
import email.policy
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, TypeVar

import psycopg
from psycopg import sql

from scripts import demo, pg
from scripts.supervisor import Supervisor

PATIENCE = 120.0  # a busy machine delivers late, and late is not wrong
CALM = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
Found = TypeVar("Found")


def wait_for(what: Callable[[], Found], seconds: float = PATIENCE) -> Found:
    """The first true answer; in vain is an error."""
    end = time.monotonic() + seconds
    while not (found := what()):
        if time.monotonic() > end:
            raise TimeoutError("waited in vain")
        time.sleep(0.1)
    return found


@dataclass(frozen=True)
class Answer:
    """What one request gave."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """The body as words."""
        return self.body.decode("utf-8", "ignore")


@dataclass(frozen=True)
class House:
    """Where everything answers."""

    folder: Path
    ports: dict[str, int]
    owner_url: str
    env: dict[str, str]

    def url(self, host: str, path: str = "/") -> str:
        """An address of a venue (`moulin`) or of the network (`reseau`)."""
        return f"http://{host}.localhost:{self.ports['web']}{path}"

    def letters(self, to: str) -> list[EmailMessage]:
        """What was delivered to an address, oldest first."""
        found = []
        for path in sorted((self.folder / "mail").glob("*.eml")):
            read = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            if to in str(read["To"]):
                found.append(read)
        return found

    def fetch(self, host: str, path: str, method: str = "GET", **more: str) -> Answer:
        """Ask without a browser (`*.localhost` is not in every resolver); nothing is followed.
        `more` are headers."""
        asked = HTTPConnection("127.0.0.1", self.ports["web"], timeout=60)
        name = f"{host}.localhost:{self.ports['web']}"
        asked.request(method, path, headers={"Host": name, "Accept-Language": "fr"} | more)
        answer = asked.getresponse()
        found = Answer(answer.status, dict(answer.getheaders()), answer.read())
        asked.close()
        return found

    def ask(self, query: str, **values: Any) -> list[tuple[Any, ...]]:
        """Ask the tables, as their owner."""
        with psycopg.connect(self.owner_url, autocommit=True) as connection:
            return connection.execute(query, values).fetchall()


def chromium() -> str:
    """The path of a browser, empty when there is none."""
    found = os.environ.get("CHROMIUM", "")
    if not found:
        told = subprocess.run(
            [pg.ROOT / "scripts/browser"], capture_output=True, text=True, check=False
        )
        found = told.stdout.strip()
    return found


def server() -> dict[str, str]:
    """Both addresses of the environment, else the project's own fast cluster, started."""
    names = ("DATABASE_URL", "OWNER_DATABASE_URL")
    if all(os.environ.get(name) for name in names):
        return {name: os.environ[name] for name in names}
    cluster = pg.Cluster(pg.ROOT / ".pg-test", fast=True)
    pg.start(cluster)
    return cluster.variables()


@contextmanager
def database(server: dict[str, str]) -> Iterator[dict[str, str]]:
    """A new database on a running server, dropped at the end."""
    name = f"house_{secrets.token_hex(4)}"
    with psycopg.connect(server["OWNER_DATABASE_URL"], autocommit=True) as owner:
        owner.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
    try:
        yield {key: url.rsplit("/", 1)[0] + "/" + name for key, url in server.items()}
    finally:
        wait_for(lambda: _dropped(server["OWNER_DATABASE_URL"], name))


def _dropped(owner_url: str, name: str) -> bool:
    """Drop it; False while the server's own cleaning, which no owner may end, is inside."""
    gone = sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name))
    try:
        with psycopg.connect(owner_url, autocommit=True) as owner:
            owner.execute(gone)
    except (psycopg.errors.InsufficientPrivilege, psycopg.errors.ObjectInUse):
        return False
    return True


def furnish(env: dict[str, str], days: int) -> None:
    """Schema, then the sample venues with so many days behind them. Minutes of learning would only
    take the processor from what is looked at."""
    seed = ["app.demo", "--days", str(days), "--no-night"]
    for words in (["alembic", "upgrade", "head"], seed):
        done = subprocess.run(
            [sys.executable, "-m", *words],
            cwd=pg.ROOT,
            env=env,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise pg.Trouble(f"{' '.join(words)} failed:\n{done.stderr[-3000:]}")


@contextmanager
def opened(folder: Path, server: dict[str, str], days: int = 28) -> Iterator[House]:
    """Everything that `make demo` starts, with the sample venues; all gone at the end."""
    folder.mkdir(parents=True, exist_ok=True)
    supervisor = Supervisor(demo.say)
    with database(server) as urls:
        ports = {name: pg.free_port(None) for name in demo.PORTS}
        env = demo.surroundings(urls, ports, folder)
        demo.count_anew(env)
        children = demo.cast(env, ports, folder)
        try:
            for child in children[:2]:
                supervisor.start(child)
            furnish(env, days)
            for child in children[2:]:
                supervisor.start(child)
            demo.wait_until_ready(ports["web"], supervisor)
            yield House(folder, ports, urls["OWNER_DATABASE_URL"], env)
        finally:
            supervisor.stop()
