"""Rooms, pools, groups, levers, selector: against brute force and each other."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import pricing
from pricing import (
    BadInput,
    NotForSale,
    cards,
    exact,
    explain,
    fluid,
    gap,
    group,
    halls,
    levers,
    markup,
    paths,
    pool,
    programme,
    rooms,
    selector,
)
from pricing.demand import grid
from pricing.evaluate import by_card, by_table, one_room
from pricing.instances import instance
from pricing.nightly import Plan, solve_day

POOL = {"units": 6, "slots": 6, "slot_minutes": 60, "lengths": (1, 3, 6), "kind": "pool"}


def every_policy():
    room, wish = instance(1.2, 21, slots=10, lengths=(1, 2, 4), buffer=1)
    few, wishes = instance(1.2, 22, slots=10, lengths=(1, 2, 4), units=3)
    desks, sitters = instance(1.2, 23, **POOL)
    return {
        "gap": (room, wish, paths.ByTable(room, solve_day(room, wish))),
        "hybrid": (few, wishes, paths.ByTable(few, solve_day(few, wishes))),
        "mean field": (desks, sitters, paths.ByTable(desks, solve_day(desks, sitters))),
        "fluid": (
            desks,
            sitters,
            paths.ByTable(desks, solve_day(desks, sitters, plan=Plan(policy="fluid"))),
        ),
        "per event": (desks, sitters, fluid.PerEvent(fluid.Flow.of(desks, sitters))),
        "card": (few, wishes, paths.Card(few, few.card)),
        "occupancy": (few, wishes, cards.ByOccupancy(few)),
        "desk card": (desks, sitters, paths.Card(desks, desks.card, seats=True)),
    }


POLICIES = every_policy()


@pytest.mark.parametrize(("day", "demand", "policy"), POLICIES.values(), ids=POLICIES.keys())
class TestEveryPolicy:
    """One suite for all: repeatable, inputs untouched, nothing sold twice, prices in bounds."""

    def test_same_seed_same_results(self, day, demand, policy):
        drawn = [paths.draw(day, demand, paths=40, seed=1) for _ in range(2)]
        first, again = (paths.run(day, policy, requests) for requests in drawn)
        np.testing.assert_array_equal(first, again)
        other = paths.run(day, policy, paths.draw(day, demand, paths=40, seed=2))
        assert not np.array_equal(first, other)

    def test_never_sells_more_than_there_is_and_within_bounds(self, day, demand, policy):
        drawn = paths.draw(day, demand.scaled(4), paths=40, seed=1)
        before = drawn.window.copy()
        result = paths.run(day, policy, drawn)
        assert (result[:, 1] <= day.units * day.slots).all()
        assert (result[:, 0] <= result[:, 2] * day.ceiling.max() + 1e-6).all()
        assert result[:, 1].mean() > 0
        np.testing.assert_array_equal(before, drawn.window)

    def test_sells_nothing_where_nothing_is_free(self, day, demand, policy):
        drawn = paths.draw(day, demand, paths=8, seed=1)
        free = np.zeros((8, 1 if policy.seats else day.units, day.slots), dtype=np.int64)
        window = np.maximum(drawn.window[:, 0], 0)
        start, k = np.divmod(window, day.shape[1])
        now = paths.Moment(
            drawn.minutes[:, 0],
            window,
            start,
            start + np.array(day.lengths)[k],
            drawn.level[:, 0],
            free,
        )
        assert np.isinf(policy.ask(now)[0]).all()


def test_simulated_paths_agree_with_exact_evaluation():
    day, demand, policy = POLICIES["gap"]
    result = paths.worth(paths.run(day, policy, paths.draw(day, demand, paths=6000, seed=3)))
    exactly = one_room(day, demand, by_table(day, policy.table), steps=400)
    assert abs(result.revenue_cents - exactly.revenue_cents) < 4 * result.standard_error
    assert result.slots_sold == pytest.approx(exactly.slots_sold, rel=0.03)
    assert result.bookings == pytest.approx(exactly.bookings, rel=0.03)


def test_one_path_has_no_error_and_no_demand_no_request():
    day, demand, policy = POLICIES["gap"]
    assert paths.worth(np.array([[1.0, 2.0, 1.0]])).standard_error == 0
    nobody = paths.draw(day, demand.scaled(0), paths=3, seed=1)
    assert paths.run(day, policy, nobody).sum() == 0
    with pytest.raises(BadInput, match="paths"):
        paths.draw(day, demand, paths=0, seed=1)


def test_drawn_requests_are_those_planned():
    day, demand = instance(1.2, 24, slots=10, lengths=(1, 2, 4))
    drawn = paths.draw(day, demand, paths=4000, seed=1)
    seen = np.bincount(drawn.window[drawn.window >= 0], minlength=30) / 4000
    np.testing.assert_allclose(seen, (demand.rate * day.windows).ravel(), atol=0.05)
    came = drawn.window >= 0
    assert (np.diff(np.where(came, drawn.minutes, -1e9), axis=1) <= 0).all()
    slope = demand.slope[0, 0] / day.card.ravel()[drawn.window[came]]
    share = markup.accept(day.card.ravel()[drawn.window[came]], drawn.level[came], slope)
    took = drawn.worth[came] >= day.card.ravel()[drawn.window[came]]
    assert took.mean() == pytest.approx(share.mean(), abs=0.02)


# ── two rooms against every pair of sets ─────────────────────────────────────────────────────


@pytest.mark.parametrize("load", [0.8, 1.6])
def test_two_rooms_keep_98_percent_of_the_exact_optimum(load):
    day, demand = instance(load, 25, slots=7, lengths=(1, 2, 3), units=2, slot_minutes=60)
    requests = paths.draw(day, demand, paths=3000, seed=4)
    ours = paths.run(day, paths.ByTable(day, solve_day(day, demand)), requests)[:, 0]
    best = paths.run(day, exact.TwoRooms.of(day, demand, steps=60), requests)[:, 0]
    lost = best - ours
    assert lost.mean() - 2 * lost.std() / len(lost) ** 0.5 < 0.02 * best.mean()


def test_two_rooms_by_brute_force_are_worth_two_single_rooms_at_least():
    day, demand = instance(1.0, 26, slots=6, lengths=(1, 2, 3))
    season = grid(day, demand, 30)
    answer = gap.response(day, demand, season.level)
    one = exact.one_room(day, season, answer)[-1]
    two = exact.two_rooms(day, season, answer)[-1]
    np.testing.assert_allclose(two, two.T)
    np.testing.assert_allclose(two[:, 0], one, rtol=1e-12)
    assert one[-1] < two[-1, -1] < 2 * one[-1]
    with pytest.raises(BadInput, match="slots"):
        exact.two_rooms(instance(1.0, 26, slots=9)[0], season, answer)


def test_blends_are_checked_and_known_for_every_size():
    assert rooms.blend(1) == rooms.Blend(1.0, 1.0)
    assert all(0 <= rooms.blend(units).weight <= 1 for units in (2, 4, 8, 40))
    for wrong, field in (((2.0, 1.0), "weight"), ((0.5, 9.0), "crowding")):
        with pytest.raises(BadInput, match=field):
            rooms.Blend(*wrong)


# ── rooms handed out late ────────────────────────────────────────────────────────────────────


def value_of(day, demand):
    return solve_day(day, demand).value[-1].astype(float)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 8), st.integers(1, 4)), max_size=8))
def test_handing_out_late_fits_whatever_overlaps_at_most_units(wanted):
    day, demand = instance(1.0, 27, slots=10, lengths=(1, 2, 4), units=3)
    bookings, load = [], np.zeros(10, dtype=int)
    for start, length in wanted:
        if start + length <= 10 and (load[start : start + length] < 3).all():
            load[start : start + length] += 1
            bookings.append((start, start + length))
    units = rooms.assign(bookings, units=3, slots=10, value=value_of(day, demand))
    free = np.ones((3, 10), dtype=int)
    for (start, end), unit in zip(bookings, units, strict=True):
        assert free[unit, start:end].all()
        free[unit, start:end] = 0


def test_handing_out_late_keeps_more_value_than_first_fit():
    day, demand = instance(1.0, 27, slots=10, lengths=(1, 2, 4), units=2)
    value = value_of(day, demand)
    bookings = [(0, 2), (4, 6), (2, 4), (6, 10)]
    assert rooms.assign(bookings, units=2, slots=10, value=value) == (0, 0, 0, 0)
    assert rooms.assign(bookings, units=2, slots=10, value=value, pinned={1: 1})[1] == 1
    with pytest.raises(NotForSale):
        rooms.assign([(0, 2), (1, 3), (0, 3)], units=2, slots=10, value=value)
    with pytest.raises(NotForSale, match="pinned"):
        rooms.assign([(0, 2), (1, 3)], units=2, slots=10, value=value, pinned={0: 0, 1: 0})


# ── pools ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("load", [0.6, 1.2, 2.0])
def test_the_fluid_dual_is_the_linear_programme_of_highs(load):
    day, demand = instance(load, 28, **POOL)
    found = programme.by_lp(day, demand, prices=800)
    assert found == pytest.approx(fluid.bound(day, demand), rel=5e-4)


def test_no_policy_beats_the_fluid_bound():
    for name in ("mean field", "fluid", "per event", "desk card"):
        day, demand, policy = POLICIES[name]
        found = paths.worth(paths.run(day, policy, paths.draw(day, demand, paths=300, seed=5)))
        assert found.revenue_cents < fluid.bound(day, demand) + 3 * found.standard_error


def test_a_pool_of_one_slot_is_exact():
    day, demand = instance(1.5, 29, units=5, slots=1, lengths=(1,), kind="pool")
    season = grid(day, demand, 400)
    answer = gap.response(day, demand, season.level)
    value = np.zeros(6)
    slope = answer.per_cent[0, 0]
    for t in range(400):
        x = answer.level[t, 0, 0] - slope * np.diff(value)
        parts = [np.full(5, part[t, 0, 0]) for part in (answer.low, answer.high)]
        value[1:] = value[1:] + season.rate[t, 0, 0] / slope * markup.gain(x, *parts)
    np.testing.assert_allclose(pool.values(day, demand, season)[-1, 0], value, rtol=1e-9)


def test_pool_values_are_concave_and_rise_with_seats_and_time():
    day, demand = instance(1.5, 30, **POOL)
    _, value = pool.solve(day, demand)
    seats = np.diff(value, axis=2)
    assert (seats >= -1e-6).all()
    assert (np.diff(seats, axis=2) <= 1e-6).all()


# ── groups ───────────────────────────────────────────────────────────────────────────────────


def test_a_group_in_one_room_loses_what_brute_force_says():
    day, demand = instance(1.5, 34, slots=7, lengths=(1, 2, 3), buffer=1)
    table = solve_day(day, demand)
    season = grid(day, demand, 40)
    brute = exact.one_room(day, season, gap.response(day, demand, season.level))[-1]
    free = np.array([1, 1, 1, 1, 1, 1, 0])
    lost = group.group_displacement([group.Block(table, free, 1e6, 2, 2)]).cents
    assert lost == pytest.approx(brute[0b0111111] - brute[0b0100001], rel=1e-5)


def test_groups_add_up_and_take_the_cheapest_rooms_and_seats():
    day, _, policy = POLICIES["hybrid"]
    free = np.ones((3, 10), dtype=int)
    free[0, 4:] = 0
    lost = [
        group.group_displacement([group.Block(policy.table, free, 2000, 0, 4, units)]).cents
        for units in (1, 2, 3)
    ]
    assert 0 < lost[0] < lost[1] < lost[2]
    desks, _, seats = POLICIES["mean field"]
    block = group.Block(seats.table, [6] * 6, 2000, 1, 3, 4)
    both = group.group_displacement([block, group.Block(policy.table, free, 2000, 0, 4)])
    assert both.cents == pytest.approx(sum(both.blocks))
    assert both.blocks[1] == pytest.approx(lost[0])
    assert day.units == 3
    assert desks.units == 6


def test_any_shape_taken_from_two_rooms_loses_what_brute_force_says():
    rng, bits = np.random.default_rng(3), 1 << np.arange(6)
    day, demand = instance(1.2, 103, slots=6, lengths=(1, 2, 3), units=2, slot_minutes=60)
    season = grid(day, demand, 40)
    brute = exact.two_rooms(day, season, gap.response(day, demand, season.level))[-1]
    for plan, off in (
        (None, 0.12),
        (Plan(mix=rooms.Blend(1.0, 1.2)), 0.2),
        (Plan(mix=rooms.Blend(0.5, 1.2)), 0.3),
    ):
        table, said, truth = solve_day(day, demand, plan=plan), [], []
        for _ in range(40):
            before = (rng.random((2, 6)) > 0.2).astype(int)
            after = before * (rng.random((2, 6)) > 0.4)
            a, b = before @ bits, after @ bits
            truth.append(brute[a[0], a[1]] - brute[b[0], b[1]])
            said.append(group.value_lost(table, before, after, 1e6))
        assert sum(said) == pytest.approx(sum(truth), rel=0.15)
        assert np.abs(np.subtract(said, truth)).mean() < off * np.mean(truth)


def test_a_block_is_a_shape_and_nothing_taken_is_nothing_lost():
    for name, free in (("hybrid", np.ones((3, 10), int)), ("mean field", np.full(6, 6))):
        table = POLICIES[name][2].table
        after = free.copy()
        after[..., 1:4] -= 1 if name == "mean field" else 0
        if name == "hybrid":
            after[0, 1:4] = 0
        block = group.Block(table, free, 2000, 1, 3)
        lost = group.value_lost(table, free, after, 2000)
        assert lost == pytest.approx(group.group_displacement([block]).cents)
        assert group.value_lost(table, free, free, 2000) == 0
        with pytest.raises(BadInput, match="after"):
            group.value_lost(table, after, free, 2000)
        with pytest.raises(BadInput, match="minutes_to_open"):
            group.value_lost(table, free, after, np.nan)


@pytest.mark.parametrize(
    ("name", "free", "start", "length", "units", "field"),
    [
        ("gap", np.zeros(10), 0, 1, 1, "units"),
        ("mean field", [1] * 6, 0, 1, 2, "units"),
        ("gap", np.ones(10), 10, 1, 1, "start"),
        ("gap", np.ones(10), 0, 11, 1, "length"),
        ("gap", np.ones(10), 0, 1, 2, "units"),
    ],
)
def test_a_group_that_does_not_fit_is_refused(name, free, start, length, units, field):
    table = POLICIES[name][2].table
    with pytest.raises(BadInput) as refused:
        group.group_displacement([group.Block(table, free, 100, start, length, units)])
    assert refused.value.field == field


# ── levers ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", ["gap", "hybrid", "mean field"])
def test_occupancy_costs_revenue_along_the_curve(name):
    day, demand, _ = POLICIES[name]
    curve = levers.trade_off(day, demand, rewards=(0.0, 0.5, 2.0), paths=200)
    sold = [point.occupancy for point in curve]
    earned = [point.revenue_cents for point in curve]
    assert sold[0] < sold[1] < sold[2]
    assert earned[0] > earned[2]


def test_an_occupancy_asked_for_is_reached_at_the_least_price_cut():
    day, demand, _ = POLICIES["gap"]
    free = levers.for_occupancy(day, demand, 0.0).point
    assert free.reward_cents == 0
    asked = free.occupancy + 0.02
    found = levers.for_occupancy(day, demand, asked)
    assert asked <= found.point.occupancy < asked + 0.005
    assert found.table.reward == found.point.reward_cents > 0
    for wrong in (0.99, 1.5):
        with pytest.raises(BadInput, match="at_least"):
            levers.for_occupancy(day, demand, wrong)


def test_social_hours_are_cheap_and_stay_so():
    day, demand, _ = POLICIES["gap"]
    early = np.zeros(day.shape, dtype=bool)
    early[:3] = True
    social = levers.social_hours(day, early, 0.5)
    table = solve_day(social, demand)
    prices = pricing.quote_grid(
        table, free=np.ones(10), minutes_to_open=2000, rules=pricing.Rules(round_to_cents=1)
    )
    assert (prices[:3][day.windows[:3]] <= 0.5 * day.card[:3][day.windows[:3]] + 1).all()
    with pytest.raises(BadInput, match="share"):
        levers.social_hours(day, early, 0)


# ── selector and cards ───────────────────────────────────────────────────────────────────────


def test_a_busy_room_ships_the_dynamic_policy_a_dead_one_its_card():
    day, demand = instance(2.0, 35, slots=10, lengths=(1, 2, 4))
    busy = selector.select([demand, demand.scaled(1.2)], day, paths=800)
    assert busy.is_dynamic
    assert busy.table.policy == "gap"
    assert busy.lead_cents > 2 * busy.lead_error
    dead = selector.select([demand.scaled(0.01)], day, paths=60)
    assert not dead.is_dynamic
    assert dead.table.policy == "card"
    assert dead.winner in selector.STATIC


def test_candidates_of_rooms_and_pools_are_all_judged():
    for name, count in (("hybrid", 2), ("mean field", 3)):
        day, demand, _ = POLICIES[name]
        found = selector.select([demand], day, paths=60)
        assert len(set(found.worth) - set(selector.STATIC)) == count


def test_the_selector_refuses_to_choose_from_nothing():
    day, demand, _ = POLICIES["gap"]
    for ask, field in (
        ({"posterior": []}, "posterior"),
        ({"paths": 1}, "paths"),
        ({"candidates": {}}, "candidates"),
    ):
        with pytest.raises(BadInput, match=field):
            selector.select(**({"posterior": [demand], "day": day, "paths": 20} | ask))


def test_fitted_cards_beat_the_list_and_peak_beats_flat():
    day, demand, _ = POLICIES["gap"]
    worth = cards.exact_score(day, demand, steps=60)
    flat = cards.flat(day, worth)
    pair = cards.peak(day, demand, worth, flat)
    assert worth(day.card) <= worth(flat) <= worth(pair)
    drawn = paths.draw(day, demand, paths=500, seed=1)
    simulated = cards.score(day, drawn)(flat)
    assert simulated == pytest.approx(
        one_room(day, demand, by_card(day, flat)).revenue_cents, rel=0.2
    )
    desks, sitters, _ = POLICIES["mean field"]
    score = cards.score(desks, paths.draw(desks, sitters, paths=100, seed=1))
    start = cards.flat(desks, score)
    assert score(cards.rates(desks, cards.by_length(desks), score, start)) >= score(start)


# ── explanations, halls ──────────────────────────────────────────────────────────────────────


def test_the_expected_effect_has_an_interval_that_widens_with_doubt():
    table = POLICIES["gap"][2].table
    quote = pricing.quote(table, free=np.ones(10), start=3, length=2, minutes_to_open=500)
    sure, unsure = (explain.effect(table, quote, b_sd=sd) for sd in (0.0, 0.4))
    assert sure.low_cents == pytest.approx(sure.high_cents)
    assert unsure.low_cents < unsure.gain_cents < unsure.high_cents
    assert 0 < sure.accept_share < 1
    assert sure.elasticity > 0
    assert explain.effect(table, replace(quote, price_cents=quote.list_cents)).gain_cents == (
        pytest.approx(0, abs=1)
    )
    with pytest.raises(BadInput, match="b_sd"):
        explain.effect(table, quote, b_sd=-1)
    with pytest.raises(BadInput, match="inputs"):
        explain.effect(table, replace(quote, inputs={**quote.inputs, "start": "x"}))


def test_a_hall_by_half_days_spans_dates():
    day = halls.hall(40_000, dates=5, longest=4, closed=[False] * 9 + [True])
    assert day.shape == (10, 4)
    assert day.card[0, 1] == 76_000
    assert not day.windows[9, 0]
    assert not day.windows[7, 2]
    demand = pricing.priors("event_hall", 8000).demand(day, weekday=1, first_minute=480)
    prices = pricing.quote_grid(solve_day(day, demand), free=np.ones(10), minutes_to_open=40_000)
    assert prices[1, 3] > prices[1, 0] > 0
    with pytest.raises(BadInput, match="half_day_cents"):
        halls.hall(0)


# ── as it is shipped: trust, reward, posterior, prospect ─────────────────────────────────────


def test_the_posterior_begins_with_the_guess_and_keeps_its_mean():
    demand = pricing.priors("meeting_room", 2500).demand(
        pricing.DaySpec(10, 60, (1, 2), 2500), weekday=1, first_minute=480
    )
    found = pricing.posterior(demand, members=9, spread=0.2)
    assert found[0] is demand
    others = found[1:]
    rates = [one.rate.sum() / demand.rate.sum() for one in others]
    assert np.mean(rates) == pytest.approx(1, abs=0.03)
    assert np.std(np.log([one.slope[0, 0] for one in others])) == pytest.approx(0.4, abs=0.06)
    for one in others:  # the share that takes the list price is seen, not guessed
        np.testing.assert_allclose(one.level - one.slope, demand.level - demand.slope)
    with pytest.raises(BadInput, match="spread"):
        pricing.posterior(demand, spread=-1)


def test_the_selector_judges_policies_as_they_are_shipped():
    day, demand = instance(2.0, 35, slots=10, lengths=(1, 2, 4))
    found = selector.select([demand], day, paths=400, base=pricing.Plan(trust=0.3))
    assert found.table.trust == 0.3 == found.plan.trust
    full = selector.select([demand], day, paths=400)
    lead = found.worth["gap"].revenue_cents - found.worth["list"].revenue_cents
    assert 0 < lead < full.worth["gap"].revenue_cents - full.worth["list"].revenue_cents
    assert abs(found.card / day.card - 1).max() < abs(full.card / day.card - 1).max()


def test_a_reward_per_slot_makes_the_fuller_policy_win():
    day, demand = instance(2.0, 35, slots=10, lengths=(1, 2, 4))
    found = selector.select([demand], day, paths=400, base=pricing.Plan(reward=5 * day.card[0, 0]))
    plain = selector.select([demand], day, paths=400)
    best = found.worth[found.winner]
    assert best.slots_sold > plain.worth[plain.winner].slots_sold
    assert best.revenue_cents < plain.worth[plain.winner].revenue_cents


def test_many_days_are_solved_under_their_own_plans():
    day, demand = instance(2.0, 35, slots=10, lengths=(1, 2, 4))
    card = pricing.Plan(policy="card", card=day.card * 1.1)
    shy = pricing.Plan(trust=0.5)
    both = pricing.solve_days([day] * 3, [demand] * 3, plans=[card, shy, shy])
    assert [one.policy for one in both] == ["card", "gap", "gap"]
    assert len({one.model_version for one in both}) == 2
    alone = pricing.solve_day(day, demand, plan=shy)
    np.testing.assert_array_equal(both[1].value, alone.value)
    with pytest.raises(BadInput, match="plans"):
        pricing.solve_days([day], [demand], plans=[])


def test_a_prospect_is_what_the_exact_recursion_expects():
    day, demand = instance(1.0, 35, slots=10, lengths=(1, 2, 4))
    mine = pricing.solve_day(day, demand)
    listed = pricing.solve_day(day, demand, plan=pricing.Plan(policy="card", card=day.card))
    free = np.ones(10)
    seen = pricing.prospect(
        day, [demand], mine, listed, free=free, minutes_to_open=np.inf, paths=3000
    )
    best = one_room(day, demand, by_table(day, mine))
    flat = one_room(day, demand, by_card(day, day.card))
    assert seen.cents[0] == pytest.approx(best.revenue_cents, rel=0.05)
    assert seen.slots[0] == pytest.approx(best.slots_sold, rel=0.05)
    assert seen.gain[1] < best.revenue_cents - flat.revenue_cents < seen.gain[2]
    assert seen.slots[1] <= seen.slots[0] <= seen.slots[2]


def test_a_prospect_sells_nothing_that_is_taken_or_over():
    day, demand = instance(1.0, 35, slots=10, lengths=(1, 2, 4))
    table = pricing.solve_day(day, demand)
    asked = {"free": np.zeros(10), "minutes_to_open": np.inf, "paths": 50}
    assert pricing.prospect(day, [demand], table, table, **asked).cents[0] == 0
    asked = {"free": np.ones(10), "minutes_to_open": -1e6, "paths": 50}
    assert pricing.prospect(day, [demand], table, table, **asked).cents[0] == 0
    with pytest.raises(BadInput, match="posterior"):
        pricing.prospect(day, [], table, table, **asked)


def test_the_curve_of_a_distrusted_engine_is_shorter():
    day, demand = instance(1.0, 35, slots=10, lengths=(1, 2, 4))
    full = pricing.trade_off(day, demand, rewards=(0.0, 2.5))
    shy = pricing.trade_off(day, demand, rewards=(0.0, 2.5), base=pricing.Plan(trust=0.3))
    assert shy[1].occupancy - shy[0].occupancy < full[1].occupancy - full[0].occupancy
    with pytest.raises(BadInput, match="trust"):
        pricing.Plan(trust=1.5)
