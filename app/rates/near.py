"""The nearest times that are still free: what a refused wish is offered instead."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace
from threading import Lock

from app.core.slots import Interval, local_day
from app.rates.grid import Cell, Grid, Need, build
from app.spaces.models import Space


@dataclass(frozen=True)
class Alternative:
    """A time that is free now, with its price."""

    space: Space
    interval: Interval
    price_cents: int


def _first_day(space: Space, starts_at: dt.datetime, now: dt.datetime) -> dt.date:
    """The day before the wished one, but never yesterday."""
    zone = space.site.zone
    wanted, today = local_day(starts_at, zone), local_day(now, zone)
    return max(today, wanted - dt.timedelta(days=1))


FRESH = dt.timedelta(seconds=1)
_said: dict[tuple[object, ...], tuple[dt.datetime, list[Alternative]]] = {}
_one_at_a_time = Lock()


def alternatives(
    space: Space,
    interval: Interval,
    people: int,
    *,
    now: dt.datetime,
    audience: str = "public",
    percent: int = 100,
    without: int | None = None,
    most: int = 3,
) -> list[Alternative]:
    """Up to `most` free times of the same length: the same hour in another space first, then the
    nearest hours of the same space. What the booking `without` takes counts as free.

    Two hundred losers of one race ask the same thing: they share one answer for a second.
    """
    wish = Need(
        kind=space.kind,
        people=people,
        minutes=interval.minutes,
        first_day=_first_day(space, interval.start, now),
        days=4,
        audience=audience,
        member_percent=percent,
        without=without,
    )
    key = (space.tenant_id, space.id, interval, wish, most)
    with _one_at_a_time:
        kept = _said.get(key)
        if kept is None or not dt.timedelta(0) <= now - kept[0] < FRESH:
            if len(_said) > 500:
                _said.clear()
            kept = _said[key] = now, _look(space, interval, wish, now)[:most]
    return kept[1]


def _look(space: Space, interval: Interval, wish: Need, now: dt.datetime) -> list[Alternative]:
    same, kind = build(replace(wish, space_id=space.id), now), build(wish, now)
    at_once = _sorted(kind, lambda c: c.starts_at == interval.start and c.space_id != space.id)
    near = _sorted(
        same,
        lambda c: c.starts_at != interval.start,
        key=lambda c: abs(((c.starts_at or now) - interval.start).total_seconds()),
    )
    found = [_alternative(kind, cell, interval) for cell in at_once[:1]]
    return found + [_alternative(same, cell, interval) for cell in near]


def _sorted(
    grid: Grid,
    wanted: Callable[[Cell], bool],
    key: Callable[[Cell], float] = lambda c: float(c.price_cents or 0),
) -> list[Cell]:
    free = [c for c in grid.cells.values() if c.state == "free" and wanted(c)]
    return sorted(free, key=key)


def _alternative(grid: Grid, cell: Cell, interval: Interval) -> Alternative:
    if cell.starts_at is None or cell.space_id is None or cell.price_cents is None:
        raise ValueError("only a free cell is an alternative")
    length = dt.timedelta(minutes=interval.minutes)
    window = Interval(cell.starts_at, cell.starts_at + length)
    return Alternative(grid.spaces[cell.space_id], window, cell.price_cents)
