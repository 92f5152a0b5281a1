"""Several dates at once: each is shown with what stands in its way before anything is written."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from app.core.db import db
from app.core.errors import Refused
from app.core.i18n import _, day_name
from app.events import rules, series, taking
from app.events.models import Event, EventSeries
from app.events.rules import Wish
from app.events.series import Rhythm
from app.events.wishes import Times
from app.spaces.models import Space


@dataclass(frozen=True)
class Line:
    """A date of a series: what is wrong with it, if anything."""

    day: dt.date
    fault: str = ""

    @property
    def text(self) -> str:
        """`jeudi 17 décembre`."""
        return day_name(self.day)


@dataclass(frozen=True)
class Series:
    """What is wished, the hours as typed, the clock they are on, and how it comes back."""

    wish: Wish
    times: Times
    zone: ZoneInfo
    rhythm: Rhythm

    @property
    def days(self) -> list[dt.date]:
        """Every date that the rhythm gives."""
        return series.dates(self.times.day, self.rhythm)

    def on(self, day: dt.date) -> Wish:
        """The wish of one date. Refuses an hour that the clock jumps over."""
        starts_at, ends_at = self.times.on(day, self.zone)
        return replace(self.wish, starts_at=starts_at, ends_at=ends_at)


def lines(plan: Series, spaces: Sequence[Space]) -> list[Line]:
    """Every date with its fault: past, no such hour, or what is there already."""
    return [Line(day, _fault(plan, day, spaces)) for day in plan.days]


def _fault(plan: Series, day: dt.date, spaces: Sequence[Space]) -> str:
    try:
        wish = plan.on(day)
        rules.check_slot(wish.slot)
    except Refused as error:
        return error.text
    return " ".join(clash.text for clash in taking.clashes(spaces, wish.slot))


def create(plan: Series, days: Sequence[dt.date], by: int | None) -> list[Event]:
    """One event for each of the days, all or none. Refuses days that the rhythm does not give, and
    with `InTheWay` when something came in between."""
    if not days or not set(days) <= set(plan.days):
        raise Refused(_("Choisissez au moins une date."), field="dates")
    row = EventSeries(
        name=plan.wish.title_fr[: rules.TITLE],
        rhythm=plan.rhythm.kind,
        every=plan.rhythm.every,
        by_account=by,
    )
    db.session.add(row)
    db.session.flush()  # id for its dates
    return [rules.create(plan.on(day), by, series_id=row.id) for day in sorted(days)]
