"""What a company's people booked in this month of theirs, seat by seat."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from app.core import clock, slots
from app.core.signals import publish
from app.members import companies
from app.members.facts import SpendingAsked, Spent
from app.members.models import Company, Person, Seat


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


def month(one: Company, zone: ZoneInfo, day: dt.date | None = None) -> Month:
    """The month of a day, this one's by default."""
    first = (day or slots.local_day(clock.now(), zone)).replace(day=1)
    after = (first + dt.timedelta(days=32)).replace(day=1)
    asked = SpendingAsked(
        one.id, slots.day_bounds(first, zone).start, slots.day_bounds(after, zone).start
    )
    publish(asked)
    seats = [
        SeatMonth(seat, person, asked.found.get(person.id, Spent(0, 0)))
        for seat, person in companies.seats(one.id)
    ]
    total = sum(spent.cents for spent in asked.found.values())
    percent = 100 * total // one.budget_cents if one.budget_cents else None
    return Month(first, seats, total, percent)
