"""Who sits where: simulated bookings get units, as the rules would have given them."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from app.core.slots import Interval, edge, local_day
from app.occupancy.rules import Place
from app.spaces.calendar import Hours
from app.spaces.models import Space
from pricing.data import PastBooking


@dataclass
class Stay:
    """One simulated booking on the venue's real calendar."""

    space: Space
    start: dt.datetime
    end: dt.datetime
    made: dt.datetime
    ended: dt.datetime | None
    cents: int
    people: int
    absent: bool
    units: tuple[int, ...] = ()

    def is_cancelled(self, now: dt.datetime) -> bool:
        """Given back by now; a change of mind that is still to come has not happened."""
        return self.ended is not None and self.ended <= now


def stays(
    rows: Iterable[PastBooking], spaces: list[Space], hours: Hours, now: dt.datetime
) -> Iterator[Stay]:
    """What was booked by now and fits the venue's hours, on real clocks."""
    for row in rows:
        space = spaces[row.space]
        zone = space.site.zone
        begin = row.start - row.start % space.step_minutes
        start, end = (edge(row.day, m, zone) for m in (begin, begin + row.length))
        made = _instant(row.made_at, zone)
        wish = Interval(start, end)
        if made > now or row.length < space.min_minutes:
            continue
        if not any(w.contains(wish) for w in hours.windows(space, local_day(start, zone))):
            continue
        ended = _instant(row.cancelled_at, zone) if row.cancelled_at else None
        unit = space.rounding_cents
        cents = max(unit, round(row.price * 100 / unit) * unit)
        absent = row.no_show and end < now
        yield Stay(space, start, end, made, ended, cents, row.party, absent)


def _instant(naive: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    return naive.replace(tzinfo=zone).astimezone(dt.UTC)


def seated(found: Iterable[Stay], places: dict[int, Place], now: dt.datetime) -> list[Stay]:
    """Give units to all that stand; what finds none (a cleaning, a shared hall) never happened."""
    until: dict[int, dt.datetime] = defaultdict(lambda: dt.datetime.min.replace(tzinfo=dt.UTC))
    kept = []
    for stay in sorted(found, key=lambda s: s.start):
        if stay.is_cancelled(now):
            kept.append(stay)
            continue
        place = places[stay.space.id]
        free = [unit for unit in place.units if until[unit] <= stay.start]
        if len(free) < place.needed(1):
            continue
        stay.units = tuple(free[: place.needed(1)])
        for unit in stay.units:
            until[unit] = place.during(Interval(stay.start, stay.end)).end
        kept.append(stay)
    return sorted(kept, key=lambda s: s.made)
