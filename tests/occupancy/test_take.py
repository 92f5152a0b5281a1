"""Taking units: what fits, what is refused, and that the table itself refuses."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from app.core import clock
from app.core.db import db
from app.core.errors import Taken
from app.core.slots import Interval
from app.occupancy import rules
from app.occupancy.rules import Taking
from tests.world import World, space, tomorrow

BOOKING = Taking("booking", "booking", 1)


def hours(start: int, end: int, days: int = 1) -> Interval:
    first = tomorrow(start, days=days)
    return Interval(first, first + dt.timedelta(hours=end - start))


def take(space_id: int, interval: Interval, taking: Taking = BOOKING, quantity: int = 1) -> int:
    return len(rules.take(rules.place_of(space(space_id)), interval, quantity, taking))


def test_refuses_an_overlap(world: World) -> None:
    take(world.a.room, hours(10, 12))
    with pytest.raises(Taken):
        take(world.a.room, hours(11, 13))


def test_touching_slots_fit(world: World) -> None:
    take(world.a.room, hours(10, 12))
    assert take(world.a.room, hours(12, 13)) == 1


def test_cleaning_is_kept_free(world: World) -> None:
    room = space(world.a.room)
    room.buffer_minutes = 30
    take(world.a.room, hours(10, 12))
    with pytest.raises(Taken):
        take(world.a.room, hours(12, 13))


def test_a_whole_takes_its_parts_and_the_reverse(world: World) -> None:
    assert take(world.a.hall, hours(10, 12)) == 2
    with pytest.raises(Taken):
        take(world.a.half, hours(11, 12))
    take(world.a.half, hours(14, 15))
    with pytest.raises(Taken):
        take(world.a.hall, hours(14, 16))


def test_a_dead_hold_counts_for_nothing(world: World) -> None:
    until = clock.now() + dt.timedelta(minutes=15)
    take(world.a.room, hours(10, 12), Taking("hold", "booking", 7, expires_at=until))
    with pytest.raises(Taken):
        take(world.a.room, hours(10, 12))
    with time_machine.travel(until + dt.timedelta(seconds=1), tick=False):
        assert take(world.a.room, hours(10, 12)) == 1


def test_a_pool_sells_each_unit_once(world: World) -> None:
    for n in range(7):
        take(world.a.pool, hours(9, 17), Taking("booking", "booking", n))
    with pytest.raises(Taken):
        take(world.a.pool, hours(9, 17))


def test_a_pool_reseats_before_it_refuses(world: World) -> None:
    """Two units, morning taken on one and afternoon on the other: a whole day still fits."""
    pool = space(world.a.pool)
    place = rules.place_of(pool)
    two = rules.Place(pool.id, "any", 0, place.units[:2], place.clusters)
    rules.take(two, hours(9, 12), 1, Taking("booking", "booking", 1))
    rules.take(two, hours(10, 11), 1, Taking("booking", "booking", 2))
    rules.release("booking", 1)
    rules.take(two, hours(13, 17), 1, Taking("booking", "booking", 3))
    rows = {r.source_id: r.unit_id for r in rules.taken(two.units, hours(8, 20))}
    if rows[2] == rows[3]:  # the best fit put both on one unit: part them by hand
        other = next(u for u in two.units if u != rows[3])
        db.session.execute(
            text("update occupancy set unit_id = :u where source_id = 3"), {"u": other}
        )
    db.session.expire_all()
    assert len({r.unit_id for r in rules.taken(two.units, hours(8, 20))}) == 2
    assert len(rules.take(two, hours(9, 17), 1, Taking("booking", "booking", 4))) == 1


def test_what_is_pinned_stays(world: World) -> None:
    pool = space(world.a.pool)
    place = rules.place_of(pool)
    two = rules.Place(pool.id, "any", 0, place.units[:2], place.clusters)
    one = rules.Place(pool.id, "any", 0, place.units[:1], place.clusters)
    other = rules.Place(pool.id, "any", 0, place.units[1:2], place.clusters)
    rules.take(one, hours(9, 11), 1, Taking("repair", "repair", 1))
    rules.take(other, hours(12, 14), 1, Taking("closure", "closure", 2))
    with pytest.raises(Taken):
        rules.take(two, hours(9, 14), 1, BOOKING)


def test_the_table_refuses_what_code_would_not(world: World) -> None:
    """No lock, no look: PostgreSQL alone."""
    take(world.a.room, hours(10, 12))
    unit = rules.place_of(space(world.a.room)).units[0]
    wanted = hours(11, 13)
    with pytest.raises(IntegrityError, match="occupancy_no_overlap"):
        db.session.execute(
            text(
                "insert into occupancy"
                " (tenant_id, unit_id, during, starts_at, ends_at, kind, source)"
                " values (:t, :u, tstzrange(:s, :e, '[)'), :s, :e, 'booking', 'booking')"
            ),
            {"t": world.a.id, "u": unit, "s": wanted.start, "e": wanted.end},
        )


def test_a_hold_becomes_a_booking_in_place(world: World) -> None:
    until = clock.now() + dt.timedelta(minutes=15)
    take(world.a.room, hours(10, 12), Taking("hold", "booking", 9, expires_at=until))
    before = rules.rows_of("booking", 9)[0].id
    assert rules.keep(rules.place_of(space(world.a.room)), 1, "booking", 9)
    row = rules.rows_of("booking", 9)[0]
    assert (row.id, row.kind, row.expires_at) == (before, "booking", None)


def test_keeping_what_is_gone_says_so(world: World) -> None:
    assert not rules.keep(rules.place_of(space(world.a.room)), 1, "booking", 404)


def test_the_rest_of_a_no_show_goes_back_on_sale(world: World) -> None:
    wanted = hours(10, 12)
    take(world.a.room, wanted)
    assert rules.shorten("booking", 1, wanted.start + dt.timedelta(minutes=30)) == 1
    assert take(world.a.room, hours(11, 12), Taking("booking", "booking", 2)) == 1


def test_sweeping_only_takes_the_dead(world: World) -> None:
    until = clock.now() + dt.timedelta(minutes=15)
    take(world.a.room, hours(10, 12), Taking("hold", "booking", 1, expires_at=until))
    take(world.a.room, hours(14, 15), Taking("booking", "booking", 2))
    assert rules.sweep() == 0
    with time_machine.travel(until + dt.timedelta(minutes=6), tick=False):
        assert rules.sweep() == 1
