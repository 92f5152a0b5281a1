"""A space sold whole or in parts: a hall split in two, a room made of three.

Selling the whole takes every part; selling a part blocks the whole. Each part keeps its own gap
programme and meets two kinds of requests: its own, and those for the whole, as far as the other
parts are still free, which bring their price less what they displace of the other parts' own
requests (read on those parts' empty day).

A part sold loses the hopes set on the whole. The whole sold loses them once, not once per part:
with W the values of a part and W0 those without the whole, each of n parts lends it
W / n + W0 (n - 1) / n.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from . import gap
from .data import BadInput
from .demand import DaySpec, Demand, Grid, cut, grid
from .displace import costs, empty_day, free_units
from .guardrails import Cents, Rules
from .layers import Counts
from .markup import accept, price
from .nightly import solve_day
from .quote import moment, priced, worded
from .results import Floats, Quote
from .stack import Stack, stack
from .table import Table


@dataclass(frozen=True, eq=False)
class Combined:
    """The tables of a combined space.

    whole    what the whole needs beside values: card, bounds, response
    parts    price a part by itself, with `pricing.quote`
    shares   what each part lends to the price of the whole
    """

    whole: Table
    parts: tuple[Table, ...]
    shares: tuple[Table, ...]


def solve(
    whole: tuple[DaySpec, Demand], parts: Sequence[tuple[DaySpec, Demand]], *, steps: int = 60
) -> Combined:
    """Return the tables of a combined space, all slices kept.

    Refuses parts that do not share the slots, lengths and buffer of the whole, or hold several
    units: the whole must take exactly one of each.
    """
    _refuse_strangers(whole[0], [day for day, _ in parts])
    everyone = np.sum([demand.rate for _, demand in (*parts, whole)], axis=0)
    minutes = grid(whole[0], replace(whole[1], mean=everyone), steps).minutes
    seasons = [cut(day, demand, minutes) for day, demand in parts]
    both = cut(*whole, minutes)
    shared = gap.response(*whole, both.level)
    alone = [_part(part, season, None) for part, season in zip(parts, seasons, strict=True)]
    lost = [_displaced(whole[0], value) for value in alone]
    still = [
        _still_free(part, season, own)
        for part, season, own in zip(parts, seasons, lost, strict=True)
    ]
    values = []
    for place, (part, season) in enumerate(zip(parts, seasons, strict=True)):
        beside = np.sum([own for other, own in enumerate(lost) if other != place], axis=0)
        chance = np.prod([own for other, own in enumerate(still) if other != place], axis=0)
        rate = both.rate * chance.reshape(both.rate.shape)
        values.append(_part(part, season, gap.Also(rate, shared, beside)))
    blanks = [solve_day(day, demand, steps=1) for day, demand in parts]
    lent = [
        (value + (len(parts) - 1) * own) / len(parts)
        for value, own in zip(values, alone, strict=True)
    ]
    return Combined(
        _table(solve_day(*whole, steps=1), both, np.zeros_like(values[0])),
        tuple(map(_table, blanks, seasons, values)),
        tuple(map(_table, blanks, seasons, lent)),
    )


def _part(part: tuple[DaySpec, Demand], season: Grid, also: gap.Also | None) -> Floats:
    day, demand = part
    answer = gap.response(day, demand, season.level)
    out: Floats = gap.values(day, [season], [answer], also)[0]
    return out


def _displaced(day: DaySpec, value: Floats) -> Floats:
    """Return what each window displaces on an empty day, per step, (T, slots * lengths)."""
    where = gap.gap_index(day.slots)
    start = np.arange(day.slots)[:, None]
    end = np.minimum(start + np.asarray(day.lengths), day.slots)
    left = where[0, np.maximum(start - day.buffer, 0)]
    right = where[np.minimum(end + day.buffer, day.slots), day.slots]
    lost: Floats = value[:-1, where[0, day.slots]][:, None, None] - value[:-1, left]
    return (lost - value[:-1, right]).reshape(len(value) - 1, -1)


def _still_free(part: tuple[DaySpec, Demand], season: Grid, lost: Floats) -> Floats:
    """Return the probability that a window of a part is still free, per step, (T, slots * lengths).

    Each sale that overlaps it ends it, at the rate that prices over its displacement allow.
    """
    day, demand = part
    steps = len(season.rate)
    slope = (demand.slope / np.where(day.windows, day.card, 1.0)).ravel()
    level = season.level.reshape(steps, -1)
    asked = price(lost, level, slope, day.floor.ravel(), day.ceiling.ravel())
    sold = season.rate.reshape(steps, -1) * accept(asked, level, slope)
    start, k = np.divmod(np.arange(sold.shape[1]), day.shape[1])
    end = start + np.asarray(day.lengths)[k]
    clash = (start[:, None] < end + day.buffer) & (start < end[:, None] + day.buffer)
    ended = sold @ clash
    later = np.cumsum(ended[::-1], axis=0)[::-1] - ended
    gone: Floats = np.exp(-later)
    return gone


def _table(blank: Table, season: Grid, value: Floats) -> Table:
    """Return `blank` with the season and values found here."""
    edges = len(season.minutes)
    return replace(
        blank,
        minutes=season.minutes,
        value=value.astype(np.float32),
        spare=np.zeros((edges, 0, 0), dtype=np.float32),
        layers=np.zeros((edges, 0, 0), dtype=np.uint16),
        coming=np.zeros((edges, blank.slots), dtype=np.float32),
    )


def _costs(shares: Sequence[Table], free: Sequence[Counts], pile: Stack) -> Floats:
    """Return what windows of the whole displace over all parts; inf where a part is taken."""
    each = [
        costs(stack([share], pile.minutes), units)
        for share, units in zip(shares, free, strict=True)
    ]
    return np.asarray(np.sum(each, axis=0))


def _units(space: Combined, free: Sequence[ArrayLike]) -> list[Counts]:
    if len(free) != len(space.parts):
        raise BadInput("free", None, f"needs one row per part, {len(space.parts)} of them")
    return [free_units([row], [part]) for row, part in zip(free, space.parts, strict=True)]


def quote_grid(
    space: Combined,
    *,
    free: Sequence[ArrayLike],
    minutes_to_open: float,
    rules: Rules | None = None,
) -> Cents:
    """Return the cents of every window of the whole, -1 where a part is taken."""
    pile = stack([space.whole], np.array([moment(minutes_to_open)]))
    cost = _costs(space.shares, _units(space, free), pile)
    prices: Cents = priced(pile, cost, rules or Rules())[1].final[0]
    return prices


def quote(
    space: Combined,
    *,
    free: Sequence[ArrayLike],
    start: int,
    length: int,
    minutes_to_open: float,
    rules: Rules | None = None,
) -> Quote:
    """Price one window of the whole."""
    pile = stack([space.whole], np.array([moment(minutes_to_open)]))
    units = _units(space, free)
    empty = [empty_day(part) for part in space.parts]
    both = _costs(space.shares, units, pile), _costs(space.shares, empty, pile)
    row: Counts = np.minimum.reduce(units)[0]
    return worded(pile, row, both, (start, length), rules or Rules(), remembered=False)


def _refuse_strangers(whole: DaySpec, parts: Sequence[DaySpec]) -> None:
    shape = (whole.slots, whole.slot_minutes, whole.lengths, whole.buffer, 1, "rooms")
    if len(parts) < 2:
        raise BadInput("parts", None, "a combined space has at least two")
    for day in (whole, *parts):
        if (day.slots, day.slot_minutes, day.lengths, day.buffer, day.units, day.kind) != shape:
            raise BadInput("parts", None, "must share slots, lengths and buffer, one unit each")
