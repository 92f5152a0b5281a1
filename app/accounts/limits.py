"""How often a thing may be tried: counted in PostgreSQL, so that all processes share one count."""

from __future__ import annotations

import datetime as dt
import hashlib

from flask import current_app
from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert

from app.accounts.models import RateCount
from app.core import clock
from app.core.db import db
from app.core.errors import Refused
from app.web import edge

QUARTER = dt.timedelta(minutes=15)
PER_ACCOUNT, PER_ADDRESS = 5, 20
KEEP = dt.timedelta(days=1)


class TooMany(Refused):
    """Tried too often; nothing was looked at."""

    status = 429
    code = "too_many"


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
    """Count one try and say whether it may go on. Commits at once: call it before the work.

    Counting before the work is what makes parallel guesses useless. The previous window weighs
    in by its part that still lies within reach, so a window's edge opens no second chance.
    """
    start, passed = _window(clock.now(), window)
    key = _key(bucket)

    def count() -> tuple[int, int]:
        hit = insert(RateCount).values(bucket=key, window_start=start, tries=1)
        tries = db.session.execute(
            hit.on_conflict_do_update(
                index_elements=["bucket", "window_start"], set_={"tries": RateCount.tries + 1}
            ).returning(RateCount.tries)
        ).scalar_one()
        before = db.session.scalar(
            select(RateCount.tries).where(
                RateCount.bucket == key, RateCount.window_start == start - window
            )
        )
        return tries, before or 0

    tries, before = edge.act(count)
    return tries + min(before, limit) * (1 - passed) <= limit


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
