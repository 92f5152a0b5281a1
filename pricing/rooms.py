"""A few alike rooms: what a window displaces when several rooms could take it.

Each room keeps its own gap values, computed as if it met `crowding / units` of the demand. A
booking takes the room where it displaces least. The price lies between that displacement and the
worth of any free room (`pool`): the more rooms, the more alike, and the easier a booking moves.
"""

from __future__ import annotations

from dataclasses import dataclass

from .data import BadInput


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
    (2, Blend(1.0, 1.1)),
    (5, Blend(0.75, 1.2)),
    (10, Blend(0.4, 1.4)),
)
_MANY = Blend(0.25, 1.5)


def blend(units: int) -> Blend:
    """Return the blend to use when nothing was simulated for this very day."""
    return next((found for most, found in _MEASURED if units <= most), _MANY)
