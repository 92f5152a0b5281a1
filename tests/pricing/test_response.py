"""The answer to prices: planted slopes come back, ignorance stays visible, prices stay stable."""

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pricing.data import BadInput
from pricing.markup import toward
from pricing.response import (
    ARMS,
    KNOWING,
    LEARNING,
    PriorConflict,
    ResponsePrior,
    arm,
    dithered,
    features,
    fit_response,
    width,
)


def quotes(slope, count, spread=0.2, seed=1):
    rng = np.random.default_rng(seed)
    x = features(
        rng.uniform(0.1, 0.9, count), rng.choice([1, 2, 4], count), rng.uniform(0, 9000, count)
    )
    ratio = 1 + spread * rng.choice(ARMS, count)
    yes = rng.random(count) < 1 / (1 + np.exp(slope * (ratio - 1) - 0.3))
    return x, ratio, yes.astype(float)


@pytest.mark.parametrize("slope", [3.0, 8.0])
def test_recovers_a_planted_slope_within_its_own_uncertainty(slope):
    errors = []
    for seed in range(12):
        found = fit_response(*quotes(slope, 1500, seed=seed))
        errors.append((np.log(found.slope / slope)) / found.slope_sd)
    assert abs(np.mean(errors)) < 1
    assert 0.5 < np.std(errors) < 1.6
    assert found.slope_sd < 0.2


def test_nothing_seen_leaves_the_prior_and_the_static_card():
    found = fit_response(np.zeros((0, 8)), np.zeros(0), np.zeros(0))
    assert found.slope == pytest.approx(5)
    assert found.slope_sd == pytest.approx(0.5)
    assert found.trust == 0
    assert toward(np.array([40.0]), np.array([60.0]), found.trust).tolist() == [40]


def test_one_quote_moves_almost_nothing():
    x, ratio, yes = quotes(6.0, 1)
    found = fit_response(x, ratio, yes)
    assert found.slope == pytest.approx(5, rel=0.1)
    assert found.trust < 0.05


def test_prices_that_never_varied_teach_no_slope():
    x, ratio, yes = quotes(8.0, 3000, spread=0.0)
    found = fit_response(x, ratio, yes)
    assert found.slope == pytest.approx(5, rel=0.01)
    assert found.slope_sd == pytest.approx(0.5, rel=0.02)
    assert found.trust < 0.01


def test_an_absurd_prior_is_overruled_and_told():
    x, ratio, yes = quotes(6.0, 4000)
    with pytest.warns(PriorConflict):
        found = fit_response(x, ratio, yes, ResponsePrior(slope=0.2, slope_sd=0.4))
    assert found.slope == pytest.approx(6, rel=0.25)
    with pytest.raises(BadInput, match="slope"):
        ResponsePrior(slope=-1)
    with pytest.raises(BadInput, match="at_list_sd"):
        ResponsePrior(at_list=np.zeros(3))


def test_a_slope_too_uncertain_is_ignorance():
    found = fit_response(np.zeros((0, 8)), np.zeros(0), np.zeros(0), ResponsePrior(slope_sd=0.9))
    assert found.is_ignorant
    assert found.trust == 0


def test_elasticity_matches_a_numerical_derivative_and_lies_in_its_interval():
    found = fit_response(*quotes(5.0, 2000))
    x = features(np.array(0.5), np.array(1.0), np.array(4000.0))
    middle, low, high = found.elasticity(x)
    step = 1e-5
    shares = [np.log(found.accept(x, np.array(1 + d))) for d in (-step, step)]
    assert middle == pytest.approx(float(shares[1] - shares[0]) / (2 * step), rel=1e-4)
    assert low < middle < high < 0


def test_trust_and_width_follow_knowledge():
    widths = [width(sd) for sd in (0.6, 0.3, 0.2, 0.15, 0.01)]
    assert widths == sorted(widths, reverse=True)
    assert widths[0] == LEARNING
    assert widths[-1] == KNOWING
    trust = [fit_response(*quotes(5.0, n)).trust for n in (30, 300, 3000)]
    assert trust == sorted(trust)
    assert trust[-1] > 0.8


@given(st.integers(1, 500), st.integers(0, 3), st.dates(date(2025, 1, 1), date(2027, 1, 1)))
def test_the_arm_is_the_same_all_week_for_everybody(space, daypart, day):
    monday = date.fromisocalendar(*day.isocalendar()[:2], 1)
    same = {
        arm(space, day, daypart, date.fromisocalendar(*monday.isocalendar()[:2], n))
        for n in range(1, 8)
    }
    assert len(same) == 1
    assert same <= set(ARMS)


def test_arms_are_spread_evenly_and_cancel_out():
    drawn = [arm(n, date(2026, 3, 2), n % 2, date(2026, 2, 2)) for n in range(5000)]
    assert abs(np.mean(drawn)) < 0.03
    assert len(set(drawn)) == 5
    assert dithered(np.array([100.0]), 0.1, np.array([-0.5])).tolist() == [95]


@pytest.mark.parametrize(("field", "at"), [("ratio", 1), ("accepted", 2)])
def test_refuses_nan_by_field_and_row(field, at):
    columns = list(quotes(5.0, 10))
    columns[at] = columns[at].copy()
    columns[at][4] = np.nan
    with pytest.raises(BadInput, match=f"{field}, row 4"):
        fit_response(*columns)


def test_refuses_columns_that_do_not_fit():
    x, ratio, yes = quotes(5.0, 10)
    with pytest.raises(BadInput, match="ratio"):
        fit_response(x, ratio[1:], yes)
    with pytest.raises(BadInput, match="accepted, row 0"):
        fit_response(x, ratio, yes + 2)
