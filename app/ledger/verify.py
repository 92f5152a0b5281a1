"""Read the chain from its first link and say where it breaks: which row, and how.

Asks tables and anchors only, so that the doctor, a page and a test run the same words. Whoever
rebuilds the chain without its key, or cuts its end off, is found: the key is not in the database,
and the anchors are not either.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, text

from app.ledger.anchor import Anchor
from app.ledger.chain import GENESIS, Keys, Movement, link, rows_of
from app.ledger.seal import PART, movements

SEALS = text("""
select id, number, entry_id, rows, digest, key_id from ledger_seal
 where tenant_id = :tenant and number > :after order by number limit :part
""")
FORGOTTEN = text("""
select e.id from ledger_entry e
 where e.tenant_id = :tenant and e.posted_at < now() - interval '1 hour'
   and e.event <> 'imported'
   and not exists (select from ledger_seal s where s.tenant_id = e.tenant_id and s.entry_id = e.id)
 order by e.id limit 100
""")


@dataclass(frozen=True)
class Break:
    """A row that does not say what was sealed. `what` is a word for programs."""

    what: str
    table: str
    row_id: int
    number: int


def breaks(
    connection: Connection, tenant: int, keys: Keys, anchors: list[Anchor] | None = None
) -> Iterator[Break]:
    """Every break of one tenant's chain, in order; nothing when all is well."""
    number, before = 0, GENESIS
    at = {anchor.number: anchor.digest for anchor in anchors or []}
    while True:
        found = connection.execute(SEALS, {"tenant": tenant, "after": number, "part": PART}).all()
        moves = {
            move.entry_id: move
            for move in movements(connection, tenant, [seal.entry_id for seal in found])
        }
        for seal in found:
            if seal.number != number + 1:
                yield Break("seal_gone", "ledger_seal", seal.id, number + 1)
                before = ""
            yield from _link_breaks(seal, moves.get(seal.entry_id), before, keys)
            number, before = seal.number, seal.digest
            if at.get(number, before) != before:
                yield Break("not_as_anchored", "ledger_seal", seal.id, number)
        if len(found) < PART:
            break
    yield from (Break("cut_off", "ledger_seal", 0, n) for n in sorted(at) if n > number)
    for entry_id in connection.execute(FORGOTTEN, {"tenant": tenant}).scalars():
        yield Break("unsealed", "ledger_entry", entry_id, 0)


def _link_breaks(seal: Row[Any], move: Movement | None, before: str, keys: Keys) -> Iterator[Break]:
    """What is wrong with one link: the rows first, then the seal itself."""
    if seal.key_id not in keys.known:
        yield Break("unknown_key", "ledger_seal", seal.id, seal.number)
        return
    if move is None:
        yield Break("entry_gone", "ledger_entry", seal.entry_id, seal.number)
        return
    rows = rows_of(move, keys, seal.key_id)
    wrong = list(_row_breaks(seal, rows))
    fits = link(seal.number, move, rows, before, keys, seal.key_id) == seal.digest
    if wrong and not fits:
        yield from wrong
    elif wrong or (before and not fits):
        yield Break("seal_changed", "ledger_seal", seal.id, seal.number)


def _row_breaks(seal: Row[Any], now: dict[str, Any]) -> Iterator[Break]:
    if now["entry"] != seal.rows.get("entry"):
        yield Break("entry_changed", "ledger_entry", seal.entry_id, seal.number)
    was: dict[str, str] = seal.rows.get("lines", {})
    for name in sorted(was.keys() | now["lines"].keys(), key=int):
        if name not in now["lines"]:
            yield Break("line_gone", "ledger_line", int(name), seal.number)
        elif name not in was:
            yield Break("line_added", "ledger_line", int(name), seal.number)
        elif was[name] != now["lines"][name]:
            yield Break("line_changed", "ledger_line", int(name), seal.number)
