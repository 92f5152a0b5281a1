"""School holidays of mainland France by zone, from dates and postcodes alone.

They are set by decree, by zone, from the Saturday after classes to the morning of their return; the
years of `SCHOOL` are known here, others are the caller's to add. All of them are equal to those of
the package vacances-scolaires-france 0.12.0 (August 2026), which takes them from the ministry's
open data; its bridge of Ascension, a Friday, is left out. Zone A: Besancon, Bordeaux,
Clermont-Ferrand, Dijon, Grenoble, Limoges, Lyon, Poitiers; C: Creteil, Montpellier, Paris,
Toulouse, Versailles; B: the rest of the mainland.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np

from .data import BadInput, Bools

Span = tuple[date, date]


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
    _span("2027-10-23", "2027-11-08"),
    _span("2027-12-18", "2028-01-03"),
    _span("2028-07-04", "2028-09-01"),
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
        _span("2028-02-19", "2028-03-06"),
        _span("2028-04-22", "2028-05-09"),
    ),
    "B": (
        *_ALL,
        _span("2025-02-08", "2025-02-24"),
        _span("2025-04-05", "2025-04-22"),
        _span("2026-02-14", "2026-03-02"),
        _span("2026-04-11", "2026-04-27"),
        _span("2027-02-20", "2027-03-08"),
        _span("2027-04-17", "2027-05-03"),
        _span("2028-02-05", "2028-02-21"),
        _span("2028-04-08", "2028-04-24"),
    ),
    "C": (
        *_ALL,
        _span("2025-02-15", "2025-03-03"),
        _span("2025-04-12", "2025-04-28"),
        _span("2026-02-21", "2026-03-09"),
        _span("2026-04-18", "2026-05-04"),
        _span("2027-02-06", "2027-02-22"),
        _span("2027-04-03", "2027-04-19"),
        _span("2028-02-12", "2028-02-28"),
        _span("2028-04-15", "2028-05-02"),
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
