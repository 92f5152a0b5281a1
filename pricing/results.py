"""Frozen answers of the engine: what it hands out, never what it computes with.

Every amount of money that leaves `pricing` is an integer number of cents.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from numpy import float64
from numpy.typing import NDArray

from .data import BadInput

Floats = NDArray[float64]


class NotForSale(BadInput):
    """The window asked for cannot be sold as such: taken, closed, too early or too late."""


@dataclass(frozen=True, slots=True)
class Step:
    """One named, signed part of a price. The steps of a quote sum exactly to its price."""

    code: str
    cents: int


@dataclass(frozen=True, slots=True)
class Evidence:
    """The one fact that explains the price best: a code that the caller words, and numbers."""

    code: str
    numbers: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Quote:
    """A price and everything needed to explain, store and replay it."""

    price_cents: int
    steps: tuple[Step, ...]
    evidence: Evidence
    inputs: Mapping[str, object] = field(repr=False)
    model_version: str
    list_cents: int
    displacement_cents: float

    def step(self, code: str) -> int:
        """Return the cents of one step, 0 when the quote does not have it."""
        return sum(step.cents for step in self.steps if step.code == code)


@dataclass(frozen=True, slots=True)
class Worth:
    """What a policy is expected to bring on one day: by exact recursion or by simulation."""

    revenue_cents: float
    slots_sold: float
    bookings: float
    standard_error: float = 0.0


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the bench: a target, what we got, what it is compared with, and whether it holds.

    `ok` is None when the line only informs.
    """

    id: str
    what: str
    figure: str
    reference: str
    ok: bool | None
