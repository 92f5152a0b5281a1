"""Any day whatever: what is offered is fair, within its band, and the same when asked again.

Nothing here is an everyday instance: opening, lengths, card, rules, bookings and the moment are all
drawn. Each promise is checked by brute force over what is on offer.
"""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

import pricing
from pricing import DaySpec, Plan, Rules
from pricing.guardrails import band, cheapest_cover

STEPS = 12
"""Of the season: fairness asks nothing of how fine a table is, and a test does of its time."""


@st.composite
def days(draw, tidy):
    """Draw a day and its demand. A tidy card adds up from hours, less a discount for length; any
    other was typed by somebody who never looked whether two halves cost what the whole does."""
    slots = draw(st.integers(3, 9))
    lengths = sorted(draw(st.sets(st.integers(1, slots), min_size=1, max_size=4)))
    kind = draw(st.sampled_from(["rooms", "pool"]))
    hourly = np.array(draw(st.lists(st.integers(200, 6000), min_size=slots, max_size=slots)))
    upto = np.concatenate([[0], np.cumsum(hourly), np.full(slots, hourly.sum())])
    place = np.arange(slots)[:, None]
    card = (upto[place + np.array(lengths)] - upto[place]) ** draw(st.sampled_from([1.0, 0.9]))
    if not tidy:
        many = st.lists(st.sampled_from([0.5, 1.0, 2.0]), min_size=card.size, max_size=card.size)
        card = card * np.array(draw(many)).reshape(card.shape)
    day = DaySpec(
        slots,
        draw(st.sampled_from([15, 30, 60, 240])),
        lengths,
        card,
        units=draw(st.integers(1, 4)),
        kind=kind,
        buffer=draw(st.integers(0, 2)) if kind == "rooms" else 0,
        floor_cents=draw(st.sampled_from([0.5, 0.7, 1.0])) * card,
        ceiling_cents=draw(st.sampled_from([1.0, 1.5, 3.0])) * card,
    )
    prior = pricing.priors("desk_pool" if kind == "pool" else "meeting_room", 2500)
    demand = prior.demand(day, weekday=draw(st.integers(0, 6)), first_minute=480)
    return day, demand.scaled(draw(st.sampled_from([0.2, 1.0, 5.0])))


@st.composite
def moments(draw, tidy):
    """Draw a table, what is free of its day, the moment, and the manager's rules."""
    day, demand = draw(days(tidy))
    plan = Plan(trust=draw(st.sampled_from([0.3, 1.0])))
    table = pricing.solve_day(day, demand, plan=plan, steps=STEPS)
    rows = day.units if day.kind == "rooms" else 1
    most = 1 if day.kind == "rooms" else day.units
    free = np.array(
        draw(st.lists(st.integers(0, most), min_size=rows * day.slots, max_size=rows * day.slots))
    ).reshape(rows, day.slots)
    free = free if day.kind == "rooms" and rows > 1 else free[0]
    rules = Rules(
        round_to_cents=draw(st.sampled_from([1, 50, 100])),
        step_ratio=draw(st.sampled_from([0.0, 0.05])),
        member_multiplier=draw(st.sampled_from([1.0, 0.8])),
        floor_cents_per_hour=draw(st.sampled_from([0.0, 1500.0])),
        ceiling_cents_per_hour=draw(st.sampled_from([0.0, 4000.0])),
    )
    if draw(st.booleans()):
        factors = draw(
            st.lists(st.sampled_from([0.9, 1.0, 1.1]), min_size=day.slots, max_size=day.slots)
        )
        table = table.varied(np.array(factors))
    if draw(st.booleans()):
        table = table.following(np.round(day.card * draw(st.sampled_from([0.8, 1.2]))), free)
    lead = draw(st.integers(-day.slots * day.slot_minutes, 60 * 1440))
    return day, table, free, float(lead), rules


def offers(day, prices):
    """List every window on offer as (start, end, cents)."""
    return [(s, s + day.lengths[k], prices[s, k]) for s, k in np.argwhere(prices >= 0).tolist()]


@settings(deadline=None, max_examples=120)
@given(moments(tidy=False))
def test_whatever_the_day_its_prices_are_fair(drawn):
    day, table, free, lead, rules = drawn
    prices = pricing.quote_grid(table, free=free, minutes_to_open=lead, rules=rules)
    again = pricing.quote_grid(table, free=free, minutes_to_open=lead, rules=rules)
    np.testing.assert_array_equal(again, prices)
    shown = offers(day, prices)
    for start, end, cents in shown:
        for first, stop, other in shown:
            if first <= start and end <= stop:
                assert cents <= other, "a longer window is cheaper than one inside it"
            if first == start and stop < end:
                rest = [p for s, e, p in shown if s == stop and e == end]
                assert all(cents <= other + p for p in rest), "two halves are cheaper"


@settings(deadline=None, max_examples=120)
@given(moments(tidy=True))
def test_whatever_the_day_prices_keep_to_the_managers_limits(drawn):
    day, table, free, lead, rules = drawn
    prices = pricing.quote_grid(table, free=free, minutes_to_open=lead, rules=rules)
    hours = np.array(day.lengths) * day.slot_minutes / 60
    low, high = band(day.floor, day.ceiling, hours, rules)
    # An hourly ceiling below the floor of a dear hour wins there, and fairness over the floor of
    # what lies around it: the whole may cost no more than its parts.
    low = cheapest_cover(np.where(day.windows, np.floor(low), -1)[None].astype(int), day.lengths)[0]
    for s, k in np.argwhere(prices >= 0).tolist():
        assert prices[s, k] <= np.ceil(rules.member_multiplier * high[s, k]) + 1
        assert prices[s, k] >= np.floor(rules.member_multiplier * low[s, k]) - 1


@settings(deadline=None, max_examples=60)
@given(moments(tidy=False), st.data())
def test_one_price_is_that_of_the_grid_and_can_be_replayed(drawn, data):
    day, table, free, lead, rules = drawn
    prices = pricing.quote_grid(table, free=free, minutes_to_open=lead, rules=rules)
    shown = np.argwhere(prices >= 0).tolist()
    if not shown:
        return
    start, k = data.draw(st.sampled_from(shown))
    quote = pricing.quote(
        table, free=free, start=start, length=day.lengths[k], minutes_to_open=lead, rules=rules
    )
    assert quote.price_cents == prices[start, k] == sum(step.cents for step in quote.steps)
    assert pricing.replay(table, quote.inputs) == quote
