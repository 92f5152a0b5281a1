"""What the engine learns of a space: books and demand log in, the demand of coming days out.

The window of a year and a bit; days shaped unlike the usual one keep their prior.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select

import pricing
from app.core.db import db
from app.core.signals import publish
from app.core.slots import Interval, day_bounds, local_day
from app.occupancy import past
from app.occupancy import rules as occupancy
from app.rates import halls, local, tables
from app.rates.days import SpaceDay, buffer_slots, space_days, spec
from app.rates.facts import BooksAsked, Sold
from app.rates.models import DemandEvent
from app.spaces import calendar
from app.spaces.models import Space
from pricing import Bookings, PastBooking, Quotes, school

if TYPE_CHECKING:  # web processes never learn, and do without scipy's statistics
    from pricing import Calendar, Estimate

LOOK_BACK = dt.timedelta(days=400)
WEEK = 7 * 1440.0
LOG_LONG_ENOUGH = dt.timedelta(days=60)
LOG_WARMS_UP = dt.timedelta(days=14)
"""Days right after the first quote have had no chance to be asked for weeks ahead."""
OUTCOMES = {"booked": 0, "shown": 1, "left": 1, "unavailable": 2}


@dataclass(frozen=True)
class Knowledge:
    """What was learnt of a space, and for which shape of day it holds: the wall-clock minutes of
    its slots, and the lengths."""

    minutes: tuple[int, ...]
    lengths: tuple[int, ...]
    estimate: Estimate

    @property
    def trust(self) -> float:
        """How far prices leave the list."""
        return max(tables.AT_FIRST, self.estimate.answer.trust)

    def fits(self, one: SpaceDay) -> bool:
        """Whether a day is shaped like the usual one."""
        return (one.minutes, one.lengths) == (self.minutes, self.lengths)

    def demand(
        self, one: SpaceDay, day: pricing.DaySpec, seen: Seen | None = None
    ) -> pricing.Demand:
        """The demand of a coming day: learnt when it is shaped like the usual one, else prior.

        `seen` moves its level by what it has already brought, beside what was due by now.
        """
        if not self.fits(one):
            return tables.demand_of(one, day)
        row = known([one.day], one.space)
        factor = 1.0
        if seen is not None:
            due = float(self.estimate.intensity.mean(row)[0][day.windows].sum())
            due *= self._came(seen.minutes_to_open) * self._accepted() * (1 + seen.free_share) / 2
            factor = self.estimate.level_of(seen.bookings, due).factor
        return self.estimate.demand(day, row, factor=factor)

    def _came(self, minutes_to_open: float) -> float:
        """The share of a day's requests that come before a moment."""
        edges, share = self.estimate.edges, self.estimate.intensity.lead_share
        still = np.interp(minutes_to_open, edges, np.concatenate([[0.0], np.cumsum(share)]))
        return float(1 - still)

    def _accepted(self) -> float:
        """The share of requests that end as a booking, near the list price."""
        return float(1 / (1 + np.exp(-self.estimate.answer.at[0])))

    def said(self) -> dict[str, object]:
        """How far prices rest on this venue's own past, for the manager."""
        answer, lost = self.estimate.answer, self.estimate.attrition
        return {
            "status": self.estimate.status,
            "requests": self.estimate.requests,
            "quotes": answer.quotes,
            "slope_sd": round(answer.slope_sd, 3),
            "trust": round(self.trust, 3),
            "notes": list(self.estimate.notes),
            "lost_of_100": round(100 * (1 - float(lost.stands(WEEK)))),
            "absent_of_100": round(100 * lost.no_show),
            "came": lost.due - lost.absent,
        }


@dataclass(frozen=True)
class Seen:
    """What a coming day has brought so far."""

    bookings: int
    free_share: float
    minutes_to_open: float


def known(days: Sequence[dt.date], space: Space) -> Calendar:
    """What is known of days beforehand: weekday, holidays of the public and of schools, and what
    the manager says happens in town."""
    flags = np.array([bool(calendar.holiday(space.site, day)) for day in days])
    zone = school.zone_of(space.site.postcode) if space.site.country == "FR" else None
    off = school.without_school(days, zone) if zone else np.zeros(len(days), dtype=bool)
    town = local.among(days)
    return pricing.Calendar(np.array(days, dtype="datetime64[D]"), flags, off, town)


def learn(space: Space, today: dt.date) -> Knowledge | None:
    """Estimate the demand of one space from its past; None for one that was never open.

    Raises what the engine raises: the caller keeps yesterday's tables and says why.
    """
    first = today - LOOK_BACK
    place, hours = occupancy.place_of(space), calendar.load({space.site_id}, first, today)
    dates = [first + dt.timedelta(days=n) for n in range(LOOK_BACK.days)]
    days = space_days([space], {space.id: place}, hours, dates)
    usual = _usual([one for one in days if one.is_open])
    if usual is None:
        return None
    day = spec(usual)
    log, since = _log(space, first, today)
    units = _units(days)
    if len(log):
        units = np.where(np.array(dates) >= since, units, 0)
    found = pricing.estimate(
        _books(space, first, today),
        log,
        known(dates, space),
        _shape(usual),
        tables.demand_of(usual, day),
        units=units,
        beside=_beside(space, first, today),
    )
    return Knowledge(usual.minutes, usual.lengths, found)


def _shape(usual: SpaceDay) -> pricing.Shape:
    """The grid of a day, with the cleaning between two bookings."""
    step, buffer = usual.space.step_minutes, buffer_slots(usual.space)
    return pricing.Shape(usual.minutes[0], step, usual.slots, usual.lengths, buffer)


def _units(days: Sequence[SpaceDay]) -> NDArray[np.int64]:
    """Units on sale on each past day: those that have left since were there, those that were
    closed or under repair all day were not."""
    space, zone = days[0].space, days[0].space.site.zone
    left = [moment.astimezone(zone).date() for moment in past.departures(space.id)]
    since, until = day_bounds(days[0].day, zone).start, day_bounds(days[-1].day, zone).end
    shut = past.withheld(days[0].place.units, Interval(since, until))
    counts = []
    for one in days:
        if not one.is_open:
            counts.append(0)
            continue
        opens, closes = one.opens_at, one.closes_at
        away = sum(any(a <= opens and closes <= b for a, b in spans) for spans in shut.values())
        if space.takes == "all":
            counts.append(0 if away else 1)
            continue
        counts.append(one.units + sum(day > one.day for day in left) - away)
    return np.array(counts, dtype=np.int64)


def _usual(days: list[SpaceDay]) -> SpaceDay | None:
    """A day of the most frequent shape, the latest of them."""
    shapes: dict[tuple[object, ...], list[SpaceDay]] = {}
    for one in days:
        shapes.setdefault((one.slots, one.lengths, one.minutes[0]), []).append(one)
    return max(shapes.values(), key=len)[-1] if shapes else None


def booked(space: Space, first: dt.date, last: dt.date) -> dict[dt.date, int]:
    """Bookings made so far for each day, those given back among them: each was a request."""
    zone = space.site.zone
    asked = BooksAsked(space.id, day_bounds(first, zone).start, day_bounds(last, zone).end)
    publish(asked)
    return Counter(
        local_day(sold.starts_at, zone) for sold in asked.found for _unit in range(sold.units)
    )


def _books(space: Space, first: dt.date, last: dt.date) -> Bookings:
    zone = space.site.zone
    asked = BooksAsked(space.id, day_bounds(first, zone).start, day_bounds(last, zone).start)
    publish(asked)
    return Bookings.of([_past(sold, space) for sold in asked.found for _unit in range(sold.units)])


def _beside(space: Space, first: dt.date, last: dt.date) -> Bookings | None:
    """Bookings of spaces that share its walls: while one stood, this one was not on offer."""
    kin = halls.blockers(space)
    if not kin:
        return None
    start, end = (day_bounds(day, space.site.zone).start for day in (first, last))
    found = []
    for other in kin:
        asked = BooksAsked(other.id, start, end)
        publish(asked)
        found += [_past(sold, other) for sold in asked.found]
    return Bookings.of(found)


def _past(sold: Sold, space: Space) -> PastBooking:
    local = sold.starts_at.astimezone(space.site.zone)
    length = int((sold.ends_at - sold.starts_at).total_seconds() // 60)
    made = min(sold.booked_at, sold.starts_at)
    lost = max(sold.lost_at, made) if sold.lost_at else None
    return PastBooking(
        space=space.id,
        day=local_day(sold.starts_at, space.site.zone),
        start=local.hour * 60 + local.minute,
        length=length,
        made_at=_bare(made, space),
        price=0.0,
        party=1,
        cancelled_at=_bare(lost, space) if lost else None,
        no_show=sold.absent,
    )


def _bare(instant: dt.datetime, space: Space) -> dt.datetime:
    """The venue's wall clock, as the engine counts minutes."""
    return instant.astimezone(space.site.zone).replace(tzinfo=None)


def _log(space: Space, first: dt.date, last: dt.date) -> tuple[Quotes, dt.date]:
    """The demand log, once it is long enough to stand for the demand instead of the books, and the
    first day that it covers."""
    rows = db.session.scalars(
        select(DemandEvent)
        .where(DemandEvent.space_id == space.id, DemandEvent.day >= first, DemandEvent.day < last)
        .order_by(DemandEvent.at)
    ).all()
    if not rows or rows[-1].at - rows[0].at < LOG_LONG_ENOUGH:
        return Quotes.none(), last
    since = local_day(rows[0].at, space.site.zone) + LOG_WARMS_UP
    priced = [row for row in rows if row.list_cents > 0 and row.day >= since]
    return _columns(priced, space), since


def _columns(priced: Sequence[DemandEvent], space: Space) -> Quotes:
    return Quotes(
        at=np.array([_bare(r.at, space) for r in priced], dtype="datetime64[m]"),
        session=np.array([_session(r) for r in priced]),
        space=np.array([space.id] * len(priced)),
        day=np.array([r.day for r in priced], dtype="datetime64[D]"),
        start=np.array([r.start_minute for r in priced]),
        length=np.array([r.minutes for r in priced]),
        list_price=np.array([float(r.list_cents) for r in priced]),
        shown_price=np.array([float(r.shown_cents or r.list_cents) for r in priced]),
        arm=np.zeros(len(priced)),
        alternatives=np.array([r.alternatives for r in priced]),
        outcome=np.array([OUTCOMES[r.outcome] for r in priced]),
    )


def _session(event: DemandEvent) -> int:
    """A session's word as the whole number that the engine wants; at the desk each is another."""
    word = f"desk {event.id}" if event.session == "desk" else event.session
    return int.from_bytes(hashlib.blake2b(word.encode(), digest_size=6).digest())
