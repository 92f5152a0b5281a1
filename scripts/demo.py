"""The whole product on one machine: database, web, clock, worker, mail catcher, fake Stripe.

    make demo        Ctrl-C stops everything. Settings and logs stay in .demo/, the data in .pg/.

Ports are the usual ones when free, else any. With DATABASE_URL (and OWNER_DATABASE_URL) set, that
server is used instead of the bundled one; with one address for both, a role is made that serves.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, fields
from pathlib import Path
from typing import IO

import psycopg
from alembic.script import ScriptDirectory

from app.config import VARIABLES, Settings
from app.payments.fake.server import PLATFORM_KEY
from scripts import pg, roles
from scripts.supervisor import Child, Supervisor

HOME = pg.ROOT / ".demo"
LOGINS = HOME / "logins.txt"
PORTS = {"web": 8000, "mailbox": 8025, "smtp": 1025, "stripe": 12111}
READY_WITHIN = 40.0
GRACE = 3  # seconds in which a page may be finished when all stops, well before LAST_WISHES


def say(text: str) -> None:
    print(text, flush=True)


@dataclass
class Clockwork:
    """Says each step and how long it took, so that a slow start shows where."""

    began: float

    def step(self, text: str) -> None:
        say(f"  {time.monotonic() - self.began:5.1f} s  {text}")


def only_one() -> IO[str]:
    """Hold .demo/lock for as long as we live; a second demo of this clone is refused."""
    HOME.mkdir(mode=0o700, exist_ok=True)
    lock = (HOME / "lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        raise pg.Trouble("this demo is running already; stop it with Ctrl-C first") from None
    return lock


def kept_secrets(home: Path = HOME) -> dict[str, str]:
    """Random on the first start, the same afterwards: sessions survive a restart."""
    path = home / "secrets.json"
    if not path.exists():
        made = {
            "SECRET_KEY": secrets.token_hex(32),
            "STRIPE_WEBHOOK_SECRET": f"whsec_{secrets.token_hex(16)}",
            "SERVING_PASSWORD": secrets.token_urlsafe(24),
        }
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump(made, file)
    kept: dict[str, str] = json.loads(path.read_text())
    return kept


def brought(own: dict[str, str] | None) -> dict[str, str] | None:
    """The operator's server with a role that owns and one that serves, whatever was told of it."""
    if own is None:
        return None
    kept = kept_secrets()
    password = kept.get("SERVING_PASSWORD") or kept["SECRET_KEY"][:32]  # a demo of before
    return roles.two(own["DATABASE_URL"], own["OWNER_DATABASE_URL"], password)


def surroundings(
    database: dict[str, str], ports: dict[str, int], home: Path = HOME
) -> dict[str, str]:
    """The environment that every process of the demo reads (app/config.py)."""
    return {
        **os.environ,
        **database,
        **kept_secrets(home),
        "PUBLIC_SCHEME": "http",
        "PUBLIC_PORT": str(ports["web"]),
        "PLATFORM_HOST": "plateforme.localhost",
        "SMTP_URL": f"smtp://127.0.0.1:{ports['smtp']}",
        "STRIPE_PLATFORM_KEY": PLATFORM_KEY,
        "STRIPE_API_BASE": f"http://127.0.0.1:{ports['stripe']}",
        "STORAGE_DIR": str(home / "files"),
        "PROMETHEUS_MULTIPROC_DIR": str(home / "metrics"),
        "LOG_FORMAT": "console",
        "PYTHONUNBUFFERED": "1",
    }


def write_down(env: dict[str, str], home: Path = HOME) -> None:
    """What this demo's processes were told, for a shell: `. .demo/env`."""
    read = {VARIABLES.get(f.name, f.name.upper()) for f in fields(Settings)}
    told = {name: value for name, value in env.items() if name in read}
    path = home / "env"
    path.touch(mode=0o600)
    path.write_text(pg.assignments(told) + "\n")


def cast(env: dict[str, str], ports: dict[str, int], home: Path = HOME) -> list[Child]:
    """Who runs, in the order of their entrance."""
    python = sys.executable
    webhook = f"http://{env['PLATFORM_HOST']}:{ports['web']}/hooks/stripe"
    commands = {
        "mailbox": [
            *(python, "-m", "scripts.mailbox", "--keep", str(home / "mail")),
            *("--smtp", str(ports["smtp"]), "--web", str(ports["mailbox"])),
        ],
        "stripe": [
            *(python, "-m", "app.payments.fake", "--port", str(ports["stripe"])),
            *("--state", str(home / "stripe"), "--webhook", webhook),
            *("--webhook-secret", env["STRIPE_WEBHOOK_SECRET"]),
        ],
        "web": [
            *(python, "-m", "gunicorn", "--worker-class", "gthread", "--workers", "2"),
            *("--threads", "4", "--preload", "--no-control-socket"),
            *("--graceful-timeout", str(GRACE)),
            *("--bind", f"127.0.0.1:{ports['web']}", "wsgi:app"),
        ],
        "worker": [python, "-m", "app.worker"],
        "clock": [python, "-m", "app.clock"],
    }
    logs = home / "logs"
    logs.mkdir(exist_ok=True)
    return [Child(name, command, env, logs / f"{name}.log") for name, command in commands.items()]


def do(supervisor: Supervisor, env: dict[str, str], *words: str) -> None:
    """Run one of our commands to its end, unless somebody asks to stop meanwhile."""
    command = [sys.executable, "-m", *words]
    with subprocess.Popen(command, cwd=pg.ROOT, env=env, start_new_session=True) as process:
        while process.poll() is None:
            if supervisor.stopping.wait(0.05):
                process.terminate()
                process.wait()
    if process.returncode:
        raise pg.Trouble(f"{' '.join(words)} failed")


def behind(owner_url: str) -> bool:
    """Are there migrations to run? Asked without loading the application: a restart is quick."""
    heads = ScriptDirectory(str(pg.ROOT / "migrations")).get_heads()
    with psycopg.connect(owner_url) as connection:
        found = connection.execute("select to_regclass('alembic_version')").fetchone()
        if not found or found[0] is None:
            return True
        applied = connection.execute("select version_num from alembic_version").fetchall()
    return {row[0] for row in applied} != set(heads)


def empty(owner_url: str) -> bool:
    with psycopg.connect(owner_url) as connection:
        return connection.execute("select 1 from network limit 1").fetchone() is None


def wait_until_ready(port: int, supervisor: Supervisor) -> None:
    until = time.monotonic() + READY_WITHIN
    while time.monotonic() < until and not supervisor.stopping.wait(0.2):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2):
                return
        except (urllib.error.URLError, OSError):
            continue
    if not supervisor.stopping.is_set():
        web = next(child for child in supervisor.children if child.name == "web")
        raise pg.Trouble(f"no web page after {READY_WITHIN:.0f} s:\n{web.tail(20)}")


def addresses(owner_url: str) -> list[tuple[str, str]]:
    """Each canonical host with the name of whom it shows."""
    query = """
        select d.host, coalesce(t.name, n.name || ' (réseau)')
          from domain d
          join network n on n.id = d.network_id
          left join tenant t on t.id = d.tenant_id
         where d.canonical order by n.id, t.id nulls first"""
    with psycopg.connect(owner_url) as connection:
        return [(str(host), str(name)) for host, name in connection.execute(query)]


def welcome(owner_url: str, ports: dict[str, int]) -> None:
    say("\nOpen in a browser on this machine:")
    for host, name in addresses(owner_url):
        say(f"  http://{host}:{ports['web']}  {name}")
    say(f"  http://localhost:{ports['mailbox']}  every e-mail the demo sends")
    say(LOGINS.read_text().rstrip())
    say(f"\nLogs: {HOME / 'logs'}    Ctrl-C stops everything.\n")


def count_anew(env: dict[str, str]) -> None:
    """An empty folder for what the web processes count together: they begin anew, so it does."""
    folder = Path(env["PROMETHEUS_MULTIPROC_DIR"])
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()


def perform(supervisor: Supervisor, database: dict[str, str], clockwork: Clockwork) -> None:
    ports = {name: pg.free_port(wanted) for name, wanted in PORTS.items()}
    env = surroundings(database, ports)
    count_anew(env)
    write_down(env)
    owner_url = database["OWNER_DATABASE_URL"]
    if behind(owner_url):
        do(supervisor, env, "alembic", "upgrade", "head")
        clockwork.step("schema up to date")
    early, late = cast(env, ports)[:3], cast(env, ports)[3:]
    for child in early:  # they wake up while the sample is written
        supervisor.start(child)
    if empty(owner_url) or not LOGINS.exists():
        do(supervisor, env, "app.demo", "--logins", str(LOGINS))
        clockwork.step("sample venues written")
    wait_until_ready(ports["web"], supervisor)
    if not supervisor.stopping.is_set():
        clockwork.step("open")
        welcome(owner_url, ports)
        for child in late:
            supervisor.start(child)
    supervisor.watch()


def main() -> int:
    supervisor = Supervisor(say)
    supervisor.listen()
    clockwork = Clockwork(time.monotonic())
    cluster = pg.Cluster(pg.ROOT / ".pg", fast=False)
    own = pg.operators_own()
    started = False
    try:
        _lock = only_one()
        if not own:
            started = not cluster.answers()
            pg.start(cluster)
            clockwork.step(f"PostgreSQL answers on port {cluster.port()}")
        perform(supervisor, brought(own) or cluster.variables(), clockwork)
    except pg.Trouble as trouble:
        if not supervisor.stopping.is_set():
            print(f"demo: {trouble}", file=sys.stderr)
            return 1
    finally:
        say("Stopping…")
        supervisor.stop()
        if started:
            pg.stop(cluster)
    return 0


if __name__ == "__main__":
    sys.exit(main())
