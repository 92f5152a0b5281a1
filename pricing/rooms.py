"""A few alike rooms: what a window displaces when several rooms could take it.

Each room keeps its own gap values, computed as if it met `crowding / units` of the demand. A booking
takes the room where it displaces least. The price lies between that displacement and the worth of any
free room (`pool`), because a booking handed out late may still move; the more rooms, the more alike.
"""

from __future__ import annotations

#: (largest number of units, weight of the gap displacement, crowding), measured by `bench_optimise`.
_MEASURED = ((1, 1.0, 1.0), (2, 1.0, 1.1), (5, 0.75, 1.2), (10, 0.4, 1.4))
_MANY = (0.25, 1.5)


def gap_weight(units: int) -> float:
    """Return the weight of the gap displacement; the rest is that of the pool."""
    return next((weight for most, weight, _ in _MEASURED if units <= most), _MANY[0])


def crowding(units: int) -> float:
    """Return by how much one room's share of demand exceeds 1 / units: others overflow into it."""
    return next((crowd for most, _, crowd in _MEASURED if units <= most), _MANY[1])
