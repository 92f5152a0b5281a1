"""A night over a past that is no past: each kind has a stated end, and prices stay sane.

Nothing known, one booking, every hour sold, a month closed, prices that never moved, a prior that
is absurd, units that came or went, a day of 23 hours.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from sqlalchemy import func, select, text

from app.booking.models import Booking
from app.core import clock, slots
from app.core.db import db
from app.rates import days, jobs, learn, month
from app.rates import view as views
from app.rates.models import DemandEvent, SolveRun, ValueTable
from app.spaces import build
from app.spaces import rules as spaces
from app.spaces.models import Composition, DatedHours, Opening, Site, Unit
from tests.booking.test_desk_day import counted
from tests.rates.test_learn import past, run
from tests.world import World, space, tomorrow


def prices(world: World, day: dt.date) -> list[int]:
    """The price per hour of every start on a day that is on sale."""
    room = space(world.a.room)
    view = views.load([room], day, day)
    one = view.days[0]
    table = views.price_days(view, [one], clock.now())[room.id, day]
    return [int(n) for n in table[:, month.shown_length(one)] if n >= 0]


def next_open(world: World, ahead: int = 3) -> dt.date:
    """A weekday soon, and no public holiday."""
    zone = space(world.a.room).site.zone
    while (day := slots.local_day(tomorrow(days=ahead), zone)).weekday() > 4:
        ahead += 1
    return day


def within_bounds(world: World, day: dt.date | None = None) -> None:
    """Prices are there, and between the venue's own minimum and maximum."""
    room = space(world.a.room)
    low, high = (room.base_cents * p // 100 for p in (room.floor_percent, room.ceiling_percent))
    found = prices(world, day or next_open(world))
    assert found
    assert all(low <= price <= high for price in found), (low, high, found)


def test_nothing_known_sells_from_priors_and_says_so(world: World) -> None:
    done = run(world)
    assert (done.outcome, done.detail["status"]) == ("done", "prior")
    within_bounds(world)


def test_one_booking_is_no_past(world: World) -> None:
    past(world, 9, weeks=1)
    last = db.session.scalars(select(Booking).order_by(Booking.id)).all()
    for booking in last[1:]:
        db.session.delete(booking)
    done = run(world)
    assert (done.outcome, done.detail["status"]) == ("done", "prior")
    within_bounds(world)


def test_every_hour_sold_is_demand_that_was_not_seen(world: World) -> None:
    for hour in range(8, 20, 2):
        past(world, hour, weeks=12)
        for booking in db.session.scalars(select(Booking).where(Booking.code.like("P%"))):
            booking.code, booking.token = f"X{booking.id}", f"x{booking.id}"
        db.session.flush()
    done = run(world)
    assert done.outcome == "done"
    within_bounds(world)
    room = space(world.a.room)
    known = learn.learn(room, slots.local_day(clock.now(), room.site.zone))
    assert known is not None
    assert known.estimate.intensity.mean(learn.known([next_open(world)], room))[0].sum() > 3


def test_a_month_closed_is_no_month_without_demand(world: World) -> None:
    past(world, 9)
    room = space(world.a.room)
    today = slots.local_day(clock.now(), room.site.zone)
    whole = learn.learn(room, today)
    gone = today - dt.timedelta(days=60)
    for n in range(30):
        db.session.add(DatedHours(site_id=room.site_id, day=gone + dt.timedelta(days=n)))
    first, last = (slots.day_bounds(gone + dt.timedelta(days=n), room.site.zone) for n in (0, 29))
    for booking in db.session.scalars(
        select(Booking).where(Booking.starts_at >= first.start, Booking.starts_at < last.end)
    ):
        db.session.delete(booking)
    db.session.flush()
    closed = learn.learn(room, today)
    assert whole is not None
    assert closed is not None
    tomorrow = learn.known([next_open(world)], room)
    before, after = (one.estimate.intensity.mean(tomorrow)[0].sum() for one in (whole, closed))
    assert after == pytest.approx(before, rel=0.15)


def test_prices_that_never_moved_say_nothing_of_the_answer(world: World) -> None:
    past(world, 9)
    room = space(world.a.room)
    shown = next_open(world)
    for n in range(400):
        at = clock.now() - dt.timedelta(days=70, minutes=-n * 200)
        db.session.add(
            DemandEvent(
                at=at,
                session=f"s{n}",
                space_id=room.id,
                kind=room.kind,
                day=shown,
                start_minute=540,
                minutes=60,
                lead_minutes=60,
                list_cents=room.base_cents,
                shown_cents=room.base_cents,
                outcome="booked" if n % 3 else "left",
            )
        )
    db.session.flush()
    found = learn.learn(room, slots.local_day(clock.now(), room.site.zone))
    assert found is not None
    assert found.estimate.answer.slope_sd > 0.3
    assert found.estimate.status != "fitted"
    run(world)
    within_bounds(world)


@pytest.mark.parametrize("factor", [1e-6, 1e6])
def test_an_absurd_prior_is_refused_or_stays_within_bounds(
    world: World, monkeypatch: pytest.MonkeyPatch, factor: float
) -> None:
    run(world)
    before = db.session.scalars(select(ValueTable.version).order_by(ValueTable.id)).all()
    usual = days.prior_of

    def absurd(one):
        found = usual(one)
        return replace(found, hours_wanted=found.hours_wanted * factor)

    monkeypatch.setattr(days, "prior_of", absurd)
    monkeypatch.setattr("app.rates.tables.prior_of", absurd)
    monkeypatch.setattr("app.rates.learn.prior_of", absurd, raising=False)
    done = run(world)
    after = db.session.scalars(select(ValueTable.version).order_by(ValueTable.id)).all()
    assert done.outcome == "done" or after == before
    within_bounds(world)


def test_units_that_came_meanwhile_get_tables_of_their_own(world: World) -> None:
    past(world, 9)
    run(world)
    room = space(world.a.room)
    versions = set(db.session.scalars(select(ValueTable.version)))
    for units in (3, 1):
        spaces.change(room, {}, units=units)
        db.session.flush()
        db.session.expire_all()
        within_bounds(world)  # before the night: yesterday's tables are of no use, priors are
        done = run(world)
        assert done.outcome == "done"
        within_bounds(world)
        assert units == 1 or versions.isdisjoint(db.session.scalars(select(ValueTable.version)))


@pytest.mark.parametrize("day", [dt.date(2027, 3, 28), dt.date(2027, 10, 31)])
def test_a_day_of_23_or_25_hours_is_priced(world: World, monkeypatch, day: dt.date) -> None:
    room = space(world.a.room)
    eve = slots.at(day - dt.timedelta(days=3), 600, room.site.zone)
    monkeypatch.setattr(clock, "now", lambda: eve)
    jobs.solve_space(room.id)
    runs = db.session.scalars(select(SolveRun)).all()
    assert runs[-1].outcome == "done"


# ── spaces that are hardly there any more ────────────────────────────────────────────────────


def live_of(space_id: int) -> int:
    rows = select(func.count()).select_from(ValueTable).where(ValueTable.space_id == space_id)
    return db.session.scalar(rows) or 0


def last_run(space_id: int) -> SolveRun:
    newest = select(SolveRun).where(SolveRun.space_id == space_id).order_by(SolveRun.id.desc())
    return db.session.scalars(newest).first()


def test_a_space_whose_units_are_gone_has_a_quiet_night(world: World) -> None:
    kept = select(Composition.unit_id).where(Composition.space_id == world.a.room)
    for unit in db.session.scalars(select(Unit).where(Unit.id.in_(kept))):
        unit.retired_at = clock.now()
    db.session.flush()
    jobs.solve_space(world.a.room)
    done = last_run(world.a.room)
    assert (done.outcome, done.detail["days"]) == ("done", 0)


def test_a_venue_that_never_opens_has_a_quiet_night(world: World) -> None:
    for row in db.session.scalars(select(Opening).where(Opening.site_id == world.a.site)):
        db.session.delete(row)
    db.session.flush()
    for space_id in (world.a.room, world.a.hall):
        jobs.solve_space(space_id)
        done = last_run(space_id)
        assert (done.outcome, done.detail["days"]) == ("done", 0)


def test_a_space_retired_since_the_night_began_is_left_alone(world: World) -> None:
    space(world.a.room).retired_at = clock.now()
    db.session.flush()
    jobs.solve_space(world.a.room)
    assert live_of(world.a.room) == 0
    assert last_run(world.a.room) is None


def test_a_hall_that_lost_one_half_is_still_sold(world: World) -> None:
    half = select(Composition.unit_id).where(Composition.space_id == world.a.half)
    for unit in db.session.scalars(select(Unit).where(Unit.id.in_(half))):
        unit.retired_at = clock.now()
    space(world.a.half).retired_at = clock.now()
    db.session.flush()
    db.session.expire_all()
    jobs.solve_space(world.a.hall)
    assert last_run(world.a.hall).outcome == "done"
    assert live_of(world.a.hall) > 0


def test_forty_spaces_are_forty_jobs_found_in_as_many_questions_as_one(world: World) -> None:
    def questions() -> int:
        with counted() as seen:
            jobs.solve_tenant()
        return sum("FROM space" in one or "FROM composition" in one for one in seen)

    before = questions()
    where = db.session.scalars(select(Site).where(Site.id == world.a.site)).one()
    for n in range(40):
        build.space(where, f"Alvéole {n}", "phone_booth", base_cents=300)
    db.session.flush()
    db.session.execute(text("delete from procrastinate_jobs"))
    after = questions()
    count = text("select count(*) from procrastinate_jobs where task_name = 'rates.solve_space'")
    assert db.session.scalar(count) == 43  # the room, the pool, the hall with its halves
    assert after == before > 0
