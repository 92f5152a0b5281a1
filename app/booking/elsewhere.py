"""What the desk offers when a time is not to be had: the nearest ones, as links that ask again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from app.booking import words
from app.booking.models import Booking
from app.core import clock
from app.core.i18n import day_name
from app.core.slots import Interval
from app.rates import near
from app.spaces.models import Space

Row = dict[str, Any]


def nearest(
    space: Space,
    interval: Interval,
    people: int,
    address: Callable[..., str],
    *,
    percent: int = 100,
    moving: Booking | None = None,
) -> list[Row]:
    """Up to three free times of this length, at the price of whom it is for.

    `address` makes a link of the fields of a form of the desk: espace, jour, heure, personnes. Such
    a form knows an hour that comes twice only the first time. What the booking that is `moving`
    takes is free for it, but no other time.
    """
    found = near.alternatives(
        space,
        interval,
        people,
        now=clock.now(),
        audience="staff",
        percent=percent,
        without=moving.id if moving else None,
        most=5,
    )
    here = (moving.space_id, moving.starts_at) if moving else None
    others = (one for one in found if (one.space.id, one.interval.start) != here)
    return [_row(one, people, address) for one in others if not _again(one)][:3]


def _again(one: near.Alternative) -> bool:
    return bool(one.interval.start.astimezone(one.space.site.zone).fold)


def _row(one: near.Alternative, people: int, address: Callable[..., str]) -> Row:
    zone = one.space.site.zone
    start = one.interval.start.astimezone(zone)
    when = words.span(one.interval.start, one.interval.end, zone)
    fields = {"espace": one.space.id, "jour": start.date(), "personnes": people}
    return {
        "strong": f"{day_name(start.date(), 'short')}, {when}",
        "text": one.space.name,
        "cents": one.price_cents,
        "url": address(**fields, heure=f"{start:%H:%M}"),
    }
