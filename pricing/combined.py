"""A space sold whole or in parts: a hall split in two, a room made of three.

Selling the whole takes every part; selling a part blocks the whole. Each part keeps its own gap
programme and meets two kinds of requests: its own, and those for the whole, which bring their price
less what they displace in the other parts (read on those parts' empty day, a few rounds until the
parts agree). A whole window then costs the sum of what it displaces in each part.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from . import gap
from .data import BadInput
from .demand import DaySpec, Demand, Grid, cut, grid
from .guardrails import Cents, Rules
from .nightly import solve_day
from .quote import Counts, Stack, costs, empty_day, free_units, priced, stack, worded
from .results import Floats, Quote
from .table import Table

ROUNDS = 3


def solve(
    whole: tuple[DaySpec, Demand], parts: Sequence[tuple[DaySpec, Demand]], *, steps: int = 60
) -> tuple[Table, list[Table]]:
    """Return the table of the whole and those of its parts, all slices kept.

    Refuses parts that do not share the slots, lengths and buffer of the whole, or hold several
    units: the whole must take exactly one of each.
    """
    _refuse_strangers(whole[0], [day for day, _ in parts])
    everyone = sum(demand.rate for _, demand in parts) + whole[1].rate
    minutes = grid(whole[0], replace(whole[1], mean=everyone), steps).minutes
    seasons = [cut(day, demand, minutes) for day, demand in parts]
    both = cut(*whole, minutes)
    shared = gap.response(*whole, both.level)
    values = [_part(part, season, None) for part, season in zip(parts, seasons, strict=True)]
    for _ in range(ROUNDS):
        lost = [_displaced(whole[0], value) for value in values]
        values = [
            _part(part, season, gap.Also(both.rate, shared, sum(lost) - own))
            for part, season, own in zip(parts, seasons, lost, strict=True)
        ]
    tables = [
        _table(solve_day(day, demand, steps=1), season, value)
        for (day, demand), season, value in zip(parts, seasons, values, strict=True)
    ]
    return _whole(solve_day(*whole, steps=1), both, values), tables


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


def _table(blank: Table, season: Grid, value: Floats) -> Table:
    """Return `blank` with the season and values found here."""
    edges = len(season.minutes)
    return replace(
        blank,
        minutes=season.minutes,
        value=value.astype(np.float32),
        spare=np.zeros((edges, 0, 0), dtype=np.float32),
        coming=np.zeros((edges, blank.slots), dtype=np.float32),
    )


def _whole(blank: Table, season: Grid, values: Sequence[Floats]) -> Table:
    return _table(blank, season, np.asarray(sum(values)))


def _costs(parts: Sequence[Table], free: Sequence[ArrayLike] | None, moment: float) -> Floats:
    """Return what whole windows displace over all parts; inf where a part is taken."""
    total: Floats = np.zeros((1, parts[0].slots, len(parts[0].lengths)))
    for place, part in enumerate(parts):
        pile = stack([part], np.array([moment]))
        units = empty_day(part) if free is None else free_units([free[place]], [part])
        total = total + costs(pile, units)
    return total


def _pile(whole: Table, parts: Sequence[Table], free: Sequence[ArrayLike], at: float) -> Stack:
    if len(free) != len(parts):
        raise BadInput("free", None, f"needs one row per part, {len(parts)} of them")
    return stack([whole], np.array([float(at)]))


def quote_grid(
    whole: Table,
    parts: Sequence[Table],
    *,
    free: Sequence[ArrayLike],
    minutes_to_open: float,
    rules: Rules | None = None,
) -> Cents:
    """Return the cents of every window of the whole, -1 where a part is taken."""
    pile = _pile(whole, parts, free, minutes_to_open)
    cost = _costs(parts, free, minutes_to_open)
    prices: Cents = priced(pile, cost, rules or Rules())[1].final[0]
    return prices


def quote(
    whole: Table,
    parts: Sequence[Table],
    *,
    free: Sequence[ArrayLike],
    start: int,
    length: int,
    minutes_to_open: float,
    rules: Rules | None = None,
) -> Quote:
    """Price one window of the whole; parts are priced by `pricing.quote` with their own tables."""
    pile = _pile(whole, parts, free, minutes_to_open)
    both = _costs(parts, free, minutes_to_open), _costs(parts, None, minutes_to_open)
    rows = [free_units([row], [part])[0] for row, part in zip(free, parts, strict=True)]
    units: Counts = np.minimum.reduce(rows)
    return worded(pile, units, both, (start, length), rules or Rules())


def _refuse_strangers(whole: DaySpec, parts: Sequence[DaySpec]) -> None:
    shape = (whole.slots, whole.slot_minutes, whole.lengths, whole.buffer, 1, "rooms")
    if len(parts) < 2:
        raise BadInput("parts", None, "a combined space has at least two")
    for day in (whole, *parts):
        if (day.slots, day.slot_minutes, day.lengths, day.buffer, day.units, day.kind) != shape:
            raise BadInput("parts", None, "must share slots, lengths and buffer, one unit each")
