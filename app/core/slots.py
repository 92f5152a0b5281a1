"""Half-open intervals of time, and the passage between a venue's wall clock and UTC."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from app.core.errors import Refused
from app.core.i18n import _

YEARS = range(1970, 2201)  # days before and after these have none beside them, or no zone


class NoSuchTime(Refused):
    """The wall clock jumps over this time that day."""

    code = "no_such_time"


@dataclass(frozen=True, order=True)
class Interval:
    """[start, end) in aware time. Empty and backward intervals are refused."""

    start: dt.datetime
    end: dt.datetime

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or self.end.tzinfo is None:
            raise ValueError("an interval needs aware times")
        if self.end <= self.start:
            raise ValueError("an interval ends after it starts")

    def overlaps(self, other: Interval) -> bool:
        """Touching is not overlapping."""
        return self.start < other.end and other.start < self.end

    def contains(self, other: Interval) -> bool:
        """True when `other` lies wholly inside."""
        return self.start <= other.start and other.end <= self.end

    @property
    def minutes(self) -> int:
        """Elapsed minutes, by the clock that never jumps."""
        elapsed = self.end.astimezone(dt.UTC) - self.start.astimezone(dt.UTC)
        return int(elapsed.total_seconds() // 60)


AGAIN = 6000  # added to a minute of the wall clock that an autumn day lives for the second time


def wall_minute(instant: dt.datetime, zone: dt.tzinfo) -> int:
    """The minute of the wall clock, told apart from the same one an hour before (`AGAIN`)."""
    local = instant.astimezone(zone)
    return local.hour * 60 + local.minute + AGAIN * local.fold


def by_the_clock(minute: int) -> tuple[int, bool, int]:
    """Sorts minutes of the wall clock: an hour, then the same hour again."""
    return minute % AGAIN // 60, minute >= AGAIN, minute


def at(day: dt.date, minute: int, zone: ZoneInfo) -> dt.datetime:
    """The instant of a wall-clock minute (0-1440) of a local day; an ambiguous hour is the first.

    Refuses a minute that the clock jumps over.
    """
    naive = dt.datetime.combine(day, dt.time()) + dt.timedelta(minutes=minute)
    local = naive.replace(tzinfo=zone)
    instant = local.astimezone(dt.UTC)
    if instant.astimezone(zone).replace(tzinfo=None) != naive:
        raise NoSuchTime(_("Cette heure n’existe pas ce jour-là : l’horloge avance d’une heure."))
    return instant


def edge(day: dt.date, minute: int, zone: ZoneInfo) -> dt.datetime:
    """Like `at`, for opening hours: a minute inside the jump means the end of the jump."""
    again, rest = divmod(minute, AGAIN)
    naive = dt.datetime.combine(day, dt.time()) + dt.timedelta(minutes=rest)
    return naive.replace(tzinfo=zone, fold=again).astimezone(dt.UTC)


def local_day(instant: dt.datetime, zone: ZoneInfo) -> dt.date:
    """The venue's calendar day of an instant."""
    return instant.astimezone(zone).date()


def read_day(raw: str | None) -> dt.date | None:
    """A day as an address or a form has it; None for what is none, or is beyond what clocks and
    calendars know."""
    try:
        found = dt.date.fromisoformat((raw or "").strip())
    except ValueError:
        return None
    return found if found.year in YEARS else None


def read_time(raw: str | None) -> dt.time | None:
    """An hour of the wall clock as an address or a form has it; None for what is none."""
    try:
        found = dt.time.fromisoformat((raw or "").strip())
    except ValueError:
        return None
    return found if found.tzinfo is None else None


def day_bounds(day: dt.date, zone: ZoneInfo) -> Interval:
    """A local day as an interval of 23, 24 or 25 hours."""
    return Interval(edge(day, 0, zone), edge(day + dt.timedelta(days=1), 0, zone))
