"""How often a thing may be tried: counted in PostgreSQL, so that all processes share one count."""

from __future__ import annotations

import datetime as dt
import hashlib
import math
from collections.abc import Mapping, Sequence
from typing import Any

from flask import current_app
from sqlalchemy import DateTime, bindparam, delete, text, update

from app.accounts.models import RateCount
from app.core import clock
from app.core.db import db, send
from app.core.errors import Refused
from app.web import edge

QUARTER = dt.timedelta(minutes=15)
PER_ACCOUNT, PER_ADDRESS = 5, 20
KEEP = dt.timedelta(days=1)


class TooMany(Refused):
    """Tried too often; nothing was looked at."""

    status = 429
    code = "too_many"

    def __init__(self, text: str, *, retry_after: int = int(QUARTER.total_seconds())) -> None:
        super().__init__(text)
        self.retry_after = retry_after


def _key(bucket: str) -> str:
    """A name that tells nobody's address to whoever reads the table."""
    secret = str(current_app.config["SECRET_KEY"]).encode()[:64]
    return hashlib.blake2b(bucket.encode(), key=secret, digest_size=16).hexdigest()


def _window(now: dt.datetime, window: dt.timedelta) -> tuple[dt.datetime, float]:
    """When the current window began, and which part of it has passed."""
    length = window.total_seconds()
    passed = now.timestamp() % length
    return dt.datetime.fromtimestamp(now.timestamp() - passed, dt.UTC), passed / length


def allow(bucket: str, limit: int = PER_ACCOUNT, window: dt.timedelta = QUARTER) -> bool:
    """Count one try and say whether it may go on. Commits at once: call it before the work."""
    return wait({bucket: limit}, window) == 0


def wait(limits: Mapping[str, int], window: dt.timedelta = QUARTER) -> int:
    """Count one try in every bucket; the seconds until it may go on, 0 for now. Commits at once.

    Counting before the work is what makes parallel guesses useless. The previous window weighs
    in by its part that still lies within reach, so a window's edge opens no second chance.
    """
    start, passed = _window(clock.now(), window)
    most = {_key(bucket): limit for bucket, limit in limits.items()}
    tries = edge.tally(lambda: _count(sorted(most), start, start - window))
    length = window.total_seconds()
    return max(
        _seconds(now, min(before, most[key]), most[key], passed, length)
        for key, now, before in tries
    )


HIT = text(
    "insert into rate_count as now (bucket, window_start, tries)"
    " select bucket, :start, 1 from unnest(cast(:buckets as text[])) as bucket order by bucket"
    " on conflict (bucket, window_start) do update set tries = now.tries + 1"
    " returning now.bucket, now.tries, coalesce((select before.tries from rate_count before"
    " where before.bucket = now.bucket and before.window_start = :previous), 0),"
    " set_config('synchronous_commit', 'off', true)"
).bindparams(
    bindparam("start", type_=DateTime(timezone=True)),
    bindparam("previous", type_=DateTime(timezone=True)),
)


def _count(keys: Sequence[str], start: dt.datetime, previous: dt.datetime) -> list[Any]:
    """Bucket, tries of this window and of the one before; one statement, rows in one order so that
    nobody waits in a circle. What a crash of the server may lose of it is not worth a disk's time.
    """
    asked = {"buckets": list(keys), "start": start, "previous": previous}
    return [row[:3] for row in send(HIT, asked)]


def _seconds(tries: int, before: int, limit: int, passed: float, length: float) -> int:
    """Until one more try fits beside those of this window and what still weighs of the last."""
    if tries + before * (1 - passed) <= limit:
        return 0
    room = limit - tries
    share = 1 - room / before if room >= 0 and before else 1 + 1 / limit
    return max(1, math.ceil((share - passed) * length))


def give_back(bucket: str, window: dt.timedelta = QUARTER) -> None:
    """A try that succeeded was no guess: take it off the count."""
    start, _passed = _window(clock.now(), window)
    edge.act(
        lambda: db.session.execute(
            update(RateCount)
            .where(RateCount.bucket == _key(bucket), RateCount.window_start == start)
            .where(RateCount.tries > 0)
            .values(tries=RateCount.tries - 1)
        )
    )


def sweep() -> None:
    """Forget windows that no longer count."""
    db.session.execute(delete(RateCount).where(RateCount.window_start < clock.now() - KEEP))
