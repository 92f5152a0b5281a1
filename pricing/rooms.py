"""A few alike rooms: what a window displaces when several rooms could take it.

Each room keeps its own gap values, computed as if it met `crowding / units` of the demand. A
booking takes the room where it displaces least. The price lies between that displacement and the
worth of any free room (`pool`): the more rooms, the more alike, and the easier a booking moves.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from .data import BadInput
from .gap import gap_index
from .results import Floats, NotForSale

Counts = NDArray[np.int64]


@dataclass(frozen=True)
class Blend:
    """How few alike rooms are priced.

    weight     of the gap displacement; the rest is that of the pool
    crowding   by how much one room's share of demand exceeds 1 / units: others overflow into it
    """

    weight: float
    crowding: float

    def __post_init__(self) -> None:
        """Refuse a weight outside 0 to 1 and a crowding that no overflow explains."""
        if not 0 <= self.weight <= 1:
            raise BadInput("weight", None, "must be a number from 0 to 1")
        if not 0.5 <= self.crowding <= 5:
            raise BadInput("crowding", None, "must be a number from 0.5 to 5")


#: (largest number of units, blend), as measured on days that no report uses.
_MEASURED = (
    (1, Blend(1.0, 1.0)),
    (2, Blend(0.75, 1.1)),
    (5, Blend(0.65, 1.1)),
    (10, Blend(0.5, 1.1)),
)
_MANY = Blend(0.35, 1.2)


def blend(units: int) -> Blend:
    """Return the blend to use when nothing was simulated for this very day."""
    return next((found for most, found in _MEASURED if units <= most), _MANY)


def assign(
    bookings: Sequence[tuple[int, int]],
    *,
    units: int,
    slots: int,
    value: Floats,
    pinned: Mapping[int, int] | None = None,
) -> tuple[int, ...]:
    """Hand rooms out late: give each booking [start, end) a unit so that free gaps keep most value.

    `value` is a slice of gap values (`gap.gap_index` order), `pinned` the bookings whose unit is
    already promised. Anything that overlaps at most `units` times fits when nothing is pinned. At
    every slot edge, rooms that no booking crosses may swap all that follows; swaps that raise the
    value are made until none does. Refuses more bookings at once than there are units.
    """
    fixed = dict(pinned or {})
    home: dict[int, int] = dict(fixed)
    taken = np.zeros((units, slots), dtype=np.int64)
    for booking, unit in fixed.items():
        _put(taken, unit, bookings[booking], booking)
    for booking in sorted(set(range(len(bookings))) - set(fixed), key=lambda b: bookings[b]):
        start, end = bookings[booking]
        able = [unit for unit in range(units) if not taken[unit, start:end].any()]
        if not able:
            raise NotForSale("units", None, "more bookings at once than units")
        home[booking] = able[0]
        _put(taken, able[0], bookings[booking], booking)
    while _swap(taken, value, set(fixed)):
        pass
    for booking, (start, _) in enumerate(bookings):
        home[booking] = int(np.flatnonzero(taken[:, start] == booking + 1)[0])
    return tuple(home[booking] for booking in range(len(bookings)))


def _put(taken: Counts, unit: int, window: tuple[int, int], booking: int) -> None:
    """Mark a window of a unit; refuse one that is taken."""
    if taken[unit, window[0] : window[1]].any():
        raise NotForSale("pinned", None, "two bookings are pinned to one unit at one time")
    taken[unit, window[0] : window[1]] = booking + 1


def _worth(row: Counts, value: Floats) -> float:
    """Return the value of the free gaps of a unit."""
    edges = np.flatnonzero(np.diff(np.concatenate([[1], row != 0, [1]])))
    where = gap_index(len(row))
    return float(value[where[edges[::2], edges[1::2]]].sum())


def _swap(taken: Counts, value: Floats, pinned: set[int]) -> bool:
    """Make the best swap of two tails, if any raises the value; say whether one was made."""
    slots = taken.shape[1]
    names = [booking + 1 for booking in pinned]
    best, chosen = 1e-6, None
    for edge in range(1, slots):
        crossed = (taken[:, edge - 1] == taken[:, edge]) & (taken[:, edge] != 0)
        loose = ~crossed & ~np.isin(taken[:, edge:], names).any(axis=1)
        for one, two in combinations(np.flatnonzero(loose).tolist(), 2):
            mixed = taken[[one, two]].copy()
            mixed[:, edge:] = mixed[::-1, edge:].copy()
            gained = sum(_worth(row, value) for row in mixed)
            gained -= _worth(taken[one], value) + _worth(taken[two], value)
            if gained > best:
                best, chosen = gained, (edge, one, two)
    if chosen is None:
        return False
    edge, one, two = chosen
    taken[[one, two], edge:] = taken[[two, one], edge:]
    return True
