"""Where a venue gives back at most today's price, booking again is no game; elsewhere nothing is
taken from anybody."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace

import pytest
from flask.testing import FlaskClient
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
TODAY = replace(PLAIN, today=True)
ME = Actor()
SAID = "vous récupérez au plus ce prix-là"


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


@pytest.mark.parametrize("case", ["dearer", "venue", "late", "free"])
def test_nobody_loses_but_who_could_book_cheaper(world: World, case: str) -> None:
    price(world, 100)
    booking = paid(world)
    whole = booking.price_cents
    price(world, 130 if case == "dearer" else 70)
    if case == "free":
        space(world.a.room).base_cents = 0
    if case == "late":  # a half is below today's price
        late = replace(TODAY, free_hours=720)
        assert cancel.cancel(booking.id, late, ME).refund_cents == whole // 2
    else:
        actor = Actor("venue") if case == "venue" else ME
        assert cancel.cancel(booking.id, TODAY, actor).refund_cents == whole


@pytest.mark.parametrize("case", ["off", "fixed", "free"])
def test_a_booking_keeps_the_terms_it_was_sold_under(world: World, case: str) -> None:
    tenant, room = of_a(world), space(world.a.room)
    assert tenant.refund_today_since is not None  # a venue made now has the term
    sold = paid(world)
    if case == "off":
        tenant.refund_today_since = None
    elif case == "fixed":
        room.pricing = "fixed"
    else:
        room.base_cents = 0
    tenant.free_cancel_hours, tenant.late_refund_percent = 6, 0
    db.session.flush()
    later = hold.hold(quote(world, 14), hold.Terms(way="desk"))
    assert cancel.terms_of(sold) == Policy(24, 50, today=True)
    assert cancel.terms_of(later) == Policy(6, 0)
    assert cancel.by_venue(sold) == PLAIN
    assert not cancel.policy_of(tenant).on(room).today


def test_what_comes_back_is_explained_before_the_click(
    world: World, client: Callable[..., FlaskClient]
) -> None:
    price(world, 120)
    booking = paid(world)
    price(world, 80)
    now = words.euros(quote(world, 14).price_cents)
    page = client(world.a.host).get(f"/b/{booking.token}/annulation").text
    assert f"Ce créneau coûte {now} en ce moment" in page
    assert f"Annuler et récupérer {now}" in page
    unpaid = hold.hold(quote(world, 16), hold.Terms(way="desk"))
    assert confirm.confirm(unpaid.id)
    price(world, 75)
    page = client(world.a.host).get(f"/b/{unpaid.token}/annulation").text
    assert "la différence reste à régler" in page
    assert "ouvrés" not in page
    price(world, 120)
    page = client(world.a.host).get(f"/b/{booking.token}/annulation").text
    assert "en ce moment" not in page


def of_a(world: World) -> Tenant:
    return db.session.scalars(select(Tenant).where(Tenant.id == world.a.id)).one()


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
    assert words.refund_table(booking, room.site.zone)[0][1].startswith(words.euros(now))
    back = move.change(booking, quote(world), TODAY)
    assert back.back_cents == 0
    assert move.change(booking, quote(world), PLAIN).back_cents == whole - now
    assert cancel.cancel(booking.id, TODAY, ME).refund_cents == now


def test_it_is_said_where_prices_move_and_asks_for_the_tick_again(
    world: World, client: Callable[..., FlaskClient]
) -> None:
    tenant, room = of_a(world), space(world.a.room)
    rule, mark = cancel.policy_of(tenant), terms.mark_of(tenant)
    assert (rule, rule.on(room)) == (TODAY, TODAY)
    start = tomorrow(10, days=4)
    at = f"&jour={start.date()}&debut={start:%H:%M}&duree=120"
    page = f"/reserver?espace={room.slug}{at}"
    assert SAID in client(world.a.host).get(page).text
    room.pricing = "fixed"
    db.session.flush()
    assert SAID not in client(world.a.host).get(page).text
    room.pricing = "dynamic"
    tenant.refund_today_since = None
    db.session.flush()
    assert SAID not in client(world.a.host).get(page).text
    assert terms.mark_of(tenant) != mark
    assert cancel.policy_of(tenant) == PLAIN
    assert words.todays_price(PLAIN) == ""
