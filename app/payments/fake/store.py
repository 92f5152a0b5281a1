"""The state of the fake: one SQLite file of JSON documents, one writer at a time."""

import json
import secrets
import sqlite3
import string
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Doc = dict[str, Any]

SCHEMA = """
create table if not exists object (
  seq integer primary key autoincrement, id text unique not null, account text not null,
  kind text not null, created integer not null, doc text not null);
create index if not exists object_kind on object (account, kind, seq);
create index if not exists object_intent on object (kind, json_extract(doc, '$.payment_intent'));
create table if not exists api_key (key text primary key, account text not null);
create table if not exists idempotency (
  account text, key text, path text not null, digest text not null, created integer not null,
  request text not null, status integer, body text, primary key (account, key));
create table if not exists task (
  id integer primary key, due real not null, kind text not null, subject text not null);
create table if not exists delivery (
  id integer primary key, event text not null, endpoint text not null, due real not null,
  state text not null, attempts integer not null default 0, answer integer);
create index if not exists delivery_due on delivery (state, due);
create table if not exists knob (name text primary key, doc text not null);
"""
ALPHABET = string.ascii_letters + string.digits


def fresh_id(prefix: str, length: int = 24) -> str:
    """`prefix` followed by random letters and digits, as Stripe names its objects."""
    return prefix + "".join(secrets.choice(ALPHABET) for _ in range(length))


class Store:
    """Documents by id and account. Every read or write happens inside `transaction()`."""

    def __init__(self, path: Path | str = ":memory:") -> None:
        """Open or create the state; requests that a crash cut short become free again."""
        self._lock = threading.RLock()
        self._depth = 0
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._db.execute("pragma journal_mode=wal")
        self._db.execute("pragma synchronous=normal")
        self._db.executescript(SCHEMA)
        self._db.execute("delete from idempotency where status is null")
        self.offset = float(self.knob("clock").get("offset", 0))

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; nested use joins the outer one."""
        with self._lock:
            if self._depth == 0:
                self._db.execute("begin immediate")
            self._depth += 1
            try:
                yield
            except BaseException:
                self._depth -= 1
                if self._depth == 0:
                    self._db.execute("rollback")
                raise
            self._depth -= 1
            if self._depth == 0:
                self._db.execute("commit")

    def sql(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """The rows of one statement."""
        with self._lock:
            return self._db.execute(statement, values).fetchall()

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._db.close()

    # -- time ------------------------------------------------------------------------------
    def now(self) -> float:
        """Seconds since the epoch on the fake's own clock."""
        return time.time() + self.offset

    def advance(self, seconds: float) -> None:
        """Move the fake's clock; it stays moved after a restart."""
        self.offset += seconds
        self.turn("clock", {"offset": self.offset})

    # -- documents -------------------------------------------------------------------------
    def put(self, account: str, doc: Doc) -> Doc:
        """Store a document under its own id; its account never changes."""
        self.sql(
            "insert into object (id, account, kind, created, doc) values (?, ?, ?, ?, ?)"
            " on conflict (id) do update set doc = excluded.doc",
            doc["id"],
            account,
            doc["object"],
            doc.get("created", int(self.now())),
            json.dumps(doc),
        )
        return doc

    def get(self, account: str, kind: str, ident: str) -> Doc | None:
        """The document, or None when it is absent, of another kind or of another account."""
        rows = self.sql(
            "select doc from object where id = ? and account = ? and kind = ?",
            ident,
            account,
            kind,
        )
        return dict(json.loads(rows[0][0])) if rows else None

    def anywhere(self, ident: str) -> tuple[str, Doc] | None:
        """Account and document of an id, for pages and tasks that carry the id alone."""
        rows = self.sql("select account, doc from object where id = ?", ident)
        return (rows[0][0], json.loads(rows[0][1])) if rows else None

    def having(self, account: str, kind: str, **fields: Any) -> list[Doc]:
        """Documents whose top-level fields equal those given, newest first."""
        clauses = "".join(f" and json_extract(doc, '$.{name}') = ?" for name in fields)
        statement = (
            "select doc from object where account = ? and kind = ?"  # noqa: S608 names are ours
            f"{clauses} order by seq desc"
        )
        rows = self.sql(statement, account, kind, *fields.values())
        return [json.loads(row[0]) for row in rows]

    # -- things to do later ----------------------------------------------------------------
    def later(self, seconds: float, kind: str, subject: str) -> None:
        """Have the task `kind` run for `subject` after so many seconds of the fake's clock."""
        self.sql(
            "insert into task (due, kind, subject) values (?, ?, ?)",
            self.now() + seconds,
            kind,
            subject,
        )

    def due(self) -> list[tuple[str, str]]:
        """Take the tasks whose time has come, oldest first."""
        rows = self.sql(
            "select id, kind, subject from task where due <= ? order by due", self.now()
        )
        for row in rows:
            self.sql("delete from task where id = ?", row[0])
        return [(kind, subject) for _, kind, subject in rows]

    # -- knobs -----------------------------------------------------------------------------
    def knob(self, name: str) -> Doc:
        """What a knob is set to; empty when never touched."""
        rows = self.sql("select doc from knob where name = ?", name)
        return dict(json.loads(rows[0][0])) if rows else {}

    def turn(self, name: str, doc: Doc) -> None:
        """Set a knob."""
        self.sql("insert or replace into knob values (?, ?)", name, json.dumps(doc))
