"""The demo's processes on a database of their own, for the journeys, the page bench and the pictures.

    with house.opened(folder, server, days=28) as open_house: open_house.url("moulin", "/reserver")
"""

from __future__ import annotations

import email
import email.policy
import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Any, TypeVar

import psycopg
from psycopg import sql

from scripts import demo, pg
from scripts.supervisor import Supervisor

PATIENCE = 30.0
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
        return found  # type: ignore[return-value]  # the default policy makes EmailMessage

    def ask(self, query: str, **values: Any) -> list[tuple[Any, ...]]:
        """Ask the tables, as their owner."""
        with psycopg.connect(self.owner_url, autocommit=True) as connection:
            return connection.execute(query, values).fetchall()  # type: ignore[arg-type]


@contextmanager
def database(server: dict[str, str]) -> Iterator[dict[str, str]]:
    """A new database on a running server, dropped at the end."""
    name = f"house_{secrets.token_hex(4)}"
    with psycopg.connect(server["OWNER_DATABASE_URL"], autocommit=True) as owner:
        owner.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
    try:
        yield {key: url.rsplit("/", 1)[0] + "/" + name for key, url in server.items()}
    finally:
        with psycopg.connect(server["OWNER_DATABASE_URL"], autocommit=True) as owner:
            owner.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


def furnish(env: dict[str, str], days: int) -> None:
    """Schema, then the sample venues with so many days behind them."""
    for words in (["alembic", "upgrade", "head"], ["app.demo", "--days", str(days)]):
        done = subprocess.run(
            [sys.executable, "-m", *words], cwd=pg.ROOT, env=env, capture_output=True, text=True
        )
        if done.returncode:
            raise pg.Trouble(f"{' '.join(words)} failed:\n{done.stderr[-3000:]}")


@contextmanager
def opened(folder: Path, server: dict[str, str], days: int = 28) -> Iterator[House]:
    """Web, worker, clock, mail catcher and fake Stripe with the sample venues; all gone at the end."""
    folder.mkdir(parents=True, exist_ok=True)
    supervisor = Supervisor(demo.say)
    with database(server) as urls:
        ports = {name: pg.free_port(None) for name in demo.PORTS}
        env = demo.surroundings(urls, ports, folder)
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
