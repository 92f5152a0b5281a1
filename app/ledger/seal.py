"""Put entries in their place in the chain: in order, without gaps, a moment after they were posted.

Not while a booking waits: a chain is a queue of one, and every sale of a venue would stand in it
(docs/decisions/0004). A job seals what was committed; until then grants and triggers hold.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import Connection, Row, insert, text

from app.core import locks
from app.ledger.chain import GENESIS, Keys, Movement, link, rows_of
from app.ledger.models import LedgerSeal

# How far back a sealing run looks for entries that committed late; once a day it looks at all.
LOOK_BACK = 2_000
PART = 1_000

# What began a moment ago may still commit: left for the next run, days stay in order.
SETTLE = dt.timedelta(minutes=2)

LOCK = text("select pg_advisory_xact_lock(:space, :tenant)")
LAST = text(
    "select number, digest from ledger_seal where tenant_id = :tenant order by number desc limit 1"
)
FLOOR = text("""
select coalesce(min(entry_id), 0) from (
  select entry_id from ledger_seal where tenant_id = :tenant order by number desc limit :back
) recent
""")
UNSEALED = text("""
select e.id from ledger_entry e
 where e.tenant_id = :tenant and e.id >= :floor and e.event <> 'imported'
   and e.posted_at < now() - :settle
   and not exists (select from ledger_seal s where s.tenant_id = e.tenant_id and s.entry_id = e.id)
 order by e.posted_at, e.id
""")
ENTRIES = text("""
select tenant_id, id, posted_at, source, source_id, event, currency, memo from ledger_entry
 where tenant_id = :tenant and id = any(:ids)
""")
LINES = text("""
select entry_id, id, account, vat_bp, amount_cents from ledger_line
 where tenant_id = :tenant and entry_id = any(:ids) order by id
""")


def seal(
    connection: Connection,
    tenant: int,
    keys: Keys,
    *,
    everything: bool = False,
    settle: dt.timedelta = SETTLE,
) -> int:
    """Seal what was posted since; how many entries. Two runs at once wait for each other.

    What another software sold (`imported`) is history: it is not in our chain.
    """
    connection.execute(LOCK, {"space": locks.LEDGER, "tenant": tenant % 2**31})
    last = connection.execute(LAST, {"tenant": tenant}).one_or_none()
    number, before = (last.number, last.digest) if last else (0, GENESIS)
    floor = (
        0
        if everything or last is None
        else connection.execute(FLOOR, {"tenant": tenant, "back": LOOK_BACK}).scalar_one()
    )
    named = {"tenant": tenant, "floor": floor, "settle": settle}
    waiting = list(connection.execute(UNSEALED, named).scalars())
    for part in parts(waiting):
        rows = []
        for move in movements(connection, tenant, part):
            number += 1
            seal_row = _sealed(number, move, before, keys)
            before = seal_row["digest"]
            rows.append(seal_row)
        connection.execute(insert(LedgerSeal), rows)
    return len(waiting)


def _sealed(number: int, move: Movement, before: str, keys: Keys) -> dict[str, Any]:
    rows = rows_of(move, keys)
    return {
        "tenant_id": move.tenant_id,
        "number": number,
        "entry_id": move.entry_id,
        "rows": rows,
        "digest": link(number, move, rows, before, keys, keys.current),
        "key_id": keys.current,
    }


def parts(ids: list[int]) -> Iterator[list[int]]:
    """A long list in pieces that fit in memory."""
    for start in range(0, len(ids), PART):
        yield ids[start : start + PART]


def movements(connection: Connection, tenant: int, ids: list[int]) -> Iterator[Movement]:
    """Entries with their lines, in the order of the ids; one that is gone is left out."""
    named = {"tenant": tenant, "ids": ids}
    lines: dict[int, list[tuple[int, str, int | None, int]]] = {one: [] for one in ids}
    for entry_id, *line in connection.execute(LINES, named):
        lines[entry_id].append((line[0], line[1], line[2], line[3]))
    found = {row.id: row for row in connection.execute(ENTRIES, named)}
    yield from (_movement(found[one], lines[one]) for one in ids if one in found)


def _movement(row: Row[Any], lines: Iterable[tuple[int, str, int | None, int]]) -> Movement:
    return Movement(
        row.tenant_id,
        row.id,
        row.posted_at,
        row.source,
        row.source_id,
        row.event,
        row.currency,
        row.memo,
        tuple(lines),
    )
