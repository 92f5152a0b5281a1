"""Units stacked in layers: exact at both ends, and what is read live is the programme's own."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import pricing
from pricing import exact, gap, layers, markup, paths
from pricing.demand import grid
from pricing.instances import instance
from pricing.nightly import Plan, season_of, solve_day

SHORT = {"slots": 6, "lengths": (1, 2, 4), "slot_minutes": 60}


def solved(units, slots=6, steps=60, **shape):
    day, demand = instance(1.4, 7, units=units, **(SHORT | {"slots": slots} | shape))
    season = grid(day, demand, steps)
    answer = gap.response(day, demand, season.level)
    return day, demand, season, answer, layers.values(day, season, answer)


@pytest.mark.parametrize("buffer", [0, 1])
def test_one_unit_is_the_gap_programme(buffer):
    day, _, season, answer, value = solved(1, buffer=buffer)
    np.testing.assert_array_equal(value[:, 0], gap.values(day, [season], [answer])[0])


def test_one_slot_is_the_exact_programme_of_a_pool():
    _, _, season, answer, value = solved(5, slots=1, lengths=(1,), steps=300)
    worth = np.zeros(6)
    slope = answer.per_cent[0, 0]
    for t in range(300):
        x = answer.level[t, 0, 0] - slope * np.diff(worth)
        parts = [np.full(5, part[t, 0, 0]) for part in (answer.low, answer.high)]
        worth[1:] = worth[1:] + season.rate[t, 0, 0] / slope * markup.gain(x, *parts)
    np.testing.assert_allclose(np.cumsum(value[-1, :, 0]), worth[1:], rtol=1e-9)


def test_every_further_unit_is_worth_less_and_every_longer_run_more():
    *_, value = solved(4, steps=120)
    assert (np.diff(value[-1], axis=0) <= 1e-6).all()
    where = gap.gap_index(6)
    for begin, stop in exact.gaps(6):
        if stop < 6:
            longer = value[-1, :, where[begin, stop + 1]]
            assert (longer >= value[-1, :, where[begin, stop]] - 1e-6).all()


def worth(value, left):
    """The sum over layers and their longest runs, by the definition."""
    where, slots = gap.gap_index(len(left)), len(left)
    total = 0.0
    for layer in range(len(value)):
        begin = 0
        for slot in range(slots + 1):
            if slot == slots or left[slot] <= layer:
                total += value[layer, where[begin, slot]] if slot > begin else 0.0
                begin = slot + 1
    return total


COUNTS = st.lists(st.integers(0, 4), min_size=6, max_size=6)


@settings(max_examples=60, deadline=None)
@given(COUNTS)
def test_a_window_displaces_what_the_definition_says(left):
    day, *_, value = solved(4)
    left = np.array(left)
    cost = layers.costs(value[-1][None], left[None], day.lengths)[0]
    for start in range(6):
        for k, length in enumerate(day.lengths):
            inside = left[start : start + length]
            if start + length > 6 or (inside == 0).any():
                assert np.isinf(cost[start, k])
                continue
            after = left.copy()
            after[start : start + length] -= 1
            lost = worth(value[-1], left) - worth(value[-1], after)
            assert cost[start, k] == pytest.approx(lost, abs=1e-6)


@settings(max_examples=30, deadline=None)
@given(COUNTS, st.integers(0, 5), st.integers(1, 6), st.integers(1, 4))
def test_a_group_displaces_the_difference_of_two_days(left, start, length, units):
    *_, value = solved(4)
    window, left = slice(start, min(start + length, 6)), np.array(left)
    if left[window].min() < units:
        return
    after = left.copy()
    after[window] -= units
    lost = worth(value[-1], left) - worth(value[-1], after)
    found = layers.block_cost(value[-1], left, window, units)
    assert found == pytest.approx(lost, abs=1e-6)


@pytest.mark.parametrize("kind", ["rooms", "pool"])
@pytest.mark.parametrize("units", [2, 5])
def test_simulated_and_quoted_costs_are_one(kind, units):
    day, demand = instance(1.4, 8, units=units, **SHORT)
    day = replace(day, kind=kind)
    table = solve_day(day, demand)
    rng = np.random.default_rng(1)
    shape = (40, units, 6) if kind == "rooms" else (40, 1, 6)
    free = rng.integers(0, 2 if kind == "rooms" else units + 1, shape)
    ours = paths.ByTable(day, table)
    for window in np.flatnonzero(day.windows.ravel()):
        start, k = divmod(int(window), day.shape[1])
        many = np.full(40, window), np.full(40, start), np.full(40, start + day.lengths[k])
        now = paths.Moment(np.full(40, 900.0), *many, np.zeros(40), free)
        every = ours._late_cost(now) if kind == "pool" else ours._gap_cost(now).min(axis=1)
        for row in range(40):
            given_ = free[row, 0] if kind == "pool" else free[row]
            quotes = {"free": given_, "minutes_to_open": 900.0, "start": start}
            if np.isinf(every[row]):
                with pytest.raises(pricing.NotForSale):
                    pricing.quote(table, length=day.lengths[k], **quotes)
                continue
            quote = pricing.quote(table, length=day.lengths[k], **quotes)
            assert quote.displacement_cents == pytest.approx(every[row], abs=1e-3)


def test_rooms_taken_but_one_are_that_room_in_the_first_layer():
    day, demand = instance(1.4, 9, units=3, buffer=1, **SHORT)
    table = solve_day(day, demand)
    free = np.zeros((3, 6))
    free[1, 1:5] = 1
    quote = pricing.quote(table, free=free, start=2, length=1, minutes_to_open=900.0)
    before, after, late = table.between(900.0)
    first = table.layers[before, 0] * (1 - late) + table.layers[after, 0] * late
    where = gap.gap_index(6)
    lost = first[where[1, 5]] - first[where[1, 1]] - first[where[4, 5]]
    assert quote.displacement_cents == pytest.approx(lost * table.layer_cents, rel=1e-6)


@pytest.mark.parametrize("units", [3, 8])
def test_small_pools_keep_99_percent_of_the_exact_optimum(units):
    slots = {3: 4, 8: 2}[units]
    shape = {"slots": slots, "lengths": (1, 2), "slot_minutes": 60, "kind": "pool"}
    for load in (0.6, 1.5):
        day, demand = instance(load, 41, units=units, **shape)
        assert 0.99 < exact.pool_share(day, demand, solve_day(day, demand), steps=120) <= 1 + 1e-9


def test_a_price_of_nothing_keeps_little_of_the_optimum():
    day, demand = instance(1.5, 41, units=2, slots=2, lengths=(1, 2), kind="pool")
    floor = replace(day, floor_cents=0.01 * day.card, ceiling_cents=0.02 * day.card)
    cheap = solve_day(day, demand)
    low = exact.pool_share(floor, demand, cheap)
    assert low == pytest.approx(1, abs=0.02), "inside its own bounds nothing better exists"
    with pytest.raises(pricing.BadInput, match="stops at"):
        exact.pool_share(*instance(1, 1, units=10, **SHORT, kind="pool"), cheap)


def test_stacked_tables_travel_as_bytes_and_stay_small():
    day, demand = instance(1.2, 10, units=10)
    table = solve_day(day, demand, minutes_to_open=20_000, keep_minutes=2160)
    data = table.to_bytes()
    again = pricing.Table.from_bytes(data)
    np.testing.assert_array_equal(again.layers, table.layers)
    assert again.layer_cents == table.layer_cents
    assert len(data) < 10 * 6 * 1024, "a few kB for each of ten rooms"
    with pytest.raises(pricing.BadInput, match=r"cut short|not a value table"):
        pricing.Table.from_bytes(data[:-40])


def test_narrowing_moves_no_value_by_more_than_half_a_unit():
    *_, value = solved(3)
    narrow, unit = layers.narrowed(value)
    assert np.abs(narrow * unit - value).max() <= unit / 2 + 1e-9
    assert layers.narrowed(np.zeros((2, 1, 3)))[1] > 0


def test_a_crowd_is_not_stacked_and_a_busy_day_is_cut_finely():
    day, demand = instance(1.0, 11, units=30, kind="pool")
    assert not layers.suits(day, 100.0)
    few, busy = instance(2.0, 11, units=10)
    assert layers.suits(few, float(busy.rate.sum()))
    season = season_of(few, busy, 40)
    assert season.rate.sum(axis=(1, 2)).max() <= 1.0
    assert not layers.suits(few, 10 * layers.MOST_REQUESTS)
    assert solve_day(day, demand).layers.size == 0
    hybrid = solve_day(few, busy, plan=Plan(mix=pricing.Blend(0.5, 1.1)))
    assert hybrid.policy == "hybrid"
    assert hybrid.layers.size == 0
