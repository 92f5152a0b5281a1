"""What tests of events share: the clock, people at the desk, an event that is there."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from zoneinfo import ZoneInfo

import pytest

from app.events import rules
from app.events.models import Event
from app.events.rules import Wish
from tests.at_desk import set_clock
from tests.world import World

DAY = dt.timedelta(days=1)
ZONE = ZoneInfo("Europe/Paris")


def instant(hour: float) -> dt.datetime:
    """An hour of the day of the tests, on the venue's clock."""
    minutes = dt.timedelta(minutes=int(hour * 60))
    return (dt.datetime(2026, 11, 26, tzinfo=ZONE) + minutes).astimezone(dt.UTC)


@pytest.fixture(autouse=True)
def morning(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is nine o'clock on the day of the tests."""
    set_clock(monkeypatch, instant(9))


def wish(world: World, **more: object) -> Wish:
    """An evening in the hall, next week."""
    given: dict[str, object] = {
        "title_fr": "La nuit des ateliers",
        "starts_at": instant(18) + 7 * DAY,
        "ends_at": instant(22) + 7 * DAY,
        "space_ids": (world.a.hall,),
        "capacity": 60,
        "setup_minutes": 120,
        "clear_minutes": 60,
    }
    return Wish(**(given | more))  # type: ignore[arg-type]


@pytest.fixture
def planned(world: World) -> Callable[..., Event]:
    """Plan an event; say `publish=True` to show it."""

    def make(*, publish: bool = False, **more: object) -> Event:
        one = rules.create(wish(world, **more))
        if publish:
            rules.publish(one.id)
        return one

    return make
