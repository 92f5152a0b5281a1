"""What the engine reads: bookings, quotes and closures as typed, checked columns.

Times are the venue's local time without zone: `day` is a calendar day, `start` and `length` are
minutes (a 23-hour day simply has no request in its missing hour), `made_at` is a minute. Prices are
floats in the venue's currency; rounding to cents is the guardrails' work, after optimising.

Everything that comes in is checked once, here, and a fault is told with its field and row. The
modules behind this one may therefore trust their columns.
"""

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any, NamedTuple, Self

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Moments = npt.NDArray[np.datetime64]

BOOKED, LEFT, UNAVAILABLE = 0, 1, 2
OUTCOMES = ("booked", "left", "unavailable")
NEVER = np.datetime64("NaT", "m")
DAY_MINUTES = 1440


class BadInput(ValueError):
    """A value the engine refuses; `field` and `row` say where it stands (row counts from 0)."""

    def __init__(self, field: str, row: int | None, why: str) -> None:
        """Word the fault as `field, row n: why`."""
        self.field, self.row = field, row
        place = field if row is None else f"{field}, row {row}"
        super().__init__(f"{place}: {why}")


def refuse(field: str, wrong: Bools, why: str) -> None:
    """Raise BadInput for the first row where `wrong` holds; say nothing when none does."""
    if np.any(wrong):
        raise BadInput(field, int(np.argmax(wrong)), why)


def finite(field: str, values: npt.ArrayLike, low: float = -np.inf) -> Floats:
    """Return a fresh float column; refuse NaN, infinities and anything below `low`."""
    try:
        column = np.array(values, dtype=np.float64)
    except (TypeError, ValueError) as error:  # words, complex numbers, ragged rows, nothing
        raise BadInput(field, None, "is not a column of numbers") from error
    flat = column.ravel()
    refuse(field, ~np.isfinite(flat), "not a finite number")
    refuse(field, flat < low, f"below {low:g}")
    return column


class PastBooking(NamedTuple):
    """One row of `Bookings` in Python's own types, as the app and the demo world want it."""

    space: int
    day: date
    start: int
    length: int
    made_at: datetime
    price: float
    party: int
    cancelled_at: datetime | None
    no_show: bool

    @property
    def lead_days(self) -> int:
        """Return whole days between the booking and the day it is for."""
        return (self.day - self.made_at.date()).days


class Columns:
    """Frozen columns of equal length: selecting, counting and checking, told once."""

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(getattr(self, fields(self)[0].name))  # type: ignore[arg-type]

    def pick(self, rows: npt.NDArray[Any]) -> Self:
        """Return the rows of a mask or an index array, in that order."""
        picked = {f.name: getattr(self, f.name)[rows] for f in fields(self)}  # type: ignore[arg-type]
        return replace(self, **picked)  # type: ignore[type-var]

    def _convert(self, kinds: Mapping[str, str]) -> None:
        """Copy each column to its type; refuse unequal lengths and values that do not convert."""
        size: int | None = None
        for name, kind in kinds.items():
            column = _converted(name, getattr(self, name), kind)
            size = len(column) if size is None else size
            if len(column) != size:
                raise BadInput(name, None, f"{len(column)} rows where the others have {size}")
            object.__setattr__(self, name, column)


def _converted(name: str, values: npt.ArrayLike, kind: str) -> npt.NDArray[Any]:
    """Return a fresh one-dimensional column of `kind`; whole numbers must be whole."""
    raw = np.asarray(values)
    if raw.ndim != 1:
        raise BadInput(name, None, f"one dimension expected, {raw.ndim} given")
    if kind == "int64" and raw.dtype.kind == "f":
        refuse(name, ~np.isfinite(raw) | (raw != np.floor(raw)), "not a whole number")
    try:
        column = np.array(raw, dtype=kind)
    except (TypeError, ValueError) as error:
        raise BadInput(name, None, f"not a column of {kind} ({error})") from error
    if column.dtype.kind == "f":
        refuse(name, ~np.isfinite(column), "not a finite number")
    column.flags.writeable = False
    return column


@dataclass(frozen=True)
class Bookings(Columns):
    """Bookings ever made, cancelled ones included.

    `space` int; `day` datetime64[D]; `start`, `length` minutes; `made_at` and `cancelled_at`
    datetime64[m] (NaT: not cancelled); `price` as charged; `party` people; `no_show` flag.
    """

    space: Ints
    day: Moments
    start: Ints
    length: Ints
    made_at: Moments
    price: Floats
    party: Ints
    cancelled_at: Moments
    no_show: Bools

    def __post_init__(self) -> None:
        """Check every column (see the module's text)."""
        self._convert(
            {
                "space": "int64",
                "day": "datetime64[D]",
                "start": "int64",
                "length": "int64",
                "made_at": "datetime64[m]",
                "price": "float64",
                "party": "int64",
                "cancelled_at": "datetime64[m]",
                "no_show": "bool",
            }
        )
        refuse("space", self.space < 0, "below 0")
        refuse("day", np.isnat(self.day), "no date")
        refuse("start", (self.start < 0) | (self.start >= DAY_MINUTES), "not a minute of a day")
        refuse("length", self.length <= 0, "not above 0 minutes")
        refuse("made_at", np.isnat(self.made_at), "no time")
        refuse("price", self.price < 0, "below 0")
        refuse("party", self.party < 0, "below 0")
        early = ~np.isnat(self.cancelled_at) & (self.cancelled_at < self.made_at)
        refuse("cancelled_at", early, "before the booking was made")

    @classmethod
    def none(cls) -> Self:
        """Return the empty history of a venue that opens tomorrow."""
        empty: Any = [()] * 9
        return cls(*empty)

    @classmethod
    def of(cls, rows: Sequence[PastBooking]) -> Self:
        """Build columns from rows."""
        if not rows:
            return cls.none()
        columns: Any = list(zip(*rows, strict=True))
        columns[7] = tuple(NEVER if at is None else np.datetime64(at, "m") for at in columns[7])
        columns[4] = tuple(np.datetime64(at, "m") for at in columns[4])
        columns[1] = tuple(np.datetime64(day, "D") for day in columns[1])
        return cls(*columns)

    @property
    def lead_days(self) -> Ints:
        """Return whole days between booking and use, never below 0."""
        days = self.day - self.made_at.astype("datetime64[D]")
        return np.asarray(np.maximum(days.astype(np.int64), 0))

    @property
    def is_cancelled(self) -> Bools:
        """Return the mask of cancelled bookings."""
        return ~np.isnat(self.cancelled_at)

    def known_at(self, now: np.datetime64) -> Bools:
        """Return the mask of bookings that stand on the books at `now`."""
        gone = self.is_cancelled & (self.cancelled_at <= now)
        standing: Bools = (self.made_at <= now) & ~gone
        return standing

    def rows(self) -> Iterator[PastBooking]:
        """Yield each booking in Python's own types."""
        whole = (getattr(self, f.name).tolist() for f in fields(self))
        for values in zip(*whole, strict=True):
            yield PastBooking(*values)


@dataclass(frozen=True)
class Quotes(Columns):
    """Every price shown, taken or not: the demand log.

    `at` datetime64[m]; `session` int; `space` int; `day`; `start`, `length` minutes;
    `list_price` the static card, `shown_price` what was shown, `arm` the exploration arm in
    {-1, -.5, 0, .5, 1}, `alternatives` how many others were offered; `outcome` 0 booked, 1 left,
    2 unavailable. An unavailable search is demand too; its shown price is not looked at.
    """

    at: Moments
    session: Ints
    space: Ints
    day: Moments
    start: Ints
    length: Ints
    list_price: Floats
    shown_price: Floats
    arm: Floats
    alternatives: Ints
    outcome: Ints

    def __post_init__(self) -> None:
        """Check every column (see the module's text)."""
        kinds = dict.fromkeys(("session", "space", "start", "length", "alternatives"), "int64")
        kinds |= dict.fromkeys(("list_price", "shown_price", "arm"), "float64")
        self._convert({"at": "datetime64[m]", "day": "datetime64[D]", "outcome": "int64"} | kinds)
        refuse("at", np.isnat(self.at), "no time")
        refuse("day", np.isnat(self.day), "no date")
        refuse("start", (self.start < 0) | (self.start >= DAY_MINUTES), "not a minute of a day")
        refuse("length", self.length <= 0, "not above 0 minutes")
        refuse("list_price", self.list_price <= 0, "not above 0")
        refuse("shown_price", self.shown_price < 0, "below 0")
        refuse("arm", np.abs(self.arm) > 1, "outside -1..1")
        refuse("alternatives", self.alternatives < 0, "below 0")
        refuse("outcome", (self.outcome < 0) | (self.outcome > UNAVAILABLE), "unknown outcome")

    @classmethod
    def none(cls) -> Self:
        """Return an empty log."""
        empty: Any = [()] * 11
        return cls(*empty)

    @property
    def lead_days(self) -> Ints:
        """Return whole days between the search and the day searched for, never below 0."""
        days = self.day - self.at.astype("datetime64[D]")
        return np.asarray(np.maximum(days.astype(np.int64), 0))


def demand_events(quotes: Quotes, window: int = 30, bot_quotes_per_hour: int = 120) -> Quotes:
    """Return one row per wish: a session looking at one day, until it pauses `window` minutes.

    The row kept is the booked one, else the last price shown, else the last unavailable search.
    Sessions that ask faster than a person (more than `bot_quotes_per_hour` in any hour on the
    clock) are dropped whole. The order of the answer is by session, day and time.
    """
    if len(quotes) == 0:
        return quotes
    human = quotes.pick(~_from_bots(quotes, bot_quotes_per_hour))
    if len(human) == 0:
        return human
    order = np.lexsort((human.at, human.day, human.session))
    log = human.pick(order)
    fresh = np.ones(len(log), dtype=bool)
    pause = np.diff(log.at).astype(np.int64) > window
    moved = (np.diff(log.session) != 0) | (np.diff(log.day).astype(np.int64) != 0)
    fresh[1:] = pause | moved
    event = np.cumsum(fresh) - 1
    # the best row of an event: booked before left before unavailable, then the latest
    best = np.lexsort((-np.arange(len(log)), log.outcome, event))
    first = np.ones(len(log), dtype=bool)
    first[1:] = np.diff(event[best]) != 0
    return log.pick(best[first])


def _from_bots(quotes: Quotes, per_hour: int) -> Bools:
    """Return the mask of rows whose session exceeds `per_hour` quotes in one clock hour."""
    hour = quotes.at.astype("datetime64[h]").astype(np.int64)
    pairs = np.stack([quotes.session, hour], axis=1)
    busy, counts = np.unique(pairs, axis=0, return_counts=True)
    bots = np.unique(busy[counts > per_hour, 0])
    return np.isin(quotes.session, bots)


def _minute(text: str) -> np.datetime64:
    return np.datetime64(datetime.fromisoformat(text).replace(tzinfo=None), "m")


def _minute_or_never(text: str) -> np.datetime64:
    return _minute(text) if text else NEVER


def _day(text: str) -> np.datetime64:
    return np.datetime64(date.fromisoformat(text), "D")


def _flag(text: str) -> bool:
    known = {"0": False, "1": True, "false": False, "true": True, "": False}
    if text.lower() not in known:
        raise ValueError(text)
    return known[text.lower()]


def _outcome(text: str) -> int:
    return OUTCOMES.index(text)


BOOKING_CSV: Mapping[str, Callable[[str], Any]] = {
    "space": int,
    "day": _day,
    "start": int,
    "length": int,
    "made_at": _minute,
    "price": float,
    "party": int,
    "cancelled_at": _minute_or_never,
    "no_show": _flag,
}
QUOTE_CSV: Mapping[str, Callable[[str], Any]] = {
    "at": _minute,
    "session": int,
    "space": int,
    "day": _day,
    "start": int,
    "length": int,
    "list_price": float,
    "shown_price": float,
    "arm": float,
    "alternatives": int,
    "outcome": _outcome,
}


def _read_columns(path: Path, readers: Mapping[str, Callable[[str], Any]]) -> Any:
    """Read the named columns; a fault names the field and the row (0 is the first after titles)."""
    with path.open(newline="", encoding="utf-8-sig") as lines:
        table = csv.DictReader(lines)
        missing = set(readers) - set(table.fieldnames or ())
        if missing:
            raise BadInput(min(missing), None, "column missing")
        columns: list[list[Any]] = [[] for _ in readers]
        for number, row in enumerate(table):
            for column, (name, read) in zip(columns, readers.items(), strict=True):
                try:
                    column.append(read((row[name] or "").strip()))
                except ValueError as error:
                    raise BadInput(name, number, f"cannot read {row[name]!r}") from error
    return columns


def read_bookings(path: Path) -> Bookings:
    """Read a CSV with the columns of `Bookings`; times in ISO 8601, an empty one is "never"."""
    return Bookings(*_read_columns(path, BOOKING_CSV))


def read_quotes(path: Path) -> Quotes:
    """Read a CSV with the columns of `Quotes`; outcomes are written in words."""
    return Quotes(*_read_columns(path, QUOTE_CSV))
