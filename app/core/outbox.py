"""Effects after the commit: a job is a row written in the same transaction as its cause.

A thin door to Procrastinate. Features declare jobs with `@job`; the worker runs them inside the
scope they were deferred from.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import procrastinate
from procrastinate.exceptions import AlreadyEnqueued
from sqlalchemy import text

from app.core import faults, tenancy
from app.core.db import db

queue = procrastinate.App(connector=procrastinate.PsycopgConnector())
functions: dict[str, Callable[..., None]] = {}

RETRY = procrastinate.RetryStrategy(max_attempts=8, exponential_wait=3)


def job(name: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Declare a job. It gets its keyword arguments back, inside the scope of whoever deferred it.

    It must be safe to run twice: a worker may die between the effect and the mark.
    """

    def register(function: Callable[..., None]) -> Callable[..., None]:
        functions[name] = function

        @queue.task(name=name, retry=RETRY, pass_context=False)
        def run(*, scope: list[int | None], **arguments: Any) -> None:
            perform(name, scope, arguments)

        return function

    return register


def perform(name: str, scope: list[int | None], arguments: dict[str, Any]) -> None:
    """Run one job in a session of its own and commit what it did."""
    tenant_id, network_id = scope
    if tenant_id is not None and network_id is not None:
        entered = tenancy.tenant(tenant_id, network_id)
    elif network_id is not None:
        entered = tenancy.network(network_id)
    else:
        entered = tenancy.nowhere()
    with entered:
        try:
            functions[name](**arguments)
            faults.point("job_before_commit")
            db.session.commit()
            faults.point("job_after_commit")
        except BaseException:
            db.session.rollback()
            raise


STALLED = 30
# Somebody waits for a letter, for money and for a hold; nobody for tomorrow's prices.
PRIORITIES = {"mail": 20, "money": 20, "holds": 10, "solve": -10}


# The dead of a kind whose wish waits already (or is given back beside them) have nothing left to
# do: the one that waits does it. Given back as well, they would break the queueing lock, and with
# it the rescue of everybody else.
RESCUE = """
with dead as (
  select j.id, j.queueing_lock,
         row_number() over (partition by coalesce(j.queueing_lock, j.id::text) order by j.id) as nth
    from procrastinate_jobs j left join procrastinate_workers w on w.id = j.worker_id
   where j.status = 'doing'
     and (w.id is null or w.last_heartbeat < now() - make_interval(secs => :silent))
)
select case
         when d.nth = 1 and not exists (
           select from procrastinate_jobs t
            where t.status = 'todo' and t.queueing_lock = d.queueing_lock)
         then procrastinate_retry_job_v2(d.id, now(), null, null, null)
         else procrastinate_finish_job_v1(d.id, 'aborted', true)
       end
  from dead d
"""


@job("outbox.rescue")
def rescue() -> None:
    """Give jobs whose worker died back to the others. A worker shows itself every 10 s."""
    db.session.execute(text(RESCUE), {"silent": STALLED})


def defer(
    name: str,
    *,
    at: dt.datetime | None = None,
    once: str | None = None,
    lane: str = "default",
    **arguments: Any,
) -> None:
    """Write a job in the current transaction: a rollback takes it back.

    `once` is a queueing lock: a second identical wish is dropped while the first one waits.
    """
    scope = tenancy.current()
    point = db.session.begin_nested() if once else None
    connection = db.session.connection()  # after begin_nested: its first use sends the savepoint
    deferrer = queue.configure_task(
        name,
        queue=lane,
        schedule_at=at,
        queueing_lock=once,
        priority=PRIORITIES.get(lane, 0),
        connection=connection.connection.driver_connection,
    )
    try:
        deferrer.defer(scope=[scope.tenant_id, scope.network_id], **arguments)
        if point:
            point.commit()
    except AlreadyEnqueued:
        if point:
            point.rollback()
