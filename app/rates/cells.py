"""The best cell of each start among many spaces: arrays first, words only for the winners."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from app.core.slots import wall_minute
from app.rates.days import SpaceDay, listed_cents
from app.rates.need import Need
from app.rates.view import NOT_FOR_SALE, Prices
from app.spaces.fit import quantity_for

RANK = {"free": 0, "full": 1, "past": 2, "closed": 3}
SHUT = 4
Priced = tuple[SpaceDay, Prices]
Where = tuple[dt.date, int]


@dataclass(frozen=True)
class Cell:
    """One start on one day. `state` is free, full, closed or past; the price is for the group."""

    state: str
    price_cents: int | None = None
    list_cents: int | None = None
    space_id: int | None = None
    starts_at: dt.datetime | None = None
    heat: int = 3


def fill(priced: Iterable[Priced], need: Need, now: dt.datetime) -> dict[Where, Cell]:
    """The cheapest free cell of each start; where none is free, why the best of them is not."""
    alike: dict[tuple[object, ...], list[Priced]] = defaultdict(list)
    for one, prices in priced:
        same = (one.day, one.start, one.slots, one.space.step_minutes, one.space.site.timezone)
        alike[same].append((one, prices))
    cells: dict[Where, Cell] = {}
    for together in alike.values():
        for where, cell in _best(together, need, now):
            if _better(cell, cells.get(where)):
                cells[where] = cell
    usual = min((c.list_cents for c in cells.values() if c.list_cents), default=None)
    return {where: warm(cell, usual) for where, cell in cells.items()}


def _rows(one: SpaceDay, need: Need) -> list[tuple[int, int]]:
    """Slots that are rows of the grid, with their minute on the wall clock."""
    zone, hourly = one.space.site.zone, one.space.step_minutes < 60 and not need.every_start
    starts = [wall_minute(one.instant(slot), zone) for slot in range(one.slots)]
    return [(n, start) for n, start in enumerate(starts) if not (hourly and start % 60)]


def column(one: SpaceDay, need: Need) -> int:
    """Where prices of the wanted length stand."""
    return one.lengths.index(need.minutes // one.space.step_minutes)


def _best(together: Sequence[Priced], need: Need, now: dt.datetime) -> Iterator[tuple[Where, Cell]]:
    """The winner of each row among space-days that share their slots."""
    first = together[0][0]
    rows = _rows(first, need)
    slots = np.array([slot for slot, _ in rows], dtype=np.int64)
    columns = [column(one, need) for one, _ in together]
    asked = np.array([p[slots, c] for (_, p), c in zip(together, columns, strict=True)])
    open_ = np.array(
        [one.sellable[slots, c] for (one, _), c in zip(together, columns, strict=True)]
    )
    lead = first.minutes_to_open(now) + slots * first.space.step_minutes
    early = lead < np.array([[one.space.lead_minutes] for one, _ in together])
    far = lead > np.array([[one.space.horizon_days * 1440] for one, _ in together])
    states = [~open_, early, far, asked == NOT_FOR_SALE]
    rank = np.select(states, [SHUT, RANK["past"], RANK["closed"], RANK["full"]], 0)
    units = np.array([[quantity_for(one.space, need.people)] for one, _ in together])
    order = np.where(rank == 0, asked * units, 0) + rank * (1 << 40)
    winners = order.argmin(axis=0).tolist()
    for n, ((slot, start), k) in enumerate(zip(rows, winners, strict=True)):
        if rank[k, n] != SHUT:
            yield (first.day, start), cell_of(together[k][0], slot, int(asked[k, n]), need, now)


def cell_of(one: SpaceDay, slot: int, price: int, need: Need, now: dt.datetime) -> Cell:
    """The cell of one space, for the whole group."""
    instant = one.instant(slot)
    if instant < now + dt.timedelta(minutes=one.space.lead_minutes):
        return Cell("past")
    if instant > now + dt.timedelta(days=one.space.horizon_days):
        return Cell("closed")
    if price == NOT_FOR_SALE:
        return Cell("full", starts_at=instant)
    quantity = quantity_for(one.space, need.people)
    listed = listed_cents(one.space, need.minutes) * quantity
    return Cell("free", price * quantity, listed, one.space.id, instant)


def _better(new: Cell, old: Cell | None) -> bool:
    if old is None or RANK[new.state] < RANK[old.state]:
        return True
    if new.state != "free" or old.state != "free":
        return False
    return (new.price_cents or 0) < (old.price_cents or 0)


def warm(cell: Cell, usual: int | None = None) -> Cell:
    """The tint of a price beside `usual`, the least that such a wish is listed at: 1 and 2 cool,
    3 as listed, 4 and 5 warm. A dear room that is all that is left is a warm price."""
    beside = usual or cell.list_cents
    if cell.price_cents is None or not beside:
        return cell
    ratio = cell.price_cents / beside
    heat = 1 if ratio < 0.85 else 2 if ratio < 0.96 else 3 if ratio <= 1.04 else 4
    heat = 5 if ratio > 1.15 else heat
    return Cell(cell.state, cell.price_cents, cell.list_cents, cell.space_id, cell.starts_at, heat)
