"""Seat a whole history at once: the same table, the same constraint, one pass."""

from __future__ import annotations

import bisect
import datetime as dt
import heapq
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.core import bulk, clock, locks
from app.core.db import db
from app.core.errors import Taken
from app.core.i18n import _
from app.core.slots import Interval
from app.occupancy import rules
from app.occupancy.models import Occupancy, meeting
from app.occupancy.rules import Place


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


def plan(place: Place, wanted: Sequence[Wanted]) -> list[bulk.Row]:
    """The rows that give every booking its units, or a refusal that names the first without.

    By start, each on the unit that was free longest ago: enough whenever the place is never
    fuller than it has units. Refuses a place that is taken already at any of these times. Nobody
    else takes these units until the end of the transaction.
    """
    if not wanted:
        return []
    locks.hold(locks.UNITS, place.clusters)
    _refuse_company(place, wanted)
    return [row for one, units in _assigned(place, wanted) for row in _rows(place, one, units)]


def seat(rows: Sequence[bulk.Row]) -> None:
    """Write what was planned, once the bookings are there."""
    bulk.write(Occupancy, rows)


def _refuse_company(place: Place, wanted: Sequence[Wanted]) -> None:
    """Refuse the first line that meets what is in the calendar already, cleaning included."""
    during = {w: place.during(w.interval) for w in wanted}
    whole = Interval(min(d.start for d in during.values()), max(d.end for d in during.values()))
    db.session.execute(rules.BURY, meeting(place.units, whole) | {"now": clock.now()})
    starts, ends = _busy(place, whole)
    for one, asked in during.items():
        at = bisect.bisect_right(ends, asked.start.timestamp())
        if at < len(ends) and starts[at] < asked.end.timestamp():
            raise NoSeat(_("Ce créneau est déjà pris dans le calendrier."), line=one.line)


def _busy(place: Place, whole: Interval) -> tuple[list[float], list[float]]:
    """Starts and ends of the times in which any unit is taken: in order, none touching the next."""
    starts: list[float] = []
    ends: list[float] = []
    spans = rules.spans(place.units, whole)
    for start, end in sorted(span for of_unit in spans.values() for span in of_unit):
        if ends and start <= ends[-1]:
            ends[-1] = max(ends[-1], end)
        else:
            starts.append(start)
            ends.append(end)
    return starts, ends


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


def _rows(place: Place, one: Wanted, units: list[int]) -> list[bulk.Row]:
    during = place.during(one.interval)
    return [
        {
            "unit_id": unit,
            "space_id": place.space_id,
            "during": bulk.span(during.start, during.end),
            "starts_at": one.interval.start,
            "ends_at": one.interval.end,
            "kind": "booking",
            "source": "booking",
            "source_id": one.source_id,
        }
        for unit in units
    ]
