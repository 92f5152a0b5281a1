"""Books, pace and fill: planted truths come back, and nothing is promised from nothing."""

import gzip
from pathlib import Path

import numpy as np
import pytest

from pricing import backtest
from pricing.data import BadInput
from pricing.hotel import pace_of, read_hotel
from pricing.pace import Pace, expect, keep_chance, outlook

HOTEL = Path(__file__).parents[3] / "shared/data/hotel_city_2015-07_2017-02.csv.gz"
DAYS = 420


def planted(seed=1, lead=7, rise=6.0):
    """Days whose books keep 80 % and gain a Poisson number that doubles on Mondays."""
    rng = np.random.default_rng(seed)
    weekday = np.arange(DAYS) % 7
    books = rng.poisson(30, DAYS).astype(float)
    stayed = rng.binomial(books.astype(int), 0.8).astype(float)
    new = rng.poisson(np.where(weekday == 0, 2 * rise, rise))
    flat = np.full(DAYS, 0.5)
    return Pace(lead, weekday, books, books - 4, 0.8 * books, stayed, stayed + new, flat)


def test_recovers_the_planted_rise_and_its_mondays():
    pace = planted()
    monday, tuesday = 413, 414
    assert expect(pace, monday)[1] == pytest.approx(12, rel=0.12)
    assert expect(pace, tuesday)[1] == pytest.approx(6, rel=0.12)


def test_nine_in_ten_outcomes_fall_inside_a_ninety_percent_interval():
    pace = planted(seed=2)
    days = np.arange(200, DAYS)
    told = outlook(pace, days)
    inside = (told.low <= pace.final[days]) & (pace.final[days] <= told.high)
    assert 0.86 <= inside.mean() <= 0.94


def test_intervals_widen_after_a_break_nobody_foresaw():
    pace = planted(seed=3)
    wild = pace.final.copy()
    wild[300:] += np.random.default_rng(0).normal(0, 25, DAYS - 300)
    broken = Pace(**{**pace.__dict__, "final": np.maximum(wild, pace.stayed)})
    told = outlook(broken, np.array([290, 400]))
    assert told.high[1] - told.low[1] > 2 * (told.high[0] - told.low[0])


def test_the_future_is_not_looked_at():
    pace = planted()
    later = pace.final.copy()
    later[395:] = 1000.0
    told = Pace(**{**pace.__dict__, "final": later})
    assert expect(told, 400) == expect(pace, 400)
    assert expect(told, 410) != expect(pace, 410)


def test_without_history_only_the_survivors_of_the_books_are_promised():
    pace = planted()
    assert expect(pace, 20) == (pace.kept[20], 0.0)
    told = outlook(pace, np.array([20]))
    assert told.low[0] < told.mean[0] < told.high[0]


def test_keep_chance_without_a_settled_booking_is_one():
    nothing = np.zeros((0, 2))
    assert keep_chance(nothing, np.zeros(0), np.zeros(0), np.ones((3, 2))).tolist() == [1, 1, 1]


def test_keep_chance_recovers_two_kinds_of_customers():
    rng = np.random.default_rng(4)
    risky = rng.random(4000) < 0.3
    x = np.column_stack([np.ones(4000), risky])
    stayed = (rng.random(4000) < np.where(risky, 0.4, 0.9)).astype(float)
    chance = keep_chance(x, stayed, np.zeros(4000), np.array([[1.0, 0.0], [1.0, 1.0]]))
    assert chance == pytest.approx([0.9, 0.4], abs=0.03)


@pytest.mark.parametrize("name", ["on_books", "final", "fill"])
def test_refuses_nan_and_negative_columns(name):
    fields = planted().__dict__
    for wrong in (np.nan, -1.0):
        column = fields[name].copy()
        column[3] = wrong
        with pytest.raises(BadInput, match=f"{name}, row 3"):
            Pace(**{**fields, name: column})
    with pytest.raises(BadInput, match=name):
        Pace(**{**fields, name: fields[name][:-1]})
    with pytest.raises(BadInput, match="lead"):
        Pace(**{**fields, "lead": -1})


def test_simple_methods_on_a_tiny_case_by_hand():
    days = 60
    weekday = np.arange(days) % 7
    books = np.full(days, 10.0)
    final = np.full(days, 15.0)
    final[weekday == 2] = 21.0
    pace = Pace(3, weekday, books, books, books, books, final, np.zeros(days))
    day = 58  # weekday 2
    assert backtest.same_weekday(pace, day) == 21
    recent = final[28:56]
    assert backtest.additive_pickup(pace, day) == pytest.approx(recent.mean())
    assert backtest.multiplicative_pickup(pace, day) == pytest.approx(recent.mean())
    assert 15 < backtest.best_simple(pace, day) < 17


@pytest.mark.skipif(not HOTEL.exists(), reason="the open hotel file is not beside the project")
def test_beats_the_best_simple_method_on_the_real_hotel():
    hotel = read_hotel(HOTEL)
    days = np.arange(hotel.days - 181, hotel.days)
    line = backtest.score(pace_of(hotel, 14), days)
    assert line.gain > 0.03
    assert 0.85 < line.cover < 0.95
    assert line.wape["multiplicative"] > line.wape["additive"] > line.wape["best simple"]
    assert "engine" in backtest.report([line])


def test_a_broken_hotel_file_names_its_row(tmp_path):

    path = tmp_path / "hotel.csv.gz"
    with gzip.open(path, "wt") as out:
        out.write("is_canceled,lead_time\n0,3\n")
    with pytest.raises(BadInput, match="hotel, row 0"):
        read_hotel(path)
    with gzip.open(path, "wt") as out:
        out.write("is_canceled,lead_time\n")
    with pytest.raises(BadInput, match="no rows"):
        read_hotel(path)
