"""Run an import: read it all, report every fault, apply all or nothing."""

from __future__ import annotations

from contextlib import suppress

from sqlalchemy import select, update

from app.core import clock, locks, outbox, tenancy
from app.core.db import db
from app.core.errors import Refused
from app.core.i18n import _
from app.spaces.models import Site
from app.transfer import bookings, spaces
from app.transfer.models import ImportRun
from app.transfer.sheet import Unreadable


def ask(run: ImportRun) -> ImportRun:
    """Put an import in the queue; the page follows its state."""
    db.session.add(run)
    db.session.flush()  # id for the job
    outbox.defer("transfer.run", run_id=run.id, lane="import")
    return run


def perform(run_id: int) -> ImportRun:
    """Read, then apply unless it is a trial. A fault leaves nothing behind but its report."""
    locks.hold(locks.IMPORT, [run_id])
    run = db.session.scalars(
        select(ImportRun).where(ImportRun.id == run_id).execution_options(populate_existing=True)
    ).one()
    if run.state in ("done", "refused"):
        return run
    try:
        run.rows, ignored = _attempt(run)
    except Unreadable as error:
        run.state, run.report = "refused", {"faults": [str(f) for f in error.faults]}
    except Refused as error:
        run.state, run.report = "refused", {"faults": [f"{run.file_name}: {error.text}"]}
    else:
        done = _("%(n)d ligne(s) lue(s).", n=run.rows)
        if ignored:
            unread = _("Colonnes ignorées : %(names)s.", names=", ".join(ignored))
            done = f"{done} {unread}"
        run.state, run.report = "done", {"text": done}
    run.ended_at = clock.now()
    return run


class _Trial(Exception):
    """Every row went in; now none shall stay."""


def _attempt(run: ImportRun) -> tuple[int, list[str]]:
    """How many rows it brings, written unless it is a trial, and the columns nobody reads."""
    found: tuple[int, list[str]] = 0, []
    with suppress(_Trial), db.session.begin_nested():
        found = _apply(run)
        if run.dry:
            raise _Trial
    return found


def _apply(run: ImportRun) -> tuple[int, list[str]]:
    site = db.session.scalars(select(Site).where(Site.id == run.site_id)).one()
    if run.what == "spaces":
        sheet = spaces.read(run.file_name, run.content)
        return len(spaces.apply(sheet, site)), sheet.ignored
    by = bookings.profile(run.profile)
    sheet, found = bookings.read(run.file_name, run.content, by, site.zone)
    rows = bookings.apply(
        sheet,
        found,
        bookings.by_name(),
        lambda rows: tell(run.id, rows, len(found)),
        dry=run.dry,
    )
    return rows, sheet.ignored


def tell(run_id: int, rows: int, total: int) -> None:
    """Say how far it is, in a transaction of its own: the import's is not seen before its end."""
    with db.engine.begin() as connection:
        connection.execute(tenancy.SET, tenancy.current().settings())
        connection.execute(
            update(ImportRun)
            .where(ImportRun.id == run_id)
            .values(state="running", rows=rows, report={"total": total})
        )
