"""One line typed at the desk: `cur 14-16 roux`. Pure: words in, a wish out, nothing is looked up.

In any order: a day (`demain`, `lun`, `26.11`, `+3`), hours (`14-16`, `9h30-11h`, `14 2h`), people
(`4p`, `x4`), the beginning of a space's name, and for whom. French and English.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass

from app.core.words import fold

WEEKDAYS = (
    ("lundi", "monday"),
    ("mardi", "tuesday"),
    ("mercredi", "wednesday"),
    ("jeudi", "thursday"),
    ("vendredi", "friday"),
    ("samedi", "saturday"),
    ("dimanche", "sunday"),
)
DAYS = {
    "aujourd'hui": 0,
    "aujourdhui": 0,
    "auj": 0,
    "today": 0,
    "ce": 0,
    "demain": 1,
    "dem": 1,
    "tomorrow": 1,
    "tmr": 1,
    "apres-demain": 2,
    "apresdemain": 2,
}
HOURS = {"midi": 720, "noon": 720, "minuit": 1440, "midnight": 1440}
FILLERS = frozenset({"pour", "for", "le", "on", "a", "at", "de", "from", "salle", "room", "the"})

CLOCK = r"(\d{1,2})(?:[h:](\d{2})?)?(am|pm)?"
RANGE = re.compile(rf"{CLOCK}(?:-|–|a|to){CLOCK}")
LENGTH = re.compile(r"(?:(\d{1,2})h(\d{2})?|(\d{1,3})(?:min|mn|m))")
PEOPLE = re.compile(r"(?:x(\d{1,3})|(\d{1,3})(?:p|pers|personnes?|people|pax))")
DATE = re.compile(r"(\d{1,2})[./](\d{1,2})(?:[./](\d{2}|\d{4}))?")
ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
AHEAD = re.compile(r"\+(\d{1,2})")


@dataclass(frozen=True)
class Wish:
    """What was understood. Minutes are of the wall clock; `left` are words for person or space."""

    day: dt.date
    start: int | None = None
    end: int | None = None
    people: int = 1
    left: tuple[str, ...] = ()

    @property
    def has_hours(self) -> bool:
        """Whether both ends are known and in order."""
        return self.start is not None and self.end is not None and self.start < self.end


def parse(line: str, today: dt.date) -> Wish:
    """Read a line; what is no day, hour or number of people is left for spaces and people."""
    day, start, end, people = today, None, None, 1
    left: list[str] = []
    for typed in _tokens(line):
        token = fold(typed)
        if (found := _day(token, today)) is not None:
            day = found
        elif match := PEOPLE.fullmatch(token):
            people = int(match[1] or match[2])
        elif (span := _range(token)) is not None:
            start, end = span
        elif start is not None and end is None and (length := LENGTH.fullmatch(token)):
            end = _end(start, length, _clock(token))
        elif start is None and (at := _clock(token)) is not None:
            start = at
        elif token not in FILLERS:
            left.append(typed)
    return Wish(day, start, end, max(1, people), tuple(left))


def _tokens(line: str) -> list[str]:
    """Words as typed; blanks inside `14 - 16` and before `pers` do not part."""
    text = line[:200].replace("’", "'")
    text = re.sub(r"(?<=[\dhm])\s*(?:-|–)\s*(?=\d)", "-", text, flags=re.IGNORECASE)
    text = re.sub(r"(?<=\d)\s+(?=(?:pers|personnes?|people|pax)\b)", "", text, flags=re.IGNORECASE)
    return [token for token in re.split(r"[\s,;]+", text) if token]


def _day(token: str, today: dt.date) -> dt.date | None:
    if token in DAYS:
        return today + dt.timedelta(days=DAYS[token])
    if match := AHEAD.fullmatch(token):
        return today + dt.timedelta(days=int(match[1]))
    if match := ISO.fullmatch(token):
        return _date(int(match[1]), int(match[2]), int(match[3]))
    if match := DATE.fullmatch(token):
        return _dated(match, today)
    for number, names in enumerate(WEEKDAYS):
        if len(token) >= 3 and any(name.startswith(token) for name in names):
            return today + dt.timedelta(days=(number - today.weekday()) % 7)
    return None


def _date(year: int, month: int, day: int) -> dt.date | None:
    try:
        return dt.date(year, month, day)
    except ValueError:
        return None


def _dated(match: re.Match[str], today: dt.date) -> dt.date | None:
    """A day and month; without a year the next one to come."""
    year = int(match[3]) if match[3] else today.year
    found = _date(year + 2000 if year < 100 else year, int(match[2]), int(match[1]))
    if found is not None and not match[3] and found < today:
        found = _date(today.year + 1, int(match[2]), int(match[1]))
    return found


def _minutes(hour: str, minute: str | None, half: str | None) -> int | None:
    at = int(hour) % 12 + (12 if half == "pm" else 0) if half else int(hour)
    total = at * 60 + int(minute or 0)
    return total if total <= 1440 and int(minute or 0) < 60 else None


def _clock(token: str) -> int | None:
    if token in HOURS:
        return HOURS[token]
    match = re.fullmatch(CLOCK, token)
    return _minutes(match[1], match[2], match[3]) if match else None


def _range(token: str) -> tuple[int, int] | None:
    match = RANGE.fullmatch(token)
    if match is None:
        return None
    first = _minutes(match[1], match[2], match[3])
    last = _minutes(match[4], match[5], match[6])
    if first is None or last is None or first >= last:
        return None
    return first, last


def _end(start: int, length: re.Match[str], at: int | None) -> int:
    """A length after the start; an hour of the clock where that would go past midnight."""
    minutes = int(length[3]) if length[3] else int(length[1]) * 60 + int(length[2] or 0)
    end = start + minutes
    return at if end > 1440 and at is not None and at > start else end


@dataclass(frozen=True)
class Named:
    """A space as the desk calls it."""

    id: int
    name: str


@dataclass(frozen=True)
class Match:
    """Spaces that were meant, best first, and the words that name a person."""

    spaces: tuple[int, ...]
    who: str


def spaces_meant(left: Sequence[str], spaces: Sequence[Named]) -> Match:
    """Match words with the beginning of words in names of spaces; the rest is for whom.

    The first word that begins a space's name says which; further ones narrow it down.
    """
    folded = {space.id: fold(space.name).replace("-", " ").split() for space in spaces}
    candidates: list[int] = []
    who: list[str] = []
    for typed in left:
        word = fold(typed)
        hits = [id_ for id_, parts in folded.items() if any(p.startswith(word) for p in parts)]
        if not candidates and hits and not who_only(word, who, hits):
            candidates = hits
        elif candidates and (narrowed := [id_ for id_ in candidates if id_ in hits]) and not who:
            candidates = narrowed
        else:
            who.append(typed)
    return Match(tuple(candidates), " ".join(who))


def as_name(who: str) -> str:
    """`zoé de la tour` is somebody called Zoé De La Tour; `McKay` and `d'Arc` are left alone."""
    return " ".join(w if w != w.lower() or "'" in w else w.title() for w in who.split())


def who_only(word: str, who: Sequence[str], hits: Sequence[int]) -> bool:
    """One letter names no space once a person was begun."""
    return bool(who) and len(word) < 2 and bool(hits)
