"""Seat a whole history at once: the same table, the same constraint, one pass."""

from __future__ import annotations

import datetime as dt
import heapq
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import insert
from sqlalchemy.dialects.postgresql import Range

from app.core import locks, tenancy
from app.core.db import db
from app.core.errors import Taken
from app.core.i18n import _
from app.core.slots import Interval
from app.occupancy import rules
from app.occupancy.models import Occupancy
from app.occupancy.rules import Place

BATCH = 2_000


@dataclass(frozen=True)
class Wanted:
    """One booking to seat: which, when, how many units. `line` is where it was read."""

    source_id: int
    interval: Interval
    quantity: int
    line: int


class NoSeat(Taken):
    """The place is full at the time of one of them; `line` says which."""

    code = "no_seat"


def seat(place: Place, wanted: Sequence[Wanted]) -> int:
    """Give every booking its units and write them all, or refuse with the first that finds none.

    By start, each on the unit that was free longest ago: enough whenever the place is never
    fuller than it has units. Refuses a place that is taken already at any of these times.
    """
    if not wanted:
        return 0
    locks.hold(locks.UNITS, place.clusters)
    _refuse_company(place, wanted)
    rows = [row for one, units in _assigned(place, wanted) for row in _rows(place, one, units)]
    for start in range(0, len(rows), BATCH):
        db.session.execute(insert(Occupancy), rows[start : start + BATCH])
    return len(rows)


def _refuse_company(place: Place, wanted: Sequence[Wanted]) -> None:
    whole = Interval(min(w.interval.start for w in wanted), max(w.interval.end for w in wanted))
    for row in rules.taken(place.units, place.during(whole)):
        for one in wanted:
            if one.interval.start < row.ends_at and row.starts_at < one.interval.end:
                raise NoSeat(_("Ce créneau est déjà pris dans le calendrier."), line=one.line)


def _assigned(place: Place, wanted: Iterable[Wanted]) -> Iterable[tuple[Wanted, list[int]]]:
    free = list(place.units)
    busy: list[tuple[dt.datetime, int]] = []
    for one in sorted(wanted, key=lambda w: (w.interval.start, w.source_id)):
        during = place.during(one.interval)
        while busy and busy[0][0] <= during.start:
            free.append(heapq.heappop(busy)[1])
        needed = place.needed(one.quantity)
        if len(free) < needed:
            raise NoSeat(
                _("L’espace est complet à ce moment : %(n)d unités.", n=len(place.units)),
                line=one.line,
            )
        units = [free.pop(0) for _n in range(needed)]
        for unit in units:
            heapq.heappush(busy, (during.end, unit))
        yield one, units


def _rows(place: Place, one: Wanted, units: list[int]) -> list[dict[str, object]]:
    during = place.during(one.interval)
    return [
        {
            "tenant_id": tenancy.tenant_id(),
            "unit_id": unit,
            "space_id": place.space_id,
            "during": Range(during.start, during.end, bounds="[)"),
            "starts_at": one.interval.start,
            "ends_at": one.interval.end,
            "kind": "booking",
            "source": "booking",
            "source_id": one.source_id,
        }
        for unit in units
    ]
