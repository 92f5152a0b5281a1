"""Histories good and bad: what is learnt, what stays at the prior, what the operator is told."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import numpy as np
import pytest

import pricing
from pricing.data import BadInput, Bookings, PastBooking, Quotes
from pricing.estimation import estimate
from pricing.forecast import Calendar, fit, lead_shares, on_the_books, predictive, tally
from pricing.response import ARMS
from pricing.simulate import SpaceSpec, VenueSpec, market
from pricing.unconstrain import Shape

START, END = date(2025, 9, 1), date(2026, 3, 1)
LENGTHS = (1, 2, 3, 4, 6, 8)
PRIOR = pricing.priors("meeting_room", 3000)
DAY = pricing.DaySpec(24, 30, LENGTHS, PRIOR.card(30, LENGTHS, 24))
BELIEVED = PRIOR.demand(DAY, weekday=1, first_minute=480)
SHAPE = Shape(480, 30, 24, LENGTHS)
DAYS = np.arange(np.datetime64(START), np.datetime64(END))
CALENDAR = Calendar.of(DAYS)
VENUE = VenueSpec((SpaceSpec("Atelier", demand=6.0),))


def varied(wish):
    """Prices that differ by day and half of it: what teaches a slope."""
    e = ARMS[hash((wish.day.toordinal(), wish.start > 780)) % 5]
    return VENUE.spaces[0].card(wish.length) * (1 + 0.2 * e)


@pytest.fixture(scope="module")
def past():
    return market(VENUE, START, END, 11, varied)


def learnt(bookings, quotes, **more):
    return estimate(bookings, quotes, CALENDAR, SHAPE, BELIEVED, **more)


def total(found, calendar=CALENDAR):
    return found.intensity.mean(calendar).sum(axis=(1, 2))


def test_learns_level_weekdays_and_answer_from_a_world_that_is_not_its_model(past):
    found = learnt(past.bookings, past.quotes)
    assert found.status == "fitted"
    assert 2 < found.answer.slope < 8
    wished = len(past.quotes) / len(DAYS)
    assert total(found).mean() == pytest.approx(wished, rel=0.15)
    mean = total(found, Calendar.of(np.datetime64("2026-02-23") + np.arange(7)))
    assert mean[5] < 0.5 * mean[1]
    assert mean[6] < mean[5]
    demand = found.demand(DAY, CALENDAR, row=10)
    assert demand.source == "fitted"
    assert demand.typical is not None
    assert pricing.solve_day(DAY, demand, minutes_to_open=3000)


def test_intervals_cover_what_happened(past):
    found = learnt(past.bookings, past.quotes)
    low, high = found.intensity.interval(CALENDAR)
    asked = tally(
        past.quotes.day,
        (past.quotes.start - 480) // 30,
        past.quotes.length // 30,
        DAYS,
        24,
        LENGTHS,
    )
    inside = (low <= asked.sum(axis=(1, 2))) & (asked.sum(axis=(1, 2)) <= high)
    assert inside.mean() > 0.85


def test_bookings_alone_still_teach_the_weekdays(past):
    found = learnt(past.bookings, Quotes.none())
    assert found.status == "learning"
    mean = total(found, Calendar.of(np.datetime64("2026-02-23") + np.arange(7)))
    assert mean[5] < 0.6 * mean[1]


def test_an_empty_history_is_the_prior_and_says_so():
    found = learnt(Bookings.none(), Quotes.none())
    assert found.status == "prior"
    assert found.notes == ("empty_history",)
    assert total(found)[0] == pytest.approx(BELIEVED.rate.sum())
    none = estimate(Bookings.none(), Quotes.none(), Calendar.of([]), SHAPE, BELIEVED)
    assert none.intensity.pattern == pytest.approx(BELIEVED.rate)


def one(day=START + timedelta(days=30), start=600, made=None):
    made = made or datetime.combine(day - timedelta(days=3), datetime.min.time())
    return PastBooking(0, day, start, 60, made, 30.0, 2, None, no_show=False)


def test_one_booking_is_a_history_of_one():
    found = learnt(Bookings.of([one()]), Quotes.none())
    assert found.status == "prior"
    assert np.isfinite(total(found)).all()
    assert (total(found) > 0).all()


def test_a_venue_always_sold_out_is_not_taken_for_a_quiet_one():
    # one booking takes the whole day the moment it opens, sixty days ahead
    rows = [
        PastBooking(
            0,
            d,
            480,
            720,
            datetime.combine(d - timedelta(days=170), datetime.min.time()),
            300.0,
            2,
            None,
            no_show=False,
        )
        for d in DAYS.tolist()
    ]
    found = learnt(Bookings.of(rows), Quotes.none())
    quiet = learnt(Bookings.of([one()]), Quotes.none())
    assert total(found).mean() > 3 * total(quiet).mean()


def test_a_month_closed_says_nothing_about_demand(past):
    month = (np.datetime64("2026-01-01") <= DAYS) & (np.datetime64("2026-02-01") > DAYS)
    keep = lambda rows: rows.pick(~np.isin(rows.day, DAYS[month]))  # noqa: E731 - used twice, here
    bookings, quotes = keep(past.bookings), keep(past.quotes)
    shut = learnt(bookings, quotes, units=np.where(month, 0, 1))
    missed = learnt(bookings, quotes)
    whole = learnt(past.bookings, past.quotes)
    gap = lambda found: abs(total(found)[-7:].mean() / total(whole)[-7:].mean() - 1)  # noqa: E731
    assert gap(shut) < 0.15
    assert gap(missed) > gap(shut)


def test_prices_that_never_varied_are_told_and_keep_the_card():
    flat = market(VENUE, START, END, 11)
    found = learnt(flat.bookings, flat.quotes)
    assert "prices_never_varied" in found.notes
    assert found.status == "learning"
    assert found.answer.trust < 0.01


def test_an_absurd_prior_is_told(past):
    absurd = pricing.response.ResponsePrior(slope=60.0, slope_sd=0.3)
    assert "prior_conflict" in learnt(past.bookings, past.quotes, prior=absurd).notes


def test_capacity_that_changed_in_mid_history_counts_from_its_day():
    rows = Bookings.of([one(d) for d in DAYS.tolist()])
    later = np.where(np.arange(len(DAYS)) < 90, 1, 2)
    alone = learnt(rows, Quotes.none())
    joined = learnt(rows, Quotes.none(), units=later)
    # with a second room the window was on offer all along: the same sales mean less demand
    assert total(joined)[-1] < total(alone)[-1]


def test_a_day_of_23_hours_is_a_day_with_fewer_slots():
    short = pricing.DaySpec(46, 30, LENGTHS, 1500.0)
    demand = PRIOR.demand(short, weekday=6, first_minute=0)
    day = np.array(["2026-03-29"], dtype="datetime64[D]")
    found = estimate(
        Bookings.none(), Quotes.none(), Calendar.of(day), Shape(0, 30, 46, LENGTHS), demand
    )
    assert found.demand(short, Calendar.of(day)).rate.shape == (46, 6)
    with pytest.raises(BadInput, match="shape"):
        found.demand(DAY, Calendar.of(day))


def test_a_new_room_leans_on_its_kind():
    rng = np.random.default_rng(0)
    days = np.datetime64("2026-01-05") + np.arange(120)
    calendar = Calendar.of(days)
    busy = rng.poisson(np.where(calendar.weekday == 2, 8.0, 2.0))
    counts = busy[:, None, None] * np.ones((1, 1, 1))
    prior = np.array([[3.0]])
    kind = fit(counts, np.ones_like(counts), calendar, prior)
    few = Calendar.of(days[-3:])
    alone = fit(counts[-3:], np.ones((3, 1, 1)), few, prior)
    child = fit(counts[-3:], np.ones((3, 1, 1)), few, prior, parent=kind)
    wednesday = Calendar.of(["2026-05-06"])
    assert abs(child.mean(wednesday).sum() - 8) < abs(alone.mean(wednesday).sum() - 8)


def test_holidays_and_events_are_learnt_apart_from_weekdays():
    days = np.datetime64("2025-01-06") + np.arange(420)
    flags = np.zeros((2, 420), bool)
    flags[0, ::15] = True
    event = np.where(np.arange(420) % 11 == 0, 1.0, 0.0)
    calendar = Calendar(days, flags[0], flags[1], event)
    level = 10 * np.where(flags[0], 0.3, 1) * np.where(event > 0, 2, 1)
    counts = np.random.default_rng(1).poisson(level)[:, None, None].astype(float)
    found = fit(counts, np.ones_like(counts), calendar, np.array([[9.0]]), half_life=1000)
    day = np.array(["2026-03-03"] * 3, dtype="datetime64[D]")
    mean = found.mean(
        Calendar(day, np.array([0, 1, 0], bool), np.zeros(3, bool), np.array([0.0, 0, 1]))
    )
    plain, off, on = mean.sum(axis=(1, 2))
    assert off / plain == pytest.approx(0.3, abs=0.1)
    assert on / plain == pytest.approx(2, abs=0.35)


def test_books_move_a_date_by_as_much_as_they_weigh():
    assert on_the_books(0, 0).factor == 1
    assert on_the_books(8, 4, spread=0.25).factor == pytest.approx(1.5)
    low, high = on_the_books(8, 4, spread=0.25).interval()
    assert low < 1.5 < high
    for wrong in ({"seen": -1, "expected": 1}, {"seen": 1, "expected": np.nan}):
        with pytest.raises(BadInput):
            on_the_books(**wrong)
    with pytest.raises(BadInput, match="spread"):
        on_the_books(1, 1, spread=0)


def test_predictive_interval_covers_gamma_poisson_counts():
    rng = np.random.default_rng(2)
    counts = rng.poisson(12 * rng.gamma(5, 1 / 5, 20000))
    low, high = predictive(np.array([12.0]), np.array([5.0]))
    # whole counts: never less than asked, and not much more
    assert 0.89 < np.mean((counts >= low) & (counts <= high)) < 0.95


def test_lead_shares_shrink_to_the_prior():
    assert lead_shares(None, None).tolist() == [1]
    assert lead_shares(None, np.array([1.0, 3.0])).tolist() == [0.25, 0.75]
    assert lead_shares(np.array([30.0, 0.0]), np.array([1.0, 1.0])).tolist() == [0.75, 0.25]
    with pytest.raises(BadInput, match="lead_counts"):
        lead_shares(np.ones(2), np.ones(3))


def test_fit_refuses_tables_that_do_not_belong_together():
    ones, calendar, prior = np.ones((2, 3, 1)), Calendar.of(DAYS[:2]), np.ones((3, 1))
    for wrong in (
        lambda: fit(ones[:, :2], ones, calendar, prior),
        lambda: fit(ones[:1], ones[:1], calendar, prior),
        lambda: fit(ones, ones, calendar, 0 * prior),
        lambda: fit(ones, 0 * ones, calendar, prior),
        lambda: fit(ones * np.nan, ones, calendar, prior),
        lambda: fit(ones, ones, calendar, prior, half_life=0),
        lambda: Calendar.of(["NaT"]),
        lambda: replace(calendar, event=np.array([np.nan, 0])),
    ):
        with pytest.raises(BadInput):
            wrong()
