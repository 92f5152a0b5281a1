"""The bound with chance kept: above brute force, below the fluid bound, exact for one slot."""

from dataclasses import replace

import pytest

from pricing import bound, exact, fluid, layers, selector
from pricing.instances import instance
from pricing.nightly import Plan, solve_day

SMALL = {"slot_minutes": 60, "kind": "pool"}


@pytest.mark.parametrize(
    ("units", "slots", "lengths"), [(3, 4, (1, 2)), (8, 2, (1, 2)), (2, 5, (1, 3, 5))]
)
def test_lies_between_brute_force_and_the_fluid_bound(units, slots, lengths):
    for load in (0.6, 1.8):
        day, demand = instance(load, 51, units=units, slots=slots, lengths=lengths, **SMALL)
        _, best = exact.pool_worth(day, demand, solve_day(day, demand), steps=120)
        most = bound.separable(day, demand, steps=120)
        assert best <= most * (1 + 1e-9)
        assert most < 0.8 * fluid.bound(day, demand) + 0.2 * best


def test_one_slot_leaves_nothing_to_bound():
    day, demand = instance(1.5, 51, units=6, slots=1, lengths=(1,), **SMALL)
    _, best = exact.pool_worth(day, demand, solve_day(day, demand), steps=120)
    assert bound.separable(day, demand, steps=120) == pytest.approx(best, rel=1e-9)


def test_prices_rest_on_a_part_of_what_layers_displace():
    day, demand = instance(1.2, 52, units=3, slots=10, lengths=(1, 2, 4))
    whole = solve_day(day, demand, plan=Plan(charge=layers.ALL))
    usual = solve_day(day, demand)
    light = solve_day(day, demand, plan=selector.plans(day)["layers_light"])
    first, last = (
        [float(t.layers[-1, r].max() * t.layer_cents) for t in (whole, usual, light)]
        for r in (0, 2)
    )
    assert first[1] / first[0] == pytest.approx(0.93, abs=1e-3)
    assert first[2] / first[0] == pytest.approx(0.95, abs=1e-3)
    assert last[2] / last[0] == pytest.approx(0.70, abs=1e-3)
    two = replace(day, units=2)
    same = [solve_day(two, demand, plan=p).layers for p in (Plan(), Plan(charge=layers.ALL))]
    assert (same[0] == same[1]).all(), "two rooms are charged all of it"
    with pytest.raises(ValueError, match="charge"):
        Plan(charge=(0.9, 0.0))
