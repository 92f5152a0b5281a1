"""From a value table, the free slots and the moment, to a price: a look-up, never a solve.

What is free is told per unit: `free` is (slots,) for one room, (units, slots) for a few alike
rooms, and for a pool the number of free seats per slot. A slot is free when a booking may lie
there, so the buffers around bookings count as taken. `minutes_to_open` is the real time left before
the day's first slot, negative once the day has begun.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from .data import BadInput
from .demand import whole
from .displace import costs, empty_day, free_units
from .guardrails import Cents, Guarded, Mask, Rules, band, guard
from .layers import Counts
from .markup import accept, omega, toward
from .results import Evidence, Floats, NotForSale, Quote, Step
from .stack import Stack, stack
from .table import Table, up_to

#: Windows priced together: enough to forget the calls, few enough to stay in the processor's cache.
_BLOCK = 15_000


def free_prices(pile: Stack, cost: Floats) -> Floats:
    """Return the price the optimiser would ask without guardrails; anything where cost is inf."""
    slope = pile.b / np.where(pile.card > 0, pile.card, 1.0)
    net = np.where(np.isinf(cost), 0.0, cost) - pile.reward * np.asarray(pile.first.lengths)
    price = net + (1 + omega(pile.a - slope * net - 1)) / slope
    return np.where(pile.fixed, pile.season, price)


def held(pile: Stack, price: Floats, bounds: tuple[Floats, Floats]) -> Floats:
    """Return prices as far from the card as the tables are trusted; all of it: as they are."""
    if (pile.trust == 1).all():
        return price
    card = np.where(pile.card > 0, pile.card, 1.0)
    near = toward(card, np.clip(price, *bounds), pile.trust)
    return np.where(pile.trust == 1, price, near)


def changed(pile: Stack, free: Counts) -> Mask:
    """Return the windows of which a booking or cancellation changed the gap since `before`.

    In one room: where the free gap around the start has changed. Of several units or seats, any of
    which may answer, and of a whole in parts: every window of the day.
    """
    other = (free != pile.before).any(axis=1)
    if pile.first.alpha != 1 or pile.first.rows > 1:
        return np.asarray(other.any(axis=1)[:, None, None])
    days, slots = other.shape
    place = np.arange(slots)
    taken = free[:, 0] == 0
    begin = np.maximum.accumulate(np.where(taken, place, -1), axis=1)
    stop = np.minimum.accumulate(np.where(taken, place, slots)[:, ::-1], axis=1)[:, ::-1]
    seen = np.concatenate([np.zeros((days, 1), np.int64), np.cumsum(other, axis=1)], axis=1)
    day = np.arange(days)[:, None]
    inside = seen[day, np.minimum(stop + 1, slots)] - seen[day, np.maximum(begin, 0)]
    return np.asarray(inside[..., None] > 0)


def priced(
    pile: Stack, cost: Floats, rules: Rules, free: Counts | None = None
) -> tuple[Floats, Guarded]:
    """Return asked price and guarded stages of every window of every day, from what it displaces.

    `free` tells what has changed since the tables' `before`; without it nothing is remembered.
    """
    one = pile.first
    lead = pile.lead
    hours = np.asarray(one.lengths) * one.slot_minutes / 60
    bounds = band(pile.floor, pile.ceiling, hours, rules)
    price = held(pile, free_prices(pile, cost), bounds)
    shown = price * pile.vary if rules.vary else price
    past = None
    if free is not None and pile.previous is not None:
        past = (pile.previous, changed(pile, free))
    timely = (lead >= one.min_lead_minutes) & (lead <= one.max_lead_minutes)
    offered = np.isfinite(cost) & timely & (pile.card > 0)
    return price, guard(shown, offered, pile.card, bounds, lead, one.lengths, rules, past)


def moment(minutes_to_open: float) -> float:
    """Return the moment as a float; refuse what is no number."""
    number = isinstance(minutes_to_open, int | float | np.integer | np.floating)
    if not number or not math.isfinite(minutes_to_open):
        raise BadInput("minutes_to_open", None, "must be a number of minutes")
    return float(minutes_to_open)


def quote_grid(
    table: Table, *, free: ArrayLike, minutes_to_open: float, rules: Rules | None = None
) -> Cents:
    """Return the cents of every window of a day, (slots, lengths), -1 where not for sale."""
    pile = stack([table], np.array([moment(minutes_to_open)]))
    units = free_units([free], [table])
    prices: Cents = priced(pile, costs(pile, units), rules or Rules(), units)[1].final[0]
    return prices


def _alike(table: Table) -> tuple[object, ...]:
    lead = (table.min_lead_minutes, table.max_lead_minutes)
    shape = (table.slots, table.slot_minutes, table.lengths, table.buffer, *lead)
    return (
        *shape,
        table.units,
        table.alpha == 0,
        table.alpha < 1,
        table.layers.shape[1:],
        table.shares.shape[1:],
        table.lean,
        table.lead_shift.shape,
    )


def quote_grids(
    tables: Sequence[Table],
    *,
    free: Sequence[ArrayLike],
    minutes_to_open: Sequence[float],
    rules: Rules | None = None,
    longest: int | None = None,
) -> list[Cents]:
    """Price many space-days in one go, days of one shape together; answers in the order asked.

    The same prices as `quote_grid` day by day; with `longest`, only those of windows of at most so
    many slots need come back. The rules are those of all days, so locked and previous prices, which
    belong to one day, are refused here.
    """
    rules = rules or Rules()
    if rules.locked_cents is not None or rules.previous_cents is not None:
        raise BadInput("rules", None, "locked or previous prices belong to one day: use quote_grid")
    if not len(tables) == len(free) == len(minutes_to_open):
        raise BadInput("free", None, "needs one entry per table, as minutes_to_open does")
    if longest is not None:
        tables = [up_to(one, longest) for one in tables]
    groups: dict[tuple[object, ...], list[int]] = {}
    for place, one in enumerate(tables):
        groups.setdefault(_alike(one), []).append(place)
    out: list[Cents] = [np.empty(0, dtype=np.int64)] * len(tables)
    for places in _blocks(groups.values(), tables):
        moments = np.array([moment(minutes_to_open[place]) for place in places])
        block = [tables[place] for place in places]
        pile = stack(block, moments)
        units = free_units([free[place] for place in places], block)
        final = priced(pile, costs(pile, units), rules, units)[1].final
        for place, prices in zip(places, final, strict=True):
            out[place] = prices
    return out


def _blocks(groups: Iterable[list[int]], tables: Sequence[Table]) -> Iterator[list[int]]:
    for group in groups:
        size = max(1, _BLOCK // tables[group[0]].card.size)
        for first in range(0, len(group), size):
            yield group[first : first + size]


def quote(
    table: Table,
    *,
    free: ArrayLike,
    start: int,
    length: int,
    minutes_to_open: float,
    rules: Rules | None = None,
) -> Quote:
    """Price one window, with its named steps, its evidence and its inputs.

    Refuses a window that is taken, closed, of a length not offered, too early or too late. The
    price is the one `quote_grid` shows for the same window at the same moment.
    """
    rules = rules or Rules()
    whole("length", length, 1, table.slots)
    whole("start", start, 0, table.slots - 1)
    start, length = int(start), int(length)
    if rules.locked_cents is None and rules.previous_cents is None and length in table.lengths:
        table = up_to(table, length)
    units = free_units([free], [table])
    pile = stack([table], np.array([moment(minutes_to_open)]))
    both = costs(pile, units), costs(pile, empty_day(table))
    return worded(pile, units[0], both, (start, length), rules)


def worded(
    pile: Stack,
    units: Counts,
    both: tuple[Floats, Floats],
    window: tuple[int, int],
    rules: Rules,
    *,
    remembered: bool = True,
) -> Quote:
    """Return the quote of (start, length) from what it displaces now, and on an empty day.

    `remembered`: `units` are the table's own, so that they tell what has changed.
    """
    table, (start, length) = pile.first, window
    if length not in table.lengths:
        raise BadInput("length", None, f"{length} slots is not offered, only {table.lengths}")
    whole("start", start, 0, table.slots - 1)
    cost, empty = both
    price, guarded = priced(pile, cost, rules, units[None] if remembered else None)
    at = (0, start, table.lengths.index(length))
    if guarded.final[at] < 0:
        raise NotForSale("start", None, "this window is taken, closed, too early or too late")
    steps = _steps(
        pile, guarded, at, (float(free_prices(pile, empty)[at]), float(price[at])), rules
    )
    facts = _facts(pile, units, at, float(cost[at]), int(guarded.final[at]), length)
    return Quote(
        price_cents=int(guarded.final[at]),
        steps=steps,
        evidence=Evidence(_main(steps, rules, at, table), facts),
        inputs=_inputs(table, units, start, length, float(pile.minutes[0]), rules),
        model_version=table.model_version,
        list_cents=round(float(table.card[at[1:]])),
        displacement_cents=float(cost[at]),
    )


def _steps(
    pile: Stack,
    guarded: Guarded,
    at: tuple[int, int, int],
    now: tuple[float, float],
    rules: Rules,
) -> tuple[Step, ...]:
    """Cut the way from base price to final price in named parts that sum exactly.

    Each level is rounded to the cent and steps are differences of levels, so nothing is lost.
    """
    table, window = pile.first, at[1:]
    hours = np.asarray(table.lengths) * table.slot_minutes / 60
    bounds = band(pile.floor, pile.ceiling, hours, rules)

    def as_trusted(price: float) -> float:
        return float(held(pile, np.full_like(pile.card, price), bounds)[at])

    base, card = float(table.base[window]), float(table.card[window])
    usual, season = as_trusted(table.typical[window]), as_trusted(table.season[window])
    untouched, asked = as_trusted(now[0]), now[1]
    tried = asked * float(pile.vary[0, window[0], 0]) if rules.vary else asked
    if rules.frozen:
        usual = season = untouched = asked = tried = card
    joined = season
    if table.joined.size and not rules.frozen:
        joined = as_trusted(table.joined[window])
    levels = [base, usual, season, untouched, asked, tried, joined]
    levels += [float(stage[at]) for stage in (guarded.bounded, guarded.member, guarded.rounded)]
    *marks, bounded, member, rounded = (round(level) for level in levels)
    final = int(guarded.final[at])
    parts = (
        ("base", marks[0]),
        ("weekday_hour", marks[1] - marks[0]),
        ("season", marks[2] - marks[1]),
        ("shared", marks[6] - marks[2]),
        ("pace", marks[4] - marks[3]),
        ("last_minute", marks[3] - marks[6]),
        ("trial", marks[5] - marks[4]),
        ("guardrail", bounded - marks[5] + final - rounded),
        ("member", member - bounded),
        ("rounding", rounded - member),
    )
    return tuple(Step(code, cents) for code, cents in parts if cents or code == "base")


def _main(steps: tuple[Step, ...], rules: Rules, at: tuple[int, int, int], table: Table) -> str:
    """Return the code of the fact that explains the price best."""
    if rules.locked_cents is not None:
        locked = np.broadcast_to(np.asarray(rules.locked_cents), table.card.shape)
        if locked[at[1:]] > 0:
            return "locked"
    if rules.frozen or table.policy == "card":
        return "trial" if any(step.code == "trial" for step in steps) else "card"
    moved = [step for step in steps if step.code not in {"base", "member", "rounding"}]
    if not moved:
        return "usual"
    return max(moved, key=lambda step: abs(step.cents)).code


def _facts(
    pile: Stack, units: Counts, at: tuple[int, int, int], cost: float, cents: int, length: int
) -> dict[str, float]:
    """Return the numbers behind the sentence of evidence."""
    table = pile.first
    if table.parts:  # a whole is free where all its parts are
        units = units.min(axis=0, keepdims=True)
    window = slice(at[1], at[1] + length)
    before, after, late = table.between(float(pile.minutes[0]))
    coming = table.coming[before] * (1 - late) + table.coming[after] * late
    slope = pile.b[at] / pile.card[at]
    share = accept(np.array(float(cents)), pile.a[at], slope)
    return {
        "units": float(table.units),
        "units_free": float(units[:, window].sum(axis=0).min()),
        "day_free_share": float(units.sum() / (table.units * table.slots)),
        "requests_to_come": round(float(coming[window].max()), 2),
        "lead_hours": round(float(pile.lead[0, at[1], 0]) / 60, 2),
        "accept_share": round(float(share), 4),
        "displacement_cents": round(cost, 2),
    }


def _inputs(
    table: Table,
    units: Counts,
    start: int,
    length: int,
    minutes_to_open: float,
    rules: Rules,
) -> dict[str, object]:
    """Return what `replay` needs beside the table, ready for JSON."""
    return {
        "start": start,
        "length": length,
        "minutes_to_open": float(minutes_to_open),
        "free": units.tolist(),
        "rules": rules.as_json(),
        "model_version": table.model_version,
        "policy": table.policy,
    }


def replay(table: Table, inputs: dict[str, Any]) -> Quote:
    """Give a stored quote again from its inputs; refuses a table of another model version."""
    if inputs.get("model_version") != table.model_version:
        raise BadInput("model_version", None, f"the table is of {table.model_version}")
    try:
        rules = Rules(**inputs["rules"])
        asked = {name: inputs[name] for name in ("free", "start", "length", "minutes_to_open")}
    except (KeyError, TypeError) as error:
        raise BadInput("inputs", None, f"are not those of a quote ({error})") from error
    return quote(table, **asked, rules=rules)


def neighbours(
    table: Table,
    *,
    free: ArrayLike,
    start: int,
    length: int,
    minutes_to_open: float,
    rules: Rules | None = None,
    count: int = 3,
) -> list[tuple[int, int]]:
    """Return up to `count` cheaper starts of the same length as (start, cents), nearest first."""
    whole("count", count, 0, table.slots)
    whole("start", start, 0, table.slots - 1)
    if length not in table.lengths:
        raise BadInput("length", None, f"{length} slots is not offered, only {table.lengths}")
    prices = quote_grid(table, free=free, minutes_to_open=minutes_to_open, rules=rules)
    column = prices[:, table.lengths.index(length)]
    asked = column[start] if column[start] >= 0 else np.iinfo(np.int64).max
    cheaper = np.flatnonzero((column >= 0) & (column < asked))
    nearest = sorted(cheaper.tolist(), key=lambda other: (abs(other - start), column[other]))
    return [(other, int(column[other])) for other in nearest[:count]]
