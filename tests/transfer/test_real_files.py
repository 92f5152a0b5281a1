"""Real calendars through the product's own import, up to prices for the next sixty days."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
from collections import defaultdict
from itertools import islice
from pathlib import Path

import pytest
from sqlalchemy import create_engine, func, select

from app.booking.models import Booking
from app.core import clock
from app.core.db import db
from app.core.slots import local_day
from app.occupancy.models import Occupancy
from app.rates import grid
from app.rates import rules as rates
from app.rates.models import ValueTable
from app.reporting import invariants
from app.spaces.models import Site, Space
from app.transfer import bookings, cli
from tests.world import World

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
ROOMS = DATA / "rooms_2024_half_hours.csv"
HOTEL = DATA / "hotel_city_2015-07_2017-02.csv.gz"

needs_data = pytest.mark.skipif(
    not ROOMS.exists(), reason="the real calendars are not beside this clone"
)


def load(path: Path, profile: str, kind: str, units: int) -> tuple[Site, list]:
    site = db.session.scalars(select(Site)).one()
    sheet, found = bookings.read(path.name, path.read_bytes(), bookings.profile(profile), site.zone)
    assert not sheet.faults
    cli.make_missing(site, {p.space for p in found}, kind, 1800, units)
    assert bookings.apply(sheet, found, bookings.by_name()) == len(found)
    return site, found


@needs_data
def test_a_year_of_real_rooms_becomes_prices(world: World) -> None:
    site, found = load(ROOMS, "half_hours", "meeting_room", 1)
    hours = sum((p.ends_at - p.starts_at).total_seconds() / 3600 for p in found)
    assert hours == 12_297 / 2
    taken = db.session.scalar(select(func.count(Occupancy.id)))
    assert taken == len(found)
    room = bookings.by_name()["R00"]
    today = local_day(clock.now(), site.zone)
    assert rates.solve(room, today, today + dt.timedelta(days=60)) > 40
    assert db.session.scalar(select(func.count(ValueTable.id))) > 40
    need = grid.Need("meeting_room", 2, 120, today, days=14, space_id=room.id)
    prices = [c.price_cents for c in grid.build(need, clock.now()).cells.values() if c.price_cents]
    assert len(prices) > 50
    assert all(2520 <= p <= 5400 for p in prices)  # 36 euros listed, band 0.7 to 1.5


@needs_data
def test_a_real_hotel_fits_its_beds_and_keeps_its_pace(world: World, tmp_path: Path) -> None:
    """A tenth of the file here; the whole of it by the documented command."""
    with gzip.open(HOTEL, "rt", encoding="utf-8") as whole:
        part = tmp_path / "hotel.csv"
        part.write_text("".join(islice(whole, 5_001)), encoding="utf-8")
    with part.open(encoding="utf-8", newline="") as file:
        stays = [
            row
            for row in csv.DictReader(file)
            if int(row["stays_in_weekend_nights"]) + int(row["stays_in_week_nights"])
        ]
    site, found = load(part, "hotel", "office", 300)
    ended = func.count(Booking.id).filter(Booking.state == "cancelled")
    total, cancelled = db.session.execute(select(func.count(Booking.id), ended)).one()
    assert total == len(stays) == len(found)
    assert cancelled == sum(row["is_canceled"] == "1" for row in stays)
    on_books = pace(found, dt.date(2015, 9, 14), site)
    assert 0 < on_books[56] < on_books[14] < on_books[0]


def pace(found: list, arrival: dt.date, site: Site) -> dict[int, int]:
    """Net on-the-books of one arrival day, by days before it, from what was imported."""
    counts: dict[int, int] = defaultdict(int)
    for past in found:
        if local_day(past.starts_at, site.zone) != arrival:
            continue
        for lead in (0, 14, 56):
            moment = past.starts_at - dt.timedelta(days=lead)
            kept = past.cancelled_at is None or past.cancelled_at > moment
            counts[lead] += past.booked_at <= moment and kept
    return counts


def test_the_invariants_are_asked_of_the_whole_database(settings, lasting_world: World) -> None:
    engine = create_engine(settings.owner_database_url)
    with engine.connect() as connection:
        assert invariants.breaches(connection) == []
        assert connection.scalar(select(func.count()).select_from(Space)) > 0
    engine.dispose()
