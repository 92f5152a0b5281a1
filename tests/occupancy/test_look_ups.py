"""What is taken is found by an index, behind row security too."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select, text
from sqlalchemy.dialects import postgresql

from app.core.db import db
from app.core.slots import Interval
from app.occupancy import rules
from app.occupancy.models import Occupancy, meeting
from app.occupancy.rules import Taking
from tests.world import World, space, tomorrow

LOOK = Interval(tomorrow(10), tomorrow(12))


def plan(statement, values: dict[str, object]) -> str:
    """Index conditions by which PostgreSQL finds the rows; to read all is its last resort."""
    db.session.execute(text("set local enable_seqscan = off"))
    words = str(statement.compile(dialect=postgresql.psycopg.dialect()))
    raw = db.session.connection().connection.driver_connection
    lines = [row[0] for row in raw.execute(f"explain {words}", values)]
    return "\n".join(line for line in lines if "Index Cond" in line)


def test_a_look_finds_its_rows_by_unit_and_start(world: World) -> None:
    with world.a.entered():
        found = plan(rules.IN_THE_WAY, meeting([1, 2], LOOK))
    assert "unit_id = ANY" in found


def test_a_range_alone_reads_all_of_a_tenant(world: World) -> None:
    """Control: the operator is not leakproof, so the policy is asked of every row first."""
    during = Occupancy.during.op("&&")(text("tstzrange(now(), now())"))
    with world.a.entered():
        assert "during" not in plan(select(Occupancy.id).where(during), {})


def test_what_lasts_for_days_is_found_on_every_one_of_them(world: World) -> None:
    start = tomorrow(10)
    with world.a.entered():
        place = rules.place_of(space(world.a.room))
        works = Interval(start, start + dt.timedelta(days=9))
        rules.take(place, works, 1, Taking("repair", "repair", 1))
        for day in range(9):
            noon = start + dt.timedelta(days=day, hours=2)
            within = Interval(noon, noon + dt.timedelta(hours=1))
            assert [row.source_id for row in rules.taken(place.units, within)] == [1]
            assert rules.spans(place.units, within)
        after = Interval(works.end, works.end + dt.timedelta(hours=1))
        assert rules.taken(place.units, after) == []


def test_what_has_no_origin_is_named_after_its_first_row(world: World) -> None:
    with world.a.entered():
        place = rules.place_of(space(world.a.hall))
        made = rules.take(place, LOOK, 1, Taking("closure", "closure"))
        assert [row.source_id for row in rules.taken(place.units, LOOK)] == [made[0]] * 2
        assert rules.release("closure", made[0]) == 2
