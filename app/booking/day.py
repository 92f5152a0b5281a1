"""The day as the desk sees it: every space, what takes it, what is to be done.

A constant number of queries whatever the number of rooms and bookings; rows are plain tuples.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import and_, func, select, text

from app.booking.models import Booking, CheckIn, NoShow
from app.core import clock
from app.core.db import any_of, db, send
from app.core.money import vat_inside
from app.core.slots import Interval, day_bounds, local_day
from app.ledger.models import LedgerEntry, LedgerLine
from app.members.models import Person
from app.occupancy import rules as occupancy
from app.occupancy.models import Occupancy, meeting, meets
from app.occupancy.rules import Place
from app.spaces import calendar
from app.spaces.calendar import Hours
from app.spaces.models import Space

USUAL_WEEKS = 8
USUAL_LEAST = 3
SHOWN = ("booking", "hold", "event", "buffer")  # what widens the hours of a day


class Use(NamedTuple):
    """What takes a unit: a booking with its person, or a closure with its label.

    A tuple, since a month has thousands: it is the row that came, under names.
    """

    unit_id: int
    space_id: int | None
    starts_at: dt.datetime
    ends_at: dt.datetime
    until: dt.datetime
    kind: str
    source: str
    source_id: int | None
    label: str
    expires_at: dt.datetime | None
    code: str | None
    people: int
    price_cents: int
    vat_bp: int
    way: str
    origin: str
    given: str
    person: str | None
    person_id: int | None
    arrived_at: dt.datetime | None
    absent: int | None

    @property
    def key(self) -> tuple[str, int | None]:
        """One booking or closure, however many units it takes."""
        return self.source, self.source_id

    @property
    def who(self) -> str:
        """For whom: the person, the name given at the desk, else the code."""
        return self.person or self.given or self.label or self.code or ""


USES = (
    select(
        Occupancy.unit_id,
        Occupancy.space_id,
        Occupancy.starts_at,
        Occupancy.ends_at,
        func.upper(Occupancy.during),
        Occupancy.kind,
        Occupancy.source,
        Occupancy.source_id,
        Occupancy.label,
        Occupancy.expires_at,
        Booking.code,
        func.coalesce(Booking.people, 0),
        func.coalesce(Booking.price_cents, 0),
        func.coalesce(Booking.vat_bp, 0),
        func.coalesce(Booking.payment_way, ""),
        func.coalesce(Booking.origin, ""),
        func.coalesce(Booking.organisation["name"].astext, ""),
        Person.name,
        Booking.person_id,
        CheckIn.at,
        NoShow.id,
    )
    .outerjoin(Booking, and_(Occupancy.source == "booking", Booking.id == Occupancy.source_id))
    .outerjoin(Person, Person.id == Booking.person_id)
    .outerjoin(CheckIn, CheckIn.booking_id == Booking.id)
    .outerjoin(NoShow, NoShow.booking_id == Booking.id)
    .where(meets(), occupancy.alive(occupancy.NOW))
    .order_by(Occupancy.starts_at, Occupancy.id)
)


def uses(interval: Interval, units: Iterable[int]) -> list[Use]:
    """Everything that takes these units in an interval, cleaning included, in order of start."""
    rows = send(USES, meeting(units, interval) | {"now": clock.now()})
    return list(map(Use._make, rows))


TOTAL = func.sum(LedgerLine.amount_cents)
DUES = (
    select(LedgerEntry.source_id, TOTAL)
    .join(LedgerLine, LedgerLine.entry_id == LedgerEntry.id)
    .where(
        LedgerEntry.source == "booking",
        LedgerEntry.source_id == any_of("bookings"),
        LedgerLine.account == "receivable",
    )
    .group_by(LedgerEntry.source_id)
    .having(TOTAL != 0)
)


def dues(booking_ids: Iterable[int]) -> dict[int, int]:
    """Cents still to be paid, by booking; those that owe nothing are left out."""
    wanted = list(booking_ids)
    if not wanted:
        return {}
    rows = send(DUES, {"bookings": wanted})
    return {int(source_id): int(cents) for source_id, cents in rows}


@dataclass(frozen=True)
class Frame:
    """The hours that are shown of a day, on the wall clock of the venue."""

    day: dt.date
    zone: ZoneInfo
    opens: int = 8
    closes: int = 22

    @property
    def hours(self) -> range:
        """Whole hours from left to right."""
        return range(self.opens, self.closes)

    def minute(self, instant: dt.datetime) -> int:
        """Minutes of the wall clock since midnight of this day; before it below zero."""
        local = instant.astimezone(self.zone)
        return (local.date() - self.day).days * 1440 + local.hour * 60 + local.minute

    def span(self, start: dt.datetime, end: dt.datetime) -> tuple[int, int] | None:
        """First quarter hour and how many, cut at the edges; None when nothing is left."""
        first = max(0, (self.minute(start) - self.opens * 60) // 15)
        last = min((self.closes - self.opens) * 4, -((self.opens * 60 - self.minute(end)) // 15))
        return (first, last - first) if last > first else None


@dataclass(frozen=True)
class Day:
    """One local day of some spaces, read once."""

    frame: Frame
    now: dt.datetime
    spaces: tuple[Space, ...]
    places: dict[int, Place]
    hours: Hours
    uses: tuple[Use, ...]
    dues: dict[int, int] = field(default_factory=dict)
    said: dict[int, str] = field(default_factory=dict)

    @property
    def is_today(self) -> bool:
        """Whether the now line belongs here."""
        return local_day(self.now, self.frame.zone) == self.frame.day

    @cached_property
    def by_unit(self) -> dict[int, list[Use]]:
        """Uses of each unit, in order."""
        found: dict[int, list[Use]] = defaultdict(list)
        for use in self.uses:
            found[use.unit_id].append(use)
        return found

    def of_space(self, space: Space) -> list[Use]:
        """Uses that touch a space, each source once, in order."""
        seen: dict[object, Use] = {}
        for unit in self.places[space.id].units:
            for use in self.by_unit.get(unit, ()):
                seen.setdefault((use.key, use.starts_at), use)
        return sorted(seen.values(), key=lambda use: use.starts_at)

    @cached_property
    def bookings(self) -> list[Use]:
        """Confirmed bookings that begin this day, each once."""
        first, last = day_bounds(self.frame.day, self.frame.zone).start, self.bounds.end
        seen: dict[int, Use] = {}
        for use in self.uses:
            if use.kind == "booking" and use.source_id and first <= use.starts_at < last:
                seen.setdefault(use.source_id, use)
        return list(seen.values())

    @property
    def bounds(self) -> Interval:
        """The local day as real time."""
        return day_bounds(self.frame.day, self.frame.zone)

    @property
    def arrivals(self) -> list[Use]:
        """Who is still expected."""
        return [
            u
            for u in self.bookings
            if u.arrived_at is None and u.absent is None and u.ends_at > self.now
        ]

    @property
    def revenue_cents(self) -> int:
        """What this day's bookings are sold for, VAT excluded, in whole euros."""
        net = sum(u.price_cents - vat_inside(u.price_cents, u.vat_bp) for u in self.bookings)
        return (net + 50) // 100 * 100


def sellable(space: Space) -> bool:
    """Whether a space is counted by its own units: a whole counts through its parts."""
    return space.takes == "any"


def of_venue(site_id: int | None = None) -> list[Space]:
    """Spaces in the order the venue chose, retired ones left out."""
    query = select(Space).where(Space.retired_at.is_(None)).order_by(Space.position, Space.id)
    if site_id is not None:
        query = query.where(Space.site_id == site_id)
    return list(db.session.scalars(query))


def load(
    spaces: Sequence[Space], first: dt.date, last: dt.date, now: dt.datetime, *, usual: bool = False
) -> list[Day]:
    """The days from `first` to `last`, both included, in four queries."""
    zone = spaces[0].site.zone if spaces else ZoneInfo("Europe/Paris")
    places = occupancy.places(spaces)
    since = first - dt.timedelta(weeks=USUAL_WEEKS) if usual else first
    hours = calendar.load({s.site_id for s in spaces}, since, last)
    units = {unit for place in places.values() for unit in place.units}
    whole = Interval(day_bounds(first, zone).start, day_bounds(last, zone).end)
    found = uses(whole, units)
    owed = dues({u.source_id for u in found if u.kind == "booking" and u.source_id})
    by_day: dict[dt.date, list[Use]] = defaultdict(list)
    for use in found:
        date, end = local_day(use.starts_at, zone), local_day(use.until, zone)
        while date <= end:
            by_day[date].append(use)
            date += dt.timedelta(days=1)
    days = []
    for number in range((last - first).days + 1):
        date = first + dt.timedelta(days=number)
        start = day_bounds(date, zone).start
        mine = tuple(u for u in by_day.get(date, ()) if u.until > start)
        frame = _frame(date, zone, spaces, hours, mine)
        days.append(Day(frame, now, tuple(spaces), places, hours, mine, owed))
    return days


def _shown_until(use: Use) -> dt.datetime:
    """Clearing down after an event is work like setting up: it is shown whole."""
    return use.until if use.kind == "event" else use.ends_at


def _frame(
    day: dt.date, zone: ZoneInfo, spaces: Sequence[Space], hours: Hours, found: Sequence[Use]
) -> Frame:
    """From the first opening to the last closing, or what is taken outside of them."""
    edges = [edge for space in spaces for pair in hours.minutes(space, day) for edge in pair]
    bare = Frame(day, zone)
    for use in found:
        if use.kind in SHOWN:
            edges += [max(0, bare.minute(use.starts_at)), min(1440, bare.minute(_shown_until(use)))]
    if not edges:
        return bare
    opens, closes = min(edges) // 60, -(-max(edges) // 60)
    return Frame(day, zone, opens, max(closes, opens + 4) if opens <= 20 else closes)


@dataclass(frozen=True)
class Fill:
    """How full a day is, and how full such a weekday usually is, in percent."""

    percent: int
    usual: int | None

    @property
    def gap(self) -> int:
        """Points above the usual."""
        return self.percent - (self.usual or 0)


def open_minutes(day: Day, date: dt.date) -> int:
    """Unit minutes on sale on a date: each unit once."""
    total = 0
    counted: set[int] = set()
    for space in day.spaces:
        if not sellable(space):
            continue
        fresh = [u for u in day.places[space.id].units if u not in counted]
        counted.update(fresh)
        total += len(fresh) * sum(b - a for a, b in day.hours.minutes(space, date))
    return total


def fill(day: Day) -> Fill:
    """Percent of the unit minutes on sale that are sold; the usual from the last eight weeks."""
    on_sale = open_minutes(day, day.frame.day)
    bounds = day.bounds
    sold = sum(
        (min(u.ends_at, bounds.end) - max(u.starts_at, bounds.start)).total_seconds() / 60
        for u in day.uses
        if u.kind in ("booking", "event") and u.starts_at < bounds.end and u.ends_at > bounds.start
    )
    percent = round(100 * sold / on_sale) if on_sale else 0
    return Fill(min(percent, 100), _usual(day))


BEFORE = text(
    "select span.at, sum(extract(epoch from taken.ends_at - taken.starts_at)) / 60"
    " from unnest(cast(:starts as timestamptz[]), cast(:ends as timestamptz[])) as span(at, until)"
    " join occupancy as taken on taken.starts_at >= span.at and taken.starts_at < span.until"
    " where taken.unit_id = any(cast(:units as bigint[])) and taken.kind in ('booking', 'event')"
    " group by span.at"
)


def _usual(day: Day) -> int | None:
    """The mean of the same weekday in the weeks before; None with too few of them."""
    zone = day.frame.zone
    before = [day.frame.day - dt.timedelta(weeks=n) for n in range(1, USUAL_WEEKS + 1)]
    spans = [day_bounds(date, zone) for date in before]
    rows = send(
        BEFORE,
        {
            "starts": [span.start for span in spans],
            "ends": [span.end for span in spans],
            "units": [unit for place in day.places.values() for unit in place.units],
        },
    ).all()
    if len(rows) < USUAL_LEAST:
        return None
    shares = []
    for start, minutes in rows:
        if on_sale := open_minutes(day, local_day(start, zone)):
            shares.append(min(100.0, 100 * float(minutes) / on_sale))
    return round(sum(shares) / len(shares)) if len(shares) >= USUAL_LEAST else None
