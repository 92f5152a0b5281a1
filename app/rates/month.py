"""A month of one space: price and fill of each day, its pace beside the usual, what came in."""

from __future__ import annotations

import calendar
import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from app.core.errors import Refused
from app.core.signals import publish
from app.core.slots import Interval, day_bounds, local_day
from app.occupancy import rules as occupancy
from app.rates import proposals, rules, steering, tables
from app.rates import view as views
from app.rates.days import SpaceDay
from app.rates.facts import BooksAsked, Sold
from app.rates.models import FixedPrice
from app.rates.proposals import Proposal
from app.rates.rules import Asked
from app.rates.view import NOT_FOR_SALE, View
from app.spaces.models import Space

Spans = dict[int, list[tuple[float, float]]]
WEEKS = 12
LEAST = 3
FAR = 60
LEADS = (60, 52, 45, 38, 30, 25, 20, 15, 12, 10, 8, 7, 6, 5, 4, 3, 2, 1, 0)
LOUD = 10


@dataclass(frozen=True)
class Cell:
    """One day: `state` is open, full, past or closed; the price is per hour and unit, with VAT."""

    day: dt.date
    state: str
    cents: int | None = None
    heat: int = 3
    sold: int = 0
    usual: int | None = None
    locked: bool = False
    why: str = ""
    proposed: Proposal | None = None

    @property
    def pace(self) -> str:
        """`fast` or `slow` when clearly off the usual, else nothing."""
        if self.usual is None or self.state not in ("open", "full"):
            return ""
        gap = self.sold - self.usual
        return "fast" if gap >= LOUD else "slow" if gap <= -LOUD else ""


@dataclass(frozen=True)
class Month:
    """What the page shows of a month."""

    space: Space
    first: dt.date
    last: dt.date
    now: dt.datetime
    view: View
    cells: dict[dt.date, Cell]
    books: Books
    part: int | None = None

    @property
    def proposed(self) -> list[Proposal]:
        """Prices of this month that wait for the manager's word."""
        return [c.proposed for c in self.cells.values() if c.proposed is not None]

    @property
    def weeks(self) -> list[list[Cell | None]]:
        """Monday first, days of other months left out."""
        rows = calendar.Calendar().monthdatescalendar(self.first.year, self.first.month)
        return [[self.cells.get(day) for day in row] for row in rows]

    @property
    def sold(self) -> int:
        """Percent of the month that is sold."""
        shares = [c.sold for c in self.cells.values() if c.state != "closed"]
        return round(sum(shares) / len(shares)) if shares else 0

    @property
    def mean_cents(self) -> int | None:
        """The mean price of the days to come."""
        prices = [c.cents for c in self.cells.values() if c.cents is not None]
        return round(sum(prices) / len(prices)) if prices else None


@dataclass(frozen=True)
class Books:
    """Sales of one space, and how much of it was on sale on past days."""

    space: Space
    now: dt.datetime
    sales: Sequence[Sold]
    open_minutes: dict[dt.date, int] = field(default_factory=dict)

    @cached_property
    def by_day(self) -> dict[dt.date, list[Sold]]:
        """Sales by the local day they begin on."""
        found: dict[dt.date, list[Sold]] = defaultdict(list)
        for sale in self.sales:
            found[local_day(sale.starts_at, self.space.site.zone)].append(sale)
        return found

    def on_books(self, day: dt.date, lead: int) -> float:
        """Percent of a day that stood in the books `lead` days before it, at this hour; at its end
        for no lead."""
        on_sale = self.open_minutes.get(day, 0)
        if not on_sale:
            return 0.0
        bounds = day_bounds(day, self.space.site.zone)
        moment = bounds.start - dt.timedelta(days=lead) + self.elapsed if lead else bounds.end
        minutes = sum(
            sale.minutes
            for sale in self.by_day.get(day, ())
            if sale.booked_at <= moment and (sale.lost_at is None or sale.lost_at > moment)
        )
        return min(100.0, 100 * minutes / on_sale)

    @cached_property
    def elapsed(self) -> dt.timedelta:
        """How far today has come: other days are looked at as they stood at the same hour."""
        zone = self.space.site.zone
        return self.now - day_bounds(local_day(self.now, zone), zone).start

    def alike(self, day: dt.date) -> list[dt.date]:
        """Past open days of the same weekday, from the first sale on."""
        today, first = local_day(self.now, self.space.site.zone), min(self.by_day, default=day)
        return [
            one
            for one in sorted(self.open_minutes)
            if first <= one < today and one.weekday() == day.weekday() and self.open_minutes[one]
        ]

    def usual(self, day: dt.date, lead: int) -> list[float]:
        """What stood in the books at that lead on days alike; empty with too few of them."""
        alike = self.alike(day)
        if len(alike) < LEAST:
            return []
        return [self.on_books(one, lead) for one in alike]


def books_of(space: Space, view: View, now: dt.datetime) -> Books:
    """Sales from twelve weeks ago to the end of the view."""
    zone = space.site.zone
    days = [one.day for one in view.days]
    today = local_day(now, zone)
    first = min([today - dt.timedelta(weeks=WEEKS), *days])
    asked = BooksAsked(space.id, day_bounds(first, zone).start, day_bounds(max(days), zone).end)
    publish(asked)
    units = view.days[0].units
    on_sale = {}
    count = (max([*days, today]) - first).days + 1
    for day in (first + dt.timedelta(days=n) for n in range(count)):
        on_sale[day] = units * sum(b - a for a, b in view.hours.minutes(space, day))
    return Books(space, now, asked.found, on_sale)


def load(space: Space, first: dt.date, now: dt.datetime, part: int | None = None) -> Month:
    """The month that begins on `first`; prices of one part of the day where it is named."""
    last = first.replace(day=calendar.monthrange(first.year, first.month)[1])
    view = views.load([space], first, last)
    prices = views.price_days(view, view.days, now)
    books = books_of(space, view, now)
    waiting = {p.day: p for p in proposals.pending(local_day(now, space.site.zone), [space.id])}
    cells, shut = {}, _shut(view)
    for one in view.days:
        cell = _cell(one, view, prices.get((space.id, one.day)), books, part, shut)
        cells[one.day] = replace(cell, proposed=waiting.get(one.day))
    return Month(space, first, last, now, view, cells, books, part)


def _cell(
    one: SpaceDay,
    view: View,
    prices: views.Prices | None,
    books: Books,
    part: int | None,
    shut: Spans,
) -> Cell:
    sold = _sold(one, view, shut) if one.is_open and prices is not None else None
    if sold is None or prices is None:
        return Cell(one.day, "closed", why=view.hours.reason(one.space, one.day))
    today = local_day(books.now, one.space.site.zone)
    if one.day < today:
        return Cell(one.day, "past", sold=sold)
    lead = (one.day - today).days
    usual = books.usual(one.day, lead)
    cents = hour_price(one, prices, part)
    return Cell(
        one.day,
        "full" if cents is None else "open",
        cents,
        _heat(cents, one.space.base_cents),
        sold,
        round(sum(usual) / len(usual)) if usual else None,
        view.fixed_hour(one) is not None,
    )


def _shut(view: View) -> Spans:
    """When the units of a view are closed or under repair."""
    opened = [one for one in view.days if one.is_open]
    if not opened:
        return {}
    whole = Interval(
        min(one.windows[0].start for one in opened), max(one.windows[-1].end for one in opened)
    )
    return occupancy.shut({unit for one in opened for unit in one.place.units}, whole)


def _sold(one: SpaceDay, view: View, shut: Spans) -> int | None:
    """Percent of the unit slots on sale that are taken; None where all of them are shut."""
    opened = np.zeros(one.slots, dtype=bool)
    for start, column in np.argwhere(one.sellable):
        opened[start : start + one.lengths[column]] = True
    free, whole = view.free(one), one.free(shut)
    left, most = (int(n[..., opened].sum()) for n in (free, whole))
    if not most:
        return None if opened.any() else 0
    return round(100 * (1 - left / most))


def shown_length(one: SpaceDay) -> int:
    """The column of the length that a price per hour is read from: an hour, else the shortest."""
    step = one.space.step_minutes
    return next(
        (n for n, length in enumerate(one.lengths) if length * step >= 60), len(one.lengths) - 1
    )


def hour_price(one: SpaceDay, prices: views.Prices, part: int | None = None) -> int | None:
    """The mean price per hour of what can still be had that day, or that part of it."""
    column = shown_length(one)
    minutes = one.lengths[column] * one.space.step_minutes
    wanted = prices[:, column] != NOT_FOR_SALE
    if part is not None:
        wanted = wanted & (np.asarray(steering.dayparts(one.minutes)) == part)
    left = prices[wanted, column]
    grain = max(1, one.space.rounding_cents)
    return round(float(left.mean()) * 60 / minutes / grain) * grain if left.size else None


def _heat(cents: int | None, base: int) -> int:
    if cents is None or not base:
        return 3
    ratio = cents / base
    return (
        1
        if ratio < 0.85
        else 2
        if ratio < 0.96
        else 3
        if ratio <= 1.04
        else 4
        if ratio <= 1.15
        else 5
    )


@dataclass(frozen=True)
class Example:
    """A price of a day, taken apart: the window nearest to the day's mean. Kept nowhere."""

    interval: Interval
    price_cents: int
    steps: list[dict[str, Any]]
    evidence: dict[str, Any]


def example(month: Month, day: dt.date) -> Example | None:
    """An example of that day: of what is proposed where something is, else of what is asked."""
    one, cell = month.view.find(month.space.id, day), month.cells.get(day)
    if one is None or cell is None or cell.cents is None:
        return None
    view = month.view
    if cell.proposed is not None:
        found = tables.of_days([one], state="proposed").tables
        view = replace(view, tables=view.tables | found)
    prices = views.price_days(view, [one], month.now)[month.space.id, day]
    column = shown_length(one)
    length = dt.timedelta(minutes=one.lengths[column] * one.space.step_minutes)
    mean = hour_price(one, prices, month.part) or cell.cents
    wanted = mean * length.total_seconds() / 3600
    starts = [n for n in range(one.slots) if prices[n, column] != NOT_FOR_SALE]
    for start in sorted(starts, key=lambda n: abs(int(prices[n, column]) - wanted)):
        interval = Interval(one.instant(start), one.instant(start) + length)
        asked = Asked(month.space, interval, 1, "staff")
        try:
            said = rules.priced(view, one, asked, 1, month.now)
        except Refused:
            continue
        return Example(interval, said["price_cents"], said["steps"], said["evidence"])
    return None


@dataclass(frozen=True)
class Pace:
    """How one day fills, beside days alike; x from 0 (60 days before) to 100 (the day)."""

    actual: list[tuple[float, float]]
    forecast: list[tuple[float, float]]
    usual: list[tuple[float, float]]
    band: list[tuple[float, float, float]]
    lead: int


def pace(month: Month, day: dt.date) -> Pace:
    """The curve of one day."""
    today = local_day(month.now, month.space.site.zone)
    lead_now = max(0, (day - today).days)
    known = sorted({*(n for n in LEADS if n >= lead_now), min(lead_now, FAR)}, reverse=True)
    actual = [(_x(n), round(month.books.on_books(day, n), 1)) for n in known]
    usual, band = [], []
    for lead in LEADS:
        values = month.books.usual(day, lead)
        if values:
            low, middle, high = np.percentile(values, [20, 50, 80])
            usual.append((_x(lead), round(float(middle), 1)))
            band.append((_x(lead), round(float(low), 1), round(float(high), 1)))
    forecast = _forecast(month.books, day, lead_now, actual[-1]) if usual and lead_now else []
    return Pace(actual, forecast, usual, band, lead_now)


def _x(lead: int) -> float:
    return round(100 * (1 - min(lead, FAR) / FAR), 1)


def _forecast(
    books: Books, day: dt.date, lead_now: int, here: tuple[float, float]
) -> list[tuple[float, float]]:
    """What is there, and what usually still comes."""

    def mean(lead: int) -> float:
        values = books.usual(day, lead)
        return sum(values) / len(values)

    now = mean(lead_now)
    coming = [
        (_x(n), round(min(100.0, max(0.0, here[1] + mean(n) - now)), 1))
        for n in LEADS
        if n < lead_now
    ]
    return [here, *coming]


def pick_up(month: Month, days: int = 7) -> list[tuple[dt.date, float]]:
    """Hours won or lost for this month on each of the last days, today last."""
    zone = month.space.site.zone
    today = local_day(month.now, zone)
    found = {today - dt.timedelta(days=n): 0.0 for n in range(days - 1, -1, -1)}
    for sale in month.books.sales:
        if not month.first <= local_day(sale.starts_at, zone) <= month.last:
            continue
        for moment, sign in ((sale.booked_at, 1), (sale.lost_at, -1)):
            if moment is not None and (day := local_day(moment, zone)) in found:
                found[day] += sign * sale.minutes / 60
    return list(found.items())


def lock_of(month: Month, day: dt.date) -> FixedPrice | None:
    """The manager's word on a day; the last one said."""
    said = [f for f in month.view.fixed.get(month.space.id, ()) if f.first_day <= day <= f.last_day]
    return max(said, key=lambda f: f.id, default=None)
