"""The demand log of a simulated past: every price that was looked at, taken or not.

The venue let its prices vary since some day, as the product does to learn; before that it sold its
card.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from functools import cache

import pricing
from app.core import bulk
from app.core.slots import Interval, edge, local_day
from app.demo.seats import Stay
from app.rates import steering
from app.rates.days import listed_cents
from app.rates.models import DemandEvent
from app.spaces.calendar import Hours
from app.spaces.models import Space
from pricing import simulate
from pricing.data import BOOKED, UNAVAILABLE, Quotes

KEPT = dt.timedelta(days=150)
"""How far back the log goes: the product learns from one of two months and more."""
UNSURE = 0.5
"""How far the answer to prices was known meanwhile: prices varied as for a venue that is new."""
BEGAN = dt.date(1970, 1, 1)
NAMES = {BOOKED: "booked", UNAVAILABLE: "unavailable"}


def prices(spaces: Sequence[Space], since: dt.date) -> Callable[[simulate.Wish], float]:
    """What the venue asked: its card, from `since` on with the variation that teaches."""

    @cache
    def card(place: int, minutes: int) -> int:
        return listed_cents(spaces[place], minutes)

    @cache
    def factor(place: int, day: dt.date, minute: int, asked_on: dt.date) -> float:
        parts = steering.dayparts((minute,))
        found = pricing.variation(spaces[place].id, day, parts, asked_on, UNSURE)
        return float(found[0])

    def asked(wish: simulate.Wish) -> float:
        asked_on = BEGAN + dt.timedelta(days=wish.made_at // 1440)
        moved = factor(wish.space, wish.day, wish.start, asked_on) if asked_on >= since else 1.0
        unit = spaces[wish.space].rounding_cents
        return max(unit, round(card(wish.space, wish.length) * moved / unit) * unit) / 100

    return asked


def write(
    quotes: Quotes,
    spaces: Sequence[Space],
    hours: Hours,
    kept: Iterable[Stay],
    since: dt.date,
    now: dt.datetime,
) -> int:
    """Keep what was looked at from `since` until `now`, within the hours; how many rows.

    What was taken but found no unit afterwards (a hall whose half was sold) was unavailable.
    """
    stood = {(stay.space.id, stay.start, stay.end, stay.made) for stay in kept}
    rows: list[bulk.Row] = []
    for place, begins, minutes, made, shown, others, outcome in _plain(quotes):
        space = spaces[place]
        zone = space.site.zone
        at = made.replace(tzinfo=zone).astimezone(dt.UTC)
        day, minute = begins.date(), begins.hour * 60 + begins.minute
        minute -= minute % space.step_minutes
        start, end = (edge(day, m, zone) for m in (minute, minute + minutes))
        wish = Interval(start, end)
        if not since <= local_day(at, zone) or at > now or minutes < space.min_minutes:
            continue
        if not any(window.contains(wish) for window in hours.windows(space, day)):
            continue
        name = NAMES.get(outcome, "left")
        if name == "booked" and (space.id, start, end, at) not in stood:
            name = "unavailable"
        price = None if name == "unavailable" else round(shown * 100)
        rows.append(_row(space, wish, at, price) | {"alternatives": others, "outcome": name})
    for number, row in enumerate(rows):
        row["session"] = f"past-{number}"
    bulk.write(DemandEvent, rows)
    return len(rows)


def _row(space: Space, wish: Interval, at: dt.datetime, shown: int | None) -> bulk.Row:
    """One look at one time of one space, without what became of it."""
    begins = wish.start.astimezone(space.site.zone)
    return {
        "at": at,
        "session": "",
        "space_id": space.id,
        "kind": space.kind,
        "day": begins.date(),
        "start_minute": begins.hour * 60 + begins.minute,
        "minutes": wish.minutes,
        "people": 1,
        "lead_minutes": max(0, int((wish.start - at).total_seconds() // 60)),
        "list_cents": listed_cents(space, wish.minutes),
        "shown_cents": shown,
        "arm": 0,
    }


def _plain(
    quotes: Quotes,
) -> Iterable[tuple[int, dt.datetime, int, dt.datetime, float, int, int]]:
    """The columns that the log needs, as plain values."""
    begins = quotes.day.astype("datetime64[m]") + quotes.start
    columns = (
        quotes.space,
        begins,
        quotes.length,
        quotes.at,
        quotes.shown_price,
        quotes.alternatives,
        quotes.outcome,
    )
    return zip(*(column.tolist() for column in columns), strict=True)
