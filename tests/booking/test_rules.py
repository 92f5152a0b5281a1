"""Quote, hold, pay at the desk, move, cancel: the calendar and the ledger agree all along."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine

from app.booking import cancel, confirm, hold, move, presence
from app.booking.cancel import Actor, Policy
from app.booking.models import Booking
from app.core import clock, words
from app.core.db import db
from app.core.errors import Refused, Taken
from app.core.slots import Interval
from app.ledger import rules as ledger
from app.occupancy import rules as occupancy
from app.payments import rules as payments
from app.rates import rules as rates
from tests.world import World, space, tomorrow

POLICY = Policy(free_hours=24, late_percent=50)
DESK = hold.Terms(way="desk")


def quote(space_id: int, hour: int = 10, hours: int = 2, days: int = 3, people: int = 1):
    start = tomorrow(hour, days=days)
    interval = Interval(start, start + dt.timedelta(hours=hours))
    return rates.ask(rates.Asked(space(space_id), interval, people))


def booked(space_id: int, **when: int) -> Booking:
    booking = hold.hold(quote(space_id, **when), DESK)
    assert confirm.confirm(booking.id)
    return booking


def test_the_price_charged_is_the_price_said(world: World) -> None:
    said = quote(world.a.room)
    booking = hold.hold(said, DESK)
    confirm.confirm(booking.id)
    assert booking.price_cents == said.price_cents > 0
    assert sum(step["cents"] for step in said.steps) == said.price_cents
    assert ledger.balance("receivable", "booking", booking.id) == said.price_cents


def test_the_same_request_has_the_same_price(world: World) -> None:
    with time_machine.travel(clock.now(), tick=False):
        assert quote(world.a.room).price_cents == quote(world.a.room).price_cents


def test_a_double_click_holds_one_room(world: World) -> None:
    said = quote(world.a.room)
    assert hold.hold(said, DESK).id == hold.hold(said, DESK).id
    assert len(occupancy.rows_of("booking", hold.hold(said, DESK).id)) == 1


def test_the_second_of_two_is_refused(world: World) -> None:
    first, second = quote(world.a.room), quote(world.a.room)
    hold.hold(first, DESK)
    with pytest.raises(Taken):
        hold.hold(second, DESK)


def test_an_expired_quote_is_refused(world: World) -> None:
    said = quote(world.a.room)
    later = time_machine.travel(clock.now() + dt.timedelta(minutes=16), tick=False)
    with later, pytest.raises(rates.QuoteGone):
        rates.live(said.token)


def test_a_lapsed_hold_frees_the_room_without_any_worker(world: World) -> None:
    hold.hold(quote(world.a.room), DESK)
    with time_machine.travel(clock.now() + dt.timedelta(minutes=15, seconds=1), tick=False):
        assert hold.hold(quote(world.a.room), DESK).state == "held"


def test_what_awaits_its_payment_is_not_confirmed_by_hand(world: World) -> None:
    booking = hold.hold(quote(world.a.room), hold.Terms(way="online"))
    with pytest.raises(Refused):
        confirm.confirm(booking.id)


def test_cancelling_early_gives_all_back(world: World) -> None:
    booking = booked(world.a.room)
    payments.record_at_desk(
        payments.Due("booking", booking.id, booking.price_cents), "terminal", None
    )
    row = cancel.cancel(booking.id, POLICY, Actor())
    assert row.refund_cents == booking.price_cents
    assert ledger.balance("receivable", "booking", booking.id) == 0
    assert ledger.balance("sales", "booking", booking.id) == 0
    assert not occupancy.rows_of("booking", booking.id)


def test_cancelling_late_gives_half_back(world: World) -> None:
    booking = booked(world.a.room)
    payments.record_at_desk(payments.Due("booking", booking.id, booking.price_cents), "cash", None)
    with time_machine.travel(booking.starts_at - dt.timedelta(hours=2), tick=False):
        row = cancel.cancel(booking.id, POLICY, Actor())
    assert row.refund_cents == cancel.share(
        booking.price_cents, booking.starts_at, POLICY, booking.starts_at - dt.timedelta(hours=2)
    )
    assert ledger.balance("receivable", "booking", booking.id) == 0


def test_cancelling_twice_refunds_once(world: World) -> None:
    booking = booked(world.a.room)
    payments.record_at_desk(payments.Due("booking", booking.id, booking.price_cents), "cash", None)
    first = cancel.cancel(booking.id, POLICY, Actor())
    assert cancel.cancel(booking.id, POLICY, Actor()).id == first.id
    assert ledger.balance("cash", "booking", booking.id) == 0


def test_a_shown_refund_is_never_lowered_in_silence(world: World) -> None:
    booking = booked(world.a.room)
    late = time_machine.travel(booking.starts_at - dt.timedelta(hours=2), tick=False)
    with late, pytest.raises(cancel.TooLate):
        cancel.cancel(booking.id, POLICY, Actor(), promised=booking.price_cents)


def test_moving_frees_the_old_time_and_settles_the_difference(world: World) -> None:
    booking = booked(world.a.room)
    payments.record_at_desk(payments.Due("booking", booking.id, booking.price_cents), "cash", None)
    paid = booking.price_cents
    said = quote(world.a.room, hour=15, hours=3)
    row = move.move(booking.id, said, POLICY, Actor())
    assert booking.starts_at == said.starts_at
    assert payments.due_on("booking", booking.id) == row.to_price_cents - paid > 0
    assert hold.hold(quote(world.a.room), DESK).state == "held"


def test_moving_onto_a_taken_time_changes_nothing(world: World) -> None:
    booking = booked(world.a.room)
    said = quote(world.a.room, hour=15)
    booked(world.a.room, hour=15)
    before = booking.starts_at
    with pytest.raises(Taken), db.session.begin_nested():
        move.move(booking.id, said, POLICY, Actor())
    db.session.refresh(booking)
    assert booking.starts_at == before
    assert occupancy.rows_of("booking", booking.id)


def test_an_arrival_is_noted_once(world: World) -> None:
    booking = booked(world.a.room)
    with time_machine.travel(booking.starts_at - dt.timedelta(minutes=5), tick=False):
        first = presence.check_in(booking.id, how="scan", by=None)
        assert presence.check_in(booking.id, how="scan", by=None) is first


def test_a_no_show_frees_the_rest(world: World) -> None:
    booking = booked(world.a.room)
    with time_machine.travel(booking.starts_at + dt.timedelta(minutes=31), tick=False):
        presence.no_show(booking.id, 30, by=None)
        with pytest.raises(Refused):
            presence.check_in(booking.id, how="scan", by=None)
        assert occupancy.rows_of("booking", booking.id)[0].ends_at == clock.now()


def test_people_beyond_the_room_are_refused(world: World) -> None:
    with pytest.raises(Refused, match="6"):
        quote(world.a.room, people=7)


def test_a_group_takes_several_desks(world: World) -> None:
    booking = hold.hold(quote(world.a.pool, people=3), DESK)
    assert booking.quantity == 3
    assert len(occupancy.rows_of("booking", booking.id)) == 3
    with pytest.raises(Taken):
        quote(world.a.pool, people=5)


def test_a_code_that_another_booking_has_is_thrown_again(world: World, monkeypatch) -> None:
    codes = iter(["AAAAAA", "AAAAAA", "BBBBBB"])
    monkeypatch.setattr(words, "short_code", lambda: next(codes))
    made = [hold.hold(quote(world.a.room, hour), DESK).code for hour in (10, 14)]
    assert made == ["AAAAAA", "BBBBBB"]
