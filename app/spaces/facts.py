"""What spaces are about to do; whoever minds may refuse, and the whole act is undone."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Good:
    """Something else that is sold here: what it costs now, and when a reduction is announced, the
    price before as the law counts it."""

    name: str
    cents: int
    before_cents: int | None = None
    percent: int = 0
    until: dt.date | None = None


@dataclass(frozen=True)
class GoodsAsked:
    """The public page of prices asks who sells something else."""

    found: list[Good] = field(default_factory=list)


@dataclass(frozen=True)
class SpaceRetiring:
    """It leaves the sale for good."""

    space_id: int


@dataclass(frozen=True)
class UnitsLeaving:
    """These units are there no more."""

    unit_ids: tuple[int, ...]
