"""What is shown beside the optimum: trust, the variation that teaches, what was asked before."""

import datetime as dt
import struct
from dataclasses import replace

import numpy as np
import pytest

import pricing
from pricing import BadInput, DaySpec, Plan, Rules, Table
from pricing.markup import toward

LENGTHS = range(1, 9)
PRIOR = pricing.priors("meeting_room", 2500)
DAY = DaySpec(20, 30, LENGTHS, PRIOR.card(30, LENGTHS, 20))
DEMAND = PRIOR.demand(DAY, weekday=1, first_minute=480).scaled(2)
TABLE = pricing.solve_day(DAY, DEMAND)
FREE = np.ones(20, dtype=bool)
CENT = Rules(round_to_cents=1)


def grid(table, minutes=3000.0, free=FREE, rules=CENT):
    return pricing.quote_grid(table, free=free, minutes_to_open=minutes, rules=rules)


def test_trust_goes_part_of_the_way_from_the_card():
    half = grid(pricing.solve_day(DAY, DEMAND, plan=Plan(trust=0.5)))
    none = grid(pricing.solve_day(DAY, DEMAND, plan=Plan(trust=0.0)))
    full = grid(TABLE)
    single = np.s_[:, 0]  # fairness may bend longer windows
    np.testing.assert_array_equal(none[single], np.round(DAY.card)[single])
    expected = toward(DAY.card[single], full[single].astype(float), 0.5)
    assert abs(half[single] - expected).max() <= 1


def test_a_trusted_half_way_still_explains_itself_to_the_cent():
    table = pricing.solve_day(DAY, DEMAND, plan=Plan(trust=0.4)).varied(np.full(20, 1.08))
    quote = pricing.quote(table, free=FREE, start=4, length=2, minutes_to_open=3000)
    assert sum(step.cents for step in quote.steps) == quote.price_cents
    before_trial = sum(s.cents for s in quote.steps if s.code not in ("trial", "rounding"))
    assert quote.step("trial") == pytest.approx(0.08 * before_trial, abs=2)


def test_variation_moves_prices_and_can_be_switched_off():
    table = TABLE.varied(np.r_[np.full(10, 0.9), np.full(10, 1.1)])
    plain, varied = grid(TABLE)[:, 0], grid(table)[:, 0]
    assert (varied[:10] < plain[:10]).all()
    assert (varied[10:] > plain[10:]).any()
    off = grid(table, rules=Rules(round_to_cents=1, vary=False))
    np.testing.assert_array_equal(off, grid(TABLE))


@pytest.mark.parametrize("factors", [np.ones(19), np.zeros(20), np.full(20, np.nan)])
def test_a_variation_that_is_none_is_refused(factors):
    with pytest.raises(BadInput, match="vary"):
        TABLE.varied(factors)


def test_the_variation_is_the_same_all_week_and_narrows_with_knowledge():
    day, parts = dt.date(2027, 3, 10), [0] * 8 + [1] * 12
    monday = pricing.variation(7, day, parts, dt.date(2027, 3, 1), 0.5)
    sunday = pricing.variation(7, day, parts, dt.date(2027, 3, 7), 0.5)
    np.testing.assert_array_equal(monday, sunday)
    assert len(set(monday[:8])) == len(set(monday[8:])) == 1
    weeks = [
        pricing.variation(7, day, parts, dt.date(2027, 1, 4) + dt.timedelta(weeks=n), 0.5)[0]
        for n in range(40)
    ]
    assert len(set(weeks)) == 5
    known = pricing.variation(7, day, parts, dt.date(2027, 3, 1), 0.1)
    assert abs(known - 1).max() < abs(monday - 1).max() or (monday == 1).all()


@pytest.mark.parametrize("sd", [np.nan, -1.0])
def test_a_variation_by_an_unknown_spread_is_refused(sd):
    with pytest.raises(BadInput, match="slope_sd"):
        pricing.variation(7, dt.date(2027, 3, 10), [0], dt.date(2027, 3, 1), sd)


def test_unchanged_prices_move_a_tenth_a_day_at_most_and_never_drop_in_the_last_day():
    asked = grid(TABLE)
    far = TABLE.following(asked * 2, FREE)
    assert (grid(far)[:, 0] >= np.minimum(DAY.ceiling[:, 0], asked[:, 0] * 2 * 0.9) - 1).all()
    low = TABLE.following(np.round(DAY.card * 0.75), FREE)
    assert (grid(low)[:, 0] <= np.ceil(DAY.card[:, 0] * 0.75 * 1.1)).all()
    dear = np.round(DAY.card * 1.3)
    late = grid(TABLE.following(dear, FREE), minutes=120)[:, 0]
    sold = late > 0
    assert (late[sold] >= dear[:, 0][sold]).all()


def test_a_booking_frees_the_prices_of_its_gap_only():
    taken = FREE.copy()
    taken[10] = False
    table = TABLE.following(np.round(DAY.card * 1.4), taken)
    same, plain = grid(table, free=taken)[:, 0], grid(TABLE, free=taken)[:, 0]
    assert (same > plain)[[1, 19]].all()  # held: a tenth a day
    more = taken.copy()
    more[15:17] = False
    after, plain = grid(table, free=more)[:, 0], grid(TABLE, free=more)[:, 0]
    assert after[1] > plain[1]  # the morning has not changed
    assert after[19] == plain[19]  # the afternoon has


def test_of_several_units_any_change_frees_the_day():
    rooms = pricing.solve_day(replace(DAY, units=3), DEMAND.scaled(3))
    free = np.ones((3, 20), dtype=bool)
    table = rooms.following(np.round(DAY.card * 1.4), free)
    assert (grid(table, free=free)[[0, 19], 0] > grid(rooms, free=free)[[0, 19], 0]).all()
    free[1, 4] = False
    np.testing.assert_array_equal(grid(table, free=free), grid(rooms, free=free))


def test_days_with_and_without_memory_are_priced_together():
    old = TABLE.following(np.round(DAY.card * 1.4), FREE).varied(np.full(20, 1.05))
    both = pricing.quote_grids([old, TABLE], free=[FREE, FREE], minutes_to_open=[3000, 3000])
    for table, prices in zip([old, TABLE], both, strict=True):
        np.testing.assert_array_equal(prices, grid(table, rules=Rules()))


def test_one_step_of_rounding_is_always_allowed():
    card = np.full((20, 8), 400.0) * np.arange(1, 9)
    coins = pricing.solve_day(DaySpec(20, 30, LENGTHS, card), DEMAND)
    table = coins.following(np.round(card), FREE)
    shown = grid(table, rules=Rules(round_to_cents=50))[:, 0]
    assert set(shown.tolist()) - {400}


def test_bytes_keep_what_is_remembered_and_the_first_format_is_still_read():
    table = TABLE.following(grid(TABLE), FREE).varied(np.full(20, 1.05))
    again = Table.from_bytes(table.to_bytes())
    assert abs(grid(again) - grid(table)).max() <= 1  # 32 bits
    np.testing.assert_array_equal(grid(Table.from_bytes(again.to_bytes())), grid(again))
    head = struct.Struct("<3sBII")
    blob = TABLE.to_bytes()
    magic, _format, a, b = head.unpack_from(blob)
    old = head.pack(magic, 1, a, b) + blob[head.size :]
    np.testing.assert_array_equal(grid(Table.from_bytes(old)), grid(Table.from_bytes(blob)))


@pytest.mark.parametrize("previous", [np.ones((3, 3)), np.full((20, 8), np.nan)])
def test_a_memory_of_another_day_is_refused(previous):
    with pytest.raises(BadInput, match="previous"):
        TABLE.following(previous, FREE)
