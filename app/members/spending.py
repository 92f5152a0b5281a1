"""What a company's people bought in a month of theirs, seat by seat, and what it has left."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from babel.dates import format_date

from app.core import clock, slots
from app.core.i18n import lang
from app.core.signals import publish
from app.members import companies
from app.members.facts import SpendingAsked, Spent
from app.members.models import Company, Person, Seat

FIRST_YEAR = 2000
FIRST = dt.date(FIRST_YEAR, 1, 1)


@dataclass(frozen=True)
class SeatMonth:
    """One seat and what it cost."""

    seat: Seat
    person: Person
    spent: Spent


@dataclass(frozen=True)
class Month:
    """A company's month: its seats, its sum, its budget in percent."""

    first: dt.date
    seats: list[SeatMonth]
    cents: int
    percent: int | None
    before: str
    after: str | None

    @property
    def name(self) -> str:
        """`novembre 2026`."""
        return str(format_date(self.first, "MMMM y", locale=lang()))


def asked(raw: str) -> dt.date | None:
    """A month as an address writes it, `2026-11`; nothing for what is none."""
    try:
        found = dt.datetime.strptime(raw, "%Y-%m").replace(tzinfo=dt.UTC).date()
    except ValueError:
        return None
    return found if found.year >= FIRST_YEAR else None


def month_of(instant: dt.datetime, zone: ZoneInfo) -> tuple[dt.datetime, dt.datetime]:
    """The month of a moment by the building's clock: its first instant and the next one's."""
    first = slots.local_day(instant, zone).replace(day=1)
    after = (first + dt.timedelta(days=32)).replace(day=1)
    return slots.day_bounds(first, zone).start, slots.day_bounds(after, zone).start


def spent(company_id: int, start: dt.datetime, end: dt.datetime, besides: int = 0) -> int:
    """Cents of all that a company's people bought in a span and that stands, of whoever sold it;
    without the booking `besides`."""
    asked = SpendingAsked(company_id, start, end, besides)
    publish(asked)
    return sum(one.cents for one in asked.found.values())


def left(company: Company, instant: dt.datetime, zone: ZoneInfo, besides: int = 0) -> int | None:
    """What may still be spent in the month of a moment; None without a budget. Whoever spends it
    holds the company (`companies.for_spending`) from before this is read until they commit."""
    if company.budget_cents is None:
        return None
    start, end = month_of(instant, zone)
    return company.budget_cents - spent(company.id, start, end, besides)


def month(one: Company, zone: ZoneInfo, day: dt.date | None = None) -> Month:
    """The month of a day, this one's by default: one to come is this one too."""
    this = slots.local_day(clock.now(), zone).replace(day=1)
    first = min(this, (day or this).replace(day=1))
    after = (first + dt.timedelta(days=32)).replace(day=1)
    wanted = SpendingAsked(
        one.id, slots.day_bounds(first, zone).start, slots.day_bounds(after, zone).start
    )
    publish(wanted)
    seats = [
        SeatMonth(seat, person, wanted.found.get(person.id, Spent(0, 0)))
        for seat, person in companies.seats(one.id)
    ]
    total = sum(spent.cents for spent in wanted.found.values())
    percent = 100 * total // one.budget_cents if one.budget_cents else None
    before = f"{first - dt.timedelta(days=1):%Y-%m}" if first > FIRST else ""
    later = f"{after:%Y-%m}" if after <= this else None
    return Month(first, seats, total, percent, before, later)
