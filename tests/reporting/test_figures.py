"""Figures by hand: a week with few bookings, counted on fingers."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select

from app.booking.models import Booking, Cancellation
from app.core import slots, words
from app.core.db import db
from app.reporting import figures
from app.reporting.figures import ZONE, Figures, Period
from app.spaces.models import Site, Space

MONDAY = dt.date(2025, 3, 3)
WEEK = Period(MONDAY, MONDAY + dt.timedelta(days=6))
UNITS = 1 + 1 + 1 + 7  # room, two halves of the hall, desks; the hall is made of its halves


def at(day: dt.date, hour: int) -> dt.datetime:
    return slots.at(day, hour * 60, ZONE)


def book(space_id, day, hour, hours, cents, made, *, state="confirmed", quantity=1):
    row = Booking(
        code=words.short_code(),
        token=words.token(),
        space_id=space_id,
        starts_at=at(day, hour),
        ends_at=at(day, hour + hours),
        quantity=quantity,
        state=state,
        price_cents=cents,
        vat_bp=2000,
        organisation={},
        confirmed_at=made,
        created_at=made,
    )
    db.session.add(row)
    db.session.flush()
    return row


@pytest.fixture
def busy(world):
    """Two hours in the room, three of the whole hall, four of two desks; one cancelled."""
    made = at(MONDAY - dt.timedelta(days=10), 9)
    book(world.a.room, MONDAY, 10, 2, 3600, made)
    book(world.a.hall, MONDAY, 9, 3, 24000, made + dt.timedelta(days=5))
    book(world.a.pool, MONDAY, 8, 4, 2400, made, quantity=2)
    gone = book(world.a.room, MONDAY, 14, 5, 9999, made, state="cancelled")
    db.session.add(
        Cancellation(
            booking_id=gone.id, by="person", at=at(MONDAY, 8) - dt.timedelta(days=3), refund_cents=0
        )
    )
    db.session.flush()
    return world


def test_open_hours_count_each_unit_once(world):
    assert figures.open_hours(WEEK)[world.a.id] == 6 * 12 * UNITS


def test_a_public_holiday_is_not_open(world):
    easter_monday = dt.date(2025, 4, 21)
    assert figures.open_hours(Period(easter_monday, easter_monday))[world.a.id] == 0


def test_sold_hours_and_net_revenue(busy):
    found = figures.of_period(WEEK)[busy.a.id]
    assert found.sold_hours == 2 + 3 * 2 + 4 * 2
    assert found.net_cents == 3000 + 20000 + 2000
    assert found.occupancy == pytest.approx(16 / 720)


def test_revpah_is_occupancy_times_adr():
    found = Figures(open_hours=720, sold_hours=180, net_cents=1_440_000)
    assert (found.adr_cents, found.revpah_cents) == (8000, 2000)
    assert found.revpah_cents == found.occupancy * found.adr_cents
    assert Figures().adr_cents == Figures().revpah_cents == 0


def test_the_books_are_as_they_stood(busy):
    early, before, after = (at(MONDAY - dt.timedelta(days=n), 12) for n in (11, 8, 1))
    assert figures.on_the_books(WEEK, [early, before, after])[busy.a.id] == [0, 2 + 8 + 5, 16]


def test_pace_compares_the_same_distance_a_year_ago(busy):
    year = figures.YEAR
    now = at(MONDAY - dt.timedelta(days=1), 12)
    book(busy.a.room, MONDAY - year, 10, 8, 3600, now - year - dt.timedelta(days=1))
    book(busy.a.room, MONDAY - year, 18, 2, 3600, now - year + dt.timedelta(hours=1))
    found = figures.pace(WEEK, now, weeks=1)[busy.a.id]
    assert found.now_percent == pytest.approx(100 * 16 / 720)
    assert found.then_percent == pytest.approx(100 * 8 / 720)
    assert len(found.points) == 2
    assert found.gap == 1


def test_pick_up_is_by_day_of_booking(busy):
    made = MONDAY - dt.timedelta(days=10)
    found = figures.pick_up(at(made, 0), at(MONDAY, 0))[busy.a.id]
    assert found == {made: 2 + 8 + 5, made + dt.timedelta(days=5): 6}


def test_days_are_those_of_the_site(busy):
    """On La Réunion, three hours ahead of Paris, a booking of 22:00 Paris is of the next day."""
    db.session.get_one(Site, busy.a.site).timezone = "Indian/Reunion"
    made = at(MONDAY - dt.timedelta(days=10), 22)
    book(busy.a.room, WEEK.last, 22, 1, 1200, made)
    next_day = Period(WEEK.last + dt.timedelta(days=1), WEEK.last + dt.timedelta(days=1))
    assert figures.of_period(WEEK)[busy.a.id].sold_hours == 16
    assert figures.of_period(next_day)[busy.a.id].sold_hours == 1
    assert figures.on_the_books(next_day, [at(MONDAY, 12)])[busy.a.id] == [1]
    picked = figures.pick_up(at(MONDAY - dt.timedelta(days=11), 0), at(MONDAY, 0))[busy.a.id]
    assert picked[MONDAY - dt.timedelta(days=9)] == 1


def test_another_venue_is_not_counted(busy):
    with busy.b.entered():
        assert busy.a.id not in figures.of_period(WEEK)
        assert figures.on_the_books(WEEK, [at(MONDAY, 0)]) == {}
        assert {s.tenant_id for s in db.session.scalars(select(Space))} == {busy.b.id}
