"""The floor plan of the desk: who is where at an hour, and where a click leads."""

from __future__ import annotations

import re

from sqlalchemy import select

from app.core.db import db
from app.spaces.models import Site, Space
from tests.at_desk import Colleague
from tests.booking.test_desk_dossier import alice, bob, book  # noqa: F401  # fixtures
from tests.world import World


def text_of(page: str) -> str:
    """What is read, without the tags."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", page))


def drawn(world: World) -> None:
    """The site with its room on a plan, beside a hall that nobody books."""
    room = db.session.scalars(select(Space).where(Space.id == world.a.room)).one()
    site = db.session.scalars(select(Site).where(Site.id == room.site_id)).one()
    box = {"x": 0, "y": 0, "w": 200, "h": 150}
    site.plan = {
        "rooms": [box | {"name": room.name, "space": room.slug}, box | {"name": "Accueil"}]
    }
    db.session.commit()


def test_a_room_says_who_and_until_when(world: World, bob: Colleague) -> None:  # noqa: F811
    drawn(world)
    made = book(world.a.room, 14, 2)
    page = bob.read("/gestion/plan?heure=14")
    assert "Salle Curie Carla Roux Occupé jusqu’à 16:00" in text_of(page)
    assert f"/gestion/reservations/{made.code}" in page
    assert "Accueil" in page


def test_a_free_room_leads_to_a_booking_at_that_hour(world: World, bob: Colleague) -> None:  # noqa: F811
    drawn(world)
    book(world.a.room, 14, 2)
    page = bob.read("/gestion/plan?heure=11")
    assert "Libre jusqu’à 14:00" in page
    link = re.search(r'href="(/gestion/reservations/nouvelle\?[^"]+)"', page)
    assert link
    form = bob.read(link[1].replace("&amp;", "&"))
    assert 'value="11:00"' in form


def test_an_hour_or_day_that_is_none_is_now(world: World, bob: Colleague) -> None:  # noqa: F811
    for query in ("heure=99", "heure=-4", "heure=x", "jour=hier", "jour=2031-13-01"):
        assert "Plan" in bob.read(f"/gestion/plan?{query}")
