"""A quote is a look-up: the same in the grid and alone, its steps sum, its inputs replay it."""

import json
import struct
import zlib
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import pricing
from pricing import BadInput, DaySpec, Demand, NotForSale, Rules, Table, nightly
from pricing.demand import grid
from pricing.guardrails import unfair
from pricing.instances import instance
from pricing.nightly import Plan
from pricing.table import up_to

LENGTHS = range(1, 9)
PRIOR = pricing.priors("meeting_room", 2500)
DAY = DaySpec(20, 30, LENGTHS, PRIOR.card(30, LENGTHS, 20), buffer=1)
DEMAND = PRIOR.demand(DAY, weekday=1, first_minute=480, season=1.4)
TABLE = pricing.solve_day(DAY, DEMAND)
FREE = np.ones(20, dtype=bool)
HALF = np.array([1] * 6 + [0] * 4 + [1] * 10)
ROOMS = pricing.solve_day(replace(DAY, units=3), DEMAND.scaled(3))
POOL_DAY = DaySpec(10, 60, (1, 4, 10), PRIOR.card(60, (1, 4, 10), 10), units=5, kind="pool")
POOL = pricing.solve_day(
    POOL_DAY, pricing.priors("desk_pool", 400).demand(POOL_DAY, weekday=1, first_minute=480)
)
FIELD = {"free": HALF, "minutes_to_open": 3000}


@pytest.mark.parametrize(
    ("table", "free"),
    [
        (TABLE, HALF),
        (ROOMS, np.stack([HALF, HALF[::-1], np.ones(20)])),
        (POOL, [5, 4, 3, 2, 1, 0, 1, 2, 3, 4]),
    ],
    ids=["room", "rooms", "pool"],
)
@pytest.mark.parametrize("moment", [90_000, 3000, 60, -100, -5000])
def test_a_quote_is_the_price_the_grid_shows_and_its_steps_sum(table, free, moment):
    rules = Rules(round_to_cents=50, member_multiplier=0.9)
    prices = pricing.quote_grid(table, free=free, minutes_to_open=moment, rules=rules)
    assert not unfair(prices[None], table.lengths).any()
    for start, k in np.ndindex(prices.shape):
        window = {"start": start, "length": table.lengths[k]}
        ask = {"free": free, "minutes_to_open": moment, "rules": rules, **window}
        if prices[start, k] < 0:
            with pytest.raises(NotForSale):
                pricing.quote(table, **ask)
            continue
        quote = pricing.quote(table, **ask)
        assert quote.price_cents == prices[start, k] == sum(step.cents for step in quote.steps)
        assert quote.steps[0].code == "base"
        assert all(step.cents for step in quote.steps[1:])
        assert quote.model_version == table.model_version


def test_many_days_at_once_are_the_days_one_by_one():
    tables = [TABLE, POOL, ROOMS, TABLE] * 20
    free = [HALF, [5] * 10, np.ones((3, 20)), FREE] * 20
    moments = [100.0 * place for place in range(80)]
    together = pricing.quote_grids(tables, free=free, minutes_to_open=moments)
    for table, row, moment, prices in zip(tables, free, moments, together, strict=True):
        alone = pricing.quote_grid(table, free=row, minutes_to_open=moment)
        np.testing.assert_array_equal(prices, alone)


def test_a_table_with_holes_is_never_cut():
    """A long window may be on sale where a shorter one inside it is not: it can be its cover."""
    assert up_to(TABLE, 3).lengths == (1, 2, 3)
    holes = TABLE.card.copy()
    holes[5, 0] = 0
    odd = replace(TABLE, card=holes)
    assert up_to(odd, 3) is odd
    some, whole = (
        pricing.quote_grids([TABLE] * 3, free=[HALF] * 3, minutes_to_open=[9, 99, 9e3], **asked)
        for asked in ({"longest": 3}, {})
    )
    for cut, full in zip(some, whole, strict=True):
        np.testing.assert_array_equal(cut, full[:, :3])


def test_a_stored_quote_replays_and_another_table_does_not():
    rules = Rules(previous_cents=np.full((20, 8), 4000), changed=False)
    quote = pricing.quote(TABLE, start=12, length=3, rules=rules, **FIELD)
    stored = json.loads(json.dumps(quote.inputs))
    assert pricing.replay(TABLE, stored) == quote
    with pytest.raises(BadInput, match="model_version"):
        pricing.replay(POOL, stored)
    for wrong in ({"rules": {"no_such": 1}}, {"rules": None}, {"rules": [1]}):
        with pytest.raises(BadInput, match="inputs"):
            pricing.replay(TABLE, stored | wrong)
    del stored["start"]
    with pytest.raises(BadInput, match="inputs"):
        pricing.replay(TABLE, stored)


@pytest.mark.parametrize("table", [TABLE, ROOMS, POOL], ids=["room", "rooms", "pool"])
def test_bytes_bring_the_same_prices_back(table):
    units = {"room": FREE}.get(table.policy, FREE)
    units = np.ones((3, 20)) if table.units == 3 else units if table.units == 1 else [5] * 10
    again = Table.from_bytes(table.to_bytes())
    one = pricing.quote_grid(table, free=units, minutes_to_open=2000)
    np.testing.assert_array_equal(one, pricing.quote_grid(again, free=units, minutes_to_open=2000))


def test_a_day_to_serve_until_tomorrow_is_a_few_kilobytes():
    short = pricing.solve_day(DAY, DEMAND, minutes_to_open=10_080, keep_minutes=2160)
    assert len(short.to_bytes()) < 6000
    for moment in (10_080, 9000, 8000):
        asked = {"free": HALF, "minutes_to_open": moment}
        difference = pricing.quote_grid(short, **asked) - pricing.quote_grid(TABLE, **asked)
        assert abs(difference).max() == 0
    today = pricing.solve_day(DAY, DEMAND, minutes_to_open=900, keep_minutes=2160, steps=120)
    assert len(today.minutes) == 12
    late = {"free": HALF, "minutes_to_open": 300}
    shown = pricing.quote_grid(today, **late) - pricing.quote_grid(TABLE, **late)
    assert abs(shown).max() <= 100


@pytest.mark.parametrize(
    "data",
    [None, b"", b"CPT", b"xyz" * 30, TABLE.to_bytes()[:50], b"CPT\x09" + TABLE.to_bytes()[4:]],
)
def test_anything_but_a_table_is_refused(data):
    with pytest.raises(BadInput, match="table"):
        Table.from_bytes(data)


def test_a_table_cut_short_is_refused():
    data = TABLE.to_bytes()
    size = struct.calcsize("<3sBII")
    blob = zlib.compress(zlib.decompress(data[size:])[:-4])
    with pytest.raises(BadInput, match="cut short"):
        Table.from_bytes(data[:size] + blob)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"length": 99}, "length"),
        ({"start": -1}, "start"),
        ({"start": 20}, "start"),
        ({"free": np.ones(19)}, "free"),
        ({"free": np.full(20, 2)}, "free"),
        ({"free": np.full(20, 0.5)}, "free"),
        ({"free": np.full(20, -1)}, "free"),
        ({"minutes_to_open": float("nan")}, "minutes_to_open"),
    ],
)
def test_bad_requests_are_refused_by_name(change, field):
    with pytest.raises(BadInput) as refused:
        pricing.quote(TABLE, **({"start": 0, "length": 1} | FIELD | change))
    assert refused.value.field == field


def test_many_days_refuse_what_belongs_to_one():
    asked = {"free": [FREE], "minutes_to_open": [60]}
    with pytest.raises(BadInput, match="rules"):
        pricing.quote_grids([TABLE], rules=Rules(locked_cents=1), **asked)
    with pytest.raises(BadInput, match="rules"):
        pricing.quote_grids([TABLE], rules=Rules(previous_cents=1), **asked)
    with pytest.raises(BadInput, match="free"):
        pricing.quote_grids([TABLE, TABLE], **asked)


def test_too_early_too_late_and_closed_are_not_for_sale():
    closed = DAY.windows.copy()
    closed[5] = False
    day = replace(DAY, sellable=closed, min_lead_minutes=120, max_lead_minutes=5000)
    table = pricing.solve_day(day, DEMAND)
    prices = pricing.quote_grid(table, free=FREE, minutes_to_open=100)
    assert (prices[5] == -1).all()
    assert (prices[0] == -1).all()
    assert prices[1, 0] > 0
    assert (pricing.quote_grid(table, free=FREE, minutes_to_open=5100) == -1).all()


def test_evidence_names_the_largest_step_and_special_cases():
    ask = {"start": 12, "length": 2, **FIELD}
    quote = pricing.quote(TABLE, **ask)
    parts = {s.code: abs(s.cents) for s in quote.steps if s.code not in {"base", "rounding"}}
    assert quote.evidence.code == max(parts, key=parts.get)
    assert quote.evidence.numbers["units_free"] == 1
    assert quote.step("absent") == 0
    assert quote.step("base") == 2500
    locked = np.zeros((20, 8))
    locked[12, 1] = 1234
    held = pricing.quote(TABLE, rules=Rules(locked_cents=locked), **ask)
    assert (held.evidence.code, held.price_cents) == ("locked", 1234)
    other = pricing.quote(TABLE, rules=Rules(locked_cents=locked), **(ask | {"start": 13}))
    assert other.evidence.code != "locked"
    frozen = pricing.quote(TABLE, rules=Rules(frozen=True), **ask)
    assert (frozen.evidence.code, frozen.price_cents) == ("card", 2500)
    assert [step.code for step in frozen.steps] == ["base"]


def test_an_unmoved_price_says_usual():
    day = replace(DAY, floor_cents=DAY.card, ceiling_cents=DAY.card)
    wish = replace(PRIOR.demand(day, weekday=1, first_minute=480), lead_shift=0.0)
    table = pricing.solve_day(day, wish)
    ask = {"start": 0, "length": 2, "free": FREE, "minutes_to_open": 80_000}
    assert pricing.quote(table, **ask).price_cents == 2500
    at_list = replace(table, a=table.b * 0 + 2, b=table.b * 0 + 2)  # the list price is best
    still = replace(at_list, value=table.value * 0, typical=table.card, season=table.card)
    quote = pricing.quote(still, **ask, rules=Rules(round_to_cents=1))
    assert [step.code for step in quote.steps] == ["base"]
    assert quote.evidence.code == "usual"
    flat = replace(table, policy="card")
    assert pricing.quote(flat, **ask).evidence.code == "card"
    tried = flat.varied(np.full(flat.slots, 1.1))  # a card that teaches does move a little
    assert pricing.quote(tried, **ask).evidence.code == "trial"


def test_neighbours_are_cheaper_and_near():
    ask = {"free": FREE, "minutes_to_open": 3000}
    prices = pricing.quote_grid(TABLE, **ask)[:, 1]
    start = int(prices.argmax())
    found = pricing.neighbours(TABLE, start=start, length=2, **ask)
    assert len(found) == 3
    assert all(prices[other] == cents < prices[start] for other, cents in found)
    gone = pricing.neighbours(TABLE, start=7, length=2, **FIELD)
    assert gone
    assert all(cents > 0 for _, cents in gone)
    with pytest.raises(BadInput, match="length"):
        pricing.neighbours(TABLE, start=7, length=99, **FIELD)


def test_scarcity_raises_prices_and_a_cancellation_lowers_them_at_once():
    full = {"minutes_to_open": 2000}
    day, demand = instance(1.5, 3, units=8, kind="pool", slots=10, lengths=(1, 2, 4))
    table = pricing.solve_day(day, demand)
    prices = [pricing.quote_grid(table, free=[x] * 10, **full)[:, 0] for x in range(1, 9)]
    assert (np.diff(np.array(prices), axis=0) <= 0).all()
    assert (prices[0] > prices[-1]).all()


@settings(max_examples=30, deadline=None)
@given(
    taken=st.sets(st.integers(0, 19)),
    moment=st.floats(-500, 130_000),
    member=st.sampled_from([1.0, 0.85]),
    step=st.sampled_from([1, 50, 100]),
)
def test_offers_are_fair_repeatable_and_in_the_band(taken, moment, member, step):
    free = np.array([slot not in taken for slot in range(20)])
    rules = Rules(round_to_cents=step, member_multiplier=member)
    ask = {"free": free, "minutes_to_open": moment, "rules": rules}
    prices = pricing.quote_grid(TABLE, **ask)
    np.testing.assert_array_equal(prices, pricing.quote_grid(TABLE, **ask))
    assert not unfair(prices[None], TABLE.lengths).any()
    shown = prices >= 0
    assert (prices[shown] >= np.floor(0.7 * member * DAY.card[shown]) - step).all()
    assert (prices[shown] <= np.ceil(1.5 * member * DAY.card[shown])).all()


def test_days_of_23_and_25_hours_are_other_numbers_of_slots():
    for slots in (23, 25):
        day = DaySpec(slots, 60, (1, 2, 4), PRIOR.card(60, (1, 2, 4), slots))
        demand = PRIOR.demand(day, weekday=6, first_minute=0)
        prices = pricing.quote_grid(
            pricing.solve_day(day, demand), free=np.ones(slots), minutes_to_open=600
        )
        assert (prices[:, 0] > 0).all()
        assert prices.shape == (slots, 3)


def test_solving_many_is_solving_each_and_equal_days_are_solved_once():
    days = [DAY, DAY, POOL_DAY]
    demands = [
        DEMAND,
        PRIOR.demand(DAY, weekday=2, first_minute=480),
        pricing.priors("desk_pool", 400).demand(POOL_DAY, weekday=1, first_minute=480),
    ]
    many = pricing.solve_days(days, demands, minutes_to_open=[900, 5000, 7000])
    for day, demand, moment, table in zip(days, demands, [900, 5000, 7000], many, strict=True):
        one = pricing.solve_day(day, demand, minutes_to_open=moment, keep_minutes=2160)
        assert one.to_bytes() == table.to_bytes()
    everything = pricing.solve_days([DAY], [DEMAND])
    assert len(everything[0].minutes) == 41


@pytest.mark.parametrize(
    ("call", "field"),
    [
        (lambda: pricing.solve_days([DAY], []), "demands"),
        (lambda: pricing.solve_days([DAY], [DEMAND], workers=0), "workers"),
        (lambda: pricing.solve_day(DAY, DEMAND, keep_minutes=0), "keep_minutes"),
        (lambda: pricing.solve_day(DAY, DEMAND, minutes_to_open=float("nan")), "keep_minutes"),
        (lambda: pricing.solve_day(POOL_DAY, DEMAND), "mean"),
        (lambda: grid(POOL_DAY, DEMAND, 5), "mean"),
        (lambda: grid(DAY, DEMAND, 0), "steps"),
        (lambda: pricing.solve_day(DAY, DEMAND.scaled(1000)), "mean"),
        (lambda: Plan(policy="magic"), "policy"),
        (lambda: Plan(reward=float("nan")), "reward"),
        (lambda: Plan(policy="card"), "card"),
        (lambda: Plan(card=[1]), "card"),
        (lambda: pricing.solve_day(POOL_DAY, DEMAND_POOL, plan=Plan(left=6)), "left"),
    ],
)
def test_solving_refuses_by_name(call, field):
    with pytest.raises(BadInput) as refused:
        call()
    assert refused.value.field == field


DEMAND_POOL = pricing.priors("desk_pool", 400).demand(POOL_DAY, weekday=1, first_minute=480)


def test_a_card_policy_sells_at_its_card_whatever_is_booked():
    plan = Plan(policy="card", card=DAY.card * 1.2)
    table = pricing.solve_day(DAY, DEMAND, plan=plan)
    prices = pricing.quote_grid(table, rules=Rules(round_to_cents=1), **FIELD)
    shown = prices >= 0
    np.testing.assert_allclose(prices[shown], (DAY.card * 1.2)[shown], atol=1)
    pool = pricing.solve_day(POOL_DAY, DEMAND_POOL, plan=Plan(policy="card", card=POOL_DAY.card))
    assert (
        pricing.quote(pool, free=[1] * 10, start=0, length=1, minutes_to_open=9).price_cents == 2500
    )


def test_a_fluid_pool_reprices_from_the_seats_left():
    full = pricing.solve_day(POOL_DAY, DEMAND_POOL.scaled(2), plan=Plan(policy="fluid"))
    few = pricing.solve_day(
        POOL_DAY,
        DEMAND_POOL.scaled(2),
        minutes_to_open=4000,
        keep_minutes=2160,
        plan=Plan(policy="fluid", left=[1] * 10),
    )
    assert full.policy == few.policy == "fluid"
    ask = {"minutes_to_open": 4000, "rules": Rules(round_to_cents=1)}
    dear = pricing.quote_grid(few, free=[1] * 10, **ask)[:, 0]
    cheap = pricing.quote_grid(full, free=[5] * 10, **ask)[:, 0]
    assert (dear >= cheap).all()
    assert dear.max() > cheap.max()


OK = {"slots": 4, "slot_minutes": 60, "lengths": (1, 2), "list_cents": 1000.0}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"slots": 0}, "slots"),
        ({"slots": 4.5}, "slots"),
        ({"slots": True}, "slots"),
        ({"lengths": ()}, "lengths"),
        ({"lengths": (2, 1)}, "lengths"),
        ({"lengths": (0, 1)}, "lengths"),
        ({"lengths": (5,)}, "lengths"),
        ({"lengths": ("a",)}, "lengths"),
        ({"lengths": (1.5, 2)}, "lengths"),
        ({"lengths": (1, float("inf"))}, "lengths"),
        ({"lengths": None}, "lengths"),
        ({"list_cents": float("nan")}, "list_cents"),
        ({"list_cents": -1.0}, "list_cents"),
        ({"list_cents": 0.0}, "list_cents"),
        ({"list_cents": "dear"}, "list_cents"),
        ({"list_cents": [1, 2, 3]}, "list_cents"),
        ({"list_cents": 1e300}, "list_cents"),
        ({"list_cents": 1j}, "list_cents"),
        ({"base_cents": 1e300}, "list_cents"),
        ({"floor_cents": 2000.0, "ceiling_cents": 1000.0}, "floor_cents"),
        ({"sellable": False}, "sellable"),
        ({"sellable": 1}, "sellable"),
        ({"sellable": np.ones((3, 2), bool)}, "sellable"),
        ({"kind": "barn"}, "kind"),
        ({"kind": "pool", "buffer": 1}, "buffer"),
        ({"buffer": 5}, "buffer"),
        ({"min_lead_minutes": 10, "max_lead_minutes": 10}, "min_lead_minutes"),
    ],
)
def test_a_day_refuses_by_name(change, field):
    with pytest.raises(BadInput) as refused:
        DaySpec(**(OK | change))
    assert refused.value.field == field


ASKED = {"mean": np.ones((4, 2)), "a": 5.0, "b": 5.0, "lead_edges": [0, 10], "lead_share": [1.0]}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"mean": [1, 2]}, "mean"),
        ({"mean": np.ones((4, 0))}, "mean"),
        ({"mean": np.full((4, 2), np.nan)}, "mean"),
        ({"mean": np.full((4, 2), -1.0)}, "mean"),
        ({"a": np.inf}, "a"),
        ({"a": 61.0}, "a"),
        ({"lead_shift": 61.0}, "a"),
        ({"b": 0.0}, "b"),
        ({"lead_edges": [1, 2]}, "lead_edges"),
        ({"lead_edges": [0, 0]}, "lead_edges"),
        ({"lead_edges": [0]}, "lead_edges"),
        ({"lead_edges": [[0, 1]]}, "lead_edges"),
        ({"lead_share": [0.5]}, "lead_share"),
        ({"b_sd": float("nan")}, "b_sd"),
    ],
)
def test_a_demand_refuses_by_name(change, field):
    with pytest.raises(BadInput) as refused:
        Demand(**(ASKED | change))
    assert refused.value.field == field


@pytest.mark.parametrize("kind", pricing.KINDS)
def test_every_kind_has_a_prior_that_prices(kind):
    prior = pricing.priors(kind, 1500)
    day = DaySpec(12, 60, (1, 2, 4, 8), prior.card(60, (1, 2, 4, 8), 12))
    tuesday = prior.demand(day, weekday=1, first_minute=480)
    sunday = prior.demand(day, weekday=6, first_minute=480)
    assert tuesday.rate.sum() > sunday.rate.sum() > 0
    assert (tuesday.source, tuesday.typical) == ("prior", None)
    assert prior.demand(day, weekday=1, first_minute=480, season=2).typical is not None
    table = pricing.solve_day(day, tuesday)
    assert table.model_version.startswith("3-prior-")
    prices = pricing.quote_grid(table, free=np.ones(12), minutes_to_open=2880)
    assert prices.max() > 0


@pytest.mark.parametrize(
    ("call", "field"),
    [
        (lambda: pricing.priors("barn", 100), "kind"),
        (lambda: pricing.priors("office", 0), "base_cents_per_hour"),
        (lambda: pricing.priors("office", float("nan")), "base_cents_per_hour"),
        (lambda: PRIOR.demand(DAY, weekday=7, first_minute=0), "weekday"),
        (lambda: PRIOR.demand(DAY, weekday=1, first_minute=1440), "first_minute"),
        (lambda: PRIOR.demand(DAY, weekday=1, first_minute=0, season=-1), "season"),
        (lambda: DEMAND.scaled(-1), "factor"),
    ],
)
def test_priors_refuse_by_name(call, field):
    with pytest.raises(BadInput) as refused:
        call()
    assert refused.value.field == field


def test_no_demand_at_all_still_prices():
    table = pricing.solve_day(DAY, DEMAND.scaled(0))
    assert pricing.quote_grid(table, **FIELD).max() > 0


def test_solving_leaves_its_inputs_alone():
    before = DEMAND.rate.copy(), DAY.card.copy()
    pricing.solve_day(DAY, DEMAND)
    np.testing.assert_array_equal(before[0], DEMAND.rate)
    np.testing.assert_array_equal(before[1], DAY.card)
    with pytest.raises(ValueError, match="read-only"):
        DEMAND.rate[0, 0] = 1


def test_a_card_prices_no_usual_weekday_and_asks_itself_all_season(monkeypatch):
    day, demand = instance(1.0, 5)
    demand = replace(demand, typical=replace(demand, mean=0.6 * demand.rate))
    plan = pricing.Plan(policy="card", card=1.1 * day.card)
    counted = []
    solve = nightly._solved
    monkeypatch.setattr(nightly, "_solved", lambda *job: counted.append(1) or solve(*job))
    one, many = (
        pricing.solve_day(day, demand, plan=plan),
        pricing.solve_days([day], [demand], plans=[plan]),
    )
    assert len(counted) == 2
    assert one.to_bytes() == many[0].to_bytes()
    assert np.array_equal(one.typical, one.season)
    assert np.allclose(one.typical[day.windows], 1.1 * day.card[day.windows])


@pytest.mark.parametrize("wrong", [np.nan, np.inf, 1e300, 2.5, True, "x", None, [1], np.ones(3)])
def test_what_is_no_number_is_refused_by_name(wrong):
    window = {"free": FREE, "start": 0, "length": 1, "minutes_to_open": 3000}
    with pytest.raises(BadInput, match="start"):
        pricing.quote(TABLE, **window | {"start": wrong})
    with pytest.raises(BadInput, match="count"):
        pricing.neighbours(TABLE, **window, count=wrong)
    with pytest.raises(BadInput, match="units"):
        pricing.group_displacement([pricing.Block(TABLE, FREE, 3000, 0, 1, wrong)])
    with pytest.raises(BadInput, match="steps"):
        pricing.solve_day(DAY, DEMAND, steps=wrong)
    if not isinstance(wrong, bool | float) or not np.isfinite(wrong):
        with pytest.raises(BadInput, match="minutes_to_open"):
            pricing.quote(TABLE, **window | {"minutes_to_open": wrong})
