"""The dates of a series, as pure thought: every n weeks, or the nth weekday of every n months."""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

MOST = 60
EVERY = 12


@dataclass(frozen=True)
class Rhythm:
    """How a first date comes back, until a day or so many times."""

    kind: str
    every: int = 1
    until: dt.date | None = None
    count: int | None = None


def dates(first: dt.date, rhythm: Rhythm) -> list[dt.date]:
    """The dates, the first one included; `MOST` at most.

    Monthly keeps the weekday and its rank: a third Thursday gives third Thursdays. The fifth of a
    weekday is the last one of every month, since few months have five.
    """
    found: list[dt.date] = []
    for day in _endless(first, rhythm):
        ended = (rhythm.until is not None and day > rhythm.until) or (
            rhythm.count is not None and len(found) >= rhythm.count
        )
        if ended or len(found) >= MOST:
            break
        found.append(day)
    return found


def _endless(first: dt.date, rhythm: Rhythm) -> Iterator[dt.date]:
    if rhythm.kind == "weekly":
        day = first
        while True:
            yield day
            day += dt.timedelta(weeks=rhythm.every)
    rank, month = (first.day - 1) // 7, 0
    while True:
        index = first.year * 12 + first.month - 1 + month
        yield nth(index // 12, index % 12 + 1, first.weekday(), rank)
        month += rhythm.every


def nth(year: int, month: int, weekday: int, rank: int) -> dt.date:
    """A weekday of a month by its rank from 0; from the fourth on, its last."""
    days = [
        day
        for day in range(1, calendar.monthrange(year, month)[1] + 1)
        if dt.date(year, month, day).weekday() == weekday
    ]
    return dt.date(year, month, days[rank] if rank < 4 else days[-1])
