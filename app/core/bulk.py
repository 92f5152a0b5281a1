"""Many rows at once, in the entered tenant and under its row security."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any

from psycopg.types.json import Jsonb
from sqlalchemy import text

from app.core import tenancy
from app.core.db import Model, db

Row = dict[str, Any]
PART = 4000


def expect_many() -> None:
    """To be said before a transaction fills tables: look rows up by their keys from now on.

    Plans are made for a table as it was last counted. One that was empty then is read from end to
    end at every check of a foreign key and in every trigger, however much was written since.
    """
    db.session.execute(text("set local enable_seqscan = off"))
    db.session.execute(text("discard plans"))


def ids(model: type[Model], count: int) -> list[int]:
    """As many fresh ids of a table, in order."""
    table = model.__tablename__
    rows = db.session.execute(
        text("select nextval(pg_get_serial_sequence(:table, 'id')) from generate_series(1, :n)"),
        {"table": table, "n": count},
    )
    return list(rows.scalars())


def write(model: type[Model], rows: Sequence[Row], *, whole: str = "", once: bool = False) -> None:
    """Insert rows that all have the same columns; times, ranges and documents as JSON has them.

    Rows of one `whole` follow each other and go in one statement: lines of an entry balance. With
    `once` a row whose key is there already is left out.
    """
    if not rows:
        return
    columns = ", ".join(f'"{name}"' for name in rows[0])
    statement = text(
        f'insert into "{model.__tablename__}" (tenant_id, {columns}) select :tenant, {columns}'  # noqa: S608
        f' from jsonb_populate_recordset(null::"{model.__tablename__}", :rows)'
        f"{' on conflict do nothing' if once else ''}"
    )
    for part in _parts(rows, whole):
        plain = [{name: _plain(value) for name, value in row.items()} for row in part]
        db.session.execute(statement, {"tenant": tenancy.tenant_id(), "rows": Jsonb(plain)})


def _parts(rows: Sequence[Row], whole: str) -> Iterator[Sequence[Row]]:
    start = 0
    while start < len(rows):
        end = min(start + PART, len(rows))
        while whole and end < len(rows) and rows[end][whole] == rows[end - 1][whole]:
            end += 1
        yield rows[start:end]
        start = end


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, dt.date | dt.datetime) else value


def span(start: dt.datetime, end: dt.datetime) -> str:
    """A half-open range as PostgreSQL writes it."""
    return f"[{start.isoformat()},{end.isoformat()})"
