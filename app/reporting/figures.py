"""What a venue sells of its time, and for how much: the words are defined in docs/glossary.md.

Every query answers for all tenants that the scope may read, in a constant number of statements.
Amounts are net of VAT, in cents; hours are hours of single units.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, case, func, or_, select

from app.booking.models import Booking, Cancellation
from app.core.db import db
from app.core.slots import Interval, day_bounds
from app.ledger.models import LedgerEntry, LedgerLine
from app.spaces import calendar
from app.spaces.models import Composition, Site, Space, Unit

YEAR = dt.timedelta(days=364)  # the same weekday a year ago
WEEK = dt.timedelta(days=7)


@dataclass(frozen=True)
class Figures:
    """One venue over a period: hours open and sold, what they brought."""

    open_hours: float = 0.0
    sold_hours: float = 0.0
    net_cents: int = 0

    @property
    def occupancy(self) -> float:
        """Sold hours per open hour, 0-1 and a little above when sold outside opening hours."""
        return self.sold_hours / self.open_hours if self.open_hours else 0.0

    @property
    def adr_cents(self) -> int:
        """Average rate: net cents per sold hour."""
        return round(self.net_cents / self.sold_hours) if self.sold_hours else 0

    @property
    def revpah_cents(self) -> int:
        """Revenue per available hour: net cents per open hour."""
        return round(self.net_cents / self.open_hours) if self.open_hours else 0

    def __add__(self, other: Figures) -> Figures:
        return Figures(
            self.open_hours + other.open_hours,
            self.sold_hours + other.sold_hours,
            self.net_cents + other.net_cents,
        )


@dataclass(frozen=True)
class Period:
    """Local days from `first` to `last`, both included."""

    first: dt.date
    last: dt.date

    def bounds(self, zone: ZoneInfo) -> Interval:
        """The same in real time."""
        return Interval(day_bounds(self.first, zone).start, day_bounds(self.last, zone).end)

    def before(self) -> Period:
        """The same weekdays a year ago."""
        return Period(self.first - YEAR, self.last - YEAR)

    @property
    def days(self) -> list[dt.date]:
        """Each day."""
        return [self.first + dt.timedelta(days=n) for n in range((self.last - self.first).days + 1)]


ZONE = ZoneInfo("Europe/Paris")
"""The clock of whoever compares venues; a venue's own days are cut on its own clock."""


def _units_of_space() -> Any:
    """How many units one taking of a space uses: all of a whole, else one per thing booked."""
    return (
        select(Composition.space_id, func.count().label("units"))
        .group_by(Composition.space_id)
        .subquery()
    )


def _hours(units: Any) -> ColumnElement[Any]:
    """Unit hours of a booking."""
    each = case((Space.takes == "all", func.coalesce(units.c.units, 1)), else_=Booking.quantity)
    return func.extract("epoch", Booking.ends_at - Booking.starts_at) / 3600 * each


def _net() -> ColumnElement[Any]:
    return func.round(Booking.price_cents * 10000.0 / (10000 + Booking.vat_bp))


def _used_in(period: Period) -> ColumnElement[bool]:
    """Bookings that start on one of these days on the clock of their site. The bounds of the
    widest clocks come first, for the index."""
    day, wide = func.date(func.timezone(Site.timezone, Booking.starts_at)), period.bounds(ZONE)
    return and_(
        Booking.starts_at >= wide.start - dt.timedelta(days=1),
        Booking.starts_at < wide.end + dt.timedelta(days=1),
        day.between(period.first, period.last),
    )


def _standing_at(moment: dt.datetime) -> ColumnElement[bool]:
    """Bookings that stood at a moment: made by then, not given back by then."""
    return and_(
        Booking.confirmed_at <= moment,
        or_(Cancellation.at.is_(None), Cancellation.at > moment),
    )


def open_hours(period: Period) -> dict[int, float]:
    """Unit hours on sale, by tenant. A unit counts once, however many spaces it serves."""
    rows = db.session.execute(
        select(Composition.space_id, func.count())
        .join(Unit, Unit.id == Composition.unit_id)
        .where(Unit.retired_at.is_(None))
        .group_by(Composition.space_id)
    )
    counts = dict(rows.tuples().all())
    spaces = db.session.scalars(
        select(Space).where(Space.takes == "any", Space.retired_at.is_(None))
    ).all()
    hours = calendar.load({space.site_id for space in spaces}, period.first, period.last)
    found: dict[int, float] = defaultdict(float)
    for space in spaces:
        minutes = sum(b - a for day in period.days for a, b in hours.minutes(space, day))
        found[space.tenant_id] += minutes / 60 * counts.get(space.id, 0)
    return dict(found)


def of_period(period: Period) -> dict[int, Figures]:
    """Open and sold hours and net revenue of each tenant, by the day of use."""
    opened = open_hours(period)
    units = _units_of_space()
    rows = db.session.execute(
        select(Booking.tenant_id, func.sum(_hours(units)), func.sum(_net()))
        .join(Space, Space.id == Booking.space_id)
        .join(Site, Site.id == Space.site_id)
        .outerjoin(units, units.c.space_id == Booking.space_id)
        .where(Booking.state == "confirmed", _used_in(period))
        .group_by(Booking.tenant_id)
    )
    sold = {tenant: (float(hours), int(net)) for tenant, hours, net in rows}
    return {
        tenant: Figures(opened.get(tenant, 0.0), *sold.get(tenant, (0.0, 0)))
        for tenant in {*opened, *sold}
    }


def on_the_books(period: Period, moments: Sequence[dt.datetime]) -> dict[int, list[float]]:
    """Unit hours of a period that stood at each of some moments, by tenant."""
    units = _units_of_space()
    hours = _hours(units)
    columns = [func.coalesce(func.sum(hours).filter(_standing_at(m)), 0.0) for m in moments]
    rows = db.session.execute(
        select(Booking.tenant_id, *columns)
        .join(Space, Space.id == Booking.space_id)
        .join(Site, Site.id == Space.site_id)
        .outerjoin(units, units.c.space_id == Booking.space_id)
        .outerjoin(Cancellation, Cancellation.booking_id == Booking.id)
        .where(Booking.state.in_(("confirmed", "cancelled")), _used_in(period))
        .group_by(Booking.tenant_id)
    )
    return {row[0]: [float(value) for value in row[1:]] for row in rows}


@dataclass(frozen=True)
class Pace:
    """How full a period is now against the same moment a year ago, in points, week by week."""

    points: list[float]
    now_percent: float
    then_percent: float

    @property
    def gap(self) -> int:
        """Points ahead of last year today."""
        return round(self.points[-1])


def pace(period: Period, now: dt.datetime, weeks: int = 8) -> dict[int, Pace]:
    """Pace of each tenant for a coming period; the last point is today."""
    moments = [now - WEEK * back for back in range(weeks, -1, -1)]
    before = period.before()
    here, there = open_hours(period), open_hours(before)
    booked = on_the_books(period, moments)
    former = on_the_books(before, [moment - YEAR for moment in moments])
    none = [0.0] * len(moments)
    found = {}
    for tenant, opened in here.items():
        now_ = [100 * h / opened if opened else 0.0 for h in booked.get(tenant, none)]
        base = there.get(tenant) or opened
        then = [100 * h / base if base else 0.0 for h in former.get(tenant, none)]
        points = [a - b for a, b in zip(now_, then, strict=True)]
        found[tenant] = Pace(points, now_[-1], then[-1])
    return found


def pick_up(since: dt.datetime, until: dt.datetime) -> dict[int, dict[dt.date, float]]:
    """Unit hours booked in a stretch of time, by tenant and day of booking; what was given back
    since counts, for it was picked up."""
    units = _units_of_space()
    day = func.date(func.timezone(Site.timezone, Booking.confirmed_at))
    rows = db.session.execute(
        select(Booking.tenant_id, day, func.sum(_hours(units)))
        .join(Space, Space.id == Booking.space_id)
        .join(Site, Site.id == Space.site_id)
        .outerjoin(units, units.c.space_id == Booking.space_id)
        .where(Booking.confirmed_at >= since, Booking.confirmed_at < until)
        .group_by(Booking.tenant_id, day)
    )
    found: dict[int, dict[dt.date, float]] = defaultdict(dict)
    for tenant, on, hours in rows:
        found[tenant][on] = float(hours)
    return dict(found)


def unpaid(now: dt.datetime) -> dict[int, int]:
    """Cents that customers still owe for what they have used, by tenant."""
    rows = db.session.execute(
        select(LedgerEntry.tenant_id, func.sum(LedgerLine.amount_cents))
        .join(LedgerLine, LedgerLine.entry_id == LedgerEntry.id)
        .join(Booking, Booking.id == LedgerEntry.source_id)
        .where(
            LedgerEntry.source == "booking",
            LedgerLine.account == "receivable",
            Booking.ends_at <= now,
        )
        .group_by(LedgerEntry.tenant_id)
    )
    return {tenant: int(cents) for tenant, cents in rows}


def towns() -> dict[int, str]:
    """Where each tenant's first site is."""
    rows = db.session.execute(select(Site.tenant_id, Site.city).order_by(Site.position.desc()))
    return dict(rows.tuples().all())
