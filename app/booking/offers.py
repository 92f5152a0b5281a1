"""What the booking page shows for a search: the grid of prices, and the room that was chosen.

Everything handed out is plain, so that nothing is read again after the commit.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

from app.booking import words
from app.booking.cancel import Policy
from app.booking.floor import plan_of
from app.booking.search import (
    SLUGS,
    Search,
    kind_name,
    length_options,
    people_options,
    wall,
)
from app.core import clock
from app.core.errors import Refused
from app.core.i18n import _, day_name, euros, hours
from app.core.slots import AGAIN, Interval, edge
from app.rates import demand
from app.rates import grid as grids
from app.rates import rules as rates
from app.rates import words as price_words
from app.rates.grid import Cell, Grid, Neighbour
from app.rates.models import Quote
from app.spaces.fit import seats
from app.spaces.models import Space
from app.spaces.plans import Plan

Row = dict[str, Any]


@dataclass(frozen=True)
class Visitor:
    """As whom prices are asked: a public tariff, and the word of the day for the demand log."""

    session: str
    policy: Policy
    audience: str = "public"
    percent: int = 100


@dataclass(frozen=True)
class Card:
    """The chosen room with its price, ready to be read."""

    token: str
    name: str
    slug: str
    day: str
    day_short: str
    span: str
    facts: list[tuple[str, str]]
    lines: list[tuple[str, int]]
    price_cents: int
    vat: str | None
    why: str
    cheaper: list[Row]
    others: list[Row]
    cancel: str


@dataclass(frozen=True)
class Page:
    """All that the booking page says."""

    search: Search
    kinds: list[tuple[str, str]]
    kind_slug: str
    people: list[tuple[int, str]]
    lengths: list[tuple[int, str]]
    length: str
    days: list[Row]
    rows: list[Row]
    chosen: str
    covers: int
    week: str
    earlier: str | None
    later: str
    card: Card | None = None
    refused: str | None = None
    nearest: list[Row] = field(default_factory=list)
    plan: Plan | None = None


def look(search: Search, spaces: Sequence[Space], visitor: Visitor) -> Page:
    """Fill the grid, quote the chosen start, and note in the demand log what was shown.

    Without a chosen start the first free one is taken, so that there is always a price to read.
    """
    now = clock.now()
    chosen = next((s for s in spaces if s.slug == search.space), None)
    need = search.need(chosen.id if chosen else None, visitor.audience, visitor.percent)
    grid = grids.build(need, now, spaces)
    search = _settled(search, grid)
    page = _page(search, grid, spaces, chosen)
    if search.day is None or search.start is None:
        return page
    cell = grid.cell(search.day, search.start)
    if cell.state == "free":
        return _with_card(page, grid, cell, visitor, chosen)
    return _without_card(page, grid, cell, visitor)


def _settled(search: Search, grid: Grid) -> Search:
    if search.day is not None or search.moving is not None:
        return search
    free = [where for where, cell in grid.cells.items() if cell.state == "free"]
    if not free:
        return search
    day, start = min(free)
    return replace(search, day=day, start=start)


def _page(search: Search, grid: Grid, spaces: Sequence[Space], chosen: Space | None) -> Page:
    kinds = list(dict.fromkeys(s.kind for s in spaces))
    alike = [chosen] if chosen else list(grid.spaces.values())
    most = max(
        (seats(one.space, len(one.place.units)) for one in grid.view.days if one.place.units),
        default=1,
    )
    gap = min((b - a for a, b in zip(grid.starts, grid.starts[1:], strict=False)), default=60)
    week = dt.timedelta(days=7)
    today = grid.now.astimezone(alike[0].site.zone).date() if alike else search.first_day
    back = max(search.first_day - week, today)
    bare = {"day": None, "start": None}
    return Page(
        search=search,
        kinds=[(SLUGS[k], kind_name(k)) for k in kinds],
        kind_slug=SLUGS[search.kind],
        people=people_options(most, search.people),
        lengths=length_options(alike, search.minutes),
        length=hours(search.minutes),
        days=[_day(day) for day in grid.days],
        rows=_rows(grid),
        chosen=f"{search.day}T{wall(search.start or 0)}" if search.day else "",
        covers=min(max(1, search.minutes // gap), 12),
        week=words.week(grid.days[0], grid.days),
        earlier=search.url(first_day=back, **bare) if search.first_day > today else None,
        later=search.url(first_day=search.first_day + week, **bare),
    )


def _day(day: dt.date) -> Row:
    parts = day_name(day, "short").split(" ")
    return {"short": parts[0], "day": parts[1], "long": day_name(day)}


def _rows(grid: Grid) -> list[Row]:
    """Rows of starts; the word «fermé» stands once in each column that has nothing to sell."""
    best = grid.cheapest
    told: set[dt.date] = set()
    rows = []
    for start in grid.starts:
        cells = [_cell(grid, day, start, best, told) for day in grid.days]
        rows.append({"time": _row_name(start), "cells": cells})
    return rows


def _row_name(start: int) -> str:
    """`14:00`; the second passage of an autumn hour says that it is one."""
    return f"{wall(start % AGAIN)} {_('(heure d’hiver)')}" if start >= AGAIN else wall(start)


def _cell(
    grid: Grid,
    day: dt.date,
    start: int,
    best: tuple[dt.date, int] | None,
    told: set[dt.date],
) -> Row | None:
    cell = grid.cell(day, start)
    if cell.state == "full":
        return {"kind": "full"}
    if cell.state == "free" and cell.price_cents is not None and cell.starts_at is not None:
        space = grid.spaces[cell.space_id or 0]
        end = cell.starts_at + dt.timedelta(minutes=grid.need.minutes)
        return {
            "kind": "open",
            "value": f"{day}T{wall(start)}",
            "cents": cell.price_cents,
            "heat": cell.heat,
            "label": f"{words.span(cell.starts_at, end, space.site.zone)}, {space.name}",
            "best": best == (day, start),
        }
    if cell.state == "closed" and day not in told and _nothing_after(grid, day, start):
        told.add(day)
        return {"kind": "closed", "text": _("fermé")}
    return None


def _nothing_after(grid: Grid, day: dt.date, start: int) -> bool:
    return all(grid.cell(day, later).state == "closed" for later in grid.starts if later >= start)


def _with_card(page: Page, grid: Grid, cell: Cell, visitor: Visitor, chosen: Space | None) -> Page:
    space = grid.spaces[cell.space_id or 0]
    start = cell.starts_at or grid.now
    asked = rates.Asked(
        space,
        Interval(start, start + dt.timedelta(minutes=page.search.minutes)),
        page.search.people,
        visitor.audience,
        visitor.percent,
        grid.need.without,
    )
    try:
        quote = rates.ask(asked, now=grid.now)
    except Refused as refusal:
        return replace(page, refused=refusal.text, nearest=_nearest(grid, start, page.search))
    others: list[Grid] = []
    if chosen is not None:
        others = [grids.build(replace(grid.need, space_id=None), grid.now)]
    near = grids.cheaper(grid, cell, others)
    demand.log_quote(quote, space, visitor.session, "shown", alternatives=len(near))
    wide = others[0] if others else grid
    card = _card(page.search, wide, quote, space, near, visitor)
    return replace(page, card=card, plan=plan_of(page.search, wide, space))


def _card(
    search: Search,
    grid: Grid,
    quote: Quote,
    space: Space,
    near: Sequence[Neighbour],
    visitor: Visitor,
) -> Card:
    zone = space.site.zone
    day = quote.starts_at.astimezone(zone).date()
    return Card(
        token=quote.token,
        name=space.name,
        slug=space.slug,
        day=day_name(day),
        day_short=day_name(day, "short"),
        span=words.span(quote.starts_at, quote.ends_at, zone),
        facts=words.facts(space, quote.quantity * space.capacity),
        lines=lines(quote, space),
        price_cents=quote.price_cents,
        vat=words.vat_line(quote.price_cents, quote.vat_bp),
        why=price_words.why(quote),
        cheaper=[_neighbour(search, one, space) for one in near],
        others=_others(search, grid, space),
        cancel=_back(quote, visitor.policy.on(space), zone, grid.now),
    )


def _back(quote: Quote, policy: Policy, zone: dt.tzinfo, now: dt.datetime) -> str:
    """What comes back when it is given back, as far as it is said before choosing."""
    said = words.free_until(quote.starts_at, policy, zone, now), words.todays_price(policy)
    return " ".join(filter(None, said))


def lines(priced: Any, space: Space) -> list[tuple[str, int]]:
    """The named parts of a price, of a quote or a booking."""
    minutes = Interval(priced.starts_at, priced.ends_at).minutes
    found = price_words.lines(priced.steps, space, minutes, priced.quantity)
    return [(line.label, line.cents) for line in found]


def _others(search: Search, grid: Grid, space: Space) -> list[Row]:
    """Every other space that is free at the chosen start."""
    if search.day is None or search.start is None:
        return []
    free = (
        (grid.spaces[cell.space_id], cell)
        for cell in grid.at(search.day, search.start)
        if cell.space_id is not None and cell.space_id != space.id
    )
    return [
        {
            "name": other.name,
            "facts": words.people(seats(other, 1)),
            "cents": cell.price_cents,
            "url": search.url(space=other.slug),
        }
        for other, cell in islice(free, 8)
    ]


def _neighbour(search: Search, one: Neighbour, space: Space) -> Row:
    zone = one.space.site.zone
    start = one.cell.starts_at or clock.now()
    end = start + dt.timedelta(minutes=search.minutes)
    day, minute = words.local(start, one.space.site)
    elsewhere = one.space.id != space.id
    if day == search.day:
        strong, text = words.span(start, end, zone), _("même salle")
    else:
        strong, text = day_name(day), words.clock_time(start, zone)
    if elsewhere:
        text = one.space.name if day == search.day else f"{text}, {one.space.name}"
    place = one.space.slug if search.space and elsewhere else search.space
    return {
        "strong": strong,
        "text": text,
        "cents": one.cell.price_cents,
        "saving": one.saving_cents,
        "url": search.url(day=day, start=minute, space=place),
    }


def _without_card(page: Page, grid: Grid, cell: Cell, visitor: Visitor) -> Page:
    """The chosen start is not for sale: say why, offer the nearest, remember the lost wish."""
    search = page.search
    space = next(iter(grid.spaces.values()), None)
    if space is None or search.day is None or search.start is None:
        return page
    wanted = cell.starts_at or _instant(space, search.day, search.start)
    if cell.state == "full":
        demand.log_unavailable(space, wanted, search.minutes, search.people, visitor.session)
    sentences = {
        "full": _("Ce créneau est complet."),
        "past": _("Cette heure est passée, ou trop proche pour être préparée."),
    }
    closed = _("Ce créneau n’est pas ouvert à la réservation.")
    return replace(
        page,
        refused=sentences.get(cell.state, closed),
        nearest=_nearest(grid, wanted, search),
    )


def _instant(space: Space, day: dt.date, minute: int) -> dt.datetime:
    return edge(day, minute, space.site.zone)


def _nearest(grid: Grid, wanted: dt.datetime, search: Search) -> list[Row]:
    return [row_of(search, grid, cell) for cell in grids.nearest(grid, wanted)]


def row_of(search: Search, grid: Grid, cell: Cell) -> Row:
    """A free cell as a link."""
    space = grid.spaces[cell.space_id or 0]
    start = cell.starts_at or grid.now
    day, minute = words.local(start, space.site)
    end = start + dt.timedelta(minutes=search.minutes)
    return {
        "strong": f"{day_name(day, 'short')}, {words.span(start, end, space.site.zone)}",
        "text": space.name,
        "cents": cell.price_cents,
        "saving": None,
        "url": search.url(day=day, start=minute),
    }


def alternatives(search: Search, visitor: Visitor, wanted: dt.datetime) -> list[Row]:
    """The nearest free starts of this kind, for whoever lost a race."""
    need = search.need(None, visitor.audience, visitor.percent)
    grid = grids.build(need, clock.now())
    return _nearest(grid, wanted, replace(search, space=None))


def price_sentence(cents: int) -> str:
    """`39 €` or `gratuit`."""
    return euros(cents) if cents else _("gratuit")
