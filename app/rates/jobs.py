"""The nightly solve: one job per space, safe to run twice, yesterday's tables kept on failure."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select

from app.core import clock, locks, outbox
from app.core.db import db
from app.core.slots import local_day
from app.rates import learn, rules
from app.rates.models import SolveRun
from app.spaces.models import Space

DAYS = 60


@outbox.job("rates.solve_tenant")
def solve_tenant() -> None:
    """Defer a solve of every space on sale."""
    for space_id in db.session.scalars(select(Space.id).where(Space.retired_at.is_(None))):
        outbox.defer("rates.solve_space", space_id=space_id, once=f"solve:{space_id}", lane="solve")


@outbox.job("rates.solve_space")
def solve_space(space_id: int) -> None:
    """Learn what the past says, solve the coming days and store the tables, or say why not."""
    locks.patience(locks.THINKING)
    space = db.session.scalars(select(Space).where(Space.id == space_id)).one()
    today = local_day(clock.now(), space.site.zone)
    last = today + dt.timedelta(days=min(DAYS, space.horizon_days))
    run = SolveRun(space_id=space_id, detail={})
    db.session.add(run)
    try:
        with db.session.begin_nested():
            knowledge = learn.learn(space, today)
            days = rules.solve(space, today, last, knowledge)
        run.detail = {"days": days} | (knowledge.said() if knowledge else {"status": "prior"})
        run.outcome = "done"
    except (ValueError, ArithmeticError) as error:
        run.outcome, run.detail = "failed", {"why": str(error)[:300]}
    run.ended_at = clock.now()
