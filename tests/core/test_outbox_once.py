"""A wish that waits already is dropped, and the transaction of whoever wished goes on."""

from sqlalchemy import text

from app.core import outbox
from app.core.db import db
from tests.world import World


def waiting() -> int:
    return db.session.execute(
        text("select count(*) from procrastinate_jobs where queueing_lock = 'solve:x'")
    ).scalar_one()


def test_the_second_of_two_wishes_is_dropped(world: World) -> None:
    for _ in range(2):
        outbox.defer("rates.solve_space", space_id=world.a.room, once="solve:x")
    assert waiting() == 1


def test_what_was_written_before_the_second_wish_stays(world: World) -> None:
    outbox.defer("rates.solve_space", space_id=world.a.room, once="solve:x")
    db.session.execute(
        text("update space set floor = 'Étage' where id = :id"), {"id": world.a.room}
    )
    outbox.defer("rates.solve_space", space_id=world.a.room, once="solve:x")
    floor = db.session.execute(text("select floor from space where id = :id"), this)
    assert floor.scalar_one() == "Étage"
