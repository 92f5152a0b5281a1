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
from app.rates.days import SpaceDay
from app.rates.view import NOT_FOR_SALE, View
from app.spaces.fit import quantity_for
from app.spaces.models import Space


@dataclass(frozen=True)
class Need:
    """What somebody is looking for. `space_id` when one space was chosen.

    `fine` asks for every start of a space, not only full hours; by default a chosen space has them.
    `without` is a booking that is being moved: what it takes counts as free.
    """

    kind: str
    people: int
    minutes: int
    first_day: dt.date
    days: int = 7
    audience: str = "public"
    member_percent: int = 100
    space_id: int | None = None
    site_id: int | None = None
    fine: bool | None = None
    without: int | None = None

    @property
    def every_start(self) -> bool:
        """Whether half hours are rows of their own."""
        return self.space_id is not None if self.fine is None else self.fine

    @property
    def last_day(self) -> dt.date:
        """The last day shown."""
        return self.first_day + dt.timedelta(days=self.days - 1)

    @property
    def audiences(self) -> tuple[str, ...]:
        """Spaces this audience may book."""
        order = ("public", "members", "staff")
        return order[: order.index(self.audience) + 1]


@dataclass(frozen=True)
class Cell:
    """One start on one day. `state` is free, full, closed or past; the price is for the group."""

    state: str
    price_cents: int | None = None
    list_cents: int | None = None
    space_id: int | None = None
    starts_at: dt.datetime | None = None
    heat: int = 3


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
            slot = one.slot_at(one.local_minute(start)) if one.day == day else None
            column = one.lengths.index(self.need.minutes // one.space.step_minutes)
            if slot is None or not one.sellable[slot, column]:
                continue
            cell = _priced(one, slot, int(prices[slot, column]), self.need, self.now)
            if cell.state == "free":
                found.append(_warm(cell))
        return sorted(found, key=lambda cell: cell.price_cents or 0)

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


def _seats(space: Space, place: Place) -> int:
    return space.capacity if space.takes == "all" else space.capacity * len(place.units)


def build(need: Need, now: dt.datetime) -> Grid:
    """Fill the grid: a constant number of queries, whatever the number of spaces or bookings."""
    spaces = candidates(need)
    view = views.load(spaces, need.first_day, need.last_day, without=need.without)
    fitting = [
        one
        for one in view.days
        if one.is_open
        and _seats(one.space, one.place) >= need.people
        and need.minutes % one.space.step_minutes == 0
        and need.minutes // one.space.step_minutes in one.lengths
    ]
    prices = views.price_days(view, fitting, now, need.member_percent)
    cells: dict[tuple[dt.date, int], Cell] = {}
    priced = tuple(
        (one, _for_group(view, one, prices[one.space.id, one.day], need)) for one in fitting
    )
    for one, asked in priced:
        _fill(cells, one, asked, need, now)
    starts = tuple(sorted({start for _, start in cells}))
    days = tuple(need.first_day + dt.timedelta(days=n) for n in range(need.days))
    found = {where: _warm(cell) for where, cell in cells.items()}
    return Grid(need, now, view, {s.id: s for s in spaces}, starts, days, found, priced)


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


def _fill(
    cells: dict[tuple[dt.date, int], Cell],
    one: SpaceDay,
    prices: views.Prices,
    need: Need,
    now: dt.datetime,
) -> None:
    column = one.lengths.index(need.minutes // one.space.step_minutes)
    for slot in range(one.slots):
        if not one.sellable[slot, column]:
            continue
        instant = one.instant(slot)
        local = instant.astimezone(one.space.site.zone)
        if local.minute and not need.every_start and one.space.step_minutes < 60:
            continue
        where = one.day, local.hour * 60 + local.minute
        cell = _priced(one, slot, int(prices[slot, column]), need, now)
        if _better(cell, cells.get(where)):
            cells[where] = cell


def _priced(one: SpaceDay, slot: int, price: int, need: Need, now: dt.datetime) -> Cell:
    """The cell of one space, for the whole group."""
    instant = one.instant(slot)
    if instant < now + dt.timedelta(minutes=one.space.lead_minutes):
        return Cell("past")
    if instant > now + dt.timedelta(days=one.space.horizon_days):
        return Cell("closed")
    if price == NOT_FOR_SALE:
        return Cell("full", starts_at=instant)
    quantity = quantity_for(one.space, need.people)
    listed = one.space.base_cents * need.minutes * quantity // 60
    return Cell("free", price * quantity, listed, one.space.id, instant)


RANK = {"free": 0, "full": 1, "past": 2, "closed": 3}


def _better(new: Cell, old: Cell | None) -> bool:
    if old is None or RANK[new.state] < RANK[old.state]:
        return True
    if new.state != "free" or old.state != "free":
        return False
    return (new.price_cents or 0) < (old.price_cents or 0)


def _warm(cell: Cell) -> Cell:
    """The tint of a price beside its base rate: 1 and 2 cool, 3 as listed, 4 and 5 warm."""
    if cell.price_cents is None or not cell.list_cents:
        return cell
    ratio = cell.price_cents / cell.list_cents
    heat = 1 if ratio < 0.85 else 2 if ratio < 0.96 else 3 if ratio <= 1.04 else 4
    heat = 5 if ratio > 1.15 else heat
    return Cell(cell.state, cell.price_cents, cell.list_cents, cell.space_id, cell.starts_at, heat)


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
    """Up to `most` cheaper neighbours: same day first, then other days, then other spaces."""
    if chosen.price_cents is None or chosen.starts_at is None:
        return []
    found: list[tuple[tuple[int, float], Neighbour]] = []
    for source in (grid, *others):
        for (day, _start), cell in source.cells.items():
            if cell.price_cents is None or cell.starts_at is None or cell.space_id is None:
                continue
            saving = chosen.price_cents - cell.price_cents
            if saving <= 0:
                continue
            space = source.spaces[cell.space_id]
            away = abs((cell.starts_at - chosen.starts_at).total_seconds())
            zone = space.site.zone
            same_day = slots.local_day(chosen.starts_at, zone) == day
            same_space = cell.space_id == chosen.space_id
            what = "time" if same_day and same_space else "day" if same_space else "space"
            if not same_day and same_space:
                away += 1e6
            found.append(((0 if same_day else 1, away), Neighbour(cell, space, day, saving, what)))
    found.sort(key=lambda pair: pair[0])
    kept: list[Neighbour] = []
    for _order, neighbour in found:
        if sum(1 for k in kept if k.day == neighbour.day) < 2:
            kept.append(neighbour)
        if len(kept) == most:
            break
    return kept


def nearest(grid: Grid, wanted: dt.datetime, most: int = 3) -> list[Cell]:
    """The free cells closest in time to a start that is not to be had."""
    free = [c for c in grid.cells.values() if c.state == "free" and c.starts_at is not None]
    free.sort(key=lambda c: abs(((c.starts_at or wanted) - wanted).total_seconds()))
    return free[:most]
