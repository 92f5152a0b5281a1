"""A word outside the database, once a day: how far each series of documents went and its last seal.

Whoever has the key and rebuilds the chain, or cuts its end off with its counter, contradicts it.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy import Connection, select, text

from app.core import tenancy
from app.core.db import db
from app.core.files import Storage
from app.invoicing.models import Document
from app.invoicing.numbering import SERIES
from app.ledger.anchor import MEDIA_TYPE, Forged
from app.ledger.chain import Keys, canonical
from app.ledger.verify import Break

log = structlog.get_logger("documents")
SEAL_AT = text("""
select seal from document
 where tenant_id = :tenant and series = :series and year = :year and number = :number
""")
BACK = 400
"""Days of anchors that are read again: every year of the archive is met once more in the next."""


@dataclass(frozen=True)
class Contradiction:
    """An anchor says something else than the table. `what` is a word for programs."""

    what: str
    day: dt.date
    series: str
    name: str


def name_of(tenant_id: int, day: dt.date) -> str:
    """Where an anchor lies: it can be found without any table."""
    return f"{tenant_id}/anchors/documents-{day.isoformat()}.json"


def _last(series: str) -> Document | None:
    return db.session.scalars(
        select(Document)
        .where(Document.series == series, Document.tenant_id == tenancy.tenant_id())
        .order_by(Document.year.desc(), Document.number.desc())
        .limit(1)
    ).one_or_none()


def lay(store: Storage, day: dt.date, keys: Keys) -> bool:
    """Put down how the series stand; False without a document, or when that day has its anchor:
    what was written is never written over."""
    tenant = tenancy.tenant_id()
    ends = {}
    for series in sorted(set(SERIES.values())):
        last = _last(series)
        if last is not None:
            ends[series] = {"year": last.year, "number": last.number, "seal": last.seal}
    if not ends or read(store, tenant, day, keys) is not None:
        return False
    said = {"tenant": tenant, "day": day.isoformat(), "series": ends}
    signed = said | {"key": keys.current, "mac": keys.mac(said)}
    store.put(name_of(tenant, day), canonical(signed), MEDIA_TYPE)
    return True


def read(store: Storage, tenant_id: int, day: dt.date, keys: Keys) -> dict[str, Any] | None:
    """What the anchor of a day says of each series; refuses with `Forged` one that no key of ours
    signed."""
    try:
        raw = store.get(name_of(tenant_id, day))
    except FileNotFoundError:
        return None
    try:
        signed = json.loads(raw)
        said, key_id = signed.pop("mac"), signed.pop("key")
        if keys.mac(signed, key_id) != said or signed["tenant"] != tenant_id:
            raise Forged(name_of(tenant_id, day))
        found: dict[str, Any] = signed["series"]
    except (KeyError, TypeError, ValueError) as error:
        raise Forged(name_of(tenant_id, day)) from error
    return found


def contradictions(store: Storage, today: dt.date, keys: Keys) -> Iterator[Contradiction]:
    """Every anchor that is forged, or whose document is gone or has another seal now."""
    db.session.flush()  # what is read below is the tables' own
    yield from contradictions_in(db.session.connection(), tenancy.tenant_id(), store, today, keys)


def contradictions_in(
    connection: Connection, tenant: int, store: Storage, today: dt.date, keys: Keys
) -> Iterator[Contradiction]:
    """The same of any venue that a connection sees, for the doctor and the nightly reading."""
    for back in range(BACK, -1, -1):
        day = today - dt.timedelta(days=back)
        try:
            said = read(store, tenant, day, keys)
        except Forged:
            yield Contradiction("anchor_forged", day, "", "")
            continue
        for series, end in (said or {}).items():
            asked = {"tenant": tenant, "series": series} | {k: end[k] for k in ("year", "number")}
            seal = connection.execute(SEAL_AT, asked).scalar_one_or_none()
            if seal != end["seal"]:
                what = "cut_off" if seal is None else "not_as_anchored"
                yield Contradiction(what, day, series, f"{end['year']}-{end['number']:04d}")


def as_breaks(
    connection: Connection, tenant: int, store: Storage, today: dt.date, keys: Keys
) -> Iterator[Break]:
    """Contradictions as the nightly reading of the books keeps them, and a page shows them."""
    for one in contradictions_in(connection, tenant, store, today, keys):
        yield Break(one.what, f"document {one.name or one.day.isoformat()}", 0, 0)


def nightly(store: Storage, today: dt.date, keys: Keys) -> list[Contradiction]:
    """Anchor the ends of today, then hold all anchors against the table; what does not fit is told
    aloud."""
    lay(store, today, keys)
    found = list(contradictions(store, today, keys))
    for one in found:
        log.error("documents are not as anchored", tenant=tenancy.tenant_id(), **vars(one))
    return found
