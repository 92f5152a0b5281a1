"""Once a night: seal, close what ended, anchor the chain, read it all, keep what was found."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator

import structlog
from flask import current_app
from sqlalchemy import Connection, select, text

from app.core.db import db
from app.core.files import Storage, storage
from app.ledger import anchor, closing
from app.ledger.anchor import Anchor, Forged
from app.ledger.chain import Keys
from app.ledger.keys import keys
from app.ledger.models import LedgerCheck
from app.ledger.seal import LAST
from app.ledger.verify import Break, breaks
from app.tenants.models import Tenant

FIRST = text("select min(sealed_at) from ledger_seal where tenant_id = :tenant")
MOST = 50
Probe = Callable[[Connection, int, Storage, dt.date, Keys], Iterable[Break]]
MORE: list[Probe] = []
"""What features above hold against their own anchors: what they find is kept with the rest."""
log = structlog.get_logger("ledger")


def anchors() -> Storage:
    """Where anchors lie: a place of their own when one is set."""
    settings = current_app.config["SETTINGS"]
    return storage(settings.anchor_storage or settings.storage)


def round_of(tenant_id: int, now: dt.datetime) -> LedgerCheck:
    """The whole round of one tenant; the row that says what it found."""
    connection, ring = db.session.connection(), keys()
    closing.close_due(now, ring)  # seals first
    today = now.astimezone(db.session.get_one(Tenant, tenant_id).books_zone).date()
    lay_anchor(connection, tenant_id, today, ring)
    return check(tenant_id, today)


def lay_anchor(connection: Connection, tenant_id: int, day: dt.date, ring: Keys) -> bool:
    """Anchor the present end of the chain under a day; False without a chain, or done before."""
    last = connection.execute(LAST, {"tenant": tenant_id}).one_or_none()
    if last is None:
        return False
    return anchor.write(anchors(), Anchor(tenant_id, day, last.number, last.digest), ring)


def check(tenant_id: int, today: dt.date) -> LedgerCheck:
    """Read the whole chain against its anchors and keep what was found."""
    connection, ring = db.session.connection(), keys()
    last = connection.execute(LAST, {"tenant": tenant_id}).one_or_none()
    found = list(_found(connection, tenant_id, today, ring))
    for one in found:
        log.error("the chain is broken", tenant=tenant_id, **vars(one))
    row = LedgerCheck(
        number=last.number if last else 0,
        breaks=len(found),
        found=[vars(one) for one in found[:MOST]],
    )
    db.session.add(row)
    return row


def _found(connection: Connection, tenant_id: int, today: dt.date, ring: Keys) -> list[Break]:
    first = connection.execute(FIRST, {"tenant": tenant_id}).scalar_one()
    laid: list[Anchor] = []
    forged: list[Break] = []
    day = first.date() - dt.timedelta(days=1) if first else today
    while day <= today:
        try:
            laid += anchor.between(anchors(), tenant_id, day, day, ring)
        except Forged:
            forged.append(Break("anchor_forged", "anchor", day.toordinal(), 0))
        day += dt.timedelta(days=1)
    theirs = [one for ask in MORE for one in ask(connection, tenant_id, anchors(), today, ring)]
    return [*forged, *breaks(connection, tenant_id, ring, laid), *_altered(ring), *theirs]


def latest() -> LedgerCheck | None:
    """What the newest reading of the entered venue found."""
    return db.session.scalars(
        select(LedgerCheck).order_by(LedgerCheck.id.desc()).limit(1)
    ).one_or_none()


def _altered(ring: Keys) -> Iterator[Break]:
    """Closures that the ledger does not give again, or whose digest is not theirs."""
    for row, content, digest in closing.again(ring):
        if content != row.content.encode() or digest != row.digest:
            yield Break("closure_changed", "ledger_closure", row.id, row.number)
