"""Value tables: solved ahead, stored as bytes, read once per process and version."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, cast

from sqlalchemy import (
    CursorResult,
    Date,
    Select,
    Text,
    bindparam,
    delete,
    exists,
    func,
    select,
    tuple_,
)
from sqlalchemy.dialects.postgresql import insert

import pricing
from app.core import tenancy
from app.core.db import any_of, db, send
from app.rates import steering
from app.rates.days import SpaceDay, prior_of, spec
from app.rates.models import KeptTable, Quote, ValueTable

Where = tuple[int, dt.date]
KEEP_MINUTES = 36 * 60
AT_FIRST = 0.35
"""How far prices leave the list before anything was learnt: docs/decisions/0006."""
_read: dict[tuple[int, str], pricing.Table] = {}
READ_MOST = 6000


LISTED = select(ValueTable.id, ValueTable.space_id, ValueTable.day, ValueTable.version).where(
    ValueTable.space_id == any_of("spaces"),
    ValueTable.day.between(bindparam("first", type_=Date), bindparam("last", type_=Date)),
    ValueTable.state == bindparam("state", type_=Text),
)


@dataclass(frozen=True)
class Read:
    """Tables of open days, and the version of each that is stored."""

    tables: dict[Where, pricing.Table]
    versions: dict[Where, str]


def of_days(days: Sequence[SpaceDay], state: str = "live") -> Read:
    """The table of each open day: stored, else solved now from priors when live ones are asked.

    Two queries whatever the number of days, and none for bytes this process has read before.
    """
    wanted = {(one.space.id, one.day): one for one in days if one.is_open}
    if not wanted:
        return Read({}, {})
    dates = [day for _, day in wanted]
    asked = {"spaces": list({s for s, _ in wanted}), "first": min(dates), "last": max(dates)}
    listed = send(LISTED, asked | {"state": state}).all()
    _fetch([(row.id, row.version) for row in listed if (row.space_id, row.day) in wanted])
    found = Read({}, {})
    for row in listed:
        where = row.space_id, row.day
        table = _read.get((row.id, row.version))
        if where in wanted and table is not None and _matches(table, wanted[where]):
            found.tables[where], found.versions[where] = table, row.version
    if state == "live":
        for where, one in wanted.items():
            if where not in found.tables:
                found.tables[where] = unsolved(one)
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
    return table.shape == one.shape and table.parts in (0, len(one.place.units))


def unsolved(one: SpaceDay) -> pricing.Table:
    """A table from priors for a day that no solve has reached yet; the same for the same shape."""
    return _from_priors(_shaped(one))[0]


def _shaped(one: SpaceDay) -> _Shaped:
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
        repr(steering.of(one.space).social),
    )
    return _Shaped(shape, one)


class _Shaped:
    """A space-day that equals another of the same shape: what a cache key needs."""

    def __init__(self, shape: tuple[object, ...], one: SpaceDay) -> None:
        self.shape, self.one = shape, one

    def __hash__(self) -> int:
        return hash(self.shape)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Shaped) and self.shape == other.shape


@lru_cache(maxsize=512)
def _from_priors(shaped: _Shaped) -> tuple[pricing.Table, bytes]:
    """As if it had been stored: what is read from bytes is what a replay reads again."""
    day = day_of(shaped.one)
    table = pricing.solve_day(day, demand_of(shaped.one, day), plan=pricing.Plan(trust=AT_FIRST))
    content = table.to_bytes()
    return pricing.Table.from_bytes(content), content


def day_of(one: SpaceDay) -> pricing.DaySpec:
    """The day as it is solved: what is on sale, under the manager's word."""
    return steering.of(one.space).held(spec(one), one)


def demand_of(one: SpaceDay, day: pricing.DaySpec, season: float = 1.0) -> pricing.Demand:
    """What is expected of this day from priors alone."""
    local = one.start.astimezone(one.space.site.zone)
    first = local.hour * 60 + local.minute
    return prior_of(one.space).demand(
        day, weekday=one.day.weekday(), first_minute=first, season=season
    )


@dataclass(frozen=True)
class Solved:
    """A table to be stored, with what is to be known of it."""

    one: SpaceDay
    table: pricing.Table
    origin: str
    state: str = "live"
    noted_at: dt.datetime | None = None
    expected: dict[str, Any] = field(default_factory=dict)

    @property
    def row(self) -> dict[str, Any]:
        """The columns."""
        content = self.table.to_bytes()
        return {
            "tenant_id": tenancy.tenant_id(),
            "space_id": self.one.space.id,
            "day": self.one.day,
            "version": version_of(content),
            "content": content,
            "origin": self.origin,
            "state": self.state,
            "policy": self.table.policy,
            "expected": self.expected,
            "noted_at": self.noted_at,
            "accepted_at": None,
        }


def version_of(content: bytes) -> str:
    """The name of some bytes."""
    return hashlib.blake2b(content, digest_size=12).hexdigest()


def store(solved: Sequence[Solved]) -> int:
    """Write the tables of one space; those of the same days and state go to the kept ones."""
    rows = [one.row for one in solved]
    if not rows:
        return 0
    keep_live(rows[0]["space_id"], [one.one.day for one in solved if one.state == "live"])
    statement = insert(ValueTable).values(rows)
    changed = {
        name: statement.excluded[name]
        for name in rows[0]
        if name not in ("tenant_id", "space_id", "day", "state")
    }
    db.session.execute(
        statement.on_conflict_do_update(
            index_elements=["tenant_id", "space_id", "day", "state"],
            set_=changed | {"solved_at": func.now()},
        )
    )
    return len(rows)


def keep_live(space_id: int, days: Sequence[dt.date]) -> None:
    """Keep what prices are read from now: it is about to be replaced, and quotes stand on it."""
    source = select(
        ValueTable.tenant_id,
        ValueTable.space_id,
        ValueTable.day,
        ValueTable.version,
        ValueTable.content,
    ).where(ValueTable.space_id == space_id, ValueTable.day.in_(days), ValueTable.state == "live")
    _keep(["tenant_id", "space_id", "day", "version", "content"], source)


def keep_unsolved(one: SpaceDay) -> str:
    """Keep a table from priors that a price was read from; its version."""
    content = _from_priors(_shaped(one))[1]
    version = version_of(content)
    if find(one.space.id, one.day, version) is not None:
        return version
    row = {
        "tenant_id": tenancy.tenant_id(),
        "space_id": one.space.id,
        "day": one.day,
        "version": version,
        "content": content,
    }
    statement = insert(KeptTable).values(row)
    db.session.execute(statement.on_conflict_do_nothing())
    return version


def _keep(columns: list[str], source: Select[Any]) -> None:
    statement = insert(KeptTable).from_select(columns, source)
    db.session.execute(statement.on_conflict_do_nothing())


def find(space_id: int, day: dt.date, version: str) -> pricing.Table | None:
    """The table of that version, wherever it is kept; None when it was swept away."""
    for source in (ValueTable, KeptTable):
        content = db.session.scalars(
            select(source.content).where(
                source.space_id == space_id, source.day == day, source.version == version
            )
        ).first()
        if content is not None:
            return pricing.Table.from_bytes(content)
    return None


def sweep(now: dt.datetime) -> int:
    """Forget tables of days gone by and replaced ones that no quote was read from; how many."""
    gone = 0
    for source, old in (
        (ValueTable, ValueTable.day < (now - dt.timedelta(days=2)).date()),
        (KeptTable, KeptTable.replaced_at < now - dt.timedelta(days=1)),
    ):
        quoted = exists().where(
            Quote.space_id == source.space_id, Quote.table_version == source.version
        )
        done = db.session.execute(
            delete(source).where(old, ~quoted).execution_options(synchronize_session=False)
        )
        gone += cast("CursorResult[Any]", done).rowcount
    return gone
