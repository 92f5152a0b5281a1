"""The nightly job learns from the venue's own past, and a failed fit keeps yesterday's tables."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select

from app.booking.models import Booking, Cancellation, NoShow
from app.core import clock, slots
from app.core.db import db
from app.rates import jobs, learn, verdict
from app.rates.models import SolveRun, ValueTable
from tests.world import World, space, tomorrow


def past(world: World, hour: int, weeks: int = 40) -> None:
    """A booking of two hours at this hour on every open day of some weeks."""
    room = space(world.a.room)
    zone = room.site.zone
    today = slots.local_day(clock.now(), zone)
    for n in range(1, weeks * 7):
        day = today - dt.timedelta(days=n)
        if day.weekday() == 6:
            continue
        start = slots.at(day, hour * 60, zone)
        db.session.add(
            Booking(
                code=f"P{n}",
                token=f"p{n}",
                space_id=room.id,
                starts_at=start,
                ends_at=start + dt.timedelta(hours=2),
                state="confirmed",
                payment_way="free",
                price_cents=0,
                vat_bp=2000,
                organisation={},
                created_at=start - dt.timedelta(days=3),
            )
        )
    db.session.flush()


def run(world: World) -> SolveRun:
    jobs.solve_space(world.a.room)
    db.session.flush()
    return db.session.scalars(select(SolveRun).order_by(SolveRun.id.desc())).first()


def test_a_venue_without_past_sells_from_priors(world: World) -> None:
    done = run(world)
    assert done.outcome == "done"
    assert done.detail["status"] == "prior"
    assert set(db.session.scalars(select(ValueTable.origin))) == {"prior"}


def test_a_busy_morning_is_learnt(world: World) -> None:
    past(world, 9)
    room = space(world.a.room)
    today = slots.local_day(clock.now(), room.site.zone)
    knowledge = learn.learn(room, today)
    assert knowledge is not None
    assert knowledge.estimate.requests > 200
    assert knowledge.estimate.status == "learning"
    coming = slots.local_day(tomorrow(days=2), room.site.zone)
    mean = knowledge.estimate.intensity.mean(learn.known([coming], room))[0]
    by_start = mean.sum(axis=1)
    nine = knowledge.minutes.index(9 * 60)
    four = knowledge.minutes.index(16 * 60)
    assert by_start[nine] > 3 * by_start[four]
    assert run(world).detail["requests"] == knowledge.estimate.requests


def test_a_failed_fit_keeps_yesterdays_tables_and_says_so(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(world)
    before = db.session.scalars(select(ValueTable.version).order_by(ValueTable.id)).all()

    def broken(*_args: object) -> None:
        raise ValueError("the figures do not converge")

    monkeypatch.setattr(learn, "learn", broken)
    failed = run(world)
    assert (failed.outcome, failed.detail["why"]) == ("failed", "the figures do not converge")
    assert db.session.scalars(select(ValueTable.version).order_by(ValueTable.id)).all() == before


def test_solving_twice_is_solving_once(world: World) -> None:
    run(world)
    count = len(db.session.scalars(select(ValueTable.id)).all())
    run(world)
    assert len(db.session.scalars(select(ValueTable.id)).all()) == count


def test_school_holidays_are_those_of_the_buildings_zone(world: World) -> None:
    site = space(world.a.room).site
    days = [dt.date(2027, 2, 8), dt.date(2027, 2, 15), dt.date(2027, 3, 1)]
    site.country = "FR"
    for postcode, off in (
        ("69001", [False, True, False]),
        ("75011", [True, True, False]),
        ("59000", [False, False, True]),
        ("97400", [False, False, False]),
    ):
        site.postcode = postcode
        assert learn.known(days, space(world.a.room)).school.tolist() == off, postcode


def test_cancellations_and_absences_are_learnt_and_said(world: World) -> None:
    past(world, 9)
    made = db.session.scalars(select(Booking).order_by(Booking.id)).all()
    for n, booking in enumerate(made):
        if n % 4 == 0:
            booking.state = "cancelled"
            lost = booking.starts_at - dt.timedelta(hours=5)
            db.session.add(
                Cancellation(booking_id=booking.id, by="person", at=lost, refund_cents=0)
            )
        elif n % 4 == 1:
            db.session.add(NoShow(booking_id=booking.id, at=booking.starts_at))
    done = run(world)
    assert 20 <= done.detail["lost_of_100"] <= 26
    assert 28 <= done.detail["absent_of_100"] <= 35
    said = verdict.notes(done)
    assert any(f"{done.detail['absent_of_100']} sur 100 ne viennent pas" in text for text in said)


def test_of_few_bookings_nothing_is_said(world: World) -> None:
    past(world, 9, weeks=3)
    assert not any("sur 100" in text for text in verdict.notes(run(world)))
