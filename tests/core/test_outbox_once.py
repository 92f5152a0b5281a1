"""A wish that waits already is dropped, and the transaction of whoever wished goes on."""

from sqlalchemy import select, text

from app.core import outbox
from app.core.db import db
from app.spaces.models import Space
from tests.world import World, space


def wish(world: World) -> None:
    outbox.defer("rates.solve_space", space_id=world.a.room, once="solve:x")


def test_the_second_of_two_wishes_is_dropped(world: World) -> None:
    wish(world)
    wish(world)
    waiting = text("select count(*) from procrastinate_jobs where queueing_lock = 'solve:x'")
    assert db.session.execute(waiting).scalar_one() == 1


def test_what_was_written_before_the_second_wish_stays(world: World) -> None:
    wish(world)
    space(world.a.room).floor = "Étage"
    wish(world)
    db.session.expire_all()
    assert db.session.scalars(select(Space.floor).where(Space.id == world.a.room)).one() == "Étage"


def orphans(*locks: str | None) -> list[int]:
    """Jobs of a worker that is no more."""
    made = text(
        "insert into procrastinate_jobs (task_name, queue_name, status, queueing_lock)"
        " values ('rates.solve_space', 'default', 'doing', :lock) returning id"
    )
    return [db.session.execute(made, {"lock": lock}).scalar_one() for lock in locks]


def test_the_dead_whose_wish_waits_do_not_hold_up_the_others(world: World) -> None:
    wish(world)
    twin, other, first, second, plain = orphans("solve:x", None, "solve:y", "solve:y", None)
    outbox.rescue()
    left = text("select id, status::text from procrastinate_jobs where id = any(:ids)")
    found = db.session.execute(left, {"ids": [twin, other, first, second, plain]})
    assert {tuple(row) for row in found} == {(n, "todo") for n in (other, first, plain)}
