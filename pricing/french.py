"""French public and school holidays, as the forecast wants them: `Calendar` flags from dates alone.

Public holidays follow from the date of Easter (the Gregorian computus). School holidays are set by
decree, by zone, from the Saturday after classes to the Monday of their return; the years of
`SCHOOL` are known here, others are the caller's to add. Zone A: Besancon,
Bordeaux, Clermont-Ferrand, Dijon, Grenoble, Limoges, Lyon, Poitiers; C: Creteil, Montpellier,
Paris, Toulouse, Versailles; B: the rest of the mainland.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt

from .data import BadInput, Bools
from .forecast import Calendar

Span = tuple[date, date]
FIXED = ((1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25))
AFTER_EASTER = (1, 39, 50)  # Easter Monday, Ascension, Whit Monday
ALSACE = (-2,)  # Good Friday; 26 December beside


def _span(first: str, back: str) -> Span:
    """Return the days without school from `first` up to, not including, the day classes resume."""
    return date.fromisoformat(first), date.fromisoformat(back)


_ALL = (
    _span("2024-10-19", "2024-11-04"),
    _span("2024-12-21", "2025-01-06"),
    _span("2025-07-05", "2025-09-01"),
    _span("2025-10-18", "2025-11-03"),
    _span("2025-12-20", "2026-01-05"),
    _span("2026-07-04", "2026-09-01"),
    _span("2026-10-17", "2026-11-02"),
    _span("2026-12-19", "2027-01-04"),
    _span("2027-07-03", "2027-09-01"),
)
SCHOOL: Mapping[str, tuple[Span, ...]] = {
    "A": (
        *_ALL,
        _span("2025-02-22", "2025-03-10"),
        _span("2025-04-19", "2025-05-05"),
        _span("2026-02-07", "2026-02-23"),
        _span("2026-04-04", "2026-04-20"),
        _span("2027-02-13", "2027-03-01"),
        _span("2027-04-10", "2027-04-26"),
    ),
    "B": (
        *_ALL,
        _span("2025-02-08", "2025-02-24"),
        _span("2025-04-05", "2025-04-22"),
        _span("2026-02-14", "2026-03-02"),
        _span("2026-04-11", "2026-04-27"),
        _span("2027-02-20", "2027-03-08"),
        _span("2027-04-17", "2027-05-03"),
    ),
    "C": (
        *_ALL,
        _span("2025-02-15", "2025-03-03"),
        _span("2025-04-12", "2025-04-28"),
        _span("2026-02-21", "2026-03-09"),
        _span("2026-04-18", "2026-05-04"),
        _span("2027-02-06", "2027-02-22"),
        _span("2027-04-03", "2027-04-19"),
    ),
}


_A = "25 39 70 90 24 33 40 47 64 03 15 43 63 21 58 71 89 07 26 38 73 74 19 23 87 01 42 69 16 17"
_A += " 79 86"
_C = "77 93 94 11 30 34 48 66 75 09 12 31 32 46 65 81 82 78 91 92 95"
_POSTCODE = re.compile("[0-9]{5}")
_NO_ZONE = ("20", "97", "98")  # Corsica and overseas have calendars of their own


def zone_of(postcode: str) -> str | None:
    """Return the school zone of a French postcode; None for what is none, and where none holds."""
    department = postcode[:2]
    if not _POSTCODE.fullmatch(postcode) or department in (*_NO_ZONE, "00", "96", "99"):
        return None
    return "A" if department in _A.split() else "C" if department in _C.split() else "B"


def without_school(days: Sequence[date], zone: str, more: Sequence[Span] = ()) -> Bools:
    """Return which of `days` (n,) have no school in a zone, "A", "B" or "C", years of `SCHOOL` and
    further spans alike; refuses another zone.
    """
    if zone not in SCHOOL:
        raise BadInput("zone", None, f"must be one of {', '.join(SCHOOL)}, not {zone!r}")
    spans = (*SCHOOL[zone], *more)
    off = [any(first <= day < back for first, back in spans) for day in days]
    return np.array(off, dtype=np.bool_)


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
    from its first day up to the day that classes resume, for years that `SCHOOL` does not know.
    """
    usual = Calendar.of(days)
    dates: list[date] = usual.day.tolist()
    free = set().union(*(public_holidays(year, alsace=alsace) for year in {d.year for d in dates}))
    flags: Bools = np.array([day in free for day in dates], dtype=np.bool_)
    return Calendar(usual.day, flags, without_school(dates, zone, school), np.asarray(events))
