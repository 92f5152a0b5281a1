"""One space on one day (`DaySpec`) and the requests expected for it (`Demand`).

Everything is a dense table over products: axis 0 is the start slot, axis 1 the length, so that
`[s, k]` is the window [s, s + lengths[k]). Slots are local opening time cut in equal pieces; a day
of 23 or 25 hours is simply a day with another number of slots. Moments are real minutes before the
day's first slot (`minutes_to_open`, negative once the day has begun): no clock arithmetic here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .data import BadInput
from .results import Floats

Mask = NDArray[np.bool_]

#: Above it a price is a slip of the pen, and sums of prices would lose their cents.
MOST_CENTS = 1e11


def table(
    name: str, value: ArrayLike, shape: tuple[int, ...], *, low: float | None = 0.0
) -> Floats:
    """Return `value` as a read-only table of `shape`; refuse NaN, infinity and values < low."""
    try:
        array = np.array(np.broadcast_to(np.asarray(value, dtype=np.float64), shape))
    except (TypeError, ValueError) as error:
        raise BadInput(name, None, f"must be numbers of shape {shape}") from error
    if not np.isfinite(array).all():
        where = np.argwhere(~np.isfinite(array))[0].tolist()
        raise BadInput(name, None, f"is not a number at {where}")
    if low is not None and (array < low).any():
        where = np.argwhere(array < low)[0].tolist()
        raise BadInput(name, None, f"is below {low:g} at {where}")
    array.flags.writeable = False
    return array


def whole(name: str, value: int, low: int, high: int) -> None:
    """Refuse anything but a whole number within [low, high]: no truth, no NaN, no list."""
    number = isinstance(value, int | float | np.integer | np.floating)
    if isinstance(value, bool) or not number or not (low <= value <= high and int(value) == value):
        raise BadInput(name, None, f"must be a whole number from {low} to {high}, not {value!r}")


@dataclass(frozen=True, eq=False)
class DaySpec:
    """What is for sale: the windows of one day of one space, or of `units` alike spaces.

    slots, slot_minutes   opening time of the day, e.g. 24 slots of 30 minutes
    lengths               bookable lengths in slots, ascending
    list_cents            static card, (slots, lengths) or anything that broadcasts to it
    base_cents            the same before weekday and hour rates (default: list_cents)
    units                 interchangeable spaces; 1 room, a few rooms, or the seats of a pool
    kind                  "rooms": a booking keeps one unit; "pool": seats may be re-seated
    buffer                slots to leave free between two bookings of a unit
    sellable              False where opening rules, minimum stay or staff forbid a window
    floor_cents, ceiling_cents   bounds of the price (default 0.7 and 1.5 times the list)
    max_lead_minutes, min_lead_minutes   how early and how late a window may be booked
    """

    slots: int
    slot_minutes: int
    lengths: Sequence[int]
    list_cents: ArrayLike
    units: int = 1
    kind: str = "rooms"
    buffer: int = 0
    sellable: ArrayLike = True
    base_cents: ArrayLike | None = None
    floor_cents: ArrayLike | None = None
    ceiling_cents: ArrayLike | None = None
    max_lead_minutes: int = 90 * 1440
    min_lead_minutes: int = 0

    def __post_init__(self) -> None:
        """Refuse an empty day, lengths out of order, a floor above its ceiling, a kind unknown."""
        whole("slots", self.slots, 1, 200)
        whole("slot_minutes", self.slot_minutes, 1, 1440)
        whole("units", self.units, 1, 500)
        whole("buffer", self.buffer, 0, self.slots)
        whole("max_lead_minutes", self.max_lead_minutes, 1, 3 * 366 * 1440)
        whole("min_lead_minutes", self.min_lead_minutes, 0, self.max_lead_minutes - 1)
        if self.kind not in {"rooms", "pool"}:
            raise BadInput("kind", None, f"is 'rooms' or 'pool', not {self.kind!r}")
        if self.kind == "pool" and self.buffer:
            raise BadInput("buffer", None, "a pool re-seats people and keeps no buffer")
        lengths = self._whole_lengths()
        if not lengths or list(lengths) != sorted(set(lengths)) or lengths[0] < 1:
            raise BadInput("lengths", None, "must be distinct positive whole slots, ascending")
        if lengths[-1] > self.slots:
            raise BadInput("lengths", None, f"{lengths[-1]} slots do not fit a day of {self.slots}")
        shape = (self.slots, len(lengths))
        put = object.__setattr__
        put(self, "lengths", lengths)
        put(self, "list_cents", table("list_cents", self.list_cents, shape))
        for name, value, factor in (
            ("base_cents", self.base_cents, 1.0),
            ("floor_cents", self.floor_cents, 0.7),
            ("ceiling_cents", self.ceiling_cents, 1.5),
        ):
            given = factor * self.card if value is None else value
            put(self, name, table(name, given, shape))
        put(self, "sellable", self._windows(shape))
        self._check_prices()

    def _whole_lengths(self) -> tuple[int, ...]:
        try:
            given = tuple(self.lengths)
            lengths = tuple(int(length) for length in given)
        except (TypeError, ValueError, OverflowError) as error:
            raise BadInput("lengths", None, "must be whole numbers of slots") from error
        if lengths != given:
            raise BadInput("lengths", None, "must be whole numbers of slots")
        return lengths

    def _windows(self, shape: tuple[int, int]) -> Mask:
        """Return the windows that fit the day and that rules allow; refuse a day without any."""
        allowed = np.asarray(self.sellable)
        if allowed.dtype != np.bool_:
            raise BadInput("sellable", None, "must be true or false per window")
        try:
            allowed = np.broadcast_to(allowed, shape)
        except ValueError as error:
            raise BadInput("sellable", None, f"must be of shape {shape}") from error
        ends = np.arange(self.slots)[:, None] + np.asarray(self.lengths)
        mask: Mask = allowed & (ends <= self.slots)
        if not mask.any():
            raise BadInput("sellable", None, "leaves nothing to sell on this day")
        mask.flags.writeable = False
        return mask

    def _check_prices(self) -> None:
        sold = self.windows
        if max(self.card.max(), self.base.max(), self.floor.max(), self.ceiling.max()) > MOST_CENTS:
            raise BadInput("list_cents", None, f"no price may be above {MOST_CENTS:.0e} cents")
        if (self.card[sold] <= 0).any():
            raise BadInput("list_cents", None, "a sellable window needs a positive list price")
        if (self.floor > self.ceiling)[sold].any():
            start, k = np.argwhere((self.floor > self.ceiling) & sold)[0].tolist()
            where = f"start {start}, {self.lengths[k]} slots"
            raise BadInput("floor_cents", None, f"is above ceiling_cents at {where}")

    @property
    def shape(self) -> tuple[int, int]:
        """Return (slots, number of lengths)."""
        return (self.slots, len(self.lengths))

    @property
    def card(self) -> Floats:
        """Return list_cents as a table."""
        return np.asarray(self.list_cents, dtype=np.float64)

    @property
    def base(self) -> Floats:
        """Return base_cents as a table."""
        return np.asarray(self.base_cents, dtype=np.float64)

    @property
    def floor(self) -> Floats:
        """Return floor_cents as a table."""
        return np.asarray(self.floor_cents, dtype=np.float64)

    @property
    def ceiling(self) -> Floats:
        """Return ceiling_cents as a table."""
        return np.asarray(self.ceiling_cents, dtype=np.float64)

    @property
    def windows(self) -> Mask:
        """Return the sellable mask."""
        return np.asarray(self.sellable, dtype=np.bool_)

    @cached_property
    def last_minute(self) -> int:
        """Return minutes_to_open at the last moment anything of this day can be booked."""
        starts = np.flatnonzero(self.windows.any(axis=1))
        return self.min_lead_minutes - int(starts[-1]) * self.slot_minutes


@dataclass(frozen=True, eq=False)
class Demand:
    """Requests expected for one day, whatever was booked so far, and how they answer to prices.

    mean         requests per window over all leads, for all units together
    lead_edges   ascending minutes of lead, (K + 1,), from 0
    lead_share   share of a length's requests per lead class, (K,) or (lengths, K); rows sum to 1
    a, b         accept probability at price p is sigmoid(a + lead_shift - b p / list price)
    lead_shift   (K,), added to a: later requests often pay more
    b_sd         standard deviation of log b, 0 when known exactly
    typical      the same weekday without season and events; lets a quote name its season step
    source       "prior", "fitted", ...; part of the model version of every quote
    """

    mean: ArrayLike
    a: ArrayLike
    b: ArrayLike
    lead_edges: ArrayLike
    lead_share: ArrayLike
    lead_shift: ArrayLike = 0.0
    b_sd: float = 0.0
    typical: Demand | None = None
    source: str = "prior"
    _shape: tuple[int, int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Refuse NaN, negative rates, responses that rise with price, leads that do not add up."""
        mean = np.asarray(self.mean, dtype=np.float64)
        if mean.ndim != 2 or 0 in mean.shape:
            raise BadInput("mean", None, "must be a table (slots, lengths)")
        edges = np.asarray(self.lead_edges, dtype=np.float64)
        if edges.ndim != 1 or len(edges) < 2 or edges[0] != 0 or not (np.diff(edges) > 0).all():
            raise BadInput("lead_edges", None, "must start at 0 and ascend")
        bins = len(edges) - 1
        put = object.__setattr__
        put(self, "mean", table("mean", mean, mean.shape))
        put(self, "a", table("a", self.a, mean.shape, low=None))
        put(self, "b", table("b", self.b, mean.shape, low=1e-3))
        put(self, "lead_edges", table("lead_edges", edges, edges.shape))
        put(self, "lead_share", table("lead_share", self.lead_share, (mean.shape[1], bins)))
        put(self, "lead_shift", table("lead_shift", self.lead_shift, (bins,), low=None))
        put(self, "_shape", (mean.shape[0], mean.shape[1]))
        if np.abs(self.shares.sum(axis=1) - 1).max() > 1e-6:
            raise BadInput("lead_share", None, "the shares of a length must sum to 1")
        if not (np.isfinite(self.b_sd) and self.b_sd >= 0):
            raise BadInput("b_sd", None, "must be a number, 0 or more")
        if np.abs(self.level).max() > 60 or np.abs(self.shift).max() > 60:
            raise BadInput("a", None, "beyond 60: nobody's answer is that certain")

    @property
    def rate(self) -> Floats:
        """Return mean as a table."""
        return np.asarray(self.mean, dtype=np.float64)

    @property
    def level(self) -> Floats:
        """Return a as a table."""
        return np.asarray(self.a, dtype=np.float64)

    @property
    def slope(self) -> Floats:
        """Return b as a table (per list price)."""
        return np.asarray(self.b, dtype=np.float64)

    @property
    def edges(self) -> Floats:
        """Return lead_edges as a vector."""
        return np.asarray(self.lead_edges, dtype=np.float64)

    @property
    def shares(self) -> Floats:
        """Return lead_share as a table (lengths, K)."""
        return np.asarray(self.lead_share, dtype=np.float64)

    @property
    def shift(self) -> Floats:
        """Return lead_shift as a vector."""
        return np.asarray(self.lead_shift, dtype=np.float64)

    def scaled(self, factor: float) -> Demand:
        """Return the same demand, `factor` times as many requests."""
        if not (np.isfinite(factor) and factor >= 0):
            raise BadInput("factor", None, "must be a number, 0 or more")
        return replace(self, mean=self.rate * factor)


@dataclass(frozen=True, eq=False)
class Grid:
    """The selling season of one day cut in steps with equally many requests (operational time).

    minutes  (T + 1,) minutes_to_open at step edges, ascending: [0] is when selling ends, [T] opens
    rate     (T, slots, lengths) expected requests in each step; rate[t] lies before minutes[t + 1]
    level    (T, slots, lengths) the a of those requests, lead shift included
    """

    minutes: Floats
    rate: Floats
    level: Floats


def _still_to_come(day: DaySpec, demand: Demand, minutes: Floats) -> Floats:
    """Return the part of each lead class still to come at each moment: (moments, slots, K).

    The lead of start s at a moment m is m + s slot minutes; requests outside the booking window of
    the day (too early, too late) never come.
    """
    edges = demand.edges
    offset = np.arange(day.slots) * day.slot_minutes
    lead = np.clip(minutes[:, None] + offset, day.min_lead_minutes, day.max_lead_minutes)
    width = np.diff(edges)
    part = np.clip((lead[..., None] - edges[:-1]) / width, 0, 1)
    out: Floats = part - np.clip((day.min_lead_minutes - edges[:-1]) / width, 0, 1)
    return out


def grid(day: DaySpec, demand: Demand, steps: int) -> Grid:
    """Cut the season of `day` in `steps` steps of equal expected requests."""
    if demand.rate.shape != day.shape:
        raise BadInput("mean", None, f"has shape {demand.rate.shape}, the day has {day.shape}")
    whole("steps", steps, 1, 5000)
    offset = np.arange(day.slots) * day.slot_minutes
    marks = np.concatenate([demand.edges, [day.min_lead_minutes, day.max_lead_minutes]])
    ends = np.clip(marks[:, None] - offset, day.last_minute, day.max_lead_minutes)
    kinks: Floats = np.unique(ends).astype(np.float64)
    mean = np.where(day.windows, demand.rate, 0.0)
    total = np.tensordot(_still_to_come(day, demand, kinks), mean @ demand.shares, axes=2)
    if total[-1] > 0:
        rising = np.concatenate([[True], np.diff(total) > 1e-12 * total[-1]])
        minutes = np.interp(np.linspace(0, total[-1], steps + 1), total[rising], kinks[rising])
        minutes[-1] = kinks[-1]
    else:
        minutes = np.linspace(kinks[0], kinks[-1], steps + 1)
    return cut(day, demand, minutes)


def cut(day: DaySpec, demand: Demand, minutes: Floats) -> Grid:
    """Cut the season of `day` at given moments, ascending."""
    mean = np.where(day.windows, demand.rate, 0.0)
    part = np.diff(_still_to_come(day, demand, minutes), axis=0)
    share = part @ demand.shares.T
    shifted = part @ (demand.shares * demand.shift).T
    shift = np.divide(shifted, share, out=np.zeros_like(share), where=share > 0)
    return Grid(minutes, share * mean, demand.level + shift)
