"""R03 and R05: the hall and its halves in threads; then each guard off, and what it had held."""

from __future__ import annotations

import contextlib
import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial

import pytest
from psycopg.errors import DeadlockDetected
from sqlalchemy.exc import DBAPIError

from app.core import locks
from app.core.db import db
from app.core.errors import Taken
from app.core.slots import Interval
from app.occupancy import rules as occupancy
from app.occupancy.rules import Taking
from tests import world as worlds
from tests.races.stage import Stage
from tests.volume import ROUNDS

ATTEMPTS = 320  # a round: 6,400 in twenty


def in_transaction(stage: Stage, work: Callable[[], str]) -> str:
    """Work of one transaction, without the edge's second try; how it ended."""
    with stage.app.app_context(), stage.venue.entered():
        try:
            answer = work()
            db.session.commit()
        except Taken:
            db.session.rollback()
            return "refused"
        except DBAPIError as error:
            db.session.rollback()
            return "deadlock" if isinstance(error.orig, DeadlockDetected) else repr(error.orig)
        else:
            return answer
        finally:
            db.session.remove()


def take(stage: Stage, space: int, slot: Interval, name: int) -> str:
    """One taking."""

    def work() -> str:
        place = occupancy.place_of(worlds.space(space))
        return f"taken {len(occupancy.take(place, slot, 1, Taking('event', 'race', name)))}"

    return in_transaction(stage, work)


def storm(stage: Stage, count: int, slots: int = 6) -> Counter[str]:
    """Whole halls and halves wanted at few times by many at once; how each wish ended."""
    dice, times = random.Random(3), [stage.slot() for _ in range(slots)]
    spaces = [stage.venue.hall, stage.venue.half, stage.venue.half + 1]
    wishes = [(dice.choice(spaces), dice.choice(times), n) for n in range(count)]
    return Counter(
        stage.threads([partial(take, stage, space, slot, n) for space, slot, n in wishes])
    )


OVERLAPS = (
    "select count(*) from occupancy a join occupancy b on b.unit_id = a.unit_id and b.id > a.id"
    " and a.during && b.during where a.tenant_id = %(id)s"
)


@pytest.fixture
def cleared(stage: Stage) -> Iterator[None]:
    """What a storm took is given back afterwards."""
    yield
    stage.sql("delete from occupancy where source = 'race' and tenant_id = %(id)s",
              id=stage.venue.id)  # fmt: skip


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_a_hall_and_its_halves(stage: Stage, sound, cleared, round_: int) -> None:
    """R03: 0 overlaps, 0 deadlocks, 0 halls taken by half."""
    ends = storm(stage, ATTEMPTS, slots=24)
    print("R03", dict(ends))
    assert set(ends) <= {"taken 1", "taken 2", "refused"}
    assert ends["taken 2"]
    assert ends["taken 1"]
    assert stage.sql(OVERLAPS, id=stage.venue.id) == [(0,)]
    halls = stage.sql(
        "select count(*) from occupancy where source = 'race' and space_id = %(id)s"
        " group by source_id",
        id=stage.venue.hall,
    )
    assert {n for (n,) in halls} == {2}


@pytest.fixture
def no_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for anybody, and losers do not look first."""
    monkeypatch.setattr(locks, "hold", lambda _space, _keys: None)
    monkeypatch.setattr(occupancy, "_refuse_early", lambda _place, _interval: None)


def east_and_west(stage: Stage, patience: float = 0.7) -> Counter[str]:
    """Two wish for both halves in one transaction each, one from the east, one from the west. With
    the locks on, the one waits in vain for the other to have its first half too."""
    slot, gate = stage.slot(), threading.Barrier(2)
    halves = [stage.venue.half, stage.venue.half + 1]

    def both(spaces: list[int], name: int) -> str:
        def work() -> str:
            for turn, space in enumerate(spaces):
                if turn == 1:
                    with contextlib.suppress(threading.BrokenBarrierError):
                        gate.wait(patience)
                place = occupancy.place_of(worlds.space(space))
                occupancy.take(place, slot, 1, Taking("event", "race", name))
            return "taken"

        return in_transaction(stage, work)

    return Counter(stage.threads([partial(both, halves, 1), partial(both, halves[::-1], 2)]))


def test_two_ways_round_the_hall(stage: Stage, sound, cleared) -> None:
    """R03: the halves taken in either order: one has both, the other none, and nobody waits."""
    assert east_and_west(stage) == {"taken": 1, "refused": 1}


def test_without_the_lock_the_constraint_deadlocks(stage: Stage, cleared, no_locks) -> None:
    """R05: control. The constraint alone still lets nobody overlap, but the two deadlock."""
    assert east_and_west(stage, patience=60)["deadlock"] == 1
    assert stage.sql(OVERLAPS, id=stage.venue.id) == [(0,)]


def test_without_lock_and_constraint_rooms_are_sold_twice(stage, no_locks) -> None:
    """R05: control. Both guards off: overlaps appear, and the invariant finds them."""
    said = stage.sql(
        "select pg_get_constraintdef(oid) from pg_constraint where conname = 'occupancy_no_overlap'"
    )[0][0]
    stage.sql("alter table occupancy drop constraint occupancy_no_overlap")
    try:
        for _ in range(10):
            storm(stage, 160, slots=2)
            if found := stage.sql(OVERLAPS, id=stage.venue.id)[0][0]:
                break
    finally:
        stage.sql("delete from occupancy where source = 'race'")
        stage.sql(f"alter table occupancy add constraint occupancy_no_overlap {said}")
    print("R05 without lock and constraint:", found, "overlaps")
    assert found
