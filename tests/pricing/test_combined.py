"""A space sold whole or in parts: against brute force, and against each for itself."""

import numpy as np
import pytest

import pricing
from pricing import BadInput, combined, gap, markup, walls
from pricing.instances import instance
from pricing.nightly import solve_day
from pricing.paths import ByTable, draw


def hall_in_two(load):
    shape = {"slots": 5, "lengths": (1, 2, 3), "slot_minutes": 60}
    parts = [instance(load, seed, **shape) for seed in (31, 32)]
    return instance(load * 0.7, 33, rate_cents=2700.0, **shape), parts


def brute_combined(whole, parts, minutes):
    """Every pair of sets of free slots, with requests for one part, the other, or both."""
    streams = [(day, combined.cut(day, demand, minutes), demand) for day, demand in (*parts, whole)]
    states = np.arange(32)
    value = np.zeros((32, 32))
    for t in range(len(minutes) - 1):
        last = value.copy()
        for kind, (day, season, demand) in enumerate(streams):
            answer = gap.response(day, demand, season.level)
            for start, k in np.argwhere(day.windows).tolist():
                need = ((1 << day.lengths[k]) - 1) << start
                can = (states & need) == need
                left = last[states & ~need] if kind != 1 else last
                after = left[:, states & ~need] if kind != 0 else left
                open_ = (can[:, None] if kind != 1 else True) & (can if kind != 0 else True)
                cost = last - after
                slope = answer.per_cent[start, k]
                low, high = (
                    np.full(cost.shape, part[t, start, k]) for part in (answer.low, answer.high)
                )
                worth = markup.gain(answer.level[t, start, k] - slope * cost, low, high)
                value += np.where(open_, season.rate[t, start, k] / slope * worth, 0)
    return value


@pytest.mark.parametrize("load", [0.6, 1.4])
def test_a_hall_in_two_halves_is_worth_what_brute_force_says(load):
    whole, parts = hall_in_two(load)
    space = combined.solve(whole, parts, steps=40)
    brute = brute_combined(whole, parts, space.whole.minutes)
    ours = sum(part.value[-1].max() for part in space.parts)
    alone = sum(solve_day(*part).value[-1].max() for part in parts)
    assert ours > alone  # requests for the whole add value to its parts
    full, opening = brute[31, 31], float(space.whole.minutes[-1]) - 240
    for start, k in ((0, 0), (1, 2), (2, 1)):  # displacement is what the price is made of
        need = ((1 << whole[0].lengths[k]) - 1) << start
        window = {"start": start, "length": whole[0].lengths[k], "minutes_to_open": opening}
        both = combined.quote(space, free=[np.ones(5)] * 2, **window).displacement_cents
        assert both == pytest.approx(full - brute[31 & ~need, 31 & ~need], rel=0.1)
        one = pricing.quote(space.parts[0], free=np.ones(5), **window).displacement_cents
        assert one == pytest.approx(full - brute[31 & ~need, 31], rel=0.1)


def test_the_whole_is_taken_when_a_part_is():
    whole, parts = hall_in_two(1.0)
    space = combined.solve(whole, parts, steps=20)
    free = [np.ones(5), np.array([1, 0, 1, 1, 1])]
    prices = combined.quote_grid(space, free=free, minutes_to_open=500)
    assert prices[1, 0] == prices[0, 1] == -1
    assert prices[0, 0] > 0
    quote = combined.quote(space, free=free, start=2, length=2, minutes_to_open=500)
    assert quote.price_cents == prices[2, 1] == sum(step.cents for step in quote.steps)


def test_a_part_forgets_the_whole_where_the_other_is_taken():
    whole, parts = hall_in_two(1.2)
    taken = np.array([1, 1, 0, 0, 1])
    space = combined.solve(whole, parts, steps=40, free=[np.ones(5), taken])
    brute = brute_combined(whole, parts, space.whole.minutes)
    rest, opening = 0b10011, float(space.whole.minutes[-1]) - 240
    for start, length in ((0, 2), (2, 1), (1, 3)):
        need = ((1 << length) - 1) << start
        said = pricing.quote(
            space.parts[0], free=np.ones(5), start=start, length=length, minutes_to_open=opening
        )
        truth = brute[31, rest] - brute[31 & ~need, rest]
        assert said.displacement_cents == pytest.approx(truth, rel=0.12)
    hopeful = combined.solve(whole, parts, steps=40).parts[0]
    window = {"free": np.ones(5), "start": 2, "length": 2, "minutes_to_open": opening}
    now, before = (pricing.quote(t, **window) for t in (space.parts[0], hopeful))
    assert now.displacement_cents < before.displacement_cents
    shared = [sum(s.cents for s in q.steps if s.code == "shared") for q in (now, before)]
    assert shared[0] < shared[1] > 0  # named apart: what the whole adds to a part


@pytest.mark.parametrize("load", [0.5, 1.0, 2.0])
def test_a_whole_asks_at_least_what_its_parts_would_earn(load):
    whole, parts = hall_in_two(load)
    space = combined.solve(whole, parts, steps=40)
    opening = float(space.whole.minutes[-1]) - 240
    alone = [solve_day(*job) for job in parts]
    for start, k in np.argwhere(whole[0].windows).tolist():
        window = {"start": start, "length": whole[0].lengths[k], "minutes_to_open": opening}
        said = combined.quote(space, free=[np.ones(5)] * 2, **window)
        lost = sum(
            pricing.quote(one, free=np.ones(5), **window).displacement_cents for one in alone
        )
        assert said.displacement_cents >= lost - 1
        assert said.price_cents >= min(lost, whole[0].ceiling[start, k]) - 100


def test_one_half_for_sale_and_the_whole_know_of_each_other():
    whole, parts = hall_in_two(1.0)
    space = combined.solve(whole, [parts[0], None], steps=20)
    assert (space.whole.parts, space.parts[1]) == (2, None)
    own = solve_day(*parts[0])
    window = {"free": np.ones(5), "start": 1, "length": 2, "minutes_to_open": 900}
    joined, alone = (pricing.quote(t, **window) for t in (space.parts[0], own))
    assert joined.displacement_cents > alone.displacement_cents
    with pytest.raises(BadInput, match="parts"):
        combined.solve(whole, [None, None])


def test_the_whole_travels_replays_and_remembers():
    whole, parts = hall_in_two(1.0)
    table = combined.solve(whole, parts, steps=20, minutes_to_open=900, keep_minutes=600).whole
    table = pricing.Table.from_bytes(table.to_bytes())
    free = np.array([[1, 1, 1, 1, 1], [0, 1, 1, 1, 1]])
    quote = pricing.quote(table, free=free, start=1, length=2, minutes_to_open=800)
    assert pricing.replay(table, quote.inputs) == quote
    assert quote.evidence.numbers["units_free"] == 1
    grid = pricing.quote_grid(table, free=free, minutes_to_open=800)
    both = pricing.quote_grids([table] * 2, free=[free] * 2, minutes_to_open=[800, 800])
    assert (both[0] == grid).all()
    assert grid[0, 0] == -1
    held = table.following(grid, free)
    rules = pricing.Rules(daily_change=0.0)
    assert (pricing.quote_grid(held, free=free, minutes_to_open=300, rules=rules) == grid).all()
    block = pricing.Block(table, free, 800, 1, 2)
    assert pricing.group_displacement([block]).cents == pytest.approx(quote.displacement_cents)
    after = np.array(free, dtype=int)
    after[:, block.start : block.start + block.length] = 0
    lost = pricing.value_lost(table, free, after, block.minutes_to_open)
    assert lost == pytest.approx(quote.displacement_cents)
    with pytest.raises(pricing.NotForSale):
        pricing.group_displacement([pricing.Block(table, free, 800, 0, 2)])


def test_spaces_that_share_walls_earn_more_together():
    whole, parts = hall_in_two(1.4)
    jobs = [whole, *parts]
    alone = [solve_day(*job) for job in jobs]
    space = combined.solve(whole, parts, steps=40, alone=alone)
    sold = walls.seats([day for day, _ in jobs], [True, True])
    cards = [day.card for day, _ in jobs]
    beliefs = [[demand] for _, demand in jobs]
    judged = walls.judge(sold, beliefs, cards, alone, space, paths=1500)
    cents = {name: one.revenue_cents for name, one in judged.worth.items()}
    assert cents["together"] > 1.01 * cents["alone"] > 1.01 * cents["cards"]
    assert judged.best_dynamic == "together"
    assert judged.lead_cents > 2 * judged.lead_error
    # nobody takes what is taken: with one half gone all day only the other is sold
    drawn = [draw(day, demand, paths=200, seed=3) for day, demand in jobs]
    policies = [
        ByTable(day, t) for (day, _), t in zip(jobs, [space.whole, *space.parts], strict=True)
    ]
    left = walls.play(sold, policies, drawn, 2, free=[np.ones(5), np.zeros(5)])
    assert left[:, 1].max() <= 5
    with pytest.raises(BadInput, match="days"):
        walls.seats([whole[0]], [True, True])


def test_combined_spaces_refuse_strangers():
    whole, parts = hall_in_two(1.0)
    with pytest.raises(BadInput, match="parts"):
        combined.solve(whole, parts[:1])
    with pytest.raises(BadInput, match="parts"):
        combined.solve(whole, [parts[0], instance(1.0, 1, slots=6, lengths=(1, 2, 3))])
    space = combined.solve(whole, parts, steps=4)
    with pytest.raises(BadInput, match="free"):
        combined.quote_grid(space, free=[np.ones(5)], minutes_to_open=9)
    with pytest.raises(BadInput, match="free"):
        combined.quote_grid(space, free=[np.full(5, 2)] * 2, minutes_to_open=9)
    with pytest.raises(BadInput, match="plans"):
        combined.solve(whole, parts, plans=[pricing.Plan()])
