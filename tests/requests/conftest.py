"""What tests of requests share: the clock, a request that is there, somebody who may quote."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from zoneinfo import ZoneInfo

import pytest

from app.core import mail
from app.core.db import db
from app.invoicing.court import court
from app.requests import rules
from app.requests.ask import Asked
from app.requests.models import SpaceRequest
from tests.at_desk import Colleague, set_clock
from tests.invoicing import office
from tests.world import World

DAY = dt.timedelta(days=1)
ZONE = ZoneInfo("Europe/Paris")


def instant(hour: float) -> dt.datetime:
    """An hour of the day of the tests, on the venue's clock."""
    minutes = dt.timedelta(minutes=int(hour * 60))
    return (dt.datetime(2026, 11, 26, tzinfo=ZONE) + minutes).astimezone(dt.UTC)


START, END = instant(14) + 7 * DAY, instant(18) + 7 * DAY
UNTIL = instant(12) + 3 * DAY


@pytest.fixture(autouse=True)
def morning(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is nine o'clock on the day of the tests, and no mail leaves."""
    set_clock(monkeypatch, instant(9))
    monkeypatch.setattr(mail, "deliver", lambda *_: None)


@pytest.fixture
def asked(world: World) -> Callable[..., SpaceRequest]:
    """Somebody asked for the hall, an afternoon of next week."""

    def make(**more: object) -> SpaceRequest:
        given: dict[str, object] = {
            "title": "Séminaire Roux", "starts_at": START, "ends_at": END, "people": 20,
            "name": "Maya Roux", "email": "maya@roux.example", "organisation": "Atelier Roux SARL",
            "space_id": world.a.hall, "options": ("lunch", "sound"),
        }  # fmt: skip
        return rules.receive(Asked(**(given | more)))  # type: ignore[arg-type]

    return make


@pytest.fixture
def alice(world: World, client) -> Iterator[Colleague]:
    office.complete(world.a.id)
    db.session.commit()
    yield Colleague(client("a.localhost"), "alice")
    court.close()
