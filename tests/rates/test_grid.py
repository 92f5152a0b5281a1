"""What the grid offers beside the chosen cell."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from app.core import clock
from app.core.slots import local_day
from app.rates import grid
from tests.world import World, space


def test_each_cheaper_neighbour_is_named_once(world: World) -> None:
    room = space(world.a.room)
    first = local_day(clock.now() + dt.timedelta(days=3), room.site.zone)
    need = grid.Need(kind=room.kind, people=1, minutes=120, first_day=first, space_id=room.id)
    alone = grid.build(need, clock.now())
    every = grid.build(replace(need, space_id=None), clock.now())
    dearest = max(alone.cells.values(), key=lambda cell: cell.price_cents or 0)
    near = grid.cheaper(alone, dearest, [every])
    assert len(near) == 3
    assert len({(one.space.id, one.cell.starts_at) for one in near}) == 3
