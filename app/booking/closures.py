"""Take a space out of sale; over bookings only when it is said where each of them goes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import func, select

from app.booking import cancel, day, move, read
from app.booking.cancel import Actor
from app.booking.day import Use
from app.booking.models import Booking
from app.core import clock, words
from app.core.db import db
from app.core.errors import Refused, Taken
from app.core.i18n import _
from app.core.slots import Interval
from app.occupancy import rules as occupancy
from app.occupancy.models import Occupancy
from app.occupancy.rules import Place, Taking
from app.rates.models import Quote
from app.spaces import fit
from app.spaces.models import Space, Unit

SOURCE = "closure"
CANCELLED = "cancelled"


class InTheWay(Taken):
    """Bookings stand where the closure should be; each must be named with what becomes of it."""

    code = "in_the_way"

    def __init__(self, uses: Sequence[Use]) -> None:
        super().__init__(_("Des réservations sont prévues : dites où va chacune d’elles."))
        self.uses = tuple(uses)


@dataclass(frozen=True)
class Wish:
    """What is to be closed: how many units of which space, when, why."""

    space: Space
    interval: Interval
    kind: str
    reason: str
    units: int | None = None

    @property
    def place(self) -> Place:
        """The units; nothing is cleaned after a closure."""
        return replace(occupancy.place_of(self.space), buffer_minutes=0)


def in_the_way(wish: Wish) -> list[Use]:
    """Bookings and holds to be dealt with first, each once; none when enough units are free."""
    place = wish.place
    needed = place.needed(wish.units or len(place.units))
    rows = day.uses(wish.interval, place.units)
    free = len(place.units) - len({row.unit_id for row in rows})
    if free >= needed:
        return []
    once = {row.key: row for row in rows if row.source == "booking"}
    return list(once.values())


def rooms_for(uses: Sequence[Use], space: Space) -> dict[int, list[Space]]:
    """By booking, the spaces of the same kind that are free then and large enough."""
    spaces = [s for s in day.of_venue(space.site_id) if s.kind == space.kind and s.id != space.id]
    places = occupancy.places(spaces)
    units = {unit for place in places.values() for unit in place.units}
    if not uses or not units:
        return {}
    whole = Interval(min(u.starts_at for u in uses), max(u.until for u in uses))
    taken = day.uses(whole, units)
    found: dict[int, list[Space]] = {}
    for use in uses:
        busy = {t.unit_id for t in taken if t.starts_at < use.until and t.until > use.starts_at}
        fitting = [s for s in spaces if _has_room(s, places[s.id], busy, use.people)]
        found[use.source_id or 0] = sorted(fitting, key=lambda s: s.capacity)
    return found


def _has_room(space: Space, place: Place, busy: set[int], people: int) -> bool:
    if not place.units or fit.seats(space, len(place.units)) < people:
        return False
    free = sum(1 for unit in place.units if unit not in busy)
    return free >= place.needed(fit.quantity_for(space, people))


def close(wish: Wish, fates: Mapping[int, str], by: int | None) -> int:
    """Take the units; the id under which they are given back.

    `fates` says for each booking in the way the id of its new space, or `cancelled`: the venue
    moves at the same price and cancels for the whole amount. Refuses when one is not named.
    """
    standing = in_the_way(wish)
    if any(fates.get(use.source_id or 0, "") == "" for use in standing):
        raise InTheWay(standing)
    for use in standing:
        _send(use.source_id or 0, fates[use.source_id or 0], Actor("venue", by), wish)
    place = wish.place
    quantity = wish.units or len(place.units)
    _refuse_others(wish, place, quantity)
    taking = Taking(wish.kind, SOURCE, None, wish.reason, pinned=True)
    return occupancy.take(place, wish.interval, quantity, taking)[0]


def _refuse_others(wish: Wish, place: Place, quantity: int) -> None:
    """What is no booking, an event or another closure, moves from its own page: it is named."""
    rows = day.uses(wish.interval, place.units)
    others = {row.label: None for row in rows if row.source != "booking" and row.label}
    free = len(place.units) - len({row.unit_id for row in rows})
    if others and free < place.needed(quantity):
        raise Taken(_("Il s’y trouve déjà : %(what)s.", what=", ".join(others)))


def _send(booking_id: int, fate: str, who: Actor, wish: Wish) -> None:
    booking = read.locked(booking_id)
    if booking.state != "confirmed":
        raise Refused(
            _("Quelqu’un est en train de payer ce créneau : réessayez dans un quart d’heure.")
        )
    if fate == CANCELLED:
        cancel.cancel(booking_id, cancel.by_venue(booking), who, reason=wish.reason)
        return
    target = next((s for s in day.of_venue(wish.space.site_id) if str(s.id) == fate), None)
    if target is None:
        raise Refused(_("Cet espace n’existe pas."))
    move.move(booking_id, same_price(booking, target), cancel.by_venue(booking), who)


def same_price(booking: Booking, space: Space) -> Quote:
    """The price of a booking, carried to another space: the venue's move costs nobody more."""
    quote = Quote(
        token=words.token(),
        space_id=space.id,
        starts_at=booking.starts_at,
        ends_at=booking.ends_at,
        quantity=fit.quantity_for(space, booking.people),
        people=booking.people,
        price_cents=booking.price_cents,
        currency=booking.currency,
        vat_bp=booking.vat_bp,
        steps=booking.steps,
        evidence={"code": "kept"},
        inputs={},
        model_version="kept",
        expires_at=clock.now() + dt.timedelta(minutes=5),
    )
    db.session.add(quote)
    return quote


@dataclass(frozen=True)
class Listed:
    """A closure with the units it takes."""

    id: int
    kind: str
    reason: str
    space: str
    units: int
    starts_at: dt.datetime
    ends_at: dt.datetime


def listed(since: dt.datetime) -> list[Listed]:
    """Closures that are not over, next first."""
    rows = db.session.execute(
        select(
            Occupancy.source_id,
            func.min(Occupancy.kind),
            func.min(Occupancy.label),
            func.coalesce(func.min(Space.name), func.min(Unit.name)),
            func.count(),
            func.min(Occupancy.starts_at),
            func.max(Occupancy.ends_at),
        )
        .join(Unit, Unit.id == Occupancy.unit_id)
        .outerjoin(Space, Space.id == Occupancy.space_id)
        .where(Occupancy.source == SOURCE, Occupancy.ends_at > since)
        .group_by(Occupancy.source_id)
        .order_by(func.min(Occupancy.starts_at))
    )
    return [Listed(*row) for row in rows]


def reopen(closure_id: int) -> int:
    """Give the units back; how many there were."""
    return occupancy.release(SOURCE, closure_id)
