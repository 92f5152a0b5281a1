"""Fourteen months of business, simulated, written in bulk as the rules would have written it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from random import Random

from sqlalchemy import select

from app.booking import terms
from app.booking.models import Booking
from app.core import bulk
from app.core.db import Model, db
from app.core.slots import local_day
from app.demo import charged, log
from app.demo.bank import Bank
from app.demo.build import Built, stripe_account
from app.demo.cast import Room, Venue
from app.demo.scribe import Scribe
from app.demo.seats import seated, stays
from app.occupancy import rules as occupancy
from app.payments.models import Payment, Refund
from app.spaces import calendar
from app.spaces.calendar import public_holidays
from app.tenants.models import Tenant
from pricing import simulate

AHEAD = 60
LONG = ((120, 0.1), (240, 0.35), (480, 0.55))
SHORT = ((30, 0.6), (60, 0.3), (90, 0.1))


def market(venue: Venue, today: dt.date, first: dt.date) -> simulate.VenueSpec:
    """The venue as the simulator knows it: who asks for what, and how business goes."""
    years = range(first.year, today.year + 2)
    closed = frozenset(day for year in years for day in public_holidays("FR", None, year))
    slump = ((today - dt.timedelta(days=45), venue.slump),) if venue.slump != 1 else ()
    return simulate.VenueSpec(
        spaces=tuple(_wanted(room) for room in venue.rooms),
        opens=min(opens for opens, _ in venue.week.values()),
        closes=max(closes for _, closes in venue.week.values()),
        weekday=(0.95, 1.1, 1.15, 1.1, 0.85, 0.35, 0.2),
        closed=closed,
        growth=venue.growth,
        breaks=slump,
    )


def _wanted(room: Room) -> simulate.SpaceSpec:
    lengths: tuple[tuple[int, float], ...] = simulate.ROOM_LENGTHS
    if room.kind in ("desk_pool", "office", "bike", "event_hall"):
        lengths = LONG
    elif room.kind == "phone_booth":
        lengths = SHORT
    return simulate.SpaceSpec(
        name=room.name,
        kind=room.name if room.kind == "workshop" else room.kind,
        units=room.units,
        seats=room.capacity,
        list_price=room.base / 100,
        demand=room.wishes,
        lengths=lengths,
    )


def write(built: Built, days: int, now: dt.datetime, dice: Random, bank: Bank) -> int:
    """Simulate `days` of past and what is booked ahead; how many bookings there are."""
    zone = built.spaces[0].site.zone
    today = local_day(now, zone)
    first, last = today - dt.timedelta(days=days), today + dt.timedelta(days=AHEAD)
    moving = max(first, today - log.KEPT)
    played = simulate.market(
        market(built.venue, today, first),
        first,
        last,
        dice.randrange(1 << 30),
        log.prices(built.spaces, moving),
    )
    hours = calendar.load({built.spaces[0].site_id}, first, last)
    rows = played.bookings.rows()
    found = seated(stays(rows, built.spaces, hours, now), occupancy.places(built.spaces), now)
    log.write(played.quotes, built.spaces, hours, found, moving, now)

    def _ids(model: type[Model]) -> Iterator[int]:
        return iter(bulk.ids(model, len(found)))

    tenant = db.session.scalars(select(Tenant).where(Tenant.id == built.tenant_id)).one()
    mark = terms.mark_of(tenant)
    scribe = Scribe(built, now, dice, _ids(Payment), _ids(Refund), mark)
    for id_, stay in zip(bulk.ids(Booking, len(found)), found, strict=True):
        scribe.booking(id_, stay)
    intents = bank.charge(stripe_account(built.venue), scribe.ahead)
    for row, intent in zip(scribe.ahead, intents, strict=True):
        row["intent_id"] = intent
    scribe.books.close()
    charged.charge(built.firm)
    return len(found)
