"""What a group displaces: the value lost by taking a block, the least its price should cover."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from . import scenarios
from .data import BadInput
from .demand import whole
from .displace import free_units
from .gap import gap_index
from .layers import Counts, block_cost
from .quote import moment
from .results import Floats, NotForSale
from .stack import Stack, stack
from .table import Table


@dataclass(frozen=True)
class Block:
    """Units of one space-day taken from a slot on, for some slots."""

    table: Table
    free: ArrayLike
    minutes_to_open: float
    start: int
    length: int
    units: int = 1


@dataclass(frozen=True)
class Displaced:
    """Expected revenue lost by a group, in cents: in all, and by block in the order given."""

    cents: float
    blocks: tuple[float, ...]


def group_displacement(blocks: Sequence[Block]) -> Displaced:
    """Return what the blocks of a group cost the venue: value before less value after.

    Blocks are of different space-days; any length goes, whether it is on offer or not. Among alike
    rooms the group takes those where it displaces least. Refuses a block that does not fit.
    """
    lost = tuple(_lost(block) for block in blocks)
    return Displaced(sum(lost), lost)


def _lost(block: Block) -> float:
    table = block.table
    whole("start", block.start, 0, table.slots - 1)
    whole("length", block.length, 1, table.slots - block.start)
    whole("units", block.units, 1, table.units)
    units = free_units([block.free], [table])[0]
    window = slice(block.start, block.start + block.length)
    pile = stack([table], np.array([moment(block.minutes_to_open)]))
    if table.alpha == 0:
        if units[0, window].min() < block.units:
            raise NotForSale("units", None, "the pool has fewer seats free at that time")
        after = units.copy()
        after[0, window] -= block.units
        return _pooled(pile, units[0], after[0])
    if table.parts:
        return _whole(pile, units, window)
    able = np.flatnonzero(units[:, window].all(axis=1))
    if len(able) < block.units:
        raise NotForSale("units", None, "fewer units are free over the whole block")
    if table.layers.size:
        return _stacked(pile, units[able], window, block.units)
    each = sorted(_room(pile.value[0], units[unit], window, table.buffer) for unit in able)
    lost = sum(each[: block.units])
    if table.alpha == 1:
        return lost
    pooled = _seats(pile.spare[0], units.sum(axis=0), window, block.units)
    return table.alpha * lost + (1 - table.alpha) * pooled


def _whole(pile: Stack, units: Counts, window: slice) -> float:
    """Return what a whole loses: the sum over its parts, all of which it takes."""
    if not units[:, window].all():
        raise NotForSale("units", None, "a part is taken at that time")
    shares, buffer = pile.shares[0], pile.first.buffer
    each = (_room(share, row, window, buffer) for share, row in zip(shares, units, strict=True))
    return float(sum(each))


def value_lost(table: Table, before: ArrayLike, after: ArrayLike, minutes_to_open: float) -> float:
    """Return the cents lost when what is free shrinks from `before` to `after`, both as in `quote`.

    The same reckoning as `group_displacement` for a shape that is no block: some rooms until noon,
    others all day, seats as far as there are any; a whole loses all of its parts. Refuses an
    `after` with more free than `before`.
    """
    rest, left = free_units([before, after], [table, table])
    if (left > rest).any():
        raise BadInput("after", None, "frees what was not free before")
    pile = stack([table], np.array([moment(minutes_to_open)]))
    if table.alpha == 0:
        return _pooled(pile, rest[0], left[0])
    lost, rest = 0.0, rest.copy()
    for row in range(len(rest)):
        while (gone := rest[row] - left[row]).any():
            window = _first_run(gone)
            lost += _run_lost(pile, rest, row, window)
            rest[row, window] = 0
    return lost


def _first_run(gone: Counts) -> slice:
    """Return the first run of slots that lose something."""
    start = int(np.flatnonzero(gone)[0])
    kept = np.flatnonzero(gone[start:] == 0)
    return slice(start, start + int(kept[0]) if kept.size else len(gone))


def _run_lost(pile: Stack, free: Counts, row: int, window: slice) -> float:
    """Return what one run of a room displaces among what is free."""
    table = pile.first
    if table.parts:
        return _room(pile.shares[0, row], free[row], window, table.buffer)
    if table.layers.size:
        able = int(free[:, window].all(axis=1).sum())
        return _room(pile.layers[0, able - 1], free[row], window, table.buffer)
    own = _room(pile.value[0], free[row], window, table.buffer)
    if table.alpha == 1:
        return own
    pooled = _seats(pile.spare[0], free.sum(axis=0), window, 1)
    return table.alpha * own + (1 - table.alpha) * pooled


def _pooled(pile: Stack, before: Counts, after: Counts) -> float:
    """Return what seats displace: by layers, by whole bookings, or by both as the table leans."""
    table = pile.first
    lean = table.lean if table.layers.size else 0.0
    lost = lean * _layered(pile, before, after) if lean else 0.0
    if lean == 1:
        return lost
    if scenarios.able(table):
        return lost + (1 - lean) * scenarios.lost(table, float(pile.minutes[0]), before, after)
    spare, slot = pile.spare[0], np.arange(len(before))
    return lost + (1 - lean) * float((spare[slot, before] - spare[slot, after]).sum())


def _layered(pile: Stack, before: Counts, after: Counts) -> float:
    """Return what seats displace by layers, run by run of slots that lose as many."""
    lost, rest = 0.0, before.copy()
    while (gone := rest - after).any():
        window = _first_run(gone)
        taken = int(gone[window].min())
        lost += block_cost(pile.layers[0], rest, window, taken)
        rest[window] -= taken
    return lost


def _stacked(pile: Stack, able: Counts, window: slice, taken: int) -> float:
    """Return what rooms displace one after the other, each in the layer of those still able."""
    rest, lost = list(able), 0.0
    for _ in range(taken):
        value = pile.layers[0, len(rest) - 1]
        each = [_room(value, row, window, pile.first.buffer) for row in rest]
        least = int(np.argmin(each))
        lost += each[least]
        rest.pop(least)
    return lost


def _seats(spare: Floats, left: Counts, window: slice, taken: int) -> float:
    """Return the sum over slots of V(x) - V(x - taken)."""
    slot = np.arange(len(left))[window]
    lost = spare[slot, left[window]] - spare[slot, left[window] - taken]
    return float(lost.sum())


def _room(value: Floats, free: Counts, window: slice, buffer: int) -> float:
    """Return what one room loses: the gap around the block less the two gaps it leaves."""
    slots = len(free)
    taken = np.flatnonzero(free == 0)
    begin = int(taken[taken < window.start].max(initial=-1)) + 1
    stop = int(taken[taken >= window.start].min(initial=slots))
    where = gap_index(slots)
    lost = value[where[begin, stop]] - value[where[begin, max(window.start - buffer, 0)]]
    return float(lost - value[where[min(window.stop + buffer, slots), stop]])
