"""What the engine learns of a space: books and demand log in, the demand of coming days out.

The window of a year and a bit; days shaped unlike the usual one keep their prior.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from sqlalchemy import select

import pricing
from app.core.db import db
from app.core.signals import publish
from app.core.slots import day_bounds, local_day
from app.occupancy import rules as occupancy
from app.rates import tables
from app.rates.days import SpaceDay, space_day, spec
from app.rates.facts import BooksAsked, Sold
from app.rates.models import DemandEvent
from app.spaces import calendar
from app.spaces.models import Space
from pricing import Bookings, PastBooking, Quotes

if TYPE_CHECKING:  # web processes never learn, and do without scipy's statistics
    from pricing import Calendar, Estimate

LOOK_BACK = dt.timedelta(days=400)
LOG_LONG_ENOUGH = dt.timedelta(days=60)
OUTCOMES = {"booked": 0, "shown": 1, "left": 1, "unavailable": 2}


@dataclass(frozen=True)
class Knowledge:
    """What was learnt, and for which shape of day it holds."""

    usual: SpaceDay
    estimate: Estimate

    def demand(self, one: SpaceDay, day: pricing.DaySpec) -> pricing.Demand:
        """The demand of a coming day: learnt when it is shaped like the usual one, else prior."""
        shape = (one.slots, one.lengths, one.minutes[0])
        if shape != (self.usual.slots, self.usual.lengths, self.usual.minutes[0]):
            return tables.demand_of(one, day)
        return self.estimate.demand(day, known([one.day], one.space))

    def said(self) -> dict[str, object]:
        """How far prices rest on this venue's own past, for the manager."""
        return {
            "status": self.estimate.status,
            "requests": self.estimate.requests,
            "notes": list(self.estimate.notes),
        }


def known(days: Sequence[dt.date], space: Space) -> Calendar:
    """What is known of days beforehand: weekday and public holidays of the site."""
    flags = np.array([bool(calendar.holiday(space.site, day)) for day in days])
    none = np.zeros(len(days))
    return pricing.Calendar(np.array(days, dtype="datetime64[D]"), flags, none.astype(bool), none)


def learn(space: Space, today: dt.date) -> Knowledge | None:
    """Estimate the demand of one space from its past; None for one that was never open.

    Raises what the engine raises: the caller keeps yesterday's tables and says why.
    """
    first = today - LOOK_BACK
    place, hours = occupancy.place_of(space), calendar.load({space.site_id}, first, today)
    dates = [first + dt.timedelta(days=n) for n in range(LOOK_BACK.days)]
    days = [space_day(space, place, hours, day) for day in dates]
    usual = _usual([one for one in days if one.is_open])
    if usual is None:
        return None
    day = spec(usual)
    found = pricing.estimate(
        _books(space, first, today),
        _log(space, first, today),
        known(dates, space),
        pricing.Shape(usual.minutes[0], space.step_minutes, usual.slots, usual.lengths),
        tables.demand_of(usual, day),
        units=np.array([one.units if one.is_open else 0 for one in days]),
    )
    return Knowledge(usual, found)


def _usual(days: list[SpaceDay]) -> SpaceDay | None:
    """A day of the most frequent shape, the latest of them."""
    shapes: dict[tuple[object, ...], list[SpaceDay]] = {}
    for one in days:
        shapes.setdefault((one.slots, one.lengths, one.minutes[0]), []).append(one)
    return max(shapes.values(), key=len)[-1] if shapes else None


def _books(space: Space, first: dt.date, last: dt.date) -> Bookings:
    zone = space.site.zone
    asked = BooksAsked(space.id, day_bounds(first, zone).start, day_bounds(last, zone).start)
    publish(asked)
    return Bookings.of([_past(sold, space) for sold in asked.found for _unit in range(sold.units)])


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
        no_show=False,
    )


def _bare(instant: dt.datetime, space: Space) -> dt.datetime:
    """The venue's wall clock, as the engine counts minutes."""
    return instant.astimezone(space.site.zone).replace(tzinfo=None)


def _log(space: Space, first: dt.date, last: dt.date) -> Quotes:
    """The demand log, once it is long enough to stand for the demand instead of the books."""
    rows = db.session.scalars(
        select(DemandEvent)
        .where(DemandEvent.space_id == space.id, DemandEvent.day >= first, DemandEvent.day < last)
        .order_by(DemandEvent.at)
    ).all()
    if not rows or rows[-1].at - rows[0].at < LOG_LONG_ENOUGH:
        return Quotes.none()
    priced = [row for row in rows if row.list_cents > 0]
    return Quotes(
        at=np.array([_bare(r.at, space) for r in priced], dtype="datetime64[m]"),
        session=np.array([_number(r.session) for r in priced]),
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


def _number(word: str) -> int:
    """A session's word as the whole number that the engine wants."""
    return int.from_bytes(hashlib.blake2b(word.encode(), digest_size=6).digest())
