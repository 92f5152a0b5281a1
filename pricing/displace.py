"""What each window displaces, read from tables piled up and from what is free."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from . import layers
from .data import BadInput
from .gap import gap_index
from .guardrails import Mask
from .layers import Counts
from .results import Floats
from .stack import Stack
from .table import Table


def free_units(free: Sequence[ArrayLike], tables: Sequence[Table]) -> Counts:
    """Return what is free per day, (days, units, slots) of 0 and 1; of a pool, seats, units 1.

    A whole that is also sold in parts is told part by part. Refuses a shape that is not the day's
    and counts beyond its units. Tables are of one shape.
    """
    one = tables[0]
    rows, most = one.rows, one.units if one.alpha == 0 else 1
    try:
        given = [np.asarray(part).astype(np.float64, casting="same_kind") for part in free]
    except (TypeError, ValueError) as error:
        raise BadInput("free", None, "must be a table of numbers") from error
    for part in given:
        if part.shape not in {(rows, one.slots), (one.slots,)} or part.ndim + rows < 2 + (rows > 1):
            raise BadInput("free", None, f"has shape {part.shape}, needs {(rows, one.slots)}")
    plain = np.array(given).reshape(len(tables), rows, one.slots)
    if not ((plain >= 0) & (plain <= most) & (plain == np.floor(plain))).all():
        raise BadInput("free", None, f"must lie between 0 and {most} per slot")
    counts: Counts = plain.astype(np.int64)
    return counts


def empty_day(table: Table) -> Counts:
    """Return `free_units` of a day without any booking."""
    if table.alpha == 0:
        return np.full((1, 1, table.slots), table.units, dtype=np.int64)
    return np.ones((1, table.rows, table.slots), dtype=np.int64)


def _around(free: Counts) -> tuple[Counts, Counts, Mask]:
    """Return where the free gap around each slot begins and stops, and what is taken."""
    slots = free.shape[2]
    place = np.arange(slots)
    taken = free == 0
    begin = np.maximum.accumulate(np.where(taken, place + 1, 0), axis=2)
    stop = np.minimum.accumulate(np.where(taken, place, slots)[..., ::-1], axis=2)[..., ::-1]
    return begin, stop, taken


def gap_costs(value: Floats, free: Counts, lengths: Sequence[int], buffer: int) -> Floats:
    """Return what each window displaces in each unit, (days, units, slots, lengths), inf: taken.

    c = W(a, b) - W(a, s - buffer) - W(e + buffer, b) with [a, b) the gap around [s, e).
    """
    days, _, slots = free.shape
    where = gap_index(slots)
    place = np.arange(slots)
    begin, stop, taken = _around(free)
    end = place[:, None] + np.asarray(lengths)
    flat = value.ravel()
    day = (np.arange(days) * value.shape[1])[:, None, None]
    whole = flat[where[begin, stop] + day]
    whole -= flat[where[begin, np.maximum(place - buffer, 0)] + day]
    right = where[np.minimum(end + buffer, slots), stop[..., None]]
    cost: Floats = whole[..., None] - flat[right + day[..., None]]
    cost[(end > stop[..., None]) | taken[..., None]] = math.inf
    return cost


def seat_costs(spare: Floats, left: Counts, lengths: Sequence[int]) -> Floats:
    """Return the displacement of each window of a pool, (days, slots, lengths); inf: sold out.

    The sum over its slots of what the last free seat is worth, V(x) - V(x - 1).
    """
    days, slots = left.shape
    day, slot = np.arange(days)[:, None], np.arange(slots)
    worth = spare[day, slot, left] - spare[day, slot, np.maximum(left - 1, 0)]
    none = np.zeros((days, 1))
    total = np.concatenate([none, np.cumsum(worth, axis=1)], axis=1)
    full = np.concatenate([none, np.cumsum(left == 0, axis=1)], axis=1)
    end = slot[:, None] + np.asarray(lengths)
    stop = np.minimum(end, slots)
    cost: Floats = total[:, stop] - total[:, :-1, None]
    cost[(end > slots) | (full[:, stop] > full[:, :-1, None])] = math.inf
    return cost


def costs(pile: Stack, free: Counts) -> Floats:
    """Return what each window displaces, (days, slots, lengths), inf where it cannot be sold.

    Few alike rooms take the room where the window displaces least (best fit), and blend that with
    the worth of a free room whichever it is, for bookings that may still be moved.
    """
    one = pile.first
    if one.alpha == 0:
        return _pool_costs(pile, free[:, 0])
    if one.parts:
        return _whole_costs(pile, free)
    if one.layers.size:
        every = layer_costs(pile.layers, free, one.lengths, one.buffer)
    else:
        every = gap_costs(pile.value, free, one.lengths, one.buffer)
    cost: Floats = every.min(axis=1)
    if one.alpha < 1:
        pool = seat_costs(pile.spare, free.sum(axis=1), one.lengths)
        cost = pile.alpha * cost + (1 - pile.alpha) * np.where(np.isinf(cost), 0.0, pool)
    return cost


def _whole_costs(pile: Stack, free: Counts) -> Floats:
    """Return what windows of a whole displace over all its parts; inf where a part is taken."""
    one, total = pile.first, np.zeros((len(free), pile.first.slots, len(pile.first.lengths)))
    for part in range(one.parts):
        row = free[:, part : part + 1]
        total += gap_costs(pile.shares[:, part], row, one.lengths, one.buffer)[:, 0]
    return total


def _pool_costs(pile: Stack, left: Counts) -> Floats:
    one = pile.first
    if not one.layers.size:
        return seat_costs(pile.spare, left, one.lengths)
    cost = layers.costs(pile.layers, left, one.lengths)
    if one.lean < 1:
        seat = seat_costs(pile.spare, left, one.lengths)
        cost = pile.lean * cost + (1 - pile.lean) * np.where(np.isinf(cost), 0.0, seat)
    return cost


def layer_costs(value: Floats, free: Counts, lengths: Sequence[int], buffer: int) -> Floats:
    """Return what each window displaces in each room, (days, units, slots, lengths), inf: taken.

    Rooms that keep their bookings: a room's gap is read in the layer of as many rooms as could take
    the window, value (days, units, gaps + 1).
    """
    begin, stop, taken = _around(free)
    days, _, slots = free.shape
    place, where = np.arange(slots), gap_index(slots)
    end = place[:, None] + np.asarray(lengths)
    shut = (end > stop[..., None]) | taken[..., None]
    layer = np.maximum((~shut).sum(axis=1, keepdims=True) - 1, 0)
    flat, size = value.ravel(), value.shape[2]
    day = (np.arange(days) * value.shape[1])[:, None, None, None]
    offset = (day + layer) * size
    left = where[begin, np.maximum(place - buffer, 0)]
    right = where[np.minimum(end + buffer, slots), stop[..., None]]
    cost: Floats = flat[where[begin, stop][..., None] + offset] - flat[left[..., None] + offset]
    cost -= flat[right + offset]
    cost[shut] = math.inf
    return cost
