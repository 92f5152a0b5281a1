"""Demand behind sold-out days: planted means come back, and exposure is the window's own."""

from datetime import date, datetime

import numpy as np
import pytest
from scipy.stats import poisson

from pricing.data import BadInput, Bookings, PastBooking
from pricing.unconstrain import (
    Season,
    Shape,
    censored_poisson,
    expectation_maximisation,
    exposure_rate,
    projection_detruncation,
    window_exposure,
)

DAY = date(2026, 3, 2)
DAYS = np.array([DAY], dtype="datetime64[D]")
SHAPE = Shape(480, 60, 4, (1, 2))  # 8:00 to 12:00 in hours
SEASON = Season([0, 1440, 2880], [0.5, 0.5])


at = datetime.fromisoformat


def sold_out_days(mean, capacity, seed, days=60):
    """Requests come evenly over a season of 1; it ends at the last seat."""
    rng = np.random.default_rng(seed)
    wanted = rng.poisson(mean, days)
    out = wanted >= capacity
    until = np.where(out, rng.beta(capacity, np.maximum(wanted - capacity, 0) + 1), 1.0)
    return np.minimum(wanted, capacity).astype(float), out, until


@pytest.mark.parametrize("mean", [4, 20])
@pytest.mark.parametrize("censored", [0.2, 0.9])
def test_exposure_has_no_bias_however_often_days_sell_out(mean, censored):
    capacity = min(range(1, 60), key=lambda c: abs(poisson.sf(c - 1, mean) - censored))
    guesses = []
    for seed in range(200):
        sales, _, until = sold_out_days(mean, capacity, seed)
        guesses.append(exposure_rate(sales, until) / mean)
    assert abs(np.mean(guesses) - 1) < 0.02
    assert np.sqrt(np.mean((np.array(guesses) - 1) ** 2)) < 0.11


def test_censored_likelihood_recovers_what_detruncation_misses():
    rows = [sold_out_days(4, 2, seed) for seed in range(40)]
    rows = [(sales, out) for sales, out, _ in rows if not out.all()]
    ours = np.mean([censored_poisson(*row) for row in rows])
    assert ours == pytest.approx(4, rel=0.08)
    assert np.mean([expectation_maximisation(*row) for row in rows]) > 4.6
    assert np.mean([projection_detruncation(*row) for row in rows]) < 3
    assert np.mean([row[0].mean() for row in rows]) < 2.2


def test_without_censoring_every_method_is_the_mean():
    sales, never = np.array([3.0, 5, 4, 8]), np.zeros(4, bool)
    for method in (censored_poisson, expectation_maximisation, projection_detruncation):
        assert method(sales, never) == pytest.approx(5)
    assert censored_poisson(np.zeros(4), never) == 0


def test_refuses_histories_that_cannot_answer():
    with pytest.raises(BadInput, match="every day sold out"):
        censored_poisson(np.ones(3), np.ones(3, bool))
    with pytest.raises(BadInput, match="no days"):
        censored_poisson(np.zeros(0), np.zeros(0, bool))
    with pytest.raises(BadInput, match="on offer"):
        exposure_rate(np.zeros(2), np.zeros(2))
    with pytest.raises(BadInput, match="sales, row 1"):
        censored_poisson(np.array([1, np.nan]), np.zeros(2, bool))
    with pytest.raises(BadInput):
        Shape(480, 60, 4, (5,))
    with pytest.raises(BadInput):
        Season([10, 20], [1])
    with pytest.raises(BadInput):
        Season([0, 20], [0])


def booking(start, hours, made, cancelled=None, day=DAY):
    return PastBooking(0, day, start * 60, hours * 60, made, 30.0, 2, cancelled, no_show=False)


def offered(*rows, units=1):
    return window_exposure(Bookings.of(rows), DAYS, SHAPE, SEASON, units)[0]


def test_an_empty_day_was_on_offer_all_along():
    assert offered().tolist() == [[1, 1], [1, 1], [1, 1], [1, 0]]


def test_a_booking_hides_every_window_it_touches_and_no_other():
    # made 24 hours before 9:00; half the requests for that hour come later than that
    part = offered(booking(9, 1, at("2026-03-01T09:00")))
    assert part[1].tolist() == pytest.approx([0.5, 0.5])
    assert part[0, 0] == 1
    assert part[0, 1] == pytest.approx(0.5, abs=0.03)  # 8 to 10 touches it
    assert part[2:].tolist() == [[1, 1], [1, 0]]


def test_a_cancellation_puts_the_window_back():
    part = offered(
        booking(9, 1, at("2026-03-01T09:00"), cancelled=at("2026-03-01T21:00")),
    )
    assert part[1, 0] == pytest.approx(0.75)


def test_a_second_unit_keeps_the_window_on_offer_and_a_closed_day_says_nothing():
    one = booking(9, 1, at("2026-03-01T09:00"))
    assert offered(one, units=2)[1].tolist() == [1, 1]
    assert offered(one, one._replace(made_at=at("2026-03-01T10:00")), units=2)[1, 0] < 0.6
    assert offered(one, units=0).sum() == 0


def test_a_neighbour_behind_the_same_wall_takes_every_unit_and_asks_nothing():
    one = booking(9, 1, at("2026-03-01T09:00"))
    none = Bookings.of([])

    def beside(row, units):
        other = Bookings.of([row])
        return window_exposure(none, DAYS, SHAPE, SEASON, units, beside=other)[0]

    np.testing.assert_array_equal(beside(one, 2), offered(one))
    given_back = one._replace(cancelled_at=at("2026-03-01T21:00"))
    np.testing.assert_array_equal(beside(given_back, 2), offered(given_back))


def test_capacity_that_changed_counts_from_its_day():
    days = DAYS + np.arange(2)
    rows = [booking(9, 1, at("2026-02-20T09:00"), day=d.item()) for d in days]
    part = window_exposure(Bookings.of(rows), days, SHAPE, SEASON, np.array([1, 2]))
    assert part[0, 1, 0] == 0
    assert part[1, 1, 0] == 1


def test_an_overbooked_import_does_not_break_the_walk():
    one = booking(9, 1, at("2026-03-01T09:00"))
    twice = offered(one, one._replace(cancelled_at=at("2026-03-01T12:00")))
    assert twice[1, 0] == pytest.approx(0.5)


def test_a_buffer_hides_its_slots_too_until_both_neighbours_are_gone():
    wide = Shape(480, 60, 4, (1, 2), buffer=1)
    first = PastBooking(0, DAY, 480, 60, at("2026-02-01T08:00"), 0.0, 1, None, no_show=False)
    third = first._replace(start=600, cancelled_at=at("2026-03-01T08:00"))
    found = window_exposure(Bookings.of([first, third]), DAYS, wide, SEASON)[0, :, 0]
    plain = window_exposure(Bookings.of([first, third]), DAYS, SHAPE, SEASON)[0, :, 0]
    assert found[1] == 0, "between two bookings, and still beside the one that stayed"
    assert plain[1] > 0
    assert 0 < found[3] < plain[3]
    with pytest.raises(BadInput, match="buffer"):
        Shape(480, 60, 4, (1,), buffer=-1)
