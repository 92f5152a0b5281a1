"""What members ask of the features above them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

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


@dataclass(frozen=True)
class Obstacle:
    """What has to end before somebody can be forgotten, and where they end it."""

    text: str
    url: str = ""


@dataclass(frozen=True)
class LeavingAsked:
    """Somebody wants to be forgotten by the entered venue: what stands in the way?"""

    person_id: int
    found: list[Obstacle] = field(default_factory=list)


@dataclass(frozen=True)
class PersonErased:
    """A person of the entered venue is being forgotten: whoever keeps their words, names or
    addresses drops them now. Issued documents and the ledger stay, as the law asks."""

    person_id: int
    email: str
    name: str


@dataclass(frozen=True)
class AccountErased:
    """The same for who worked at the entered venue under this account: their name goes from what
    they did; that they did it stays."""

    account_id: int


@dataclass(frozen=True)
class DataAsked:
    """A person takes their data away: whoever knows more adds lists of plain rows, by name."""

    person_id: int
    email: str
    found: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
