"""R06 for requests: a hold against a booking of the same room, two holds, and a conversion while
somebody waits for the room. Each pair both ways, the rival just before the units are locked, and
just after.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.core import locks, mail
from app.core.db import db
from app.core.errors import Refused
from app.core.slots import Interval
from app.occupancy import rules as occupancy
from app.requests import read, rules
from app.requests.ask import Asked
from app.spaces.models import Space
from tests.races.stage import Act, Rival, Stage

WAYS = [(m, o) for m in ("before", "after") for o in ("one", "two")]


@pytest.fixture(autouse=True)
def silent(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(mail, "deliver", lambda *_: None)
    return


def asked(stage: Stage, slot: Interval) -> int:
    """A request for the room of this slot."""
    wish = Asked(
        title="Séminaire", starts_at=slot.start, ends_at=slot.end, people=2, name="Maya",
        email=f"m{next(stage.names)}@example.org", space_id=stage.venue.room,
    )  # fmt: skip
    return stage.act(lambda: rules.receive(wish).id)


def holding(stage: Stage, request_id: int, slot: Interval) -> Act:
    """Hold the room for it until the date itself."""

    def work() -> int:
        space = db.session.get_one(Space, stage.venue.room)
        return rules.hold(request_id, space, slot.start).id

    return work


def raced(stage: Stage, monkeypatch: pytest.MonkeyPatch, one: Act, two: Act, way) -> list:
    moment, first = way
    mine, other = (one, two) if first == "one" else (two, one)
    rival = Rival(stage, other)
    rival.at(monkeypatch, locks, "hold", moment)
    said = stage.act(mine)
    answers = [said, rival.end()]
    for answer in answers:
        assert isinstance(answer, Refused) or not isinstance(answer, Exception), answer
    return answers


def there(stage: Stage, slot: Interval) -> list[tuple[str, str]]:
    return stage.sql(
        "select source, kind from occupancy where tenant_id = %(venue)s and starts_at = %(at)s",
        venue=stage.venue.id,
        at=slot.start,
    )


@pytest.mark.parametrize("way", WAYS, ids="-".join)
def test_hold_and_booking_take_it_once(stage: Stage, monkeypatch, way) -> None:
    slot = stage.slot()
    token, request_id = stage.quote(slot), asked(stage, slot)
    answers = raced(
        stage, monkeypatch, holding(stage, request_id, slot), lambda: stage.hold(token), way
    )
    assert sum(isinstance(a, Refused) for a in answers) == 1
    assert len(there(stage, slot)) == 1


@pytest.mark.parametrize("way", WAYS, ids="-".join)
def test_two_requests_hold_it_once(stage: Stage, monkeypatch, way) -> None:
    slot = stage.slot()
    one, two = asked(stage, slot), asked(stage, slot)
    answers = raced(stage, monkeypatch, holding(stage, one, slot), holding(stage, two, slot), way)
    assert sum(isinstance(a, Refused) for a in answers) == 1
    assert there(stage, slot) == [("request", "hold")]


def accepted(stage: Stage, slot: Interval) -> int:
    """A request whose quote was accepted: the room is theirs."""
    request_id = asked(stage, slot)
    stage.act(holding(stage, request_id, slot))

    def sign() -> None:
        one = read.locked(request_id)
        occupancy.release("request", one.id)
        rules._take(one, db.session.get_one(Space, one.space_id), None)
        one.held_until = None
        rules.step(one, "accepted", None)

    stage.act(sign)
    return request_id


@pytest.mark.parametrize("moment", ["before", "after", "released"])
def test_nobody_comes_between_a_request_and_its_event(stage: Stage, monkeypatch, moment) -> None:
    slot = stage.slot()
    token, request_id = stage.quote(slot), accepted(stage, slot)
    rival = Rival(stage, lambda: stage.hold(token))
    if moment == "released":
        rival.at(monkeypatch, occupancy, "release", "after")
    else:
        rival.at(monkeypatch, locks, "hold", moment)
    made = stage.act(lambda: rules.convert(request_id, None).id)
    assert not isinstance(made, Refused), made
    assert isinstance(rival.end(), Refused), "the room was free for a moment"
    assert there(stage, slot) == [("event", "event")]
