"""A letter never waits behind a night of prices."""

from __future__ import annotations

from sqlalchemy import text

from app.core import outbox
from app.core.db import db
from tests.world import World

WORKER = text("insert into procrastinate_workers default values returning id")
NO_OTHERS = text("update procrastinate_jobs set status = 'succeeded' where status = 'todo'")
NEXT = text("select task_name from procrastinate_fetch_job_v2(null, :worker)")


def test_a_letter_comes_before_prices_that_were_asked_first(world: World) -> None:
    db.session.execute(NO_OTHERS)
    for space_id in range(3):
        outbox.defer("rates.solve_space", space_id=space_id, lane="solve")
    outbox.defer("booking.lapse", booking_id=1, lane="holds")
    outbox.defer("mail.send", mail_id=1, lane="mail")
    worker = db.session.scalar(WORKER)
    taken = [db.session.scalar(NEXT, {"worker": worker}) for _ in range(3)]
    assert taken == ["mail.send", "booking.lapse", "rates.solve_space"]
