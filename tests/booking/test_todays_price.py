"""Where a venue gives back at most today's price, booking again is no game; elsewhere nothing is
taken from anybody."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from sqlalchemy import select

from app.booking import cancel, confirm, hold, move, terms, words
from app.booking.cancel import Actor, Policy
from app.booking.models import Booking
from app.core import clock
from app.core.db import db
from app.core.slots import Interval
from app.ledger import rules as ledger
from app.payments import rules as payments
from app.rates import rules as rates
from app.rates import today
from app.tenants.models import Tenant
from tests.world import World, space, tomorrow

PLAIN = Policy(free_hours=24, late_percent=50)
TODAY = replace(PLAIN, today_since=dt.datetime(2000, 1, 1, tzinfo=dt.UTC))
ME = Actor()


def quote(world: World, hour: int = 10):
    start = tomorrow(hour, days=4)
    return rates.ask(
        rates.Asked(space(world.a.room), Interval(start, start + dt.timedelta(0, 7200)))
    )


def paid(world: World) -> Booking:
    booking = hold.hold(quote(world), hold.Terms(way="desk"))
    assert confirm.confirm(booking.id)
    payments.record_at_desk(payments.Due("booking", booking.id, booking.price_cents), "cash", None)
    return booking


def price(world: World, percent: int) -> None:
    """From now on an hour costs this share of the list, by the manager's word."""
    room, day = space(world.a.room), tomorrow(10, days=4).date()
    rates.free_price(room, day)
    rates.fix_price(room, day, day, room.base_cents * percent // 100, by=None)
    db.session.flush()  # read by the next quote


def test_what_comes_back_is_what_the_same_time_costs_now(world: World) -> None:
    price(world, 120)
    booking = paid(world)
    price(world, 80)
    assert cancel.owed(booking, PLAIN, clock.now()) == booking.price_cents
    promised = cancel.owed(booking, TODAY, clock.now())
    row = cancel.cancel(booking.id, TODAY, ME, promised=promised)
    assert row.refund_cents == promised == quote(world).price_cents < booking.price_cents
    assert ledger.balance("receivable", "booking", booking.id) == 0
    kept = booking.price_cents - promised
    assert ledger.balance("cash", "booking", booking.id) == kept
    assert ledger.balance("sales", "booking", booking.id) != 0


@pytest.mark.parametrize("case", ["dearer", "before", "venue", "late", "free"])
def test_nobody_loses_but_who_could_book_cheaper(world: World, case: str) -> None:
    price(world, 100)
    booking = paid(world)
    whole = booking.price_cents
    price(world, 130 if case == "dearer" else 70)
    if case == "free":
        space(world.a.room).base_cents = 0
    policy = replace(TODAY, today_since=clock.now()) if case == "before" else TODAY
    if case == "late":  # a half is below today's price
        policy = replace(policy, free_hours=720)
        assert cancel.cancel(booking.id, policy, ME).refund_cents == whole // 2
    else:
        actor = Actor("venue") if case == "venue" else ME
        assert cancel.cancel(booking.id, policy, actor).refund_cents == whole


def test_there_and_back_again_gains_nothing(world: World) -> None:
    price(world, 120)
    booking = paid(world)
    whole = booking.price_cents
    price(world, 80)
    now = today.price_cents(
        rates.Asked(
            space(world.a.room),
            Interval(booking.starts_at, booking.ends_at),
            without=booking.id,
        ),
        clock.now(),
    )
    assert now is not None
    assert now < whole
    room, day = space(world.a.room), tomorrow(10, days=5).date()
    rates.fix_price(room, day, day, room.base_cents * 120 // 100, by=None)
    start = tomorrow(10, days=5)
    dear = rates.ask(rates.Asked(room, Interval(start, start + dt.timedelta(0, 7200))))
    move.move(booking.id, dear, TODAY, ME)
    assert (booking.price_cents, booking.refund_most_cents) == (whole, now)
    assert words.refund_table(booking, TODAY, room.site.zone)[0][1].startswith(words.euros(now))
    back = move.change(booking, quote(world), TODAY)
    assert back.back_cents == 0
    assert move.change(booking, quote(world), PLAIN).back_cents == whole - now
    assert cancel.cancel(booking.id, TODAY, ME).refund_cents == now


def test_it_is_said_before_paying_and_asks_for_the_tick_again(world: World) -> None:
    tenant = db.session.scalars(select(Tenant).where(Tenant.id == world.a.id)).one()
    mark = terms.mark_of(tenant)
    assert cancel.policy_of(tenant) == PLAIN
    assert words.todays_price(cancel.policy_of(tenant)) == ""
    tenant.refund_today_since = clock.now() - dt.timedelta(days=1)
    assert terms.mark_of(tenant) != mark
    assert "prix" in words.todays_price(cancel.policy_of(tenant))
    assert cancel.by_venue(tenant) == PLAIN
