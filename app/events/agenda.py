"""The agenda as lists: what comes, what was, what feeds carry."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from itertools import groupby

from sqlalchemy import ColumnElement, func, select

from app.core import clock
from app.core.db import db
from app.events import audience, read
from app.events.models import Event
from app.events.read import Listed

KEPT = dt.timedelta(days=31)  # how long feeds remember what is over
MOST = 300


def coming(who: ColumnElement[bool], *, limit: int, offset: int = 0) -> tuple[list[Listed], int]:
    """What is not over yet, the next first, and how many there are in all."""
    where = (who, Event.ends_at > clock.now())
    total = db.session.scalar(select(func.count()).select_from(Event).where(*where)) or 0
    query = select(Event).where(*where).order_by(Event.starts_at, Event.id)
    return read.lines(db.session.scalars(query.limit(limit).offset(offset)).all()), total


def past(who: ColumnElement[bool], *, limit: int) -> list[Listed]:
    """What is over, the last first; what was cancelled never was."""
    query = (
        select(Event)
        .where(who, Event.ends_at <= clock.now(), Event.state == "published")
        .order_by(Event.starts_at.desc(), Event.id)
    )
    return read.lines(db.session.scalars(query.limit(limit)).all())


def for_feeds() -> list[Listed]:
    """Public events for calendars and readers: a month back, cancelled ones included."""
    query = (
        select(Event)
        .where(audience.EVERYBODY, Event.ends_at > clock.now() - KEPT)
        .order_by(Event.starts_at, Event.id)
    )
    return read.lines(db.session.scalars(query.limit(MOST)).all())


def by_month(rows: Sequence[Listed]) -> list[tuple[dt.date, list[Listed]]]:
    """The lines under the first day of their month."""

    def month(row: Listed) -> dt.date:
        return row.event.starts_at.astimezone(row.zone).date().replace(day=1)

    return [(first, list(found)) for first, found in groupby(rows, key=month)]
