"""A year of the accounts as one file that proves itself: entries, closures, anchors, the journal,
and the few lines of Python that read it all again on a machine without us."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import select, text

from app.core import slots, tenancy
from app.core.db import db
from app.core.files import Storage
from app.ledger import anchor
from app.ledger.chain import GENESIS, SHORT, Keys, canonical
from app.ledger.journal import Span
from app.ledger.models import LedgerClosure
from app.ledger.seal import PART, movements

READER = Path(__file__).with_name("reader.py")
EPOCH = (1980, 1, 1, 0, 0, 0)  # the same archive has the same bytes
SEALED = text("""
select s.number, s.entry_id, s.rows, s.digest, s.key_id from ledger_seal s
  join ledger_entry e on e.tenant_id = s.tenant_id and e.id = s.entry_id
 where s.tenant_id = :tenant and e.posted_at >= :start and e.posted_at < :end order by s.number
""")
BEFORE = text("select digest from ledger_seal where tenant_id = :tenant and number = :number")


def build(span: Span, keys: Keys, anchors: Storage, journal: tuple[str, bytes]) -> bytes:
    """The archive of closed days; the same days give the same bytes. `journal` is a name and the
    bytes of the sales journal."""
    entries = list(_entries(span))
    files = {
        "entries.jsonl": _jsonl(entries),
        "closures.jsonl": _jsonl(_closures(span)),
        **dict(_anchors(span, anchors)),
        journal[0]: journal[1],
        "verify.py": READER.read_bytes(),
    }
    manifest: dict[str, Any] = {
        "tenant": tenancy.tenant_id(),
        "first": span.first.isoformat(),
        "last": span.last.isoformat(),
        "clock": str(span.zone),
        "before": _digest_before(entries),
        "files": {name: hashlib.sha256(content).hexdigest() for name, content in files.items()},
    }
    signed = manifest | {"key": keys.current, "mac": keys.mac(manifest)}
    return _zipped({"manifest.json": canonical(signed), **files})


def _zipped(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, EPOCH), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _jsonl(rows: Any) -> bytes:
    return b"".join(canonical(row) + b"\n" for row in rows)


def _entries(span: Span) -> Iterator[dict[str, Any]]:
    """Sealed entries of the span in the order of their numbers, with all that was digested."""
    tenant, connection = tenancy.tenant_id(), db.session.connection()
    seals = connection.execute(
        SEALED,
        {
            "tenant": tenant,
            "start": slots.day_bounds(span.first, span.zone).start,
            "end": slots.day_bounds(span.last, span.zone).end,
        },
    ).all()
    for start in range(0, len(seals), PART):
        part = {seal.entry_id: seal for seal in seals[start : start + PART]}
        for move in movements(connection, tenant, list(part)):
            seal = part[move.entry_id]
            yield {
                **move.head(),
                "number": seal.number,
                "day": move.posted_at.astimezone(span.zone).date().isoformat(),
                "lines": [list(line) for line in move.lines],
                "rows": seal.rows,
                "digest": seal.digest,
                "key": seal.key_id,
            }


def _digest_before(entries: list[dict[str, Any]]) -> str:
    """What the first entry of the archive leans on."""
    if not entries or entries[0]["number"] == 1:
        return GENESIS
    named = {"tenant": tenancy.tenant_id(), "number": entries[0]["number"] - 1}
    return str(db.session.execute(BEFORE, named).scalar_one())


def _closures(span: Span) -> Iterator[dict[str, Any]]:
    for row in db.session.scalars(
        select(LedgerClosure)
        .where(LedgerClosure.first_day >= span.first, LedgerClosure.last_day <= span.last)
        .order_by(LedgerClosure.last_day, LedgerClosure.kind, LedgerClosure.number)
    ):
        yield {"content": row.content, "digest": row.digest, "key": row.key_id}


def _anchors(span: Span, store: Storage) -> Iterator[tuple[str, bytes]]:
    """What lies outside the database of these days, byte for byte: of the books and of documents.
    A forged one goes along as it lies: the reader says so."""
    for back in range((span.last - span.first).days + 2):
        day = span.first + dt.timedelta(days=back)
        for kind in anchor.KINDS:
            name = f"anchors/{kind}{day.isoformat()}.json"
            try:
                yield name, store.get(f"{tenancy.tenant_id()}/{name}")
            except FileNotFoundError:
                continue


def short(digest: str) -> str:
    """A digest as people compare it."""
    return digest[:SHORT]
