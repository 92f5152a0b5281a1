"""The price grid: days across, start hours down, in each cell the cheapest space that fits."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import select

from app.core import slots
from app.core.db import db
from app.occupancy.rules import Place
from app.rates import view as views
from app.rates.cells import Cell, cell_of, column, fill, warm
from app.rates.days import SpaceDay
from app.rates.need import Need
from app.rates.view import NOT_FOR_SALE, View
from app.spaces.fit import quantity_for
from app.spaces.models import Space

__all__ = ["Cell", "Grid", "Need", "Neighbour", "build", "candidates", "cheaper", "nearest"]


@dataclass(frozen=True)
class Grid:
    """Rows of start minutes, columns of days, and what was read to fill them."""

    need: Need
    now: dt.datetime
    view: View
    spaces: dict[int, Space]
    starts: tuple[int, ...]
    days: tuple[dt.date, ...]
    cells: dict[tuple[dt.date, int], Cell] = field(default_factory=dict)
    priced: tuple[tuple[SpaceDay, views.Prices], ...] = ()

    @property
    def cheapest(self) -> tuple[dt.date, int] | None:
        """Where the lowest price stands, the earliest of equals."""
        free = [
            (c.price_cents, where) for where, c in self.cells.items() if c.price_cents is not None
        ]
        return min(free)[1] if free else None

    def cell(self, day: dt.date, start: int) -> Cell:
        """The cell of a day and a start minute; closed when nothing opens then."""
        return self.cells.get((day, start), Cell("closed"))

    def at(self, day: dt.date, start: int) -> list[Cell]:
        """What every fitting space asks for that start, cheapest first; free ones only."""
        found: list[Cell] = []
        for one, prices in self.priced:
            if one.day != day or (slot := one.slot_at(one.local_minute(start))) is None:
                continue
            length = column(one, self.need)
            if one.sellable[slot, length]:
                price = int(prices[slot, length])
                found.append(warm(cell_of(one, slot, price, self.need, self.now)))
        free = [cell for cell in found if cell.state == "free"]
        return sorted(free, key=lambda cell: cell.price_cents or 0)

    def is_open(self, day: dt.date) -> bool:
        """Whether any space opens that day."""
        return any(one.is_open for one in self.view.days if one.day == day)


def candidates(need: Need) -> list[Space]:
    """Spaces of the kind that this audience may book, in the order the venue chose."""
    query = (
        select(Space)
        .where(Space.retired_at.is_(None), Space.audience.in_(need.audiences))
        .order_by(Space.position, Space.id)
    )
    if need.space_id is not None:
        query = query.where(Space.id == need.space_id)
    else:
        query = query.where(Space.kind == need.kind)
    if need.site_id is not None:
        query = query.where(Space.site_id == need.site_id)
    return list(db.session.scalars(query))


def _suits(space: Space, need: Need) -> bool:
    """Whether a space is one of the candidates."""
    alone = need.space_id is not None
    wanted = space.id == need.space_id if alone else space.kind == need.kind
    return wanted and need.site_id in (None, space.site_id)


def _seats(space: Space, place: Place) -> int:
    return space.capacity if space.takes == "all" else space.capacity * len(place.units)


def build(need: Need, now: dt.datetime, offered: Sequence[Space] | None = None) -> Grid:
    """Fill the grid: a constant number of queries, whatever the number of spaces or bookings.

    `offered` are the spaces that this audience may book, for whoever has read them already.
    """
    spaces = candidates(need) if offered is None else [s for s in offered if _suits(s, need)]
    view = views.load(spaces, need.first_day, need.last_day, without=need.without)
    fitting = [
        one
        for one in view.days
        if one.is_open
        and _seats(one.space, one.place) >= need.people
        and need.minutes % one.space.step_minutes == 0
        and need.minutes // one.space.step_minutes in one.lengths
    ]
    prices = views.price_days(view, fitting, now, need.member_percent, need.minutes)
    priced = tuple(
        (one, _for_group(view, one, prices[one.space.id, one.day], need)) for one in fitting
    )
    cells = fill(priced, need, now)
    starts = tuple(sorted({start for _, start in cells}, key=slots.by_the_clock))
    days = tuple(need.first_day + dt.timedelta(days=n) for n in range(need.days))
    return Grid(need, now, view, {s.id: s for s in spaces}, starts, days, cells, priced)


def _for_group(view: View, one: SpaceDay, prices: views.Prices, need: Need) -> views.Prices:
    """Windows with fewer free units than the group needs are not for sale."""
    quantity = quantity_for(one.space, need.people)
    if quantity == 1:
        return prices
    slots_of = need.minutes // one.space.step_minutes
    enough = one.room_for(view.free(one), slots_of) >= quantity
    allowed = prices.copy()
    allowed[~enough] = NOT_FOR_SALE
    return allowed


@dataclass(frozen=True)
class Neighbour:
    """A cheaper way to have nearly the same: what changes, and how much less it costs."""

    cell: Cell
    space: Space
    day: dt.date
    saving_cents: int
    what: str


def cheaper(
    grid: Grid, chosen: Cell, others: Sequence[Grid] = (), most: int = 3
) -> list[Neighbour]:
    """Up to `most` cheaper neighbours: same day first, then other days, two of a day at most.

    A cell that stands in several grids is one neighbour.
    """
    if chosen.price_cents is None or chosen.starts_at is None:
        return []
    once = {
        (cell.space_id, cell.starts_at): _neighbour(source, chosen, day, cell)
        for source in (grid, *others)
        for (day, _start), cell in source.cells.items()
        if cell.price_cents is not None and cell.price_cents < chosen.price_cents
    }
    found = list(once.values())
    found.sort(key=lambda one: _distance(one, chosen))
    kept: list[Neighbour] = []
    for neighbour in found:
        if sum(1 for k in kept if k.day == neighbour.day) < 2 and len(kept) < most:
            kept.append(neighbour)
    return kept


def _neighbour(source: Grid, chosen: Cell, day: dt.date, cell: Cell) -> Neighbour:
    if cell.space_id is None or chosen.starts_at is None:
        raise ValueError("only a free cell is a neighbour")
    space = source.spaces[cell.space_id]
    same_day = slots.local_day(chosen.starts_at, space.site.zone) == day
    what = "space" if cell.space_id != chosen.space_id else "time" if same_day else "day"
    saving = (chosen.price_cents or 0) - (cell.price_cents or 0)
    return Neighbour(cell, space, day, saving, what)


def _distance(one: Neighbour, chosen: Cell) -> tuple[bool, bool, float]:
    """The same day first; on other days another space before another day of the same one."""
    there, here = one.cell.starts_at, chosen.starts_at
    if there is None or here is None:
        raise ValueError("only a free cell is a neighbour")
    other_day = slots.local_day(here, one.space.site.zone) != one.day
    return other_day, one.what == "day", abs((there - here).total_seconds())


def nearest(grid: Grid, wanted: dt.datetime, most: int = 3) -> list[Cell]:
    """The free cells closest in time to a start that is not to be had."""
    free = [c for c in grid.cells.values() if c.state == "free" and c.starts_at is not None]
    free.sort(key=lambda c: abs(((c.starts_at or wanted) - wanted).total_seconds()))
    return free[:most]
