"""What spaces are about to do; whoever minds may refuse, and the whole act is undone."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SpaceRetiring:
    """It leaves the sale for good."""

    space_id: int


@dataclass(frozen=True)
class UnitsLeaving:
    """These units are there no more."""

    unit_ids: tuple[int, ...]
