"""What was on sale in the past: units that have left since, time that the venue kept back."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable

from sqlalchemy import extract, func, select

from app.core.db import db
from app.core.slots import Interval
from app.occupancy.models import Occupancy, meeting, meets
from app.spaces.models import Composition, Unit


def withheld(units: Iterable[int], interval: Interval) -> dict[int, list[tuple[float, float]]]:
    """When each unit was out of sale by the venue's own act, as seconds since the epoch."""
    found: dict[int, list[tuple[float, float]]] = defaultdict(list)
    query = select(
        Occupancy.unit_id,
        extract("epoch", func.lower(Occupancy.during)),
        extract("epoch", func.upper(Occupancy.during)),
    ).where(meets(), Occupancy.kind.in_(("closure", "repair", "event")))
    for unit, start, end in db.session.execute(query, meeting(units, interval)):
        found[unit].append((float(start), float(end)))
    return found


def departures(space_id: int) -> list[dt.datetime]:
    """When units of a space left it for good."""
    moments = db.session.scalars(
        select(Unit.retired_at)
        .join(Composition, Composition.unit_id == Unit.id)
        .where(Composition.space_id == space_id, Unit.retired_at.is_not(None))
    )
    return [moment for moment in moments if moment is not None]
