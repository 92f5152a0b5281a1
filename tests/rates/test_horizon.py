"""As far ahead as a space says it may be booked, it has a price; and no further."""

from __future__ import annotations

import datetime as dt

import pytest

from app.core import clock
from app.core.db import db
from app.core.slots import Interval, edge
from app.rates import grid
from app.rates import rules as rates
from app.spaces.calendar import public_holidays
from app.spaces.fit import Unfit
from app.spaces.models import Space
from tests.world import World, space


def far_off(room: Space, days: int) -> Interval:
    """A Tuesday at ten, at least so many days from now and no public holiday."""
    zone = room.site.zone
    day = (clock.now() + dt.timedelta(days=days)).astimezone(zone).date()
    while day.weekday() != 1 or public_holidays("FR", None, day.year).get(day):
        day += dt.timedelta(days=1)
    start = edge(day, 10 * 60, zone)
    return Interval(start, start + dt.timedelta(hours=2))


def cells(room: Space, interval: Interval) -> grid.Cell:
    day = interval.start.astimezone(room.site.zone).date()
    need = grid.Need(kind=room.kind, people=1, minutes=120, first_day=day, days=1, space_id=room.id)
    return grid.build(need, clock.now()).cell(day, 600)


@pytest.mark.parametrize("days", [60, 200, 350])
def test_a_far_day_has_a_price(world: World, days: int) -> None:
    room = space(world.a.room)
    room.horizon_days = 400
    db.session.flush()
    wanted = far_off(room, days)
    said = rates.ask(rates.Asked(room, wanted))
    cell = cells(room, wanted)
    assert (cell.state, cell.price_cents) == ("free", said.price_cents)
    assert 0 < said.price_cents == sum(step["cents"] for step in said.steps)


def test_beyond_the_horizon_the_public_is_told_which_one(world: World) -> None:
    room = space(world.a.room)
    wanted = far_off(room, room.horizon_days + 1)
    with pytest.raises(Unfit, match=str(room.horizon_days)):
        rates.ask(rates.Asked(room, wanted))
    assert cells(room, wanted).state == "closed"


def test_the_desk_sells_further_at_the_price_of_the_first_day_on_sale(world: World) -> None:
    room = space(world.a.room)
    wanted = far_off(room, room.horizon_days + 30)
    said = rates.ask(rates.Asked(room, wanted, audience="staff"))
    first = wanted.start - dt.timedelta(days=room.horizon_days)
    assert said.price_cents == rates.ask(rates.Asked(room, wanted), now=first).price_cents


def test_a_table_of_another_horizon_is_of_no_use(world: World) -> None:
    room = space(world.a.room)
    wanted = far_off(room, 200)
    day = wanted.start.astimezone(room.site.zone).date()
    rates.solve(room, day, day)
    room.horizon_days = 400
    db.session.flush()
    assert cells(room, wanted).state == "free"
