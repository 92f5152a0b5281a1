"""The gap programme is exact: proved against every set of free slots, not against itself."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar
from scipy.special import expit, lambertw, wrightomega

from pricing import BadInput, exact, gap, markup
from pricing.demand import grid
from pricing.evaluate import by_card, by_table, one_room, optimum
from pricing.instances import instance
from pricing.nightly import solve_day

RULES = {
    "plain": {},
    "buffer of one": {"buffer": 1},
    "buffer of two": {"buffer": 2},
    "minimum stay of two": {"lengths": (2, 3, 5)},
    "whole day too": {"lengths": (1, 4, 8), "buffer": 1},
}


def mornings_only(day):
    allowed = day.windows.copy()
    allowed[3:5] = False
    return replace(day, sellable=allowed)


@pytest.mark.parametrize("rules", RULES.values(), ids=RULES.keys())
@pytest.mark.parametrize("load", [0.5, 2.0])
@pytest.mark.parametrize(
    "opening", [lambda day: day, mornings_only], ids=["open", "closed at noon"]
)
@pytest.mark.parametrize("bounds", [(0.3, 3.0), (0.9, 1.1)], ids=["free", "bounded"])
def test_equals_brute_force_over_every_set_of_free_slots(rules, load, opening, bounds):
    day, demand = instance(load, 1, slots=8, bounds=bounds, **({"lengths": (1, 2, 3)} | rules))
    day = opening(day)
    season = grid(day, demand, 25)
    answer = gap.response(day, demand, season.level)
    value = gap.values(day, [season], [answer])[0]
    brute = exact.one_room(day, season, answer)
    where = gap.gap_index(8)
    for begin, stop in exact.gaps(8):
        ours, theirs = value[:, where[begin, stop]], brute[:, exact.gap_mask(begin, stop)]
        np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-9)


def test_disjoint_gaps_add_up_as_brute_force_says():
    day, demand = instance(1.5, 2, slots=8, lengths=(1, 2, 3))
    season = grid(day, demand, 20)
    answer = gap.response(day, demand, season.level)
    value = gap.values(day, [season], [answer])[0]
    brute = exact.one_room(day, season, answer)[-1]
    where = gap.gap_index(8)
    both = value[-1, where[0, 3]] + value[-1, where[4, 8]]
    assert brute[exact.gap_mask(0, 3) | exact.gap_mask(4, 8)] == pytest.approx(both, rel=1e-9)


def test_brute_force_refuses_what_it_cannot_hold():
    day, demand = instance(1.0, 1, slots=15)
    season = grid(day, demand, 2)
    with pytest.raises(BadInput, match="slots"):
        exact.one_room(day, season, gap.response(day, demand, season.level))


@pytest.mark.parametrize("load", [0.6, 1.2, 2.0])
def test_forty_steps_lose_less_than_a_twentieth_of_a_percent(load):
    day, demand = instance(load, 11)
    kept = one_room(day, demand, by_table(day, solve_day(day, demand)), steps=800).revenue_cents
    assert 0.9995 <= kept / optimum(day, demand, steps=800) <= 1 + 1e-9


def test_no_card_beats_the_optimum_and_lists_are_fixed():
    day, demand = instance(1.2, 12)
    best = optimum(day, demand, steps=300)
    for factor in (0.7, 1.0, 1.3):
        found = one_room(day, demand, by_card(day, day.card * factor), steps=300)
        assert found.revenue_cents < best
        assert found.slots_sold <= day.slots


def test_more_free_time_more_seasons_more_requests_are_worth_more():
    day, demand = instance(1.2, 13, slots=12, lengths=(1, 2, 3))
    _, value = gap.solve(day, demand, steps=30)
    where = gap.gap_index(12)
    assert (np.diff(value, axis=0) >= -1e-9).all()
    for begin in range(12):
        row = value[-1, where[begin, begin + 1 :]]
        assert (np.diff(row) >= -1e-9).all()
    assert gap.solve(day, demand.scaled(1.2), steps=30)[1][-1].max() > value[-1].max()
    assert gap.solve(day, demand.scaled(0), steps=30)[1].max() == 0


def test_a_reward_for_each_slot_moves_the_values_up():
    day, demand = instance(1.0, 14, slots=10, lengths=(1, 2, 3))
    season = grid(day, demand, 20)
    plain = gap.values(day, [season], [gap.response(day, demand, season.level)])
    paid = gap.values(day, [season], [gap.response(day, demand, season.level, 300.0)])
    assert paid[0, -1].max() > plain[0, -1].max()


def test_omega_agrees_with_scipy_and_lambert():
    x = np.linspace(-40, 200, 50_001)
    np.testing.assert_allclose(markup.omega(x), wrightomega(x), rtol=1e-9, atol=2e-11)
    inside = np.linspace(-30, 70, 5_001)
    np.testing.assert_allclose(markup.omega(inside), wrightomega(inside), atol=2e-11)
    small = np.linspace(-5, 5, 11)
    np.testing.assert_allclose(markup.omega(small), lambertw(np.exp(small)).real, atol=1e-10)


@given(
    a=st.floats(-3, 12),
    b=st.floats(0.5, 12),
    cost=st.floats(0, 3),
    low=st.floats(0.1, 1.5),
    width=st.floats(0.0, 2),
)
def test_price_and_gain_are_the_best_a_search_finds(a, b, cost, low, width):
    one = np.array
    high = low + width
    found = minimize_scalar(
        lambda p: -expit(a - b * p) * (p - cost), bounds=(low, high), options={"xatol": 1e-10}
    )
    ends = [expit(a - b * p) * (p - cost) for p in (low, high)]
    best = max(-found.fun, *ends)
    x = one([a - b * cost - 1])
    bounds = (
        markup.score_at(one([high]), one([a]), one([b])),
        markup.score_at(one([low]), one([a]), one([b])),
    )
    assert markup.gain(x, *bounds)[0] / b == pytest.approx(best, abs=1e-8)
    price = markup.price(one([cost]), one([a]), one([b]), one([low]), one([high]))[0]
    assert expit(a - b * price) * (price - cost) == pytest.approx(best, abs=1e-8)
    assert low <= price <= high


def test_exponential_markup_is_theta():
    theta, cost = np.array([20.0]), np.array([7.0])
    price = markup.exponential_price(cost, theta)
    gains = [np.exp(-p / 20) * (p - 7) for p in np.linspace(7, 200, 10_001)]
    assert price[0] == 27
    assert markup.exponential_gain(cost, theta)[0] == pytest.approx(max(gains), rel=1e-6)


def test_envelope_follows_the_closed_form_of_a_logit():
    prices = np.linspace(0.2, 3, 4001)
    table = markup.envelope(lambda m: expit(6 - 5 * m), prices)
    cost = np.linspace(0, 2000, 57)
    exactly = markup.omega(6 - 5 * cost / 1000 - 1) / 5 * 1000
    np.testing.assert_allclose(table.gain(cost, np.array(1000.0)), exactly, atol=0.02)
    asked = table.price(cost, np.array(1000.0))
    slope = np.full(57, 5 / 1000)
    best = markup.price(cost, np.full(57, 6.0), slope, np.zeros(57), np.full(57, 3000.0))
    np.testing.assert_allclose(asked, best, atol=15)


@pytest.mark.parametrize(
    ("share", "grid_", "field"),
    [
        (lambda m: m * 0 + 0.5, np.array([]), "grid"),
        (lambda m: m * 0 + 0.5, np.array([np.nan]), "grid"),
        (lambda m: m * 0 + 0.5, np.array([-1.0]), "grid"),
        (lambda m: m * 0 + 1.5, np.array([1.0]), "share"),
        (lambda m: m * np.nan, np.array([1.0]), "share"),
    ],
)
def test_envelope_refuses_what_is_no_response(share, grid_, field):
    with pytest.raises(BadInput) as refused:
        markup.envelope(share, grid_)
    assert refused.value.field == field


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000), buffer=st.integers(0, 2), load=st.floats(0.1, 3))
def test_any_small_day_equals_brute_force(seed, buffer, load):
    day, demand = instance(load, seed, slots=6, lengths=(1, 2, 4), buffer=buffer)
    season = grid(day, demand, 12)
    answer = gap.response(day, demand, season.level)
    value = gap.values(day, [season], [answer])[0, -1, gap.gap_index(6)[0, 6]]
    assert value == pytest.approx(exact.one_room(day, season, answer)[-1, -1], rel=1e-9)
