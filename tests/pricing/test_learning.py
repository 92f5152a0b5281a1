"""From quotes to prices: learnt prices come close to the optimum of a planted world."""

import numpy as np
import pytest

from pricing.evaluate import by_card
from pricing.instances import instance
from pricing.learning import (
    Learnt,
    best_of,
    empty_log,
    flat_belief,
    learn,
    loop,
    planted_quotes,
    share_of_exact,
    smooth_mean,
)
from pricing.response import ResponsePrior


@pytest.fixture(scope="module")
def world():
    day, truth = instance(1.2, 77, slots=12, lengths=(1, 2, 4))
    return day, truth, best_of(day, truth)


def test_known_demand_gives_the_optimum(world):
    day, truth, best = world
    assert share_of_exact(day, truth, Learnt.of(day, truth).ask(), best) > 0.999


def test_a_thousand_quotes_come_close_and_nothing_seen_keeps_the_card(world):
    day, truth, best = world
    belief = flat_belief(day, 3.0, 5.0, truth.edges)
    log = planted_quotes(day, truth, 1000, 0.2, np.random.default_rng(5))
    demand, answer = learn(day, log, belief, ResponsePrior())
    assert share_of_exact(day, truth, Learnt.of(day, demand).ask(), best) > 0.97
    assert demand.rate.sum() == pytest.approx(truth.rate.sum(), rel=0.1)

    demand, answer = learn(day, empty_log(), belief, ResponsePrior())
    card = share_of_exact(day, truth, by_card(day, day.card), best)
    ask = Learnt.of(day, demand, answer.trust).ask()
    assert share_of_exact(day, truth, ask, best) == pytest.approx(card)


def test_the_loop_learns_is_repeatable_and_survives_a_prior_off_by_two(world):
    day, truth, _ = world
    prior = ResponsePrior(slope=2 * float(truth.slope[0, 0]))
    weeks = loop(day, truth, prior, weeks=8, seed=3, judged=(1, 8))
    assert weeks == loop(day, truth, prior, weeks=8, seed=3, judged=(1, 8))
    assert weeks[8] > 0.95
    assert weeks[8] > weeks[1]


def test_exploration_varies_the_price_both_ways_inside_the_band(world):
    day, truth, best = world
    calm = Learnt.of(day, truth, 1.0, 0.0)
    wide = Learnt.of(day, truth, 1.0, 0.1)
    arms = np.full(day.slots, 1.0)
    level = np.zeros(1)
    plain = calm.ask(arms)(100.0, level)
    up, down = wide.ask(arms)(100.0, level), wide.ask(-arms)(100.0, level)
    assert (down <= plain).all()
    assert (plain <= up).all()
    assert up.max() <= day.ceiling.max() + 1e-9
    paid = share_of_exact(day, truth, wide.ask(arms), best)
    assert 0.9 < paid < share_of_exact(day, truth, calm.ask(), best)


def test_smoothing_keeps_the_total_and_sells_nothing_that_does_not_fit(world):
    day, truth, _ = world
    log = planted_quotes(day, truth, 4000, 0.1, np.random.default_rng(6))
    mean = smooth_mean(day, log, flat_belief(day, 3.0, 5.0, truth.edges).rate)
    assert mean.sum() == pytest.approx(truth.rate.sum(), rel=0.03)
    assert (mean[~day.windows] == 0).all()
