"""Value tables: solved ahead, stored as bytes, read once per process and version."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from functools import lru_cache

from sqlalchemy import Date, bindparam, func, select, tuple_
from sqlalchemy.dialects.postgresql import insert

import pricing
from app.core import tenancy
from app.core.db import any_of, db
from app.rates.days import SpaceDay, prior_of, spec
from app.rates.models import ValueTable

KEEP_MINUTES = 36 * 60
_read: dict[tuple[int, str], pricing.Table] = {}
READ_MOST = 6000


LISTED = select(ValueTable.id, ValueTable.space_id, ValueTable.day, ValueTable.version).where(
    ValueTable.space_id == any_of("spaces"),
    ValueTable.day.between(bindparam("first", type_=Date), bindparam("last", type_=Date)),
)


def of_days(days: Sequence[SpaceDay]) -> dict[tuple[int, dt.date], pricing.Table]:
    """The table of each open day: stored, else solved now from priors.

    Two queries whatever the number of days, and none for bytes this process has read before.
    """
    wanted = {(one.space.id, one.day): one for one in days if one.is_open}
    if not wanted:
        return {}
    dates = [day for _, day in wanted]
    asked = {"spaces": list({s for s, _ in wanted}), "first": min(dates), "last": max(dates)}
    listed = db.session.execute(LISTED, asked).all()
    _fetch([(row.id, row.version) for row in listed if (row.space_id, row.day) in wanted])
    found: dict[tuple[int, dt.date], pricing.Table] = {}
    for row in listed:
        one = wanted.get((row.space_id, row.day))
        table = _read.get((row.id, row.version))
        if one is not None and table is not None and _matches(table, one):
            found[row.space_id, row.day] = table
    for where, one in wanted.items():
        if where not in found:
            found[where] = unsolved(one)
    return found


def _fetch(wanted: Iterable[tuple[int, str]]) -> None:
    missing = [(id_, version) for id_, version in wanted if (id_, version) not in _read]
    if not missing:
        return
    if len(_read) + len(missing) > READ_MOST:
        _read.clear()
    for id_, version, content in db.session.execute(
        select(ValueTable.id, ValueTable.version, ValueTable.content).where(
            tuple_(ValueTable.id, ValueTable.version).in_(missing)
        )
    ):
        _read[id_, version] = pricing.Table.from_bytes(content)


def _matches(table: pricing.Table, one: SpaceDay) -> bool:
    """A table solved before the hours or the rules changed is of no use."""
    return (
        table.slots == one.slots
        and table.slot_minutes == one.space.step_minutes
        and table.lengths == one.lengths
        and table.units == one.units
        and table.max_lead_minutes == one.longest_lead
        and (table.alpha == 0) == (one.kind == "pool")
    )


def unsolved(one: SpaceDay) -> pricing.Table:
    """A table from priors for a day that no solve has reached yet; the same for the same shape."""
    local = one.start.astimezone(one.space.site.zone)
    shape = (
        one.space.kind,
        one.space.base_cents,
        one.space.step_minutes,
        one.space.floor_percent,
        one.space.ceiling_percent,
        one.space.buffer_minutes,
        one.longest_lead,
        one.units,
        one.lengths,
        one.sellable.tobytes(),
        one.day.weekday(),
        local.hour * 60 + local.minute,
    )
    return _from_priors(_Shaped(shape, one))


class _Shaped:
    """A space-day that equals another of the same shape: what a cache key needs."""

    def __init__(self, shape: tuple[object, ...], one: SpaceDay) -> None:
        self.shape, self.one = shape, one

    def __hash__(self) -> int:
        return hash(self.shape)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Shaped) and self.shape == other.shape


@lru_cache(maxsize=512)
def _from_priors(shaped: _Shaped) -> pricing.Table:
    one = shaped.one
    day = spec(one)
    return pricing.solve_day(day, demand_of(one, day))


def demand_of(one: SpaceDay, day: pricing.DaySpec, season: float = 1.0) -> pricing.Demand:
    """What is expected of this day from priors alone."""
    local = one.start.astimezone(one.space.site.zone)
    first = local.hour * 60 + local.minute
    return prior_of(one.space).demand(
        day, weekday=one.day.weekday(), first_minute=first, season=season
    )


def store(days: Sequence[SpaceDay], tables: Sequence[pricing.Table], origin: str) -> int:
    """Write the tables of one space, replacing those of the same days; how many there are."""
    rows = [
        {
            "tenant_id": tenancy.tenant_id(),
            "space_id": one.space.id,
            "day": one.day,
            "version": f"{table.model_version}@{int(table.minutes[-1])}",
            "content": table.to_bytes(),
            "origin": origin,
        }
        for one, table in zip(days, tables, strict=True)
    ]
    if not rows:
        return 0
    statement = insert(ValueTable).values(rows)
    db.session.execute(
        statement.on_conflict_do_update(
            index_elements=["tenant_id", "space_id", "day"],
            set_={
                "version": statement.excluded.version,
                "content": statement.excluded.content,
                "origin": statement.excluded.origin,
                "solved_at": func.now(),
            },
        )
    )
    return len(rows)
