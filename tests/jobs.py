"""Run what was deferred, as the worker would: with no scope of its own to begin with."""

from __future__ import annotations

from sqlalchemy import text

from app.core import clock, outbox, tenancy
from app.core.db import db

WAITING = text(
    "update procrastinate_jobs set status = 'doing' where id = ("
    " select id from procrastinate_jobs where status = 'todo'"
    " and (scheduled_at is null or scheduled_at <= :until) order by id limit 1"
    ") returning id, task_name, args"
)


def run_jobs(until: object = None, *, only: str | None = None, most: int = 200) -> list[str]:
    """Run waiting jobs, and those they defer, until none is left; their names in order.
    `only` a name, or the feature that the names begin with: the others are struck out."""
    done: list[str] = []
    while len(done) < most:
        row = db.session.execute(WAITING, {"until": until or clock.now()}).one_or_none()
        if row is None:
            return done
        arguments = dict(row.args)
        scope = arguments.pop("scope")
        if only is None or row.task_name == only or row.task_name.startswith(f"{only}."):
            with tenancy.nowhere():
                outbox.perform(row.task_name, scope, arguments)
        db.session.execute(
            text("update procrastinate_jobs set status = 'succeeded' where id = :id"),
            {"id": row.id},
        )
        done.append(row.task_name)
    raise AssertionError(f"jobs without end: {done[-10:]}")
