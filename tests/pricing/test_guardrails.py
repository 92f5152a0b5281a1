"""Guardrails keep their word whatever the optimiser says, and each test fails without its guard."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pricing import BadInput, Rules, guardrails
from pricing.guardrails import band, cheapest_cover, fair, guard, limits, on_step, raised, rounded

LENGTHS = (1, 2, 3, 5)
SLOTS = 7
FIT = np.arange(SLOTS)[:, None] + np.array(LENGTHS) <= SLOTS
CARD = np.tile(1000.0 * np.array(LENGTHS) ** 0.95, (SLOTS, 1))[None]
LEAD = np.full((1, SLOTS, 1), 5000.0)

offers = st.lists(
    st.integers(0, 30), min_size=SLOTS * len(LENGTHS), max_size=SLOTS * len(LENGTHS)
).map(lambda cents: np.where(FIT, 100 * np.array(cents).reshape(FIT.shape), -1)[None])


def covers(prices):
    """Every pair and triple of offered windows that covers an offered window, by brute force."""
    shown = [(s, s + LENGTHS[k], prices[0, s, k]) for s, k in np.argwhere(prices[0] >= 0)]
    for s, e, price in shown:
        for s1, e1, p1 in shown:
            if s1 <= s and e1 >= e:
                yield price, p1
            for s2, e2, p2 in shown:
                if s1 <= s and s2 <= e1 and e2 >= e:
                    yield price, p1 + p2


@settings(deadline=None, max_examples=60)
@given(prices=offers, closed=st.integers(0, SLOTS - 1))
def test_no_window_is_dearer_than_a_cover_of_it(prices, closed):
    prices = prices.copy()
    prices[0, closed] = -1
    out = fair(prices, LENGTHS)
    assert all(price <= cover for price, cover in covers(out))
    assert ((out == -1) == (prices == -1)).all()
    assert not guardrails.unfair(out, LENGTHS).any()
    assert (out[out >= 0] % 100 == 0).all()


@settings(deadline=None, max_examples=200)
@given(prices=offers, closed=st.integers(-1, SLOTS - 1), kept=st.integers(1, len(LENGTHS)))
def test_longer_windows_do_not_matter_to_shorter_ones(prices, closed, kept):
    """What `table.up_to` stands on: with all that lies inside a window on sale, its fair price
    comes from windows that are no longer."""
    start, end = np.arange(SLOTS)[:, None], np.arange(SLOTS)[:, None] + np.array(LENGTHS)
    shut = (start <= closed) & (closed < end)
    prices = np.where(shut, -1, prices)
    some = fair(prices[:, :, :kept], LENGTHS[:kept])
    np.testing.assert_array_equal(some, fair(prices, LENGTHS)[:, :, :kept])


def test_unfair_offers_are_noticed():
    prices = np.where(FIT, 1000, -1)[None]
    prices[0, 0, 3] = 3000
    assert guardrails.unfair(prices, LENGTHS)[0, 0, 3]
    assert cheapest_cover(prices, LENGTHS)[0, 0, 3] == 2000  # two slots and three


def test_raising_lifts_the_longer_to_the_shorter():
    prices = np.where(FIT, 1000, -1)[None]
    prices[0, 2, 0] = 1800
    out = raised(prices, LENGTHS)
    assert out[0, 1, 1] == out[0, 2, 1] == out[0, 0, 2] == 1800
    assert out[0, 3, 0] == 1000


@settings(deadline=None)
@given(
    price=st.floats(-1e4, 1e5),
    low=st.floats(0, 5e3),
    width=st.floats(0, 5e3),
    step=st.sampled_from([1, 10, 50, 100, 500]),
)
def test_rounding_stays_inside_its_bounds(price, low, width, step):
    high = low + width
    out = rounded(np.array([price]), np.array([low]), np.array([high]), step)[0]
    assert out == round(out)
    fits = np.ceil(low / step - 1e-9) <= np.floor(high / step + 1e-9) and high >= step
    if fits:
        assert out % step == 0
        assert low - 1e-3 <= out <= high + 1e-3
    else:
        assert np.ceil(low - 1e-6) <= out <= np.ceil(high)


def free(factor):
    return CARD * factor


def through(price, rules, *, lead=LEAD, offered=FIT):
    bounds = band(CARD * 0.7, CARD * 1.5, np.array(LENGTHS) / 2, rules)
    return guard(price, offered[None], CARD, bounds, lead, LENGTHS, rules)


@pytest.mark.parametrize(("factor", "kept"), [(0.1, 0.7), (9.0, 1.5)])
def test_the_band_holds(factor, kept):
    out = through(free(factor), Rules(round_to_cents=1)).final[0]
    np.testing.assert_allclose(out[FIT], kept * CARD[0][FIT], atol=1)
    assert (out[~FIT] == -1).all()


def test_the_managers_hourly_floor_and_ceiling_win_over_the_band():
    hours = np.tile(np.array(LENGTHS) / 2, (SLOTS, 1))[FIT]
    dear = through(free(0.1), Rules(round_to_cents=1, floor_cents_per_hour=4000)).final[0][FIT]
    np.testing.assert_allclose(dear, 4000 * hours, atol=1)
    cheap = through(free(9), Rules(round_to_cents=1, ceiling_cents_per_hour=1000)).final[0][FIT]
    np.testing.assert_allclose(cheap, 1000 * hours, atol=1)
    low, high = band(
        CARD * 0.7,
        CARD * 1.5,
        np.array(LENGTHS) / 2,
        Rules(floor_cents_per_hour=900, ceiling_cents_per_hour=900),
    )
    np.testing.assert_allclose(low, high)


def test_a_change_in_a_day_is_at_most_a_tenth_where_nothing_was_booked():
    before = np.where(FIT, np.round(CARD[0]), 0)
    rules = Rules(round_to_cents=1, previous_cents=before)
    up = through(free(1.4), rules).final[0][FIT]
    down = through(free(0.75), rules).final[0][FIT]
    np.testing.assert_allclose(up, before[FIT] * 1.1, atol=1)
    np.testing.assert_allclose(down, before[FIT] * 0.9, atol=1)
    moved = Rules(round_to_cents=1, previous_cents=before, changed=True)
    assert (through(free(1.4), moved).final[0][FIT] > before[FIT] * 1.3).all()


def test_no_drop_in_the_last_day_for_unchanged_windows():
    before = np.where(FIT, np.round(CARD[0] / 100) * 100, 0)
    rules = Rules(previous_cents=before)
    near = np.full((1, SLOTS, 1), 600.0)
    assert (through(free(0.7), rules, lead=near).final[0] >= before)[FIT].all()
    assert (through(free(0.7), rules).final[0] < before)[FIT].any()


def test_limits_leave_unknown_windows_alone():
    low, high = limits(CARD * 0.7, CARD * 1.5, LEAD, Rules(previous_cents=CARD[0] * 0))
    np.testing.assert_allclose(low, CARD * 0.7)
    np.testing.assert_allclose(high, CARD * 1.5)


def test_prices_stand_on_steps_of_the_list_price():
    out = on_step(np.array([1042.0, 1008.0, 3.0]), np.full(3, 1000.0), 0.05)
    np.testing.assert_allclose(out, [1050, 1000, 50])
    assert on_step(np.array([1042.0]), np.array([1000.0]), 0.0)[0] == 1042


def test_member_rate_is_the_public_price_times_the_multiplier():
    public = through(free(1.1), Rules(round_to_cents=1)).final[0][FIT]
    member = through(free(1.1), Rules(round_to_cents=1, member_multiplier=0.8)).final[0][FIT]
    np.testing.assert_allclose(member, public * 0.8, atol=1)


def test_locked_prices_win_over_everything():
    locked = np.zeros(FIT.shape, dtype=int)
    locked[2, 1] = 123
    for rules in (Rules(locked_cents=locked), Rules(locked_cents=locked, frozen=True)):
        assert through(free(1.2), rules).final[0, 2, 1] == 123
    assert through(free(1.2), Rules(locked_cents=locked), offered=FIT & False).final.max() == -1


def test_frozen_is_the_static_card():
    out = through(free(1.4), Rules(frozen=True, member_multiplier=0.5)).final[0][FIT]
    np.testing.assert_allclose(out, CARD[0][FIT] * 0.5, atol=1)


@settings(deadline=None, max_examples=60)
@given(
    factors=st.lists(st.floats(0.01, 5), min_size=28, max_size=28),
    before=st.booleans(),
    step=st.sampled_from([1, 50, 100]),
    rate=st.sampled_from([1.0, 0.8]),
)
def test_fair_and_inside_the_band_at_once(factors, before, step, rate):
    card = CARD * 1.0
    previous = fair(np.where(FIT, np.round(card / 100) * 100, -1).astype(int), LENGTHS)[0]
    rules = Rules(
        round_to_cents=step,
        member_multiplier=rate,
        previous_cents=np.maximum(previous, 0) if before else None,
    )
    out = through(card * np.array(factors).reshape(SLOTS, -1), rules).final
    assert not guardrails.unfair(out, LENGTHS).any()
    assert (out[0][FIT] >= np.floor(0.7 * rate * card[0][FIT]) - 1).all()
    assert (out[0][FIT] <= np.ceil(1.5 * rate * card[0][FIT]) + 1).all()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("round_to_cents", 0),
        ("round_to_cents", True),
        ("step_ratio", float("nan")),
        ("member_multiplier", 0),
        ("floor_cents_per_hour", -1),
        ("ceiling_cents_per_hour", float("inf")),
        ("daily_change", -0.1),
        ("locked_cents", [[-1]]),
        ("previous_cents", [[float("nan")]]),
    ],
)
def test_rules_refuse_nonsense_by_name(field, value):
    with pytest.raises(BadInput) as refused:
        Rules(**{field: value})
    assert refused.value.field == field


def test_rules_refuse_a_floor_above_the_ceiling():
    with pytest.raises(BadInput, match="floor_cents_per_hour"):
        Rules(floor_cents_per_hour=2000, ceiling_cents_per_hour=1000)


def test_rules_survive_json():
    rules = Rules(locked_cents=np.array([[1, 2]]), changed=np.array([True]), step_ratio=0.05)
    again = Rules(**json.loads(json.dumps(rules.as_json())))
    assert again.as_json() == rules.as_json()


@pytest.mark.parametrize(
    "wrong",
    [
        {"round_to_cents": 2.5},
        {"round_to_cents": np.nan},
        {"no_drop_minutes": np.nan},
        {"no_drop_minutes": -1},
        {"locked_cents": 1e300},
        {"previous_cents": np.inf},
    ],
)
def test_rules_that_say_nothing_are_refused(wrong):
    with pytest.raises(BadInput, match=next(iter(wrong))):
        Rules(**wrong)
