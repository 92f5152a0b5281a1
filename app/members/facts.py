"""What members ask of the features above them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from markupsafe import Markup


@dataclass(frozen=True)
class PersonShown:
    """The page of a person is being made: whoever knows more adds a section."""

    person_id: int
    sections: list[Markup] = field(default_factory=list)


@dataclass(frozen=True)
class Spent:
    """What one person booked for a company."""

    bookings: int
    cents: int


@dataclass(frozen=True)
class SpendingAsked:
    """What did the people of a company buy in a span, by person; without the booking `besides`."""

    company_id: int
    start: dt.datetime
    end: dt.datetime
    besides: int = 0
    found: dict[int, Spent] = field(default_factory=dict)
