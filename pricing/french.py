"""French public and school holidays, as the forecast wants them: `Calendar` flags from dates alone.

Public holidays follow from the date of Easter (the Gregorian computus). School holidays are
those of `school`.
"""

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt

from .data import Bools
from .forecast import Calendar
from .school import Span, without_school

FIXED = ((1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25))
AFTER_EASTER = (1, 39, 50)  # Easter Monday, Ascension, Whit Monday
ALSACE = (-2,)  # Good Friday; 26 December beside


def easter(year: int) -> date:
    """Return Easter Sunday of a Gregorian year (Meeus, Jones & Butcher)."""
    century, rest = divmod(year, 100)
    golden = year % 19
    epact = (
        19 * golden + century - century // 4 - (century - (century + 8) // 25 + 1) // 3 + 15
    ) % 30
    week = (32 + 2 * (century % 4) + 2 * (rest // 4) - epact - rest % 4) % 7
    late = (golden + 11 * epact + 22 * week) // 451
    month, day = divmod(epact + week - 7 * late + 114, 31)
    return date(year, month, day + 1)


def public_holidays(year: int, *, alsace: bool = False) -> frozenset[date]:
    """Return the eleven public holidays of a year, thirteen in Alsace and Moselle."""
    days = {date(year, month, day) for month, day in FIXED}
    moving = AFTER_EASTER + (ALSACE if alsace else ())
    days |= {easter(year) + timedelta(days=shift) for shift in moving}
    return frozenset(days | ({date(year, 12, 26)} if alsace else set()))


def calendar(
    days: Sequence[object] | npt.NDArray[np.datetime64],
    zone: str,
    *,
    alsace: bool = False,
    events: npt.ArrayLike = 0.0,
    school: Sequence[Span] = (),
) -> Calendar:
    """Return the `Calendar` of `days` (n,) in a school zone, "A", "B" or "C".

    `events` (n,) or a number, 0 where there is none; `school` further spans without classes, each
    from its first day up to the day that classes resume, for years unknown to `SCHOOL` there.
    """
    usual = Calendar.of(days)
    dates: list[date] = usual.day.tolist()
    free = set().union(*(public_holidays(year, alsace=alsace) for year in {d.year for d in dates}))
    flags: Bools = np.array([day in free for day in dates], dtype=np.bool_)
    return Calendar(usual.day, flags, without_school(dates, zone, school), np.asarray(events))
