"""Deadlines counted in opening hours: the night, Sundays and holidays stop the clock."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable

from app.core.slots import Interval, local_day
from app.spaces import calendar
from app.spaces.models import Site, Space

FARTHEST = 60  # days of a calendar that are looked at; whoever is closed longer counts real time

Windows = Callable[[dt.date], Iterable[Interval]]


def after(start: dt.datetime, minutes: int, first: dt.date, windows: Windows) -> dt.datetime:
    """The moment at which so many open minutes have passed since `start`. Pure.

    `windows` gives the open parts of a local day in order. Without any for long it is real time.
    """
    left = dt.timedelta(minutes=minutes)
    for day in range(FARTHEST):
        for window in windows(first + dt.timedelta(days=day)):
            begin = max(window.start, start)
            if window.end <= begin:
                continue
            if window.end - begin >= left:
                return begin + left
            left -= window.end - begin
    return start + dt.timedelta(minutes=minutes)


def spent(start: dt.datetime, end: dt.datetime, first: dt.date, windows: Windows) -> int:
    """Open minutes between two moments. Pure."""
    total = dt.timedelta()
    for day in range(FARTHEST):
        for window in windows(first + dt.timedelta(days=day)):
            total += max(dt.timedelta(), min(window.end, end) - max(window.start, start))
    return int(total.total_seconds() // 60)


def windows_of(site: Site, space: Space | None, first: dt.date) -> Windows:
    """When a space is open, or its building when no space is concerned, read once."""
    hours = calendar.load([site.id], first, first + dt.timedelta(days=FARTHEST))
    where = space or Space(id=0, site_id=site.id)
    if space is None:
        where.__dict__["site"] = site  # a building asks with the hours of all its spaces
    return lambda day: hours.windows(where, day)


def due(site: Site, space: Space | None, start: dt.datetime, minutes: int) -> dt.datetime:
    """When a promise of so many opening minutes ends here."""
    first = local_day(start, site.zone)
    return after(start, minutes, first, windows_of(site, space, first))
