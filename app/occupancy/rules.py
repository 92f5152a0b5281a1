"""Take and release units of space. Nothing else writes the occupancy table.

Lock the clusters in order, drop dead holds, look, insert: under the exclusion constraint, which
has the last word (docs/occupancy.md).
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from psycopg.errors import ExclusionViolation
from sqlalchemy import (
    ColumnElement,
    CursorResult,
    Result,
    and_,
    delete,
    extract,
    func,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.exc import IntegrityError

from app.core import clock, faults, locks
from app.core.db import db
from app.core.errors import Taken
from app.core.i18n import _
from app.core.slots import Interval
from app.occupancy import seating
from app.occupancy.models import Occupancy
from app.spaces.models import Composition, Space, Unit

MOVABLE = ("booking", "hold")


@dataclass(frozen=True)
class Place:
    """The units that a space is made of, in order, and whether a taking needs one or all."""

    space_id: int
    takes: str
    buffer_minutes: int
    units: tuple[int, ...]
    clusters: tuple[int, ...]

    def needed(self, quantity: int) -> int:
        """Units that one taking of this quantity uses."""
        return len(self.units) if self.takes == "all" else quantity

    def during(self, interval: Interval) -> Interval:
        """The interval with the time to clean behind it."""
        return replace(interval, end=interval.end + dt.timedelta(minutes=self.buffer_minutes))


@dataclass(frozen=True)
class Taking:
    """What takes the units: its kind, its origin, and until when if it is only a hold."""

    kind: str
    source: str
    source_id: int | None = None
    label: str = ""
    expires_at: dt.datetime | None = None
    pinned: bool = False


def places(spaces: Iterable[Space]) -> dict[int, Place]:
    """The places of some spaces, in one query."""
    by_id = {space.id: space for space in spaces}
    rows: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for space_id, unit_id, cluster in db.session.execute(
        select(Composition.space_id, Unit.id, Unit.cluster)
        .join(Unit, Unit.id == Composition.unit_id)
        .where(Composition.space_id.in_(by_id), Unit.retired_at.is_(None))
        .order_by(Composition.space_id, Composition.position, Unit.id)
    ):
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
    rows = db.session.execute(
        select(Space.takes, Space.buffer_minutes, Unit.id, Unit.cluster)
        .select_from(Space)
        .outerjoin(Composition, Composition.space_id == Space.id)
        .outerjoin(Unit, and_(Unit.id == Composition.unit_id, Unit.retired_at.is_(None)))
        .where(Space.id == space_id)
        .order_by(Composition.position, Unit.id)
    ).all()
    takes, buffer, *_rest = rows[0]
    units = [(row.id, row.cluster) for row in rows if row.id is not None]
    clusters = sorted({cluster for _, cluster in units})
    return Place(space_id, takes, buffer, tuple(unit for unit, _ in units), tuple(clusters))


def alive(now: dt.datetime) -> ColumnElement[bool]:
    """The condition under which a row counts: everything but holds past their time."""
    return or_(Occupancy.kind != "hold", Occupancy.expires_at > now)


def taken(units: Iterable[int], interval: Interval) -> list[Occupancy]:
    """Living rows of these units that touch an interval, cleaning included, in order."""
    wanted = list(units)
    return list(
        db.session.scalars(
            select(Occupancy)
            .where(
                Occupancy.unit_id.in_(wanted),
                Occupancy.during.op("&&")(_range(interval)),
                alive(clock.now()),
            )
            .order_by(Occupancy.starts_at, Occupancy.id)
        )
    )


def spans(
    units: Iterable[int], interval: Interval, *, without: tuple[str, int] | None = None
) -> dict[int, list[tuple[float, float]]]:
    """When each unit is taken, as seconds since the epoch: what prices need, without the rows.

    What the source `without` takes is left out: it is about to be moved.
    """
    query = select(
        Occupancy.unit_id,
        extract("epoch", func.lower(Occupancy.during)),
        extract("epoch", func.upper(Occupancy.during)),
    ).where(
        Occupancy.unit_id.in_(list(units)),
        Occupancy.during.op("&&")(_range(interval)),
        alive(clock.now()),
    )
    if without is not None:
        query = query.where(or_(Occupancy.source != without[0], Occupancy.source_id != without[1]))
    found: dict[int, list[tuple[float, float]]] = defaultdict(list)
    for unit, start, end in db.session.execute(query):
        found[unit].append((float(start), float(end)))
    return found


def take(place: Place, interval: Interval, quantity: int, taking: Taking) -> list[Occupancy]:
    """Take units of a place or refuse with `Taken`, having written nothing.

    Interchangeable units are re-seated when that frees enough of them; what has begun, is pinned,
    or is no booking stays where it is.
    """
    if place.takes == "all" or len(place.units) == 1:
        _refuse_early(place, interval)
    locks.hold(locks.UNITS, place.clusters)
    faults.point("units_locked")
    _bury(place.units, place.during(interval))
    chosen = _choose(place, interval, quantity)
    made = [_row(unit, place, interval, taking) for unit in chosen]
    db.session.add_all(made)
    try:
        db.session.flush()  # the constraint speaks now, not at commit
    except IntegrityError as error:
        if isinstance(error.orig, ExclusionViolation):
            raise _refusal() from error
        raise
    return made


def _refuse_early(place: Place, interval: Interval) -> None:
    """Losers of a race for one unit need not queue for its lock."""
    if taken(place.units, place.during(interval)):
        raise _refusal()


def _refusal() -> Taken:
    return Taken(_("Ce créneau vient d’être pris."))


def _range(interval: Interval) -> Range[dt.datetime]:
    return Range(interval.start, interval.end, bounds="[)")


def _row(unit: int, place: Place, interval: Interval, taking: Taking) -> Occupancy:
    return Occupancy(
        unit_id=unit,
        space_id=place.space_id,
        during=_range(place.during(interval)),
        starts_at=interval.start,
        ends_at=interval.end,
        kind=taking.kind,
        source=taking.source,
        source_id=taking.source_id,
        label=taking.label,
        pinned=taking.pinned,
        expires_at=taking.expires_at,
    )


def _bury(units: Sequence[int], during: Interval) -> None:
    """Delete dead holds that stand in the way; the lock on their cluster is held."""
    db.session.execute(
        delete(Occupancy).where(
            Occupancy.unit_id.in_(units),
            Occupancy.kind == "hold",
            Occupancy.expires_at <= clock.now(),
            Occupancy.during.op("&&")(_range(during)),
        )
    )


def _choose(place: Place, interval: Interval, quantity: int) -> list[int]:
    during = place.during(interval)
    margin = dt.timedelta(days=1)
    around = taken(place.units, Interval(during.start - margin, during.end + margin))
    stays = [_stay(row, place) for row in around]
    free = seating.best_fit(stays, place.units, during.start, during.end)
    needed = place.needed(quantity)
    if place.takes == "all":
        if len(free) < needed:
            raise _refusal()
        return list(place.units)
    if len(free) >= needed:
        return free[:needed]
    return _reseat(place, stays, during, needed)


def _stay(row: Occupancy, place: Place) -> seating.Stay:
    """What was sold as this very pool may change seats until it begins; nothing else may."""
    begun = row.starts_at <= clock.now()
    sold_here = place.takes == "any" and row.space_id == place.space_id
    fixed = begun or row.pinned or row.kind not in MOVABLE or not sold_here
    start, end = row.during.lower, row.during.upper
    if start is None or end is None:
        raise ValueError("the table refuses unbounded ranges")
    return seating.Stay(row.id, start, end, row.unit_id, fixed)


def _reseat(place: Place, stays: list[seating.Stay], during: Interval, needed: int) -> list[int]:
    crowd = sum(1 for s in stays if s.start < during.end and during.start < s.end)
    if needed > len(place.units) or crowd == 0:
        raise _refusal()
    newcomers = [
        seating.Stay(-n, during.start, during.end, None, fixed=False) for n in range(1, needed + 1)
    ]
    seats = seating.reseat([*stays, *newcomers], place.units)
    if seats is None:
        raise _refusal()
    _apply(seats, stays)
    return [seats[-n] for n in range(1, needed + 1)]


def _apply(seats: dict[int, int], stays: list[seating.Stay]) -> None:
    """Write the new seats at once: between two rows the constraint may wait, not after."""
    moved = {s.key: seats[s.key] for s in stays if s.key in seats and seats[s.key] != s.unit}
    db.session.execute(text("set constraints occupancy_no_overlap deferred"))
    for row_id, unit in moved.items():
        db.session.execute(
            update(Occupancy)
            .where(Occupancy.id == row_id)
            .values(unit_id=unit)
            .execution_options(synchronize_session="fetch")
        )
    db.session.execute(text("set constraints occupancy_no_overlap immediate"))


def _of(source: str, source_id: int) -> ColumnElement[bool]:
    return and_(Occupancy.source == source, Occupancy.source_id == source_id)


def _count(done: Result[Any]) -> int:
    return cast("CursorResult[Any]", done).rowcount


def rows_of(source: str, source_id: int) -> list[Occupancy]:
    """What this source takes now."""
    return list(db.session.scalars(select(Occupancy).where(_of(source, source_id))))


def keep(place: Place, quantity: int, source: str, source_id: int) -> bool:
    """Turn a hold into a booking, in place. False, with nothing left of it, when any of its rows is
    gone: a hold that died may have lost one half of a hall to somebody."""
    locks.hold(locks.UNITS, place.clusters)
    done = db.session.execute(
        update(Occupancy)
        .where(_of(source, source_id), Occupancy.kind.in_(("hold", "booking")))
        .values(kind="booking", expires_at=None)
        .execution_options(synchronize_session="fetch")
    )
    if _count(done) == place.needed(quantity):
        return True
    release(source, source_id)
    return False


def release(source: str, source_id: int) -> int:
    """Give back what a source takes; how many units that was."""
    done = db.session.execute(
        delete(Occupancy)
        .where(_of(source, source_id))
        .execution_options(synchronize_session="fetch")
    )
    return _count(done)


def shorten(source: str, source_id: int, until: dt.datetime) -> int:
    """End what a source takes at `until`: the rest goes back on sale. Refuses to lengthen."""
    rows = [r for r in rows_of(source, source_id) if r.starts_at < until < r.ends_at]
    for row in rows:
        row.ends_at = until
        row.during = Range(row.during.lower, until, bounds="[)")
    db.session.flush()  # the next taker must see it
    return len(rows)


def sweep(limit: int = 1000) -> int:
    """Delete holds that died a while ago. Nothing depends on it: dead holds count for nothing."""
    dead = (
        select(Occupancy.id)
        .where(
            Occupancy.kind == "hold",
            Occupancy.expires_at < clock.now() - dt.timedelta(minutes=5),
        )
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    done = db.session.execute(
        delete(Occupancy).where(Occupancy.id.in_(dead)).execution_options(synchronize_session=False)
    )
    return _count(done)
