"""The corners that everyday instances do not reach, each against something that must hold there."""

from collections import Counter
from dataclasses import fields, replace
from datetime import date
from types import SimpleNamespace

import numpy as np
import pytest

import pricing
from pricing import classical, estimation, group, nightly, pool, selector, simulate
from pricing.demand import grid
from pricing.estimation import FEWEST
from pricing.instances import instance
from pricing.nightly import Plan, solve_day
from pricing.rooms import Blend
from pricing.solve import Fallback, newton
from pricing.table import Table

SEATS = {"slots": 4, "slot_minutes": 60, "lengths": (1, 2, 4), "kind": "pool"}


# ── groups of blended rooms ──────────────────────────────────────────────────────────────────


def test_a_blend_displaces_between_what_rooms_and_seats_say():
    day, demand = instance(1.2, 22, slots=10, lengths=(1, 2, 4), units=3)
    free = np.ones((3, 10), dtype=int)

    def lost(share):
        table = solve_day(day, demand, plan=Plan(mix=Blend(share, 1.1)))
        table = replace(table, layers=np.empty((0, 0, 0), dtype=np.uint16))
        return group.group_displacement([group.Block(table, free, 2000, 2, 4, 2)]).cents

    rooms, half, most = lost(1.0), lost(0.5), lost(0.75)
    assert rooms > 0
    assert most == pytest.approx((rooms + half) / 2, rel=1e-6)


# ── pools larger than what is solved seat by seat ────────────────────────────────────────────


def _each_seat(monkeypatch):
    monkeypatch.setattr(pool, "MOST_LOTS", 10_000)


def test_a_flow_of_lots_is_the_flow_of_seats(monkeypatch):
    day, demand = instance(0.9, 41, units=100, **SEATS)
    assert pool.lot(day.units) == 2
    in_lots = solve_day(day, demand, plan=Plan(policy="fluid"))
    _each_seat(monkeypatch)
    by_seat = solve_day(day, demand, plan=Plan(policy="fluid"))
    evens = slice(2, None, 2)
    lots, seats = (np.asarray(t.spare[-1])[..., evens] for t in (in_lots, by_seat))
    assert lots == pytest.approx(seats, rel=0.02, abs=0.01 * float(np.max(seats)))


def test_lots_of_seats_are_worth_what_seats_are(monkeypatch):
    day, demand = instance(1.1, 42, units=60, **SEATS)
    season = grid(day, demand, 200)
    left = np.full(day.slots, 60)
    lots = pool.in_lots(day, demand, season, left=left)
    assert pool.lot(day.units) == 2
    _each_seat(monkeypatch)
    seats = pool.in_lots(day, demand, season, left=left)
    assert lots.shape == seats.shape
    assert lots[-1, :, 60].sum() == pytest.approx(seats[-1, :, 60].sum(), rel=0.05)


def test_whether_seats_are_counted_in_lots_without_saying_what_is_left():
    day, demand = instance(1.1, 42, units=60, **SEATS)
    season = grid(day, demand, 60)
    full = pool.in_lots(day, demand, season, left=np.full(day.slots, 60))
    assert pool.in_lots(day, demand, season) == pytest.approx(full)


# ── candidates, versions, shapes ─────────────────────────────────────────────────────────────


def test_a_crowd_of_rooms_tries_blends_instead_of_layers():
    day, _ = instance(1.0, 5, slots=48, lengths=(2, 4), units=40)
    tried = selector.plans(day)
    assert "layers" not in tried
    assert {plan.mix.weight for plan in tried.values() if plan.mix} >= {1.0, 0.75, 0.5}


def test_a_version_is_of_the_day_and_of_the_plan():
    day, demand = instance(1.0, 6, slots=6, lengths=(1, 2))
    bare = nightly.version(day, demand)
    assert bare == nightly.version(day, demand)
    assert bare != nightly.version(day, demand, Plan())
    assert bare != nightly.version(replace(day, units=2), demand)


def test_a_shape_is_what_a_table_was_solved_for():
    day, demand = instance(1.0, 6, slots=6, lengths=(1, 2))
    table = solve_day(day, demand)
    assert table.shape == solve_day(day, demand.scaled(2.0)).shape
    longer = instance(1.0, 6, slots=6, lengths=(1, 2, 3))
    assert table.shape != solve_day(*longer).shape


def test_a_table_needs_no_layers():
    table = solve_day(*instance(1.0, 6, slots=6, lengths=(1, 2)))
    told = {f.name: getattr(table, f.name) for f in fields(Table) if f.name != "layers"}
    assert Table(**told).layers.size == 0
    assert Table.from_bytes(Table(**told).to_bytes()).layers.size == 0


def test_a_name_that_is_none_is_refused():
    with pytest.raises(AttributeError, match="no attribute 'sorcery'"):
        pricing.sorcery  # noqa: B018  # asking is the test


# ── numbers that do not go as hoped ──────────────────────────────────────────────────────────


def test_newton_gives_up_after_its_steps_and_says_so():
    def quartic(b):
        return float((b**4).sum()), 4 * b**3, np.diag(12 * b**2)

    with pytest.warns(Fallback):
        found = newton(quartic, np.full(2, 9.0), most=2)
    assert found.how == "l-bfgs-b"
    assert np.abs(found.at).max() < 0.5


def test_newton_gives_way_where_the_curvature_is_no_number():
    def cliff(b):
        bent = np.eye(2) * 2 if np.abs(b).max() < 0.9 else np.full((2, 2), np.nan)
        return float(b @ b), 2 * b, bent

    with pytest.warns(Fallback):
        found = newton(cliff, np.ones(2))
    assert found.how == "l-bfgs-b"
    assert np.abs(found.at).max() < 1e-4


def test_a_solver_that_fails_is_not_believed(monkeypatch):
    class Failed:
        success, message = False, "time limit"

    monkeypatch.setattr(classical, "linprog", lambda *_a, **_k: Failed)
    with pytest.raises(ArithmeticError, match="time limit"):
        classical.network_dlp(*map(np.array, ([100.0], [5.0], [[1.0]], [3.0])))


# ── the simulator's last visitor ─────────────────────────────────────────────────────────────


def test_whoever_waits_after_the_last_wish_still_comes_back():
    asked = set()

    def dear_at_first(wish):
        again = wish[1:4] in asked
        asked.add(wish[1:4])
        return 1.0 if again else 1e6

    room = simulate.SpaceSpec(name="r", demand=0.4)
    venue = simulate.VenueSpec(spaces=(room,), patient=1.0, flexible=0.0, cancels=0.0)
    quotes = simulate.market(
        venue, date(2026, 3, 2), date(2026, 3, 30), seed=4, price=dear_at_first
    ).quotes
    visits = Counter(quotes.session)
    made = np.argsort(quotes.at, kind="stable")
    assert max(visits.values()) == 2
    last = quotes.session[made[-1]]
    assert visits[last] == 2
    assert quotes.outcome[made[-1]] == simulate.BOOKED


# ── what an estimate says of itself ──────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("requests", "trust", "status"),
    [
        (FEWEST - 1, 0.9, "prior"),
        (FEWEST, 0.25, "learning"),
        (FEWEST, 0.26, "fitted"),
    ],
)
def test_an_estimate_says_how_far_it_rests_on_the_venue(requests, trust, status):
    answer = SimpleNamespace(trust=trust)
    found = estimation.Estimate(None, answer, np.empty(0), requests, ())
    assert found.status == status


def test_a_date_that_sold_better_than_due_is_a_better_date():
    sure, unsure = (
        estimation.Estimate(SimpleNamespace(spread=s), None, np.empty(0), 0, ())
        for s in (0.01, 0.4)
    )
    assert unsure.level_of(8, 4).factor > sure.level_of(8, 4).factor > 1
    assert unsure.level_of(1, 4).factor < sure.level_of(1, 4).factor < 1
