"""What a block of a pool displaces: against the exact pool, and in its shape."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

import pricing
from pricing import exact, gap, paths
from pricing.demand import grid
from pricing.instances import instance
from pricing.nightly import Plan, solve_day

DESKS = {"units": 20, "slots": 12, "slot_minutes": 60, "lengths": (1, 2, 4, 8), "kind": "pool"}


def pooled(day, demand, steps):
    """Value of every count of free seats, by the whole programme."""
    season = grid(day, demand, steps)
    answer = gap.response(day, demand, season.level)
    value = np.zeros((day.units + 1,) * day.slots)
    for t in range(steps):
        after = value.copy()
        for start, k in np.argwhere(day.windows).tolist():
            inside = range(start, start + int(day.lengths[k]))
            most = tuple(slice(s in inside, None) for s in range(day.slots))
            less = tuple(slice(0, -1 if s in inside else None) for s in range(day.slots))
            cost = value[most] - value[less]
            after[most] += exact._worth(season, answer, t, start * day.shape[1] + k, cost)
        value = after
    return value


def lost(table, seats, start, length, units, moment=1e7):
    block = pricing.Block(table, [seats] * table.slots, moment, start, length, units)
    return pricing.group_displacement([block]).cents


@pytest.mark.parametrize("load", [0.6, 1.2, 2.0])
@pytest.mark.parametrize("policy", ["mean_field", "fluid", "auto"])
def test_a_large_block_displaces_what_the_exact_pool_loses(load, policy):
    day, demand = instance(
        load, 11, units=20, slots=3, slot_minutes=60, kind="pool", lengths=(1, 2, 3)
    )
    value = pooled(day, demand, 150)
    table = solve_day(day, demand, plan=Plan(policy=policy))
    for units in (10, 16, 20):
        truth = value[20, 20, 20] - value[(20 - units,) * 3]
        share = (0.75, 1.45) if units == 10 else (0.85, 1.1)
        assert share[0] * truth < lost(table, 20, 0, 3, units) < share[1] * truth


@pytest.mark.parametrize("load", [0.6, 1.6])
def test_blocks_grow_with_seats_and_slots_and_cost_less_together_than_apart(load):
    day, demand = instance(load, 12, **DESKS)
    table = solve_day(day, demand, plan=Plan(policy="mean_field"))
    by_seats = [lost(table, 20, 2, 6, units) for units in range(1, 21)]
    assert min(by_seats) >= 0
    steps = np.diff([0, *by_seats])
    assert (np.diff(steps) >= -1e-4 * by_seats[-1]).all()  # each further seat displaces more
    by_slots = [lost(table, 20, 2, length, 16) for length in range(1, 11)]
    assert all(short <= long for short, long in pairwise(by_slots))
    # Two halves would each count the bookings that need both.
    left, right = lost(table, 20, 2, 3, 20), lost(table, 20, 5, 3, 20)
    assert by_seats[-1] < left + right


def test_the_whole_pool_is_worth_what_seasons_still_bring():
    day, demand = instance(1.2, 12, **DESKS)
    whole = solve_day(day, demand, plan=Plan(policy="mean_field"))
    table = solve_day(
        day, demand, plan=Plan(policy="mean_field"), minutes_to_open=3000, keep_minutes=36 * 60
    )
    drawn = paths.draw(day, demand, paths=200, seed=77)
    for moment in (3000.0, 1500.0, 900.0):
        still = paths.run(day, paths.ByTable(day, whole), drawn.after(moment))[:, 0].mean()
        for one in (table, whole):
            assert lost(one, 20, 0, 12, 20, moment) == pytest.approx(still, rel=0.06)
    assert lost(whole, 20, 0, 12, 20, -1e6) == 0.0  # nobody comes any more


def test_a_table_of_an_earlier_format_sums_over_slots():
    day, demand = instance(1.2, 12, **DESKS)
    table = solve_day(day, demand, plan=Plan(policy="mean_field"))
    none = np.empty((0, 0), dtype=np.float32)
    old = replace(table, wish=np.empty(0), starting=none, later=none)
    back = pricing.Table.from_bytes(old.to_bytes())
    spare = table.spare[-1, 2:8]
    assert lost(back, 20, 2, 6, 16) == pytest.approx((spare[:, 20] - spare[:, 4]).sum(), rel=1e-5)
    assert lost(pricing.Table.from_bytes(table.to_bytes()), 20, 2, 6, 16) == pytest.approx(
        lost(table, 20, 2, 6, 16), rel=1e-3
    )


def test_a_shape_of_seats_loses_at_most_the_block_around_it():
    for plan in (Plan(policy="mean_field"), Plan()):
        day, demand = instance(1.2, 12, **DESKS)
        table = solve_day(day, demand, plan=plan)
        free, after = np.full(12, 20), np.full(12, 20)
        after[2:8], after[4:6] = 12, 4
        said = pricing.value_lost(table, free, after, 1e7)
        assert lost(table, 20, 2, 6, 8) < said < lost(table, 20, 2, 6, 16)
        assert pricing.value_lost(table, free, free, 1e7) == 0


@pytest.mark.parametrize("band", [(1.0, 1.0), (0.7, 1.0), (0.7, 1.5)])
def test_narrow_bands_and_more_requests_than_seats_keep_blocks_in_measure(band):
    """At its ceiling a flow cannot be slowed: without seats enough its dual has no lower end."""
    wide, demand = instance(3.0, 12, **DESKS)
    day = replace(wide, floor_cents=band[0] * wide.card, ceiling_cents=band[1] * wide.card)
    for policy in ("mean_field", "fluid"):
        table = solve_day(day, demand, plan=Plan(policy=policy))
        said = [lost(table, 20, 0, 12, units) for units in range(1, 21)]
        assert all(less <= more for less, more in pairwise([0.0, *said]))
        drawn = paths.draw(day, demand, paths=100, seed=5)
        most = paths.run(day, paths.ByTable(day, table), drawn)[:, 0].mean()
        assert 0.9 * most < said[-1] < 1.5 * most


@pytest.mark.parametrize(
    "free", [[np.nan] * 12, [np.inf] * 12, ["x"] * 12, [1j] * 12, [[1, 2], [3]], [0.5] * 12]
)
def test_free_that_is_no_count_is_refused(free):
    day, demand = instance(1.2, 12, **DESKS)
    table = solve_day(day, demand)
    with pytest.raises(pricing.BadInput, match="free"):
        pricing.quote_grid(table, free=free, minutes_to_open=1000.0)


@pytest.mark.parametrize("start", [12, -1, 1.5, np.nan])
def test_neighbours_of_no_slot_are_refused(start):
    table = solve_day(*instance(1.2, 12, **DESKS))
    with pytest.raises(pricing.BadInput, match="start"):
        pricing.neighbours(table, free=[20] * 12, start=start, length=1, minutes_to_open=1e3)


@pytest.mark.parametrize("length", [1.5, np.nan, 0, True, "1"])
def test_a_length_that_is_no_whole_number_is_refused(length):
    table = solve_day(*instance(1.2, 12, **DESKS))
    with pytest.raises(pricing.BadInput, match="length"):
        pricing.quote(table, free=[20] * 12, start=0, length=length, minutes_to_open=1e3)


def test_four_desks_are_valued_by_their_layers_alone():
    day, demand = instance(1.2, 12, **{**DESKS, "units": 4})
    table = solve_day(day, demand)
    assert table.lean == 1
    said = [lost(table, 4, 2, 6, units) for units in (1, 2, 4)]
    assert 0 < said[0] < said[1] < said[2]
    assert said[1] >= 2 * said[0]


def test_a_whole_number_may_come_as_a_float():
    table, free = solve_day(*instance(1.2, 12, **DESKS)), [20] * 12
    plain = pricing.quote(table, free=free, start=2, length=4, minutes_to_open=1e3)
    assert pricing.quote(table, free=free, start=2.0, length=4.0, minutes_to_open=1e3) == plain


def test_a_length_between_those_on_offer_is_refused():
    table = solve_day(*instance(1.2, 12, **DESKS))
    with pytest.raises(pricing.BadInput, match="not offered"):
        pricing.quote(table, free=[20] * 12, start=0, length=3, minutes_to_open=1e3)
