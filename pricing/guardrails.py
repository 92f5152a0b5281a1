"""What a price may do, as pure functions over the table of windows of one or of many days.

Order of work (`guard`): the free price of the optimiser is kept within the band and the limits of
change, put on the price step, multiplied by the public member rate and rounded inside its bounds;
locked prices are set; at last the whole set offered is made fair: a longer window never costs less
than a window inside it, and no combination of windows is cheaper than the window they cover.

Raising first (`raised`), then the cheapest-cover hull (`cheapest_cover`) reaches both: the hull of
a monotone set is monotone, and sums and minima of multiples of the rounding stay multiples of it.
When the static card is itself fair, so are floor and ceiling, and neither act leaves the band.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .data import BadInput
from .results import Floats

Cents = NDArray[np.int64]
Mask = NDArray[np.bool_]

#: More than any price; twice that still fits 32 bits.
_NEVER = 1 << 29
_ARRAYS = ("locked_cents", "previous_cents", "changed")


@dataclass(frozen=True, eq=False)
class Rules:
    """The manager's word on prices, applied when quoting. All of it is public and impersonal.

    round_to_cents      prices are multiples of this (100: whole euros, 50: half euros)
    step_ratio          prices move by this share of the list price; 0: no grid but the rounding
    member_multiplier   a public tariff, e.g. 0.8 for members
    floor_cents_per_hour, ceiling_cents_per_hour   bounds beside those of the day; 0: none
    frozen              sell at the static card, nothing moves
    locked_cents        prices decided by hand, (slots, lengths), 0 where free; they win over all
    previous_cents      yesterday's prices of the same windows, 0 where unknown
    changed             True where a booking or cancellation changed the window's gap since then
    daily_change        largest change against previous_cents where nothing changed
    vary                whether prices carry the variation that teaches
    no_drop_minutes     lead under which an unchanged window never costs less than yesterday
    """

    round_to_cents: int = 100
    step_ratio: float = 0.0
    member_multiplier: float = 1.0
    floor_cents_per_hour: float = 0.0
    ceiling_cents_per_hour: float = 0.0
    frozen: bool = False
    locked_cents: ArrayLike | None = None
    previous_cents: ArrayLike | None = None
    changed: ArrayLike = False
    daily_change: float = 0.10
    no_drop_minutes: int = 1440
    vary: bool = True

    def __post_init__(self) -> None:
        """Refuse rates that are not numbers, negative money, a floor above the ceiling."""
        step = self.round_to_cents
        if isinstance(step, bool) or not (1 <= step <= 100_000 and int(step) == step):
            raise BadInput("round_to_cents", None, "must be whole cents, at least 1")
        for name, low, high in (
            ("step_ratio", 0.0, 1.0),
            ("member_multiplier", 0.01, 10.0),
            ("floor_cents_per_hour", 0.0, 1e7),
            ("ceiling_cents_per_hour", 0.0, 1e7),
            ("daily_change", 0.0, 10.0),
            ("no_drop_minutes", 0, 1e7),
        ):
            if not low <= getattr(self, name) <= high:
                raise BadInput(name, None, f"must be a number from {low:g} to {high:g}")
        if 0 < self.ceiling_cents_per_hour < self.floor_cents_per_hour:
            raise BadInput("floor_cents_per_hour", None, "is above ceiling_cents_per_hour")
        for name in ("locked_cents", "previous_cents"):
            given = getattr(self, name)
            if given is not None:
                array = np.asarray(given, dtype=np.float64)
                if not ((array >= 0) & (array < _NEVER)).all():
                    raise BadInput(name, None, "must be cents, 0 where there is none")

    def as_json(self) -> dict[str, object]:
        """Return the rules as plain values, to store beside a quote and to build them again."""
        plain = {f.name: getattr(self, f.name) for f in fields(self)}
        return {
            name: np.asarray(value).tolist() if name in _ARRAYS and value is not None else value
            for name, value in plain.items()
        }


@dataclass(frozen=True)
class Guarded:
    """The stages of a guarded price, each a table: what each guardrail did is their difference."""

    bounded: Floats
    member: Floats
    rounded: Floats
    final: Cents


def band(floor: Floats, ceiling: Floats, hours: Floats, rules: Rules) -> tuple[Floats, Floats]:
    """Return the bounds of each window, the manager's hourly floor and ceiling included."""
    if rules.ceiling_cents_per_hour:
        ceiling = np.minimum(ceiling, rules.ceiling_cents_per_hour * hours)
    low = np.maximum(floor, rules.floor_cents_per_hour * hours)
    if rules.ceiling_cents_per_hour:
        low = np.minimum(low, rules.ceiling_cents_per_hour * hours)
    return low, np.maximum(ceiling, low)


#: What was asked last, 0 where unknown, and where a gap has changed since.
Past = tuple[Floats, Mask]


def limits(
    low: Floats, high: Floats, lead: Floats, rules: Rules, past: Past | None = None
) -> tuple[Floats, Floats]:
    """Narrow the band to the daily change, and to no drop near the date, where nothing changed.

    One step of rounding is always allowed: a price of 4 in halves could not move by a tenth. What
    the rules remember comes before what a table does.
    """
    asked, moved = past if past is not None else (None, None)
    if rules.previous_cents is not None:
        asked, moved = np.asarray(rules.previous_cents, dtype=np.float64), np.asarray(rules.changed)
    if asked is None or moved is None:
        return low, high
    before = np.broadcast_to(asked, low.shape)
    bound = (before > 0) & ~np.broadcast_to(moved.astype(bool), low.shape)
    change = np.maximum(
        before * rules.daily_change, rules.round_to_cents * (rules.daily_change > 0)
    )
    least = np.where(lead < rules.no_drop_minutes, before, before - change)
    least = np.where(bound, np.clip(least, low, high), low)
    most = np.where(bound, np.clip(before + change, least, high), high)
    return least, most


def on_step(price: Floats, card: Floats, ratio: float) -> Floats:
    """Move prices to the nearest multiple of `ratio` times the list price; 0 leaves them."""
    if not ratio:
        return price
    tick = np.maximum(card * ratio, 1e-9)
    moved: Floats = np.maximum(np.round(price / tick), 1) * tick
    return moved


def rounded(price: Floats, low: Floats, high: Floats, step: int) -> Floats:
    """Round to multiples of `step` cents inside [low, high]; to the cent where none fits there."""
    near = np.round(price / step) * step
    least = np.ceil(low / step - 1e-9) * step
    most = np.floor(high / step + 1e-9) * step
    out: Floats = np.minimum(np.maximum(near, least), most)
    tight = (least > most) | (most <= 0)
    if tight.any():
        cent = np.clip(np.round(price), np.ceil(low - 1e-9), np.ceil(high - 1e-9))
        out = np.where(tight, cent, out)
    return out


@lru_cache(maxsize=64)
def _fits(slots: int, lengths: tuple[int, ...]) -> Mask:
    """Return which windows end within the day, (slots, lengths)."""
    return np.asarray(np.arange(slots)[:, None] + np.asarray(lengths) <= slots)


def _runs(prices: Cents, lengths: Sequence[int], empty: int) -> NDArray[np.int32]:
    """Return prices (days, slots, lengths) as (run, start, days), run being 0 to the longest.

    Runs that are no window, not offered or not within the day are `empty`.
    """
    days, slots, _ = prices.shape
    offered = (prices >= 0) & _fits(slots, tuple(lengths))
    runs = np.full((max(lengths) + 1, slots, days), empty, dtype=np.int32)
    runs[list(lengths)] = np.where(offered, prices, empty).transpose(2, 1, 0)
    return runs


def _windows(runs: NDArray[np.int32], prices: Cents, lengths: Sequence[int]) -> Cents:
    """Return runs as a table of windows again, -1 where `prices` offer nothing."""
    offered = (prices >= 0) & _fits(prices.shape[1], tuple(lengths))
    return np.where(offered, runs[list(lengths)].transpose(2, 1, 0), -1).astype(np.int64)


def raised(prices: Cents, lengths: Sequence[int]) -> Cents:
    """Raise each window to the dearest offered window inside it: longer never costs less.

    Prices are (days, slots, lengths), -1 where not offered.
    """
    runs = _runs(prices, lengths, 0)
    for shorter, run in pairwise(runs):
        np.maximum(run, shorter, out=run)
        np.maximum(run[:-1], shorter[1:], out=run[:-1])
    return _windows(runs, prices, lengths)


def cheapest_cover(prices: Cents, lengths: Sequence[int]) -> Cents:
    """Lower each window to the cheapest set of offered windows that covers it.

    The parts of a cover can be cut so that they follow each other, each paid as the cheapest window
    around it: C(s, e) = min over v of C(s, v) + W(v, e), from short runs to long. The result is
    subadditive, and no window costs more than one that contains it.
    """
    runs = _runs(prices, lengths, _NEVER)
    for shorter, run in pairwise(runs[:0:-1]):
        np.minimum(run, shorter, out=run)
        np.minimum(run[1:], shorter[:-1], out=run[1:])
    return _windows(_joined(runs), prices, lengths)


def _joined(runs: NDArray[np.int32]) -> NDArray[np.int32]:
    """Lower each run to its cheapest way of two parts, shorter runs before longer ones."""
    slots = runs.shape[1]
    ending = np.full_like(runs, _NEVER)  # the same by the slot behind their last
    for length in range(1, min(len(runs), slots + 1)):
        own, last = runs[length, : slots - length + 1], ending[length, length - 1 :]
        if length > 1:
            first = runs[1:length, : slots - length + 1]
            second = ending[length - 1 : 0 : -1, length - 1 :]
            np.minimum(own, (first + second).min(axis=0), out=own)
        last[:] = own
    return runs


def fair(prices: Cents, lengths: Sequence[int]) -> Cents:
    """Return the set of prices made monotone in length and subadditive (T11)."""
    return cheapest_cover(raised(prices, lengths), lengths)


def unfair(prices: Cents, lengths: Sequence[int]) -> Mask:
    """Return the windows that break fairness: dearer than a cover, or than a window around them."""
    return (prices >= 0) & (cheapest_cover(prices, lengths) < prices)


def _locked(prices: Cents, rules: Rules) -> Cents:
    if rules.locked_cents is None:
        return prices
    locked = np.broadcast_to(np.asarray(rules.locked_cents), prices.shape)
    return np.where((prices >= 0) & (locked > 0), locked.astype(np.int64), prices)


def guard(
    free: Floats,
    offered: Mask,
    card: Floats,
    bounds: tuple[Floats, Floats],
    lead: Floats,
    lengths: Sequence[int],
    rules: Rules,
    past: Past | None = None,
) -> Guarded:
    """Take free prices (days, slots, lengths) through every guardrail; -1 where not offered."""
    if rules.frozen:
        return _frozen(offered, card, rules)
    low, high = limits(*bounds, lead, rules, past)
    bounded = np.clip(on_step(np.clip(free, low, high), card, rules.step_ratio), low, high)
    rate = rules.member_multiplier
    member = bounded * rate
    near = rounded(member, low * rate, high * rate, rules.round_to_cents)
    final = _locked(np.where(offered, near, -1).astype(np.int64), rules)
    final = _locked(fair(final, lengths), rules)
    return Guarded(bounded, member, near, final)


def given_back(share_cents: ArrayLike, today_cents: ArrayLike) -> Floats:
    """Return the cents that come back for a booking: its refund, at most today's price for it.

    share_cents   what the refund rule gives back of what was paid
    today_cents   what the same window costs anybody once it is free again; inf where not for sale

    Whoever cancels and books the same again, before or after, is then never better off, whatever
    prices did: `min(paid, today) <= today`. Prices themselves are left alone.
    """
    share = np.asarray(share_cents, dtype=np.float64)
    today = np.asarray(today_cents, dtype=np.float64)
    if np.isnan(share).any() or np.isnan(today).any() or (share < 0).any() or (today < 0).any():
        raise BadInput("today_cents", None, "must be cents, 0 or more")
    out: Floats = np.minimum(share, today)
    return out


def _frozen(offered: Mask, card: Floats, rules: Rules) -> Guarded:
    """Return the static card, to the cent: the manager froze it as it stands."""
    member = card * rules.member_multiplier
    near = np.round(member)
    final = _locked(np.where(offered, near, -1).astype(np.int64), rules)
    return Guarded(card, member, near, final)
