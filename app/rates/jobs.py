"""The nightly solve: one job per space, safe to run twice, yesterday's tables kept on failure."""

from __future__ import annotations

import datetime as dt

import structlog
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from app.core import clock, locks, outbox
from app.core.db import db
from app.rates import attempt as attempts
from app.rates import nightly, settings, tables
from app.rates.models import SolveRun
from app.rates.settings import Wanted
from app.spaces.models import Space

log = structlog.get_logger("rates")


@outbox.job("rates.solve_tenant")
def solve_tenant() -> None:
    """Defer a solve of every space on sale; forget tables that nothing stands on."""
    tables.sweep(clock.now())
    for space_id in db.session.scalars(select(Space.id).where(Space.retired_at.is_(None))):
        outbox.defer("rates.solve_space", space_id=space_id, once=f"solve:{space_id}", lane="solve")


@outbox.job("rates.solve_space")
def solve_space(space_id: int) -> None:
    """Learn, choose, solve the coming days and store the tables, or say why not."""
    locks.patience(locks.THINKING)
    space = db.session.scalars(select(Space).where(Space.id == space_id)).one()
    run = SolveRun(space_id=space_id, detail={})
    db.session.add(run)
    try:
        with db.session.begin_nested():
            run.detail = nightly.run(space, clock.now())
        run.outcome = "done"
    except SQLAlchemyError:
        raise  # the database was away, not the figures: the queue tries again
    except Exception as error:
        log.exception("solve failed", space=space_id)
        run.outcome, run.detail = "failed", {"why": str(error)[:300]}
    run.ended_at = clock.now()


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
    """Solve a day of a pool anew after bookings: many of them at once are one job."""
    locks.patience(locks.THINKING)
    space = db.session.scalars(select(Space).where(Space.id == space_id)).one_or_none()
    if space is not None and space.retired_at is None:
        nightly.again(space, dt.date.fromisoformat(day), clock.now())
