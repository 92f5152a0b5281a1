"""A hall and its halves: learnt with each other in mind, solved together, sold by look-up."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from sqlalchemy import func, select, text

import pricing
from app.core import clock
from app.core.db import db
from app.core.slots import Interval, local_day
from app.occupancy import rules as occupancy
from app.occupancy.rules import Taking
from app.rates import (
    choose,
    days,
    group,
    halls,
    jobs,
    learn,
    nightly,
    replay,
    rules,
    tables,
    together,
    verdict,
)
from app.rates import view as views
from app.rates.models import KeptTable, SolveRun
from app.rates.rules import Asked
from app.rates.steering import Steering
from app.spaces.models import DatedHours, Space
from pricing import selector
from tests.at_desk import Colleague, set_clock
from tests.booking.test_desk_day import DAY, instant
from tests.jobs import run_jobs
from tests.rates.nights import EVE, every_day, night, row, sold, steer, table
from tests.world import World, space


@pytest.fixture(autouse=True)
def eve(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    set_clock(monkeypatch, instant(2, EVE))
    monkeypatch.setattr(nightly, "DAYS", 7)
    monkeypatch.setattr(nightly, "PATHS", 2)
    monkeypatch.setattr(choose, "PATHS", {"rooms": 60, "pool": 60})
    monkeypatch.setattr(choose, "CURVE_PATHS", 20)
    monkeypatch.setattr(selector, "_static", lambda day, *_a: {"list": day.card, "flat": day.card})
    monkeypatch.setattr(choose, "REWARDS", (0.0, 1.0))
    monkeypatch.setattr(together, "PATHS", 60)
    for one in hall(world):
        steer(one, explore=False, daily=0, no_drop=False)


@pytest.fixture
def won(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let solving together win, whatever customers are like."""
    worth = {"cards": 10_000, "alone": 10_200, "together": 10_500}
    monkeypatch.setattr(together, "_judge", lambda *_a: together.Verdict(worth, 3, 1500.0, 9.0))


def hall(world: World) -> list[int]:
    """The whole, then its halves."""
    west = db.session.scalars(select(Space.id).where(Space.name == "Demi-halle ouest")).one()
    return [world.a.hall, world.a.half, west]


def asked(space_id: int, hour: float = 10, hours: float = 2, day: dt.date = DAY):
    during = Interval(instant(hour, day), instant(hour + hours, day))
    return rules.ask(Asked(space(space_id), during))


def take(space_id: int, hour: float, hours: float, code: int) -> None:
    during = Interval(instant(hour), instant(hour + hours))
    occupancy.take(
        occupancy.place_of(space(space_id)), during, 1, Taking("booking", "booking", code)
    )


def runs() -> dict[int, SolveRun]:
    newest = select(func.max(SolveRun.id)).group_by(SolveRun.space_id)
    rows = db.session.scalars(select(SolveRun).where(SolveRun.id.in_(newest)))
    return {run.space_id: run for run in rows if run.space_id is not None}


def step(quote, code: str) -> int:
    return sum(one["cents"] for one in quote.steps if one["code"] == code)


def test_a_night_of_any_of_them_solves_them_all_together(world: World, won: None) -> None:
    night(world.a.half)
    found = runs()
    assert set(found) == set(hall(world))
    for one in hall(world):
        assert found[one].detail["policy"] == "together"
        assert row(one).policy == "together"
        assert set(found[one].detail["walls"]["worth"]) == {"cards", "alone", "together"}
    assert table(world.a.hall).parts == 2
    assert row(world.a.hall).version != row(world.a.half).version
    one = views.load([space(world.a.hall)], DAY, DAY).days[0]
    stored = table(world.a.hall)
    assert tables._matches(stored, one)
    fewer = replace(stored, shares=stored.shares[:, :1])  # a unit came meanwhile
    assert not tables._matches(fewer, one)


def test_one_job_a_night_for_each_hall(world: World) -> None:
    db.session.execute(text("delete from procrastinate_jobs"))
    jobs.solve_tenant()
    rows = db.session.execute(
        text(
            "select args->>'space_id' from procrastinate_jobs where task_name = 'rates.solve_space'"
        )
    ).scalars()
    asked_for = {int(one) for one in rows}
    assert world.a.hall in asked_for
    assert not asked_for & set(hall(world)[1:])
    assert {world.a.room, world.a.pool} <= asked_for


def test_the_whole_asks_at_least_what_its_halves_would_earn(world: World, won: None) -> None:
    for one in hall(world)[1:]:
        every_day(one, 10, 12)
    night(world.a.hall)
    view = views.load([space(one) for one in hall(world)], DAY, DAY)
    whole, *halves = (view.find(one, DAY) for one in hall(world))
    knows = [
        learn.learn(space(one), local_day(clock.now(), space(one).site.zone)) for one in hall(world)
    ]
    alone = [
        pricing.solve_day(day := days.spec(half), known.demand(half, day))
        for half, known in zip(halves, knows[1:], strict=True)
    ]
    for hour in (8, 10, 13):
        quote = asked(world.a.hall, hour)
        window = {"start": whole.slot_at(instant(hour)), "length": 120 // whole.frame.step}
        minutes = whole.minutes_to_open(clock.now())
        lost = sum(
            pricing.quote(
                one, free=view.free(half), minutes_to_open=minutes, **window
            ).displacement_cents
            for one, half in zip(alone, halves, strict=True)
        )
        assert lost > 0
        assert quote.evidence["displacement_cents"] >= 0.9 * lost
        ceiling = space(world.a.hall).base_cents * 2 * space(world.a.hall).ceiling_percent // 100
        assert quote.price_cents >= min(lost, ceiling) - 100


def test_a_price_names_what_shared_walls_add_and_replays(world: World, won: None) -> None:
    every_day(world.a.hall, 10, 30)
    for one in hall(world)[1:]:
        every_day(one, 15, 12)
    night(world.a.hall)
    quotes = [asked(one) for one in hall(world)]
    assert any(step(quote, "shared") for quote in quotes)
    for quote in quotes:
        assert sum(one["cents"] for one in quote.steps) == quote.price_cents
    take(world.a.half, 15, 2, 9100)
    run_jobs(only="rates.reprice")
    db.session.expire_all()
    for quote in quotes:  # from the very tables they were read from, replaced meanwhile
        found = replay.again(quote, space(quote.space_id))
        assert (found.outcome, found.price_cents) == ("same", quote.price_cents)
    again = asked(world.a.hall)
    assert replay.again(again, space(world.a.hall)).outcome == "same"


def test_a_part_that_is_sold_moves_the_others_at_once_and_again_soon(
    world: World, won: None
) -> None:
    every_day(world.a.hall, 10, 30)
    space(hall(world)[2]).rounding_cents = 1
    night(world.a.hall)
    before = asked(hall(world)[2])
    versions = [row(one).version for one in hall(world)]
    db.session.execute(text("delete from procrastinate_jobs"))
    take(world.a.half, 9, 4, 9101)
    grid = views.price_days(
        view := views.load([space(world.a.hall)], DAY, DAY), view.days, clock.now()
    )
    start = view.days[0].slot_at(instant(10))
    assert (grid[world.a.hall, DAY][start] < 0).all()  # live: the whole is not for sale then
    assert run_jobs(only="rates.reprice") == ["rates.reprice"]
    db.session.expire_all()
    assert all(row(one).version != old for one, old in zip(hall(world), versions, strict=True))
    assert (
        db.session.scalar(
            select(func.count()).select_from(KeptTable).where(KeptTable.version.in_(versions))
        )
        == 3
    )
    after = asked(hall(world)[2])
    assert after.evidence["displacement_cents"] < before.evidence["displacement_cents"]
    assert after.price_cents < before.price_cents  # hopes of selling the whole died with the part


def test_other_rooms_are_not_solved_again(world: World) -> None:
    night(world.a.hall)
    db.session.execute(text("delete from procrastinate_jobs"))
    if row(world.a.half).policy != "together":
        take(world.a.half, 9, 4, 9102)
    take(world.a.room, 9, 4, 9103)
    assert run_jobs(only="rates.reprice") == []


def test_they_ship_together_only_where_that_wins(world: World, monkeypatch) -> None:
    worth = {"cards": 100, "alone": 120, "together": 119}
    assert not together.Verdict(worth, 1, 20.0, 5.0).ships
    assert not together.Verdict(worth | {"together": 125}, 1, 20.0, 11.0).ships
    assert together.Verdict(worth | {"together": 125}, 1, 20.0, 9.0).ships
    monkeypatch.setattr(together, "_judge", lambda *_asked: together.Verdict(worth, 1, 20.0, 5.0))
    night(world.a.hall)
    assert {row(one).policy for one in hall(world)} <= {"card", "gap"}
    told = runs()[world.a.half]
    assert told.detail["walls"]["worth"] == worth
    assert "chacun pour soi" in " ".join(verdict.notes(told))


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"buffer_minutes": 60}, "rules"),
        ({"max_minutes": 180}, "rules"),
        ({"base_cents": 0}, "free"),
    ],
)
def test_halves_unlike_the_whole_are_priced_each_for_itself_and_it_is_said(
    world: World, change: dict[str, int], why: str
) -> None:
    for name, value in change.items():
        setattr(space(world.a.half), name, value)
    db.session.flush()
    done = night(world.a.hall)
    assert (done.outcome, done.detail["walls"]["why"]) == ("done", why)
    assert any("chacun pour soi" in note for note in verdict.notes(done))
    assert len(halls.leaders([space(one) for one in hall(world)])) == 3
    assert asked(world.a.hall).price_cents > 0


def test_when_the_engine_gives_up_each_is_priced_for_itself_and_it_is_said(
    world: World, won: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_asked, **_more):
        raise pricing.BadInput("parts", None, "no")

    monkeypatch.setattr(pricing.combined, "solve", broken)
    done = night(world.a.hall)
    assert done.outcome == "done"
    assert {run.detail["walls"]["why"] for run in runs().values()} == {"failed"}
    assert all(row(one).policy in ("card", "gap") for one in hall(world))


def test_a_night_that_fails_keeps_yesterdays_tables_of_all_and_says_so(
    world: World, won: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    night(world.a.hall)
    versions = [row(one).version for one in hall(world)]

    def broken(*_asked, **_more):
        raise ValueError("no figures")

    monkeypatch.setattr(learn, "learn", broken)
    night(world.a.hall)
    assert {run.outcome for run in runs().values()} == {"failed"}
    assert [row(one).version for one in hall(world)] == versions


def test_a_second_night_changes_nothing(world: World, won: None) -> None:
    night(world.a.hall)
    versions = [row(one).version for one in hall(world)]
    night(world.a.half)
    assert [row(one).version for one in hall(world)] == versions


def test_a_hall_was_not_on_offer_while_a_half_was_sold(world: World) -> None:
    today = local_day(clock.now(), space(world.a.hall).site.zone)
    every_day(world.a.hall, 16, 12)
    alone = learn.learn(space(world.a.hall), today)
    for n in range(1, 80):
        day = today - dt.timedelta(days=n)
        if day.weekday() != 6:
            sold(world.a.half, day, 9, 6, 50, f"H{n}")
    db.session.flush()
    beside = learn.learn(space(world.a.hall), today)
    one = views.load([space(world.a.hall)], DAY, DAY).days[0]
    slot = one.slot_at(instant(10))
    rate = [known.demand(one, days.spec(one)).rate[slot].sum() for known in (alone, beside)]
    assert rate[1] > 1.05 * rate[0]  # nobody asked, but nobody could
    assert halls.blockers(space(world.a.room)) == []
    assert {s.id for s in halls.blockers(space(world.a.hall))} == set(hall(world)[1:])
    assert [s.id for s in halls.blockers(space(world.a.half))] == [world.a.hall]


def test_one_half_closed_leaves_the_others_on_that_day(world: World, won: None) -> None:
    half = space(world.a.half)
    db.session.add(
        DatedHours(
            site_id=half.site_id, space_id=half.id, day=DAY, opens=None, closes=None, reason=""
        )
    )
    db.session.flush()
    night(world.a.hall)
    assert row(world.a.hall).policy != "together"
    assert row(world.a.hall, DAY + dt.timedelta(days=1)).policy == "together"
    assert asked(hall(world)[2]).price_cents > 0


def test_a_group_in_the_whole_displaces_what_both_halves_would_sell(
    world: World, won: None
) -> None:
    for one in hall(world):
        every_day(one, 10, 12)
    night(world.a.hall)
    during = Interval(instant(8), instant(20))
    lost = group.displaced(space(world.a.hall), during, now=clock.now())
    assert lost.cents > 0
    take(world.a.half, 8, 12, 9104)
    gone = group.displaced(space(world.a.hall), during, now=clock.now())
    assert gone.cents == 0  # nothing of it is free any more


def test_proposals_wait_and_are_not_solved_again(world: World, won: None) -> None:
    night(world.a.hall)
    for one in hall(world):
        space(one).steering = Steering(ask_first=True).as_json()
    db.session.flush()
    versions = [row(one).version for one in hall(world)]
    take(world.a.half, 9, 4, 9105)
    run_jobs(only="rates.reprice")
    db.session.expire_all()
    assert [row(one).version for one in hall(world)] == versions


def test_what_a_hall_is_expected_to_sell_is_said_to_be_a_ceiling(
    world: World, won: None, client
) -> None:
    alone = world.a.room
    for one in (*hall(world), alone):
        every_day(one, 10, 12)
    night(world.a.hall)
    night(alone)
    alice = Colleague(client(world.a.host), "alice")
    for one in (*hall(world), alone):
        page = alice.read(f"/gestion/tarifs?espace={one}&jour={DAY}")
        assert "ous attendons encore" in page
        assert ("lisez ces chiffres comme un plafond" in page) == (one != alone)
