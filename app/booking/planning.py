"""Rooms by days: a mini day in each cell of a week, a measured bar in each cell of a month."""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from app.booking import board, day
from app.booking.day import Day, Frame, Use
from app.core.i18n import _, day_name
from app.spaces.models import Space


@dataclass(frozen=True)
class Cell:
    """One room on one day; its parts are drawn in a week only."""

    date: dt.date
    parts: list[board.Shape]
    text: str
    label: str
    percent: int


@dataclass(frozen=True)
class View:
    """Rooms in rows, days in columns, and the figures of the period."""

    first: dt.date
    last: dt.date
    title: str
    days: list[Day]
    rows: list[tuple[Space, str, list[Cell]]]
    frame: Frame
    bookings: int
    options: int
    percent: int
    before: dt.date
    after: dt.date
    today: dt.date


def _span(date: dt.date, *, monthly: bool) -> tuple[dt.date, dt.date]:
    if monthly:
        length = calendar.monthrange(date.year, date.month)[1]
        return date.replace(day=1), date.replace(day=length)
    monday = date - dt.timedelta(days=date.weekday())
    return monday, monday + dt.timedelta(days=6)


def hours_text(minutes: int) -> str:
    """`7,5 h`."""
    value = round(minutes / 60, 1)
    text = f"{value:.0f}" if value == int(value) else f"{value:.1f}"
    return _("%(n)s h", n=text.replace(".", _(",")))


@dataclass(frozen=True)
class Words:
    """Said once for a whole page of cells."""

    closed: str
    free: str
    label: str


def _parts(rows: Sequence[Use], one: Day, frame: Frame) -> list[board.Shape]:
    here = Frame(one.frame.day, frame.zone, frame.opens, frame.closes)
    parts = []
    for use in rows:
        at = here.span(use.starts_at, use.ends_at)
        if at is not None:
            parts.append({"x": at[0], "w": at[1], "kind": board.state(use, one).kind or "ok"})
    return parts


def _cell(space: Space, one: Day, words: Words, day_words: str, frame: Frame | None) -> Cell:
    date, units, end = one.frame.day, one.places[space.id].units, one.bounds.end
    rows = [u for u in one.of_space(space) if u.starts_at < end]
    minutes = sum(
        int((use.ends_at - use.starts_at).total_seconds() // 60)
        for unit in units
        for use in one.by_unit.get(unit, ())
        if use.kind in ("booking", "event")
    )
    on_sale = sum(b - a for a, b in one.hours.minutes(space, date)) * len(units)
    percent = min(100, round(100 * minutes / on_sale)) if on_sale else 0
    if not on_sale and not rows:
        text = words.closed
    elif board.is_shared(space, one):
        text = f"{percent} %"
    else:
        text = hours_text(minutes) if rows else words.free
    count = sum(1 for u in rows if u.kind in ("booking", "hold"))
    label = words.label % {"room": space.name, "day": day_words, "n": count}
    return Cell(date, _parts(rows, one, frame) if frame else [], text, label, percent)


def _title(first: dt.date, *, monthly: bool) -> str:
    if monthly:
        name = day_name(first, "year").split(" ", 1)[1]
        return name[:1].upper() + name[1:]
    return _("Semaine %(n)d", n=first.isocalendar().week)


def view(spaces: Sequence[Space], date: dt.date, now: dt.datetime, *, monthly: bool) -> View:
    """The week or the month of a date."""
    first, last = _span(date, monthly=monthly)
    days = day.load(spaces, first, last, now)
    frame = Frame(
        first,
        days[0].frame.zone,
        min(one.frame.opens for one in days),
        max(one.frame.closes for one in days),
    )
    drawn = None if monthly else frame
    words = Words(_("fermé"), _("libre"), _("%(room)s, %(day)s : %(n)d réservations"))
    names = [day_name(one.frame.day) for one in days]
    rows = [
        (
            space,
            board.note(space, days[0]),
            [_cell(space, one, words, name, drawn) for one, name in zip(days, names, strict=True)],
        )
        for space in spaces
    ]
    sold = {u.source_id for one in days for u in one.uses if u.kind == "booking"}
    kept = {u.source_id for one in days for u in one.uses if u.kind == "hold"}
    on_sale = sum(day.open_minutes(one, one.frame.day) for one in days)
    taken = sum(cell_minutes(one) for one in days)
    step = dt.timedelta(days=1)
    return View(
        first,
        last,
        _title(first, monthly=monthly),
        days,
        rows,
        frame,
        len(sold),
        len(kept),
        min(100, round(100 * taken / on_sale)) if on_sale else 0,
        first - step if monthly else first - 7 * step,
        last + step,
        now.astimezone(frame.zone).date(),
    )


def cell_minutes(one: Day) -> float:
    """Unit minutes sold on a day."""
    bounds = one.bounds
    return sum(
        (min(u.ends_at, bounds.end) - max(u.starts_at, bounds.start)).total_seconds() / 60
        for u in one.uses
        if u.kind in ("booking", "event") and u.starts_at < bounds.end and u.ends_at > bounds.start
    )
