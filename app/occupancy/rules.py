"""Take and release units of space. Nothing else writes the occupancy table.

Lock the clusters in order, drop dead holds, look, insert: under the exclusion constraint, which
has the last word (docs/occupancy.md).
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, cast

from psycopg.errors import ExclusionViolation
from sqlalchemy import (
    ColumnElement,
    CursorResult,
    DateTime,
    Double,
    Result,
    bindparam,
    delete,
    extract,
    func,
    insert,
    or_,
    select,
    text,
    update,
)
from sqlalchemy import cast as sql_cast
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.exc import IntegrityError

from app.core import clock, faults, locks, tenancy
from app.core.db import any_of, db, send, table_of
from app.core.errors import Taken
from app.core.i18n import _
from app.core.signals import publish
from app.core.slots import Interval
from app.occupancy import seating
from app.occupancy.facts import TimeChanged
from app.occupancy.models import Occupancy, meeting, meets
from app.occupancy.places import Place, place, place_of, places

__all__ = ["Place", "place", "place_of", "places"]  # asked for here, kept beside

MOVABLE = ("booking", "hold")


@dataclass(frozen=True)
class Taking:
    """What takes the units: its kind, its origin, and until when if it is only a hold.

    Without a `source_id` it is named after its own first row.
    """

    kind: str
    source: str
    source_id: int | None = None
    label: str = ""
    expires_at: dt.datetime | None = None
    pinned: bool = False


# ── look ──────────────────────────────────────────────────────────────────────────────────────

NOW = bindparam("now", type_=DateTime(timezone=True))


def alive(now: dt.datetime | ColumnElement[Any]) -> ColumnElement[bool]:
    """The condition under which a row counts: everything but holds past their time."""
    return or_(Occupancy.kind != "hold", Occupancy.expires_at > now)


TAKEN = (
    select(Occupancy).where(meets(), alive(NOW)).order_by(Occupancy.starts_at, Occupancy.id)
).execution_options(populate_existing=True)
SPANS = select(
    Occupancy.unit_id,
    sql_cast(extract("epoch", func.lower(Occupancy.during)), Double),
    sql_cast(extract("epoch", func.upper(Occupancy.during)), Double),
).where(meets(), alive(NOW))
SPANS_BUT = SPANS.where(
    or_(
        Occupancy.source != bindparam("source"),
        Occupancy.source_id.is_distinct_from(bindparam("source_id")),
    )
)
IN_THE_WAY = select(Occupancy.expires_at).where(meets())


def taken(units: Iterable[int], interval: Interval) -> list[Occupancy]:
    """Living rows of these units that touch an interval, cleaning included, in order."""
    asked = meeting(units, interval) | {"now": clock.now()}
    return list(db.session.scalars(TAKEN, asked))


def spans(
    units: Iterable[int], interval: Interval, *, without: tuple[str, int] | None = None
) -> dict[int, list[tuple[float, float]]]:
    """When each unit is taken, as seconds since the epoch: what prices need, without the rows.

    What the source `without` takes is left out: it is about to be moved.
    """
    asked = meeting(units, interval) | {"now": clock.now()}
    statement = SPANS
    if without is not None:
        statement, asked = SPANS_BUT, asked | {"source": without[0], "source_id": without[1]}
    found: dict[int, list[tuple[float, float]]] = defaultdict(list)
    for unit, start, end in send(statement, asked):
        found[unit].append((start, end))
    return found


SHUT = SPANS.where(Occupancy.kind.in_(("closure", "repair")))


def shut(units: Iterable[int], interval: Interval) -> dict[int, list[tuple[float, float]]]:
    """When each unit is closed or under repair, as `spans` says it: taken, and sold to nobody."""
    found: dict[int, list[tuple[float, float]]] = defaultdict(list)
    for unit, start, end in send(SHUT, meeting(units, interval) | {"now": clock.now()}):
        found[unit].append((start, end))
    return found


# ── take ──────────────────────────────────────────────────────────────────────────────────────

ROWS = table_of(Occupancy)
INSERT = (
    insert(ROWS)
    .values(during=func.tstzrange(bindparam("from"), bindparam("until")))
    .returning(ROWS.c.id)
)
BURY = delete(ROWS).where(meets(), Occupancy.kind == "hold", Occupancy.expires_at <= NOW)
AROUND = dt.timedelta(days=1)
NAME = update(ROWS).where(ROWS.c.id == any_of("ids")).values(source_id=bindparam("name"))


def take(place: Place, interval: Interval, quantity: int, taking: Taking) -> list[int]:
    """Take units of a place or refuse with `Taken`, having written nothing; the ids of the rows.

    Interchangeable units are re-seated when that frees enough of them; what has begun, is pinned,
    or is no booking stays where it is.
    """
    if not place.units or place.needed(quantity) > len(place.units):
        raise _refusal()
    dead = _refuse_early(place, interval) if place.is_whole else True
    locks.hold(locks.UNITS, place.clusters)
    faults.point("units_locked")
    if dead:
        _bury(place, interval)
    chosen = place.units if place.is_whole else _choose(place, interval, quantity)
    rows = [_row(unit, place, interval, taking) for unit in chosen]
    try:
        made = list(send(INSERT, rows).scalars())
    except IntegrityError as error:  # the constraint has the last word
        if isinstance(error.orig, ExclusionViolation):
            raise _refusal() from error
        raise
    if taking.source_id is None:
        send(NAME, {"ids": made, "name": made[0]})
    publish(TimeChanged(place.space_id, interval.start, len(place.units)))
    return made


def _refuse_early(place: Place, interval: Interval) -> bool:
    """Losers of a race for one unit need not queue for its lock. Whether dead holds lie there."""
    asked = meeting(place.units, place.during(interval))
    ends = send(IN_THE_WAY, asked).scalars().all()
    now = clock.now()
    if any(end is None or end > now for end in ends):
        raise _refusal()
    return bool(ends)


def _refusal() -> Taken:
    return Taken(_("Ce créneau vient d’être pris."))


def _row(unit: int, place: Place, interval: Interval, taking: Taking) -> dict[str, Any]:
    during = place.during(interval)
    return {
        "tenant_id": tenancy.tenant_id(),
        "unit_id": unit,
        "space_id": place.space_id,
        "from": during.start,
        "until": during.end,
        "starts_at": interval.start,
        "ends_at": interval.end,
        "kind": taking.kind,
        "source": taking.source,
        "source_id": taking.source_id,
        "label": taking.label,
        "pinned": taking.pinned,
        "expires_at": taking.expires_at,
    }


def _around(place: Place, interval: Interval) -> Interval:
    """As far as seats may be changed: no booking reaches further."""
    during = place.during(interval)
    return Interval(during.start - AROUND, during.end + AROUND)


def _bury(place: Place, interval: Interval) -> None:
    """Delete dead holds that stand in the way, of the newcomer or of whoever changes seats; the
    lock on their cluster is held."""
    asked = meeting(place.units, _around(place, interval)) | {"now": clock.now()}
    send(BURY, asked)


def _choose(place: Place, interval: Interval, quantity: int) -> list[int]:
    during = place.during(interval)
    stays = [_stay(row, place) for row in taken(place.units, _around(place, interval))]
    free = seating.best_fit(stays, place.units, during.start, during.end)
    if len(free) >= quantity:
        return free[:quantity]
    return _reseat(place, stays, during, quantity)


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


# ── keep and give back ────────────────────────────────────────────────────────────────────────

OF = (ROWS.c.source == bindparam("of"), ROWS.c.source_id == bindparam("of_id"))
KEEP = update(ROWS).where(*OF, ROWS.c.kind.in_(MOVABLE)).values(kind="booking", expires_at=None)
RELEASE = delete(ROWS).where(*OF).returning(ROWS.c.space_id, ROWS.c.starts_at)


def _count(done: Result[Any]) -> int:
    return cast("CursorResult[Any]", done).rowcount


def rows_of(source: str, source_id: int) -> list[Occupancy]:
    """What this source takes now."""
    query = select(Occupancy).where(Occupancy.source == source, Occupancy.source_id == source_id)
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def keep(place: Place, quantity: int, source: str, source_id: int) -> bool:
    """Turn a hold into a booking, in place. False, with nothing left of it, when any of its rows is
    gone: a hold that died may have lost one half of a hall to somebody."""
    locks.hold(locks.UNITS, place.clusters)
    done = send(KEEP, {"of": source, "of_id": source_id})
    if _count(done) == place.needed(quantity):
        return True
    release(source, source_id)
    return False


def release(source: str, source_id: int) -> int:
    """Give back what a source takes; how many units that was."""
    gone = send(RELEASE, {"of": source, "of_id": source_id}).all()
    for space_id, starts_at in {(row.space_id, row.starts_at) for row in gone}:
        if space_id is not None:
            publish(TimeChanged(space_id, starts_at))
    return len(gone)


def shorten(source: str, source_id: int, until: dt.datetime) -> int:
    """End what a source takes at `until`: the rest goes back on sale. Refuses to lengthen."""
    rows = [r for r in rows_of(source, source_id) if r.starts_at < until < r.ends_at]
    for row in rows:
        row.ends_at = until
        row.during = Range(row.during.lower, until, bounds="[)")
    db.session.flush()  # the next taker must see it
    for row in rows[:1]:
        publish(TimeChanged(row.space_id or 0, row.starts_at))
    return len(rows)


def relabel(source: str, source_id: int, label: str) -> None:
    """Other words on what a source takes: whoever it was for asked to be forgotten."""
    db.session.execute(
        update(Occupancy)
        .where(Occupancy.source == source, Occupancy.source_id == source_id)
        .values(label=label)
    )


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
