"""What playing the prices gains, against cases where the answer is known."""

import numpy as np
import pytest

from pricing import BadInput, bench_play, paths, resale, strategic
from pricing.guardrails import given_back
from pricing.instances import instance
from pricing.nightly import solve_day
from pricing.resale import Terms, World

SHAPE = {"slots": 6, "lengths": (1, 2), "slot_minutes": 60}


class Falling:
    """A price that falls by itself from 2000 to 1000 over the last ten days."""

    def __init__(self, day, seats=False):
        self.day, self.seats = day, seats

    def ask(self, now):
        lead = now.minutes + now.start * self.day.slot_minutes
        price = 1000 + 1000 * np.clip(lead / 14_400, 0, 1)
        free = paths.seat_free(now)
        return np.where(free, price, np.inf), np.zeros(len(price), dtype=np.intp)


ALL_BACK, TODAY = Terms(), Terms(today=True)


def world(day, policy, requests, rule=None, quit=0.0):
    return World(day, policy, requests, resale.quitting(day, requests, quit, 3), rule)


def drawn(units=1, load=0.3, seed=5, count=400):
    day, demand = instance(load, seed, units=units, **SHAPE)
    return day, demand, paths.draw(day, demand, paths=count, seed=seed)


def test_at_a_card_nobody_gains_by_booking_again_and_waiting_only_risks():
    day, _, requests = drawn(load=1.5)
    card = paths.Card(day, day.card)
    assert strategic.rebook(world(day, card, requests), [4320, 1440], ALL_BACK, 1).share == 0
    late = strategic.waiting(day, card, requests, 240, 1)
    assert late.share < 0
    assert late.customers > 100


def test_alone_at_a_card_waiting_costs_nothing():
    day, demand = instance(0.02, 5, **SHAPE)
    requests = paths.draw(day, demand, paths=4000, seed=2)
    alone = (requests.window >= 0).sum(axis=1) == 1
    only = requests.only(np.flatnonzero(alone))
    found = strategic.waiting(day, paths.Card(day, day.card), only, 60, 1)
    assert found.customers > 20
    assert found.share == pytest.approx(0, abs=1e-12)


def test_a_price_that_falls_by_itself_is_found_out_to_the_cent():
    day, demand = instance(0.02, 5, **SHAPE)
    requests = paths.draw(day, demand, paths=4000, seed=2)
    alone = requests.only(np.flatnonzero((requests.window >= 0).sum(axis=1) == 1))
    policy = Falling(day)
    asked, bought = strategic._played(day, policy, alone)
    row = np.flatnonzero(bought.any(axis=1))
    paid = asked[row, bought[row].argmax(axis=1)]
    one = world(day, policy, alone)
    again = strategic.rebook(one, [1440], ALL_BACK, 1)
    wanted = np.maximum(paid - (1000 + 1000 * 1440 / 14_400), 0)
    assert again.share == pytest.approx(wanted.mean() / paid.mean(), rel=1e-9)
    assert again.share > 0.05
    fee = strategic.rebook(one, [1440], Terms(fee=0.04), 1)
    assert fee.share == pytest.approx(np.maximum(wanted - 0.04 * paid, 0).mean() / paid.mean())
    assert strategic.rebook(one, [1440], TODAY, 1).share == 0


@pytest.mark.parametrize("units", [1, 3])
def test_what_comes_back_at_most_at_todays_price_is_no_game(units):
    day, demand, requests = drawn(units=units, load=1.2, count=250)
    one = world(day, paths.ByTable(day, solve_day(day, demand)), requests, quit=0.1)
    looks = [n * 1440 for n in range(20, 0, -1)]
    assert strategic.rebook(one, looks, ALL_BACK, 1).share > 0.01
    for second in (False, True)[:units]:
        assert strategic.rebook(one, looks, TODAY, 1, second=second).share < 0.001
    away = strategic.comeback(one, 4320, 1440, TODAY, 1)
    assert away.share < 0.01
    assert away.customers > 150


def test_a_second_unit_booked_first_dodges_a_slot_that_keeps_its_rate_but_not_the_term():
    day, _, requests = drawn(units=3, load=0.1)
    one = world(day, Falling(day, seats=True), requests, rule=resale.Kept(0.0))
    assert strategic.rebook(one, [1440], ALL_BACK, 1).share == 0
    assert strategic.rebook(one, [1440], ALL_BACK, 1, second=True).share > 0.05
    assert strategic.rebook(one, [1440], TODAY, 1, second=True).share == 0


@pytest.mark.parametrize("rule", [resale.Kept(0.1), resale.Sold(0.0), resale.Daily(0.01)], ids=str)
def test_rules_raise_prices_within_the_band_and_only_then(rule):
    day, demand, requests = drawn(units=1, load=1.2, count=150)
    policy = paths.ByTable(day, solve_day(day, demand))
    free, held = (world(day, policy, requests, rule=one, quit=0.3).season() for one in (None, rule))
    plain, ruled = resale.played(free), resale.played(held)
    assert not np.array_equal(plain.net, ruled.net)
    paid, window = held.book.paid, requests.window
    sold = paid > 0
    assert (paid[sold] <= day.ceiling.ravel()[window[sold]] + 1e-9).all()


def test_a_price_that_may_not_fall_does_not():
    day, demand = instance(0.02, 5, **SHAPE)
    requests = paths.draw(day, demand, paths=500, seed=2)
    held = world(day, Falling(day), requests, rule=resale.Daily(0.0)).season()
    resale.played(held)
    assert (held.book.paid[held.book.paid > 0] >= 1999).all()


def test_honest_cancellers_lose_what_prices_fell_by():
    day, demand = instance(0.02, 5, **SHAPE)
    requests = paths.draw(day, demand, paths=4000, seed=2)
    one = world(day, Falling(day), requests, quit=1.0)
    found = resale.played(one.season())
    assert found.net.max() == pytest.approx(2000, abs=1000)  # the late ones, who cannot cancel
    assert 0 < found.honest < 0.5
    at_a_card = resale.played(world(day, paths.Card(day, day.card), requests, quit=1.0).season())
    assert at_a_card.honest == 0


def test_what_comes_back_is_the_smaller_of_share_and_price():
    np.testing.assert_array_equal(
        given_back([1000, 1000, 500, 0], [800, np.inf, 800, 5]), [800, 1000, 500, 0]
    )


@pytest.mark.parametrize(("share", "today"), [(-1, 5), (5, -1), (np.nan, 5), (5, np.nan)])
def test_what_is_no_money_does_not_come_back(share, today):
    with pytest.raises(BadInput, match="cents"):
        given_back(share, today)


def test_seasons_played_here_are_those_of_the_simulator():
    day, demand, requests = drawn(units=3, load=1.2)
    policy = paths.ByTable(day, solve_day(day, demand))
    asked, bought = strategic._played(day, policy, requests)
    assert np.where(bought, asked, 0).sum(axis=1) == pytest.approx(
        paths.run(day, policy, requests)[:, 0]
    )


def test_nobody_to_play_is_no_gain():
    day, _, requests = drawn()
    nobody = requests.after(-1e9)
    found = strategic.waiting(day, paths.Card(day, day.card), nobody, 60, 1)
    assert found == strategic.Gain(0.0, 0.0, 0)


def test_between_buffers_nothing_is_given_back():
    day, demand = instance(0.3, 5, buffer=1, **SHAPE)
    requests = paths.draw(day, demand, paths=10, seed=1)
    with pytest.raises(ValueError, match="buffers"):
        world(day, paths.Card(day, day.card), requests).season()


def test_nothing_is_gained_by_playing_under_what_ships(monkeypatch):
    monkeypatch.setattr(bench_play, "LOADS", (1.2,))
    monkeypatch.setattr(bench_play, "VENUES", {"2 rooms": (2, 8, "rooms"), "5": (5, 6, "pool")})
    rows = bench_play.playing((3,), paths=100, names=("2 rooms", "5"))
    assert len(rows) == 8
    chosen = [row for row in rows if bench_play.CHOSEN in row.what]
    assert len(chosen) == 2
    assert all(row.ok is None and float(row.figure.split("%")[0]) > 1 for row in chosen)
    assert all(row.ok for row in rows if row not in chosen)


def test_every_remedy_has_its_price_tag(monkeypatch):
    monkeypatch.setattr(bench_play, "VENUES", {"1 room": (1, 6, "rooms")})
    rows = bench_play.remedies((3,), paths=30, names=("1 room",))
    assert len(rows) == len(bench_play.REMEDIES)
    assert "net revenue +0.0%/+0.0%/+0.0%" in rows[0].reference
    assert rows[-1].figure.startswith("left to gain 0.00%")
