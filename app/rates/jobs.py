"""The nightly solve: one job per space, safe to run twice, yesterday's tables kept on failure."""

from __future__ import annotations

import datetime as dt

import structlog
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from app.core import clock, faults, locks, outbox
from app.core.db import db
from app.rates import attempt as attempts
from app.rates import halls, nightly, settings, tables, together
from app.rates.models import SolveRun
from app.rates.settings import Wanted
from app.spaces.models import Space

log = structlog.get_logger("rates")


@outbox.job("rates.solve_tenant")
def solve_tenant() -> None:
    """Defer a solve of every space on sale; forget tables that nothing stands on."""
    tables.sweep(clock.now())
    spaces = db.session.scalars(select(Space).where(Space.retired_at.is_(None))).all()
    for one in halls.leaders(spaces):
        outbox.defer("rates.solve_space", space_id=one.id, once=f"solve:{one.id}", lane="solve")


@outbox.job("rates.solve_space")
def solve_space(space_id: int) -> None:
    """Learn, choose, solve the coming days and store the tables, or say why not: of a space, and of
    those that share its walls."""
    locks.patience(locks.THINKING)
    space = db.session.scalars(select(Space).where(Space.id == space_id)).one()
    if space.retired_at is not None:
        return
    outcome = "done"
    found: together.Said = {one: {} for one in halls.solved_with(space)}
    started = clock.now()
    try:
        with db.session.begin_nested():
            found = together.run(space, started)
            faults.point("night_stored")
    except SQLAlchemyError:
        raise  # the database was away, not the figures: the queue tries again
    except Exception as error:
        log.exception("solve failed", space=space_id)
        outcome, found = "failed", {one: {"why": str(error)[:300]} for one in found}
    for one, detail in found.items():
        run = SolveRun(space_id=one, detail=detail, outcome=outcome, started_at=started)
        run.ended_at = clock.now()
        db.session.add(run)


@outbox.job("rates.attempt")
def attempt(change_id: int) -> None:
    """Say what some settings would do to a usual day; the trial waits for it."""
    locks.patience(locks.THINKING)
    trial = settings.find(change_id)
    if trial is None or trial.result:
        return
    space = db.session.scalars(select(Space).where(Space.id == trial.space_id)).one()
    try:
        trial.result = attempts.attempt(space, Wanted.read(trial.wanted), clock.now())
    except SQLAlchemyError:
        raise
    except Exception as error:
        log.exception("attempt failed", space=space.id)
        trial.result = {"why": str(error)[:300]}


@outbox.job("rates.reprice")
def reprice(space_id: int, day: str) -> None:
    """Solve a day of a pool, or of a hall in parts, anew after bookings: many of them at once are
    one job."""
    locks.patience(locks.THINKING)
    space = db.session.scalars(select(Space).where(Space.id == space_id)).one_or_none()
    if space is not None and space.retired_at is None:
        wanted = dt.date.fromisoformat(day)
        if not nightly.again(space, wanted, clock.now()):
            together.again(space, wanted, clock.now())
