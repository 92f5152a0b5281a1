"""What rates ask of whoever knows the books, above them in the stack."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Sold:
    """One sale of time: what was sold, when it was, when it was lost again, whether nobody came."""

    starts_at: dt.datetime
    ends_at: dt.datetime
    units: int
    booked_at: dt.datetime
    lost_at: dt.datetime | None
    absent: bool = False

    @property
    def minutes(self) -> int:
        """Unit minutes."""
        return int((self.ends_at - self.starts_at).total_seconds() // 60) * self.units


@dataclass(frozen=True)
class BooksAsked:
    """Please add the sales of this space that begin in [first, last)."""

    space_id: int
    first: dt.datetime
    last: dt.datetime
    found: list[Sold] = field(default_factory=list)
