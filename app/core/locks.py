"""Advisory locks, taken late, once and in sorted order, so that nobody waits in a circle."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import text

from app.core.db import db, send

UNITS = 11
PAYMENT = 12
COUNTER = 13
IMPORT = 14
LEDGER = 15
BILLING = 16
TILL = 17
EVENTS = 18
DOORS = 19

THINKING = 900  # seconds that long work may compute between two questions to the database

WAIT = text(
    "select pg_advisory_xact_lock(:space, k) from"
    " (select unnest(cast(:keys as int[])) as k order by k) as sorted"
)


def hold(space: int, keys: Iterable[int]) -> None:
    """Wait for every lock `(space, key)` in order; PostgreSQL frees them at commit or rollback."""
    wanted = sorted({key % 2**31 for key in keys})
    if not wanted:
        return
    send(WAIT, {"space": space, "keys": wanted})


def patience(seconds: int) -> None:
    """How long this transaction may be silent before PostgreSQL undoes it and frees its locks.

    A process that is frozen, or cut off with its machine, would else keep them for ever.
    """
    db.session.execute(
        text("select set_config('idle_in_transaction_session_timeout', :limit, true)"),
        {"limit": f"{seconds}s"},
    )
