"""When a space is open: weekly hours, dated exceptions, public holidays. Read once, asked often."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple

import holidays
from babel.dates import get_day_names
from sqlalchemy import (
    CompoundSelect,
    Date,
    Select,
    bindparam,
    literal_column,
    null,
    select,
    union_all,
)

from app.core.db import any_of, send
from app.core.i18n import lang
from app.core.slots import Interval, edge
from app.spaces.models import DatedHours, Opening, Site, Space


@lru_cache(maxsize=256)
def public_holidays(
    country: str, subdivision: str | None, year: int, language: str = "fr"
) -> dict[dt.date, str]:
    """Dates and names of the public holidays of a place; none for a country we do not know.

    A language that is not known for that country gives the country's own.
    """
    spoken = {"fr": "fr", "en": "en_US"}[language]
    try:
        found = holidays.country_holidays(country, subdiv=subdivision, years=year, language=spoken)
    except NotImplementedError:
        return {}
    return dict(found.items())


def holiday(site: Site, day: dt.date) -> str | None:
    """The name of the public holiday of that day, if it is one."""
    return public_holidays(site.country, site.subdivision, day.year, lang()).get(day)


def weekday_name(weekday: int) -> str:
    """`lundi` for 0, in the language of the page."""
    return str(get_day_names(locale=lang())[weekday])


def is_holiday(site: Site, day: dt.date) -> bool:
    """Whether it is one; asked for every space of every day, so in no language."""
    return day in public_holidays(site.country, site.subdivision, day.year)


class Dated(NamedTuple):
    """An exception on one date: other hours, or closed when both ends are empty."""

    opens: int | None
    closes: int | None
    reason: str


@dataclass(frozen=True)
class Hours:
    """Opening hours of some sites over some days, loaded in one query."""

    weekly: dict[tuple[int, int | None, int], list[tuple[int, int]]]
    dated: dict[tuple[int, int | None, dt.date], list[Dated]]
    with_own_week: frozenset[int]
    opened: dict[tuple[int, int | None, dt.date], list[Interval]] = field(default_factory=dict)

    def minutes(self, space: Space, day: dt.date) -> list[tuple[int, int]]:
        """Open minutes of a local day, as wall-clock pairs.

        A dated exception of the space wins over one of the site, which wins over a public
        holiday, which wins over the week.
        """
        site = space.site
        for owner in (space.id, None):
            if rows := self.dated.get((site.id, owner, day)):
                return sorted(
                    (r.opens, r.closes)
                    for r in rows
                    if r.opens is not None and r.closes is not None
                )
        if not site.open_on_holidays and is_holiday(site, day):
            return []
        owner = space.id if space.id in self.with_own_week else None
        return self.weekly.get((site.id, owner, day.weekday()), [])

    def windows(self, space: Space, day: dt.date) -> list[Interval]:
        """The same as intervals of real time: 23 or 25 hours on a day when the clock changes.

        Two hundred rooms of one building share theirs.
        """
        site = space.site
        alone = space.id in self.with_own_week or (site.id, space.id, day) in self.dated
        key = (site.id, space.id if alone else None, day)
        found = self.opened.get(key)
        if found is None:
            zone = site.zone
            edges = (
                (edge(day, opens, zone), edge(day, closes, zone))
                for opens, closes in self.minutes(space, day)
            )
            found = [Interval(start, end) for start, end in edges if start < end]
            self.opened[key] = found
        return found

    def reason(self, space: Space, day: dt.date) -> str:
        """Why a day is closed, when somebody said why."""
        for owner in (space.id, None):
            for row in self.dated.get((space.site_id, owner, day), ()):
                if row.reason:
                    return row.reason
        return holiday(space.site, day) or ""


WEEKLY: Select[Any] = select(
    Opening.site_id,
    Opening.space_id,
    Opening.weekday,
    null().label("day"),
    Opening.opens,
    Opening.closes,
    literal_column("''"),
).where(Opening.site_id == any_of("sites"))
DATED: Select[Any] = select(
    DatedHours.site_id,
    DatedHours.space_id,
    literal_column("-1"),
    DatedHours.day,
    DatedHours.opens,
    DatedHours.closes,
    DatedHours.reason,
).where(
    DatedHours.site_id == any_of("sites"),
    DatedHours.day.between(bindparam("first", type_=Date), bindparam("last", type_=Date)),
)
BOTH: CompoundSelect[Any] = union_all(WEEKLY, DATED).order_by("opens")


def load(site_ids: Iterable[int], first: dt.date, last: dt.date) -> Hours:
    """Hours of these sites from `first` to `last`, both included."""
    weekly: dict[tuple[int, int | None, int], list[tuple[int, int]]] = defaultdict(list)
    dated: dict[tuple[int, int | None, dt.date], list[Dated]] = defaultdict(list)
    asked = {"sites": list(site_ids), "first": first, "last": last}
    for site_id, space_id, weekday, day, opens, closes, reason in send(BOTH, asked):
        if day is None:
            weekly[site_id, space_id, weekday].append((opens, closes))
        else:
            dated[site_id, space_id, day].append(Dated(opens, closes, reason))
    own = frozenset(space_id for _, space_id, _ in weekly if space_id is not None)
    return Hours(dict(weekly), dict(dated), own)
