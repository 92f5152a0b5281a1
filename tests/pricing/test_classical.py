"""Printed tables, a stranger's package, and laws that hold for any numbers."""

import numpy as np
import pytest
import revmng
from hypothesis import given, settings
from hypothesis import strategies as st

from pricing.classical import (
    emsr_a,
    emsr_b,
    emsr_b_mr,
    littlewood,
    marginal_fares,
    nested_optimum,
    network_dlp,
    normal_counts,
    overbooking_limit,
)
from pricing.data import BadInput

MEANS = np.array([17.3, 45.1, 39.6, 34.0])
SDS = np.array([5.8, 15.0, 13.2, 11.3])
FIIG_FARES = np.array([1200.0, 1000, 800, 600, 400, 200])
FIIG_MEANS = np.array([31.2, 10.9, 14.8, 19.9, 26.9, 36.3])
FIIG_SDS = np.array([11.2, 6.6, 7.7, 8.9, 10.4, 12.0])


@pytest.mark.parametrize(
    ("fares", "a", "b", "best"),
    [
        ([1050, 567, 534, 520], [16.7, 38.7, 55.7], [16.7, 50.9, 83.2], [17, 42, 73]),
        ([1050, 950, 699, 520], [9.7, 50.5, 91.6], [9.7, 53.3, 96.8], [10, 54, 98]),
    ],
)
def test_table_2_1_of_talluri_and_van_ryzin(fares, a, b, best):
    fares = np.array(fares, dtype=float)
    assert emsr_a(fares, MEANS, SDS).round(1).tolist() == a
    assert emsr_b(fares, MEANS, SDS).round(1).tolist() == b
    assert nested_optimum(fares, MEANS, SDS, 130)[0].tolist() == best


def test_littlewood_as_printed():
    assert round(littlewood(1000, 400, 50, 18), 2) == 54.56


def test_fiig_2010_page_13():
    assert emsr_b(FIIG_FARES, FIIG_MEANS, FIIG_SDS).round().tolist() == [20, 35, 54, 80, 117]
    assert emsr_b_mr(FIIG_FARES, FIIG_MEANS, FIIG_SDS).round().tolist() == [35, 52, 84]
    assert (marginal_fares(FIIG_FARES, FIIG_MEANS)[4:] < 0).all()


def test_network_of_the_journal_of_revenue_and_pricing_management_2014():
    fares = np.array([800, 500, 580, 350, 120, 450, 380, 400, 250, 100], dtype=float)
    demand = np.array([6, 4, 5, 4, 3, 15, 14, 8, 11, 5], dtype=float)
    trips = np.array([[1, 1, 0], [1, 0, 0], [0, 1, 0], [0, 1, 1], [0, 0, 1]]).T
    found = network_dlp(fares, demand, np.hstack([trips, trips]), np.array([10.0, 10, 8]))
    assert found.bid_prices.round(6).tolist() == [380, 420, 0]
    assert found.sold.round(6).tolist() == [5, 4, 5, 0, 3, 0, 1, 0, 0, 5]


@settings(max_examples=40, deadline=None)
@given(st.integers(5, 120), st.floats(0.6, 0.99), st.floats(1, 500), st.floats(1, 500))
def test_overbooking_agrees_with_revmng(capacity, shows, denied, empty):
    peer = revmng.overbooking_limit(
        capacity, no_show_rate=1 - shows, denied_cost=denied, spoilage_cost=empty
    )
    ours = overbooking_limit(capacity, shows, denied, empty)
    assert abs(ours - peer.authorization_limit) <= 1  # ties fall either way
    assert ours >= capacity


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(st.floats(20, 900), st.floats(1, 50), st.floats(0.5, 20)),
        min_size=2,
        max_size=6,
        unique_by=lambda c: round(c[0]),
    )
)
def test_emsr_agrees_with_revmng_for_any_classes(classes):
    classes = sorted(classes, key=lambda c: -c[0])
    fares, means, sds = np.array(classes).T
    peer = revmng.emsr_b([revmng.FareClass(*c) for c in classes], 1000)
    ours = emsr_b(fares, means, sds)
    assert np.all(np.diff(ours) >= 0)
    theirs = np.maximum.accumulate(peer.protection_levels[: len(ours)])
    assert ours == pytest.approx(theirs, abs=1e-5)


@settings(max_examples=20, deadline=None)
@given(st.floats(1.05, 4), st.floats(3, 25), st.floats(1, 6))
def test_nested_optimum_is_never_beaten_by_any_two_class_level(ratio, mean, sd):
    fares, means, sds = np.array([ratio, 1.0]), np.array([mean, 30.0]), np.array([sd, 8.0])
    levels, best = nested_optimum(fares, means, sds, 30)
    dear, cheap = (normal_counts(means[i], sds[i], 30) for i in (0, 1))

    def revenue(level):
        total = 0.0
        for d, chance in enumerate(cheap):
            sold = min(d, 30 - level)
            total += chance * (sold + ratio * dear @ np.minimum(np.arange(31), 30 - sold))
        return total

    values = [revenue(y) for y in range(31)]
    assert best == pytest.approx(max(values))
    assert values[levels[0]] == pytest.approx(best)


@pytest.mark.parametrize(
    "call",
    [
        lambda: emsr_b([2.0, np.nan], [1, 1], [1, 1]),
        lambda: emsr_a([1.0, 2.0], [1, 1], [1, 1]),
        lambda: emsr_a([2.0, 1.0], [1], [1, 1]),
        lambda: nested_optimum([2.0, 1.0], [1, 1], [1, 1], 0),
        lambda: overbooking_limit(0, 0.9, 1, 1),
        lambda: overbooking_limit(5, 0, 1, 1),
        lambda: overbooking_limit(5, 0.9, 0, 0),
        lambda: network_dlp([1.0], [1.0], [[1.0], [1.0]], [1.0]),
    ],
)
def test_refuses_what_makes_no_sense(call):
    with pytest.raises(BadInput):
        call()


def test_overbooking_stops_where_nobody_minds():
    assert overbooking_limit(2, 0.05, 0.0, 1.0) == 40
