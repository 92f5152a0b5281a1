"""Newton finds minima, says when it could not, and never pretends."""

import warnings

import numpy as np
import pytest
from scipy.optimize import rosen, rosen_der, rosen_hess

from pricing.data import BadInput
from pricing.glm import half_life_weights, huber_line, logistic, poisson
from pricing.solve import Fallback, newton


def test_a_quadratic_takes_one_step_and_its_covariance_is_the_inverse():
    curve = np.array([[4.0, 1.0], [1.0, 3.0]])
    centre = np.array([1.0, -2.0])

    def loss(b):
        off = b - centre
        return 0.5 * off @ curve @ off, curve @ off, curve

    found = newton(loss, np.zeros(2))
    assert found.at == pytest.approx(centre)
    assert found.covariance == pytest.approx(np.linalg.inv(curve))
    assert (found.steps, found.how, found.converged) == (1, "newton", True)


def test_rosenbrock_ends_in_its_valley_whichever_method_is_needed():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Fallback)
        found = newton(lambda b: (rosen(b), rosen_der(b), rosen_hess(b)), np.array([-1.2, 1.0]))
    assert found.at == pytest.approx([1, 1], abs=1e-3)


def test_a_broken_hessian_falls_back_and_says_so():
    with pytest.warns(Fallback):
        found = newton(lambda b: (float(b @ b), 2 * b, -np.eye(2)), np.ones(2))
    assert found.how == "l-bfgs-b"
    assert found.at == pytest.approx([0, 0], abs=1e-5)


def test_a_lying_gradient_is_not_called_converged_by_newton():
    with pytest.warns(Fallback):
        found = newton(lambda b: (float(b @ b), -2 * b, np.eye(2)), np.ones(2))
    assert found.how == "l-bfgs-b"


def test_poisson_agrees_with_the_closed_form_of_two_groups():
    x = np.array([[1.0, 0], [1, 0], [1, 1], [1, 1]])
    y, exposure = np.array([3.0, 5, 20, 10]), np.array([1.0, 1, 2, 1])
    found = poisson(x, y, np.full(2, 1e-9), exposure=exposure)
    assert np.exp(found.at[0]) == pytest.approx(4, rel=1e-3)
    assert np.exp(found.at.sum()) == pytest.approx(10, rel=1e-3)


def test_a_weight_of_two_is_a_row_twice_and_no_exposure_is_no_row():
    rng = np.random.default_rng(1)
    x = np.column_stack([np.ones(30), rng.normal(size=30)])
    y = rng.poisson(4, 30).astype(float)
    weight = np.where(np.arange(30) < 5, 2.0, 1.0)
    rows = np.r_[np.arange(30), np.arange(5)]
    ridge = np.array([1e-3, 1.0])
    twice = poisson(x[rows], y[rows], ridge).at
    assert poisson(x, y, ridge, weight=weight).at == pytest.approx(twice, abs=1e-5)
    seen = (np.arange(30) != 3).astype(float)
    without = poisson(np.delete(x, 3, 0), np.delete(y, 3), ridge).at
    assert poisson(x, y, ridge, exposure=seen).at == pytest.approx(without, abs=1e-5)


def test_without_rows_the_prior_is_the_answer():
    centre = np.array([0.3, -1.0])
    none = np.zeros((0, 2)), np.zeros(0), np.ones(2)
    assert poisson(*none, centre=centre).at == pytest.approx(centre)
    assert logistic(*none, centre=centre).at == pytest.approx(centre)


def test_a_group_that_cancels_hardly_moves_the_huber_line():
    x = np.column_stack([np.ones(50), np.arange(50.0)])
    y = 2 + 0.5 * np.arange(50)
    y[25] -= 40
    ridge = np.full(2, 1e-9)
    plain = np.linalg.lstsq(x, y, rcond=None)[0]
    robust = huber_line(x, y, ridge)
    assert abs(robust[0] - 2) < 0.3 * abs(plain[0] - 2)


def test_half_lives_halve():
    assert half_life_weights(np.array([0.0, 10, 20, -5]), 10).tolist() == [1, 0.5, 0.25, 1]


@pytest.mark.parametrize(
    "call",
    [
        lambda: poisson(np.ones((2, 1)), np.array([1.0, np.nan]), np.ones(1)),
        lambda: poisson(np.ones((2, 1)), np.array([1.0, -1]), np.ones(1)),
        lambda: poisson(np.ones(2), np.ones(2), np.ones(1)),
        lambda: poisson(np.ones((2, 1)), np.ones(3), np.ones(1)),
        lambda: logistic(np.ones((2, 1)), np.array([0.0, 2]), np.ones(1)),
        lambda: huber_line(np.full((2, 1), np.inf), np.ones(2), np.ones(1)),
    ],
)
def test_refuses_nan_and_what_does_not_fit(call):
    with pytest.raises(BadInput):
        call()
