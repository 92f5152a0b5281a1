"""What a company's people booked in this month of theirs, seat by seat."""

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
