"""A Wednesday morning in a venue with two equal rooms."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select

from app.core.db import db
from app.incidents.models import Incident
from app.spaces import build
from app.spaces.models import Site, Space
from tests.at_desk import Colleague, set_clock, token_in
from tests.booking.test_desk_day import instant
from tests.world import World


@pytest.fixture
def morning(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    set_clock(monkeypatch, instant(9))
    return world


@pytest.fixture
def bob(morning: World, client: Callable[[str], FlaskClient]) -> Colleague:
    return Colleague(client(morning.a.host), "bob")


@pytest.fixture
def twin(morning: World) -> Space:
    """Another meeting room, larger and dearer."""
    site = db.session.scalars(select(Site)).one()
    return build.space(site, "Salle Hugo", "meeting_room", capacity=12, base_cents=9900)


class Passer:
    """Somebody with a phone and no account."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def send(self, path: str = "/signaler/salle-curie", **fields):
        page = self.client.get("/signaler/salle-curie").text
        data = {"csrf_token": token_in(page), "vus": "", **fields}
        return self.client.post(path, data=data, content_type="multipart/form-data")

    def report(self, **more) -> str:
        """A broken screen in the room; the link of its page."""
        answer = self.send(**{"categorie": "screen", "utilisable": "no", **more})
        assert answer.status_code == 303, answer.text[:3000]
        return answer.headers["Location"].split("?")[0]


@pytest.fixture
def passer(morning: World, client: Callable[[str], FlaskClient]) -> Passer:
    return Passer(client(morning.a.host))


def last() -> Incident:
    db.session.expire_all()
    return db.session.scalars(select(Incident).order_by(Incident.id.desc()).limit(1)).one()


def picture(width: int = 60, height: int = 40, kind: str = "JPEG", **more) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), "#7a2e5d").save(out, kind, **more)
    return out.getvalue()
