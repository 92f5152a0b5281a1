"""What playing the prices gains, against cases where the answer is known."""

import numpy as np
import pytest

from pricing import bench_play, paths, strategic
from pricing.instances import instance
from pricing.nightly import solve_day

SHAPE = {"slots": 6, "lengths": (1, 2), "slot_minutes": 60}


class Falling:
    """A price that falls by itself from 2000 to 1000 over the last ten days."""

    seats = False

    def __init__(self, day):
        self.day = day

    def ask(self, now):
        lead = now.minutes + now.start * self.day.slot_minutes
        price = 1000 + 1000 * np.clip(lead / 14_400, 0, 1)
        free = paths.seat_free(now)
        return np.where(free, price, np.inf), np.zeros(len(price), dtype=np.intp)


def drawn(units=1, load=0.3, seed=5, count=400):
    day, demand = instance(load, seed, units=units, **SHAPE)
    return day, demand, paths.draw(day, demand, paths=count, seed=seed)


def test_at_a_card_nobody_gains_by_booking_again_and_waiting_only_risks():
    day, _, requests = drawn(load=1.5)
    card = paths.Card(day, day.card)
    assert strategic.rebooking(day, card, requests, [4320, 1440], 1).share == 0
    late = strategic.waiting(day, card, requests, 240, 1)
    assert late.share < 0
    assert late.customers > 100


def test_alone_at_a_card_waiting_costs_nothing():
    day, demand = instance(0.02, 5, **SHAPE)
    requests = paths.draw(day, demand, paths=4000, seed=2)
    alone = (requests.window >= 0).sum(axis=1) == 1
    only = strategic._only(requests, np.flatnonzero(alone))
    found = strategic.waiting(day, paths.Card(day, day.card), only, 60, 1)
    assert found.customers > 20
    assert found.share == pytest.approx(0, abs=1e-12)


def test_a_price_that_falls_by_itself_is_found_out_to_the_cent():
    day, demand = instance(0.02, 5, **SHAPE)
    requests = paths.draw(day, demand, paths=4000, seed=2)
    alone = strategic._only(requests, np.flatnonzero((requests.window >= 0).sum(axis=1) == 1))
    policy = Falling(day)
    asked, bought = strategic._played(day, policy, alone)
    row = np.flatnonzero(bought.any(axis=1))
    paid = asked[row, bought[row].argmax(axis=1)]
    again = strategic.rebooking(day, policy, alone, [1440], 1)
    wanted = np.maximum(paid - (1000 + 1000 * 1440 / 14_400), 0)
    assert again.share == pytest.approx(wanted.mean() / paid.mean(), rel=1e-9)
    assert again.share > 0.05


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
        strategic.rebooking(day, paths.Card(day, day.card), requests, [1440], 1)


def test_waiting_does_not_pay_under_the_engine():
    rows = bench_play.playing((3,), paths=400)
    assert len(rows) == 6
    assert all(row.ok for row in rows if "waiting" in row.what)
