"""What somebody looks for, in the words of the price grid."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True)
class Need:
    """What somebody is looking for. `space_id` when one space was chosen.

    `fine` asks for every start of a space, not only full hours; by default a chosen space has them.
    `without` is a booking that is being moved: what it takes counts as free.
    """

    kind: str
    people: int
    minutes: int
    first_day: dt.date
    days: int = 7
    audience: str = "public"
    member_percent: int = 100
    space_id: int | None = None
    site_id: int | None = None
    fine: bool | None = None
    without: int | None = None

    @property
    def every_start(self) -> bool:
        """Whether half hours are rows of their own."""
        return self.space_id is not None if self.fine is None else self.fine

    @property
    def last_day(self) -> dt.date:
        """The last day shown."""
        return self.first_day + dt.timedelta(days=self.days - 1)

    @property
    def audiences(self) -> tuple[str, ...]:
        """Spaces this audience may book."""
        order = ("public", "members", "staff")
        return order[: order.index(self.audience) + 1]
