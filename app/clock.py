"""The clock process: one leader by database lease, which only enqueues. `python -m app.clock`"""

from __future__ import annotations

import datetime as dt
import os
import secrets
import signal
import socket
import threading
from types import FrameType

import structlog
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger
from flask import Flask
from psycopg.errors import LockNotAvailable
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from app import create_app
from app.core import clock, faults, outbox, schedule, tenancy
from app.core.db import db
from app.tenants.models import Domain
from app.timetable import TIMETABLE, Line

LEASE = "clock"
LENGTH = dt.timedelta(seconds=15)
BEAT = 5
CATCH_UP = dt.timedelta(hours=2)
log = structlog.get_logger("clock")


def tenants() -> list[tuple[int, int]]:
    """Every tenant and its network, from the public routing table."""
    return [
        (tenant_id, network_id)
        for tenant_id, network_id in db.session.execute(
            select(Domain.tenant_id, Domain.network_id)
            .where(Domain.tenant_id.is_not(None), Domain.canonical)
            .order_by(Domain.tenant_id)
        )
    ]


def due(line: Line, now: dt.datetime) -> dt.datetime | None:
    """The last period of an entry that has begun, unless it is too old to be caught up."""
    trigger = CronTrigger.from_crontab(line.cron, timezone=dt.UTC)
    found, moment = None, now - CATCH_UP
    while True:
        moment = trigger.get_next_fire_time(None, moment + dt.timedelta(seconds=1))
        if moment is None or moment > now:
            return found
        found = moment


def enqueue(line: Line, period: dt.datetime, holder: str) -> bool:
    """Claim a period and enqueue its jobs in one transaction, as long as we lead."""
    if not schedule.is_leader(LEASE, holder) or not schedule.claim(line.name, period):
        db.session.rollback()
        return False
    targets = tenants() if line.per_tenant else [(0, 0)]
    for tenant_id, network_id in targets:
        entered = tenancy.tenant(tenant_id, network_id) if tenant_id else tenancy.nowhere()
        with entered:
            outbox.defer(line.name, once=f"{line.name}:{tenant_id}")
    faults.point("period_claimed")
    db.session.commit()
    return True


def lead(holder: str) -> bool:
    """Take or keep the lease; not while another is in the middle of a beat."""
    try:
        taken = schedule.take_lease(LEASE, holder, LENGTH)
    except OperationalError as error:
        db.session.rollback()
        if isinstance(error.orig, LockNotAvailable):
            return False
        raise
    if taken:
        faults.point("lease_taken")
        db.session.commit()
    else:
        db.session.rollback()
    return taken


def tick(app: Flask, holder: str) -> list[str]:
    """One beat: keep the lease, enqueue what is due. What was enqueued."""
    with app.app_context():
        if not lead(holder):
            return []
        now = clock.now()
        done = []
        for line in TIMETABLE:
            period = due(line, now)
            if period is not None and enqueue(line, period, holder):
                done.append(line.name)
        return done


def main() -> None:
    """Beat until told to stop. APScheduler keeps the rhythm; it stores nothing."""
    app = create_app()
    holder = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
    stop = threading.Event()

    def beat() -> None:
        try:
            if done := tick(app, holder):
                log.info("tick", jobs=done)
        except Exception:
            log.exception("tick failed")

    def end(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, end)
    rhythm = BackgroundScheduler(timezone=dt.UTC)
    rhythm.add_job(beat, IntervalTrigger(seconds=BEAT), max_instances=1, coalesce=True)
    rhythm.start()
    beat()
    stop.wait()
    rhythm.shutdown(wait=True)


if __name__ == "__main__":
    main()
