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
