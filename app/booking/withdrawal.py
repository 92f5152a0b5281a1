"""The right of withdrawal: a consumer who booked at a distance may give up the contract within
fourteen days, without a reason (L.221-18 and following of the Code de la consommation).

Beside the venue's own refund policy, never below it. Days are counted by Regulation 1182/71: the
day of the contract does not count, and a last day that nobody works on is moved to the next. Who
asked for the service to begin before the end of that time pays what was used, and loses the right
once it is over (L.221-25, L.221-28 1°).
"""

from __future__ import annotations

import datetime as dt
from fractions import Fraction

from app.booking import cancel, read
from app.booking.cancel import Actor
from app.booking.models import Booking, Cancellation
from app.core import clock, slots
from app.core.errors import Refused
from app.core.i18n import _
from app.spaces.calendar import public_holidays
from app.spaces.models import Space
from app.spaces.natures import NATURES

DAYS = 14
AT_A_DISTANCE = ("web", "api")


class NoRight(Refused):
    """This booking cannot be withdrawn from, or not any more."""

    code = "no_right_of_withdrawal"


def deadline(contract: dt.datetime, space: Space) -> dt.datetime:
    """The last moment: the end of the fourteenth day, or of the next working one."""
    zone = space.site.zone
    day = slots.local_day(contract, zone) + dt.timedelta(days=DAYS)
    while day.weekday() >= 5 or day in _holidays(space, day.year):
        day += dt.timedelta(days=1)
    return slots.day_bounds(day, zone).end


def _holidays(space: Space, year: int) -> frozenset[dt.date]:
    return frozenset(public_holidays(space.site.country, space.site.subdivision, year))


def until(booking: Booking, space: Space) -> dt.datetime | None:
    """How long the right lasts; None when there is none: another state, a business, a booking made
    at the desk, a nature that the law excepts, nothing to pay."""
    excepted = NATURES[space.nature].withdrawal != "eligible"
    at_a_distance = booking.origin in AT_A_DISTANCE and not booking.simulated
    if booking.state != "confirmed" or booking.confirmed_at is None or not booking.price_cents:
        return None
    if excepted or not at_a_distance or booking.organisation:
        return None
    last = deadline(booking.confirmed_at, space)
    return min(last, booking.ends_at) if booking.early_start_at is not None else last


def asks_early_start(booking: Booking, space: Space) -> bool:
    """Whether the service begins before the end of the time to think."""
    early = booking.starts_at < deadline(clock.now(), space)
    return early and NATURES[space.nature].withdrawal == "eligible"


def back_cents(booking: Booking, at: dt.datetime) -> int:
    """What goes back: all of it, or what was not used when the start was asked for. Pure."""
    if booking.early_start_at is None or at <= booking.starts_at:
        return booking.price_cents
    whole, left = booking.ends_at - booking.starts_at, max(booking.ends_at - at, dt.timedelta())
    share = Fraction(left // dt.timedelta(microseconds=1), whole // dt.timedelta(microseconds=1))
    return -(-booking.price_cents * share.numerator // share.denominator)  # the odd cent is theirs


def withdraw(
    booking_id: int, *, account_id: int | None = None, promised: int | None = None
) -> Cancellation:
    """Give up the contract: the room is free, the money goes back, a letter says so. Done once.

    Refuses with `NoRight`, and a refund below the one that was shown.
    """
    booking = read.locked(booking_id)
    before = read.cancellation(booking_id)
    if before is not None:
        return before
    now = clock.now()
    last = until(booking, read.space_of(booking))
    if last is None or last <= now:
        raise NoRight(_("Le délai de rétractation est passé, ou ne s’applique pas ici."))
    back = back_cents(booking, now)
    if promised is not None and back < promised:
        raise cancel.TooLate(_("Le montant remboursé vient de changer : vérifiez-le."))
    return cancel.end(booking, back, now, Actor("withdrawal", account_id), "")
