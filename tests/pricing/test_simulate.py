"""The simulated world keeps the laws of a real one."""

from datetime import date, timedelta

import numpy as np

from pricing.data import BOOKED, LEFT, UNAVAILABLE
from pricing.simulate import DESK_LENGTHS, SpaceSpec, VenueSpec, history, market

DESKS = SpaceSpec("Plateau", "pool", 6, 1, 4.0, 12.0, DESK_LENGTHS)
VENUE = VenueSpec((SpaceSpec("Atelier", seats=6), SpaceSpec("Verrière", demand=7.0), DESKS))
START, END = date(2025, 9, 1), date(2026, 3, 1)


def test_same_seed_same_past_and_another_seed_another():
    first, again = (history(VENUE, START, END, seed=3) for _ in range(2))
    assert list(first.rows()) == list(again.rows())
    assert list(first.rows()) != list(history(VENUE, START, END, seed=4).rows())


def test_never_more_bookings_at_once_than_units():
    bookings = history(VENUE, START, END, seed=5)
    for space, spec in enumerate(VENUE.spaces):
        mine = bookings.pick((bookings.space == space) & ~bookings.is_cancelled)
        for day in np.unique(mine.day):
            at = mine.pick(mine.day == day)
            for minute in range(VENUE.opens, VENUE.closes, 30):
                inside = (at.start <= minute) & (minute < at.start + at.length)
                assert inside.sum() <= spec.units


def test_bookings_stay_in_opening_hours_are_made_before_and_on_open_days():
    closed = frozenset(START + timedelta(days=n) for n in range(30))
    shut = VenueSpec(VENUE.spaces, closed=closed)
    bookings = history(shut, START, END, seed=6)
    assert (bookings.start >= 480).all()
    assert (bookings.start + bookings.length <= 1200).all()
    begins = bookings.day.astype("datetime64[m]") + bookings.start
    assert (bookings.made_at < begins).all()
    assert bookings.day.min() >= np.datetime64(START + timedelta(days=30))
    weekday = (bookings.day.astype(np.int64) + 3) % 7
    assert not (weekday == 6).any()


def test_cancelled_at_lies_between_making_and_use_and_no_show_was_not_cancelled():
    bookings = history(VENUE, START, END, seed=7)
    gone = bookings.pick(bookings.is_cancelled)
    assert 0.03 < len(gone) / len(bookings) < 0.2
    assert (gone.cancelled_at >= gone.made_at).all()
    assert (gone.cancelled_at <= gone.day.astype("datetime64[m]") + gone.start).all()
    assert not gone.no_show.any()


def test_dearer_sells_less_to_the_same_customers():
    card = market(VENUE, START, END, seed=8)
    dear = market(VENUE, START, END, 8, lambda w: 1.5 * VENUE.spaces[w.space].card(w.length))
    taken = [np.mean(m.quotes.outcome == BOOKED) for m in (card, dear)]
    left = [np.mean(m.quotes.outcome == LEFT) for m in (card, dear)]
    assert taken[1] < taken[0] - 0.1
    assert left[1] > left[0]
    assert (card.quotes.outcome == UNAVAILABLE).sum() > (dear.quotes.outcome == UNAVAILABLE).sum()


def test_a_break_in_the_trend_moves_the_level():
    broken = VenueSpec(VENUE.spaces, breaks=((date(2025, 12, 1), 0.4),))
    plain, cut = (history(v, START, END, seed=9) for v in (VENUE, broken))
    after = np.datetime64("2025-12-01")
    assert (cut.day >= after).sum() < 0.6 * (plain.day >= after).sum()


def test_a_price_above_all_worth_sells_nothing():
    empty = market(VENUE, START, END, 1, lambda _: 1e9)
    assert len(empty.bookings) == 0
    assert (empty.quotes.outcome == LEFT).all()
