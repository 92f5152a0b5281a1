"""The night decides, writes down why, keeps prices steady, and asks where it was told to."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest
from sqlalchemy import func, select, text

from app.booking import cancel
from app.core import clock
from app.core.db import db
from app.core.slots import Interval
from app.occupancy import rules as occupancy
from app.occupancy.rules import Taking
from app.rates import choose, jobs, learn, month, nightly, proposals, rules, tables
from app.rates import view as views
from app.rates.models import KeptTable, ValueTable
from app.rates.rules import Asked
from app.rates.steering import Steering
from tests.at_desk import set_clock
from tests.booking.test_desk_day import DAY, book, instant
from tests.jobs import run_jobs
from tests.rates.nights import (
    EVE,
    every_day,
    hour_prices,
    night,
    row,
    sold,
    steer,
    table,
    wins,
)
from tests.world import World, space


@pytest.fixture(autouse=True)
def eve(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    set_clock(monkeypatch, instant(2, EVE))


def later(monkeypatch: pytest.MonkeyPatch, days: float) -> None:
    moment = clock.now() + dt.timedelta(days=days)
    set_clock(monkeypatch, moment)


def test_a_card_ships_where_moving_prices_do_not_win(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    wins(monkeypatch, dynamic=False)
    steer(world.a.room, daily=0, no_drop=False)
    done = night(world.a.room)
    assert done.detail["dynamic"] is False
    assert row(world.a.room).policy == "card"
    before = hour_prices(world.a.room)
    book(world.a.room, 9, 3)
    after = hour_prices(world.a.room)
    assert {a for a, b in zip(after, before, strict=True) if a != b} == {-1}


def test_moving_prices_ship_where_they_win_and_follow_bookings(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    wins(monkeypatch, dynamic=True, error=1e5)
    done = night(world.a.room)
    assert (done.detail["dynamic"], done.detail["policy"]) == (True, "gap")
    assert done.detail["uplift"][1] < done.detail["uplift"][0] < done.detail["uplift"][2]
    assert row(world.a.room).policy == "gap"
    before = hour_prices(world.a.room)
    book(world.a.room, 10, 7)
    after = [b for b in hour_prices(world.a.room) if b != -1]
    assert max(after) < max(before)  # short gaps are hard to sell


def test_a_policy_must_win_by_two_standard_errors(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    judge = choose._judge
    days = coming(world.a.room)  # three of them are judged: errors add up in squares
    for lead, ships in ((1.9, False), (2.1, True)):
        monkeypatch.setattr(
            choose,
            "_judge",
            lambda *given, lead=lead: replace(
                judge(*given), lead_cents=lead / 3**0.5, lead_error=1.0
            ),
        )
        assert choose.choose(days, Steering(), None).dynamic is ships


def coming(space_id: int) -> list[choose.Coming]:
    view = views.load([space(space_id)], EVE, EVE + dt.timedelta(days=6))
    opened = [one for one in view.days if one.is_open]
    return nightly.expected(view, opened, None, clock.now())


def test_prices_of_one_moment_are_the_same_and_move_a_tenth_a_day(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    night(world.a.room)
    shown = hour_prices(world.a.room)
    assert shown == hour_prices(world.a.room)
    space(world.a.room).floor_percent = 40
    steer(world.a.room, goal="occupancy", explore=False)
    wins(monkeypatch, dynamic=True)
    for _day in range(2):
        later(monkeypatch, 1)
        before, _run = hour_prices(world.a.room), night(world.a.room)
        after = hour_prices(world.a.room)
        pairs = [(a, b) for a, b in zip(after, before, strict=True) if b > 0]
        assert all(abs(a - b) <= max(100, 0.1 * b) + 1 for a, b in pairs)
        assert any(a < b for a, b in pairs)


def test_a_second_night_of_one_day_changes_nothing(world: World) -> None:
    first = night(world.a.room)
    tables_before = (row(world.a.room).noted_at, hour_prices(world.a.room))
    second = night(world.a.room)
    assert first.detail == second.detail
    assert tables_before == (row(world.a.room).noted_at, hour_prices(world.a.room))


def test_no_unchanged_price_falls_in_the_last_day(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    wins(monkeypatch, dynamic=True)
    set_clock(monkeypatch, instant(2, DAY - dt.timedelta(days=1)))
    night(world.a.room)
    set_clock(monkeypatch, instant(21, DAY - dt.timedelta(days=1)))
    solved = table(world.a.room)
    dear = solved.following(solved.card * 4 / 3, np.ones(24))
    row(world.a.room).content, row(world.a.room).version = dear.to_bytes(), "dear"
    db.session.flush()
    held = [price for price in hour_prices(world.a.room) if price > 0]
    assert set(held) == {2400}
    steer(world.a.room, no_drop=False, daily=0)
    assert max(hour_prices(world.a.room)) < 2400


def test_variation_is_stable_all_week_and_off_at_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    night(world.a.room)
    assert len(set(table(world.a.room).vary.tolist())) > 1 or table(world.a.room).vary[0] != 1
    steer(world.a.room, explore=False)
    assert space(world.a.room).steering["explore"] is False
    still = set(hour_prices(world.a.room))
    night(world.a.room)
    assert table(world.a.room).vary.size == 0
    assert set(hour_prices(world.a.room)) <= still | {1800, 1700, 1900}


def test_a_goal_of_occupancy_pays_for_it(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    wins(monkeypatch, dynamic=True)
    plain = night(world.a.room).detail
    steer(world.a.room, goal="occupancy")
    full = night(world.a.room).detail
    assert plain["reward"] == 0 < full["reward"]
    occupied = [point["occupancy"] for point in full["curve"]]
    assert occupied[-1] > occupied[0]
    assert full["curve"][-1]["cents"] < full["curve"][0]["cents"]


@pytest.mark.parametrize(("at_least", "reward"), [(10, 0.0), (30, 100.0), (40, 200.0), (90, 400.0)])
def test_a_blend_pays_the_least_that_reaches_its_share(at_least: int, reward: float) -> None:
    curve = [
        {"reward": 0.0, "cents": 900, "occupancy": 20.0},
        {"reward": 200.0, "cents": 850, "occupancy": 40.0},
        {"reward": 400.0, "cents": 700, "occupancy": 50.0},
    ]
    said = Steering(goal="blend", at_least=at_least)
    assert choose.wanted_reward(curve, said) == reward


def test_a_day_that_sells_early_is_expected_to_be_fuller(world: World) -> None:
    every_day(world.a.room, 10, 30)
    twin = DAY + dt.timedelta(days=7)
    for n in range(4):
        sold(world.a.room, DAY, 9 + 2 * n, 1, 20, f"E{n}")
    db.session.flush()
    room = space(world.a.room)
    knowledge = learn.learn(room, EVE)
    view = views.load([room], DAY, twin)
    opened = [one for one in view.days if one.day in (DAY, twin)]
    here, there = nightly.expected(view, opened, knowledge, clock.now())
    assert here.expected > 1.1 * there.expected


# ── asking first ─────────────────────────────────────────────────────────────────────────────


def asked_first(world: World, monkeypatch: pytest.MonkeyPatch) -> list[proposals.Proposal]:
    """Two nights; before the second the goal changes, so that prices would move."""
    wins(monkeypatch, dynamic=True)
    night(world.a.room)
    steer(world.a.room, ask_first=True, goal="occupancy", explore=False)
    later(monkeypatch, 1)
    night(world.a.room)
    return proposals.pending(EVE, [world.a.room])


def test_proposed_prices_wait_and_nothing_moves(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting = asked_first(world, monkeypatch)
    assert waiting
    one = next(p for p in waiting if p.day == DAY)
    assert one.was != one.then
    cells = month.load(space(world.a.room), DAY.replace(day=1), clock.now()).cells
    assert cells[DAY].cents == one.was
    low, mean, high = (one.expected["hours"][n] for n in (1, 0, 2))
    assert low <= mean <= high
    assert one.expected["beside"] == "now"


def test_accepting_sells_at_what_was_proposed_and_can_be_undone(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting = asked_first(world, monkeypatch)
    room, moment = space(world.a.room), clock.now()
    before = hour_prices(world.a.room)
    days = [p.day for p in waiting]
    assert proposals.accept(room, days, moment) == len(days)
    db.session.expire_all()
    assert hour_prices(world.a.room) != before
    assert proposals.pending(EVE, [room.id]) == []
    assert proposals.take_back(room, moment) == len(days)
    db.session.expire_all()
    assert hour_prices(world.a.room) == before
    assert len(proposals.pending(EVE, [room.id])) == len(days)


def test_accepting_skips_what_is_fixed_by_hand(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting = asked_first(world, monkeypatch)
    room = space(world.a.room)
    rules.fix_price(room, DAY, DAY, 1800, by=None)
    db.session.flush()
    assert DAY not in [p.day for p in proposals.pending(EVE)]
    assert proposals.accept(room, [p.day for p in waiting], clock.now()) == len(waiting) - 1
    assert row(room.id, DAY, "proposed") is not None


# ── pools are solved again ───────────────────────────────────────────────────────────────────


def reprices() -> int:
    count = text("select count(*) from procrastinate_jobs where task_name = 'rates.reprice'")
    return db.session.scalar(count)


@pytest.fixture
def pool(world: World) -> int:
    """Seven desks by the hour, half a day at most: small enough for a test."""
    where = space(world.a.pool)
    where.step_minutes, where.max_minutes = 60, 240
    db.session.flush()
    return world.a.pool


def take(world: World, seats: int, code: int) -> None:
    where = space(world.a.pool)
    during = Interval(instant(8), instant(20))
    occupancy.take(occupancy.place_of(where), during, seats, Taking("booking", "booking", code))


def test_a_booking_in_a_pool_solves_its_day_again_once(
    world: World, pool: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    wins(monkeypatch, dynamic=True)
    night(world.a.pool)
    asked, other = row(world.a.pool).version, row(world.a.pool, DAY + dt.timedelta(days=1)).version
    for n in range(3):
        take(world, 2, 9000 + n)
    assert reprices() == 1
    assert "rates.reprice" in run_jobs(only="rates.reprice")
    db.session.expire_all()
    assert row(world.a.pool).version != asked
    assert row(world.a.pool, DAY + dt.timedelta(days=1)).version == other
    fresh, old = table(world.a.pool), KeptTable.version == asked
    assert fresh.spare[:, :, :].max() > 0
    assert db.session.scalar(select(func.count()).select_from(KeptTable).where(old)) == 1
    occupancy.release("booking", 9000)
    assert reprices() == 2


def test_seats_that_are_gone_make_the_rest_dearer(
    world: World, pool: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    wins(monkeypatch, dynamic=True)
    steer(world.a.pool, explore=False)
    space(world.a.pool).rounding_cents = 1
    night(world.a.pool)
    before = hour_prices(world.a.pool)
    take(world, 6, 9000)
    run_jobs(only="rates.reprice")
    db.session.expire_all()
    after = hour_prices(world.a.pool)
    assert sum(after) > sum(before)


def test_rooms_cards_and_unsolved_pools_are_not_solved_again(
    world: World, pool: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    take(world, 1, 9000)  # no night yet
    wins(monkeypatch, dynamic=False)
    night(world.a.pool)
    take(world, 1, 9001)
    wins(monkeypatch, dynamic=True)
    night(world.a.room)
    lost = book(world.a.room, 9, 3)
    cancel.cancel(lost.id, cancel.Policy(24, 50), cancel.Actor("staff"))
    assert reprices() == 0


# ── what is kept ─────────────────────────────────────────────────────────────────────────────


def test_the_sweep_keeps_tables_that_quotes_stand_on(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    night(world.a.room)
    rules.ask(Asked(space(world.a.room), Interval(instant(10), instant(12))))
    quoted = row(world.a.room).version
    later(monkeypatch, 1)
    night(world.a.room)
    db.session.execute(text("update kept_table set replaced_at = now() - interval '400 days'"))
    set_clock(monkeypatch, instant(2, DAY + dt.timedelta(days=60)))
    jobs.solve_tenant()
    assert db.session.scalars(select(KeptTable.version)).all() == [quoted]
    assert tables.find(world.a.room, DAY, quoted) is not None
    assert db.session.scalar(select(func.count()).select_from(ValueTable)) == 0
