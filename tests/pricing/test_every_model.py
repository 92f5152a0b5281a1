"""One suite for every model that learns: NaN refused, repeatable, inputs untouched, truth back."""

from dataclasses import dataclass

import numpy as np
import pytest

from pricing.data import BadInput
from pricing.forecast import Calendar, fit
from pricing.glm import huber_line, logistic, poisson
from pricing.pace import keep_chance
from pricing.response import ARMS, features, fit_response
from pricing.unconstrain import (
    censored_poisson,
    expectation_maximisation,
    exposure_rate,
    projection_detruncation,
)

TRUTH = np.array([0.8, -0.5])


@dataclass(frozen=True)
class Model:
    """How to draw data with a planted parameter, learn it back, and how close it must be."""

    draw: object
    learn: object
    truth: object
    within: float


def design(rng, rows=3000):
    return np.column_stack([np.ones(rows), rng.normal(size=rows)])


def poisson_rows(rng):
    x = design(rng)
    return [x, rng.poisson(np.exp(x @ TRUTH)).astype(float)]


def logistic_rows(rng):
    x = design(rng)
    return [x, (rng.random(len(x)) < 1 / (1 + np.exp(-x @ TRUTH))).astype(float)]


def line_rows(rng):
    x = design(rng)
    return [x, x @ TRUTH + rng.standard_t(2, len(x))]


def kept_rows(rng):
    x, stayed = logistic_rows(rng)
    return [x, stayed, np.zeros(len(x))]


def quote_rows(rng):
    count = 4000
    x = features(
        rng.uniform(0, 1, count), rng.choice([1.0, 2.0], count), rng.uniform(0, 9e3, count)
    )
    ratio = 1 + 0.2 * rng.choice(ARMS, count)
    return [x, ratio, (rng.random(count) < 1 / (1 + np.exp(4 * (ratio - 1)))).astype(float)]


def totals(rng):
    wanted = rng.poisson(6, 3000)
    return [np.minimum(wanted, 9).astype(float), wanted >= 9]


def spells(rng):
    return [rng.poisson(6 * np.linspace(0.1, 1, 3000)).astype(float), np.linspace(0.1, 1, 3000)]


def tables(rng):
    pattern = np.array([[1.0, 2.0], [3.0, 6.0]])
    return [rng.poisson(np.tile(pattern, (300, 1, 1))).astype(float), np.ones((300, 2, 2))]


def fit_table(counts, exposure):
    days = np.datetime64("2026-01-05") + np.arange(300)
    return fit(counts, exposure, Calendar.of(days), np.full((2, 2), 2.0)).pattern / 2


RIDGE = np.full(2, 1e-6)
MODELS = {
    "poisson": Model(poisson_rows, lambda x, y: poisson(x, y, RIDGE).at, TRUTH, 0.06),
    "logistic": Model(logistic_rows, lambda x, y: logistic(x, y, RIDGE).at, TRUTH, 0.15),
    "huber line": Model(line_rows, lambda x, y: huber_line(x, y, RIDGE), TRUTH, 0.12),
    "keep chance": Model(
        kept_rows,
        lambda x, y, age: keep_chance(x, y, age, np.array([[1.0, 0.0]])),
        1 / (1 + np.exp(-0.8)),
        0.04,
    ),
    "response": Model(quote_rows, lambda *a: np.log(fit_response(*a).slope), np.log(4), 0.2),
    "exposure": Model(spells, exposure_rate, 6, 0.2),
    "censored": Model(totals, censored_poisson, 6, 0.2),
    "EM": Model(totals, expectation_maximisation, 6, 0.4),
    "projection": Model(totals, projection_detruncation, 6, 0.8),
    "intensity": Model(tables, fit_table, None, 0.15),
}


@pytest.fixture(params=MODELS)
def model(request):
    return MODELS[request.param]


def test_recovers_the_planted_parameters(model):
    rows = model.draw(np.random.default_rng(11))
    found = model.learn(*rows)
    if model.truth is None:  # a pattern is known up to its level
        truth = np.array([[1.0, 2.0], [3.0, 6.0]])
        assert found / found.sum() == pytest.approx(truth / truth.sum(), rel=model.within)
    else:
        assert np.ravel(found) == pytest.approx(np.ravel(model.truth), abs=model.within)


def test_refuses_nan_in_any_column_of_numbers(model):
    for place, column in enumerate(model.draw(np.random.default_rng(12))):
        if column.dtype.kind != "f":
            continue
        rows = model.draw(np.random.default_rng(12))
        rows[place] = rows[place].copy()
        rows[place].flat[7] = np.nan
        with pytest.raises(BadInput):
            model.learn(*rows)


def test_the_same_data_give_the_same_answer_and_stay_untouched(model):
    rows = model.draw(np.random.default_rng(13))
    before = [row.copy() for row in rows]
    for row in rows:
        row.flags.writeable = False
    assert np.array_equal(model.learn(*rows), model.learn(*rows))
    assert all(np.array_equal(row, copy) for row, copy in zip(rows, before, strict=True))
