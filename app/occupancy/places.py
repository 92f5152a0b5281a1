"""What a space is made of: its units in order, and the locks that guard them."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace

from sqlalchemy import and_, bindparam, select

from app.core.db import any_of, send
from app.core.slots import Interval
from app.spaces.models import Composition, Space, Unit


@dataclass(frozen=True)
class Place:
    """The units that a space is made of, in order, and whether a taking needs one or all."""

    space_id: int
    takes: str
    buffer_minutes: int
    units: tuple[int, ...]
    clusters: tuple[int, ...]

    @property
    def is_whole(self) -> bool:
        """Whether there is nothing to choose: a single unit, or all of them at once."""
        return self.takes == "all" or len(self.units) == 1

    def needed(self, quantity: int) -> int:
        """Units that one taking of this quantity uses."""
        return len(self.units) if self.takes == "all" else quantity

    def during(self, interval: Interval) -> Interval:
        """The interval with the time to clean behind it."""
        return replace(interval, end=interval.end + dt.timedelta(minutes=self.buffer_minutes))


OF_SPACES = (
    select(Composition.space_id, Unit.id, Unit.cluster)
    .join(Unit, Unit.id == Composition.unit_id)
    .where(Composition.space_id == any_of("spaces"), Unit.retired_at.is_(None))
    .order_by(Composition.space_id, Composition.position, Unit.id)
)
OF_ONE = (
    select(Space.takes, Space.buffer_minutes, Unit.id, Unit.cluster)
    .select_from(Space)
    .outerjoin(Composition, Composition.space_id == Space.id)
    .outerjoin(Unit, and_(Unit.id == Composition.unit_id, Unit.retired_at.is_(None)))
    .where(Space.id == bindparam("space"))
    .order_by(Composition.position, Unit.id)
)


def places(spaces: Iterable[Space]) -> dict[int, Place]:
    """The places of some spaces, in one query."""
    by_id = {space.id: space for space in spaces}
    rows: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for space_id, unit_id, cluster in send(OF_SPACES, {"spaces": list(by_id)}):
        rows[space_id].append((unit_id, cluster))
    return {
        id_: Place(
            id_,
            space.takes,
            space.buffer_minutes,
            tuple(u for u, _ in rows[id_]),
            tuple(sorted({c for _, c in rows[id_]})),
        )
        for id_, space in by_id.items()
    }


def place_of(space: Space) -> Place:
    """The place of one space."""
    return places([space])[space.id]


def place(space_id: int) -> Place:
    """The place of a space of which nothing but its id is known, in the same one query."""
    rows = send(OF_ONE, {"space": space_id}).all()
    takes, buffer, *_rest = rows[0]
    units = [(row.id, row.cluster) for row in rows if row.id is not None]
    clusters = sorted({cluster for _, cluster in units})
    return Place(space_id, takes, buffer, tuple(unit for unit, _ in units), tuple(clusters))
