"""Prices that wait for the manager's word: accepted, many at once, and gone back to."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import CursorResult, delete, func, select, update

from app.core.db import db
from app.rates import tables
from app.rates.models import FixedPrice, ValueTable
from app.spaces.models import Space


@dataclass(frozen=True)
class Proposal:
    """What a day would cost per hour, what it costs now, and what that is expected to bring."""

    space_id: int
    day: dt.date
    was: int | None
    then: int | None
    expected: dict[str, Any]

    @property
    def gain_cents(self) -> int:
        """Expected revenue beside today's price, with VAT."""
        return int(self.expected.get("gain", [0])[0])


def pending(today: dt.date, space_ids: Iterable[int] | None = None) -> list[Proposal]:
    """What waits, day by day; days that the manager has fixed since are left out."""
    query = (
        select(ValueTable.space_id, ValueTable.day, ValueTable.expected)
        .where(ValueTable.state == "proposed", ValueTable.day >= today, ~_fixed())
        .order_by(ValueTable.space_id, ValueTable.day)
    )
    if space_ids is not None:
        query = query.where(ValueTable.space_id.in_(list(space_ids)))
    return [
        Proposal(space_id, day, said.get("was"), said.get("then"), said)
        for space_id, day, said in db.session.execute(query)
    ]


def _fixed() -> Any:
    """Whether a fixed price stands over the table's day."""
    return (
        select(FixedPrice.id)
        .where(
            FixedPrice.space_id == ValueTable.space_id,
            FixedPrice.first_day <= ValueTable.day,
            FixedPrice.last_day >= ValueTable.day,
        )
        .exists()
    )


def accept(space: Space, days: Sequence[dt.date], now: dt.datetime) -> int:
    """Put proposed prices on sale; how many days. Days with a fixed price are skipped, what was on
    sale is kept to go back to."""
    waiting = db.session.scalars(
        select(ValueTable.day).where(
            ValueTable.space_id == space.id,
            ValueTable.state == "proposed",
            ValueTable.day.in_(days),
            ~_fixed(),
        )
    ).all()
    if not waiting:
        return 0
    tables.keep_live(space.id, waiting)
    _forget(space.id, "before", waiting)
    _become(space.id, "live", "before", waiting)
    return _become(space.id, "proposed", "live", waiting, accepted_at=now)


def take_back(space: Space, accepted_at: dt.datetime) -> int:
    """Undo one acceptance: what was on sale before is on sale again, the rest is proposed again."""
    accepted = db.session.scalars(
        select(ValueTable.day).where(
            ValueTable.space_id == space.id,
            ValueTable.state == "live",
            ValueTable.accepted_at == accepted_at,
        )
    ).all()
    before = db.session.scalars(
        select(ValueTable.day).where(
            ValueTable.space_id == space.id,
            ValueTable.state == "before",
            ValueTable.day.in_(accepted),
        )
    ).all()
    if not before:
        return 0
    tables.keep_live(space.id, before)
    _forget(space.id, "proposed", before)
    _become(space.id, "live", "proposed", before, accepted_at=None)
    return _become(space.id, "before", "live", before)


def _forget(space_id: int, state: str, days: Sequence[dt.date]) -> None:
    db.session.execute(
        delete(ValueTable)
        .where(ValueTable.space_id == space_id, ValueTable.state == state, ValueTable.day.in_(days))
        .execution_options(synchronize_session=False)
    )


def _become(
    space_id: int, state: str, other: str, days: Sequence[dt.date], **more: dt.datetime | None
) -> int:
    done = db.session.execute(
        update(ValueTable)
        .where(ValueTable.space_id == space_id, ValueTable.state == state, ValueTable.day.in_(days))
        .values(state=other, **more)
        .execution_options(synchronize_session=False)
    )
    return cast("CursorResult[Any]", done).rowcount


def counts(today: dt.date) -> dict[int, tuple[int, int]]:
    """By space, how many prices wait and what they are expected to bring together."""
    found: dict[int, tuple[int, int]] = {}
    for one in pending(today):
        count, cents = found.get(one.space_id, (0, 0))
        found[one.space_id] = count + 1, cents + one.gain_cents
    return found


def waiting(today: dt.date) -> int:
    """How many prices wait in the whole venue."""
    return (
        db.session.scalar(
            select(func.count())
            .select_from(ValueTable)
            .where(ValueTable.state == "proposed", ValueTable.day >= today, ~_fixed())
        )
        or 0
    )
