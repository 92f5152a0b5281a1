"""A space sold whole or in parts: a hall split in two, a room made of three.

Selling the whole takes every part; selling a part blocks the whole. Each part keeps its own gap
programme and meets two kinds of requests: its own, and those for the whole, as far as the other
parts are still free, which bring their price less what they displace of the other parts' own
requests.

A part sold loses the hopes set on the whole. The whole sold loses them once, not once per part:
with W the values of a part and W0 those without the whole, each of n parts lends it
W / n + W0 (n - 1) / n.

Unlike other tables these depend on what is free: hopes set on the whole die where another part is
taken, so a day is solved again after a booking.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike

from . import gap
from . import quote as quotes
from .data import BadInput
from .demand import DaySpec, Demand, Grid, cut, grid
from .displace import gap_costs
from .guardrails import Cents, Rules
from .layers import Counts
from .markup import accept, price
from .nightly import ENGINE, Plan, kept_slices, opening, solve_day, to_come, version
from .results import Floats, Quote
from .table import Table

One = TypeVar("One")

#: A day with what is expected of it.
Job = tuple[DaySpec, Demand]


@dataclass(frozen=True, eq=False)
class Combined:
    """The tables of a combined space: any of them is priced with `pricing.quote` and its kin.

    whole    `free` is told part by part
    parts    None for one that nobody may take alone
    """

    whole: Table
    parts: tuple[Table | None, ...]


@dataclass(frozen=True)
class _Part:
    """A part while it is solved: its job (without requests where nobody may take it alone)."""

    day: DaySpec
    demand: Demand
    season: Grid
    reward: float
    free: Counts


def solve(
    whole: Job,
    parts: Sequence[Job | None],
    *,
    steps: int = 60,
    plans: Sequence[Plan] | None = None,
    alone: Sequence[Table] | None = None,
    free: Sequence[ArrayLike] | None = None,
    minutes_to_open: float = math.inf,
    keep_minutes: float = math.inf,
) -> Combined:
    """Return the tables of a combined space.

    parts            None for a part that nobody may take alone
    plans            reward and trust, the whole first, then each part that is sold
    alone            the tables of `solve_day` in the same order, if they are there already
    free             what is free of each part now; everything unless told
    minutes_to_open, keep_minutes   as `solve_day` takes them

    Refuses parts that do not share the slots, lengths and buffer of the whole, or hold several
    units: the whole must take exactly one of each. Refuses a part without any that is sold.
    """
    sold = [job for job in parts if job is not None]
    _refuse_strangers(whole[0], len(parts), [day for day, _ in sold])
    plans = _one_each("plans", plans or [Plan()] * (1 + len(sold)), sold)
    blanks = _one_each("alone", alone or _alone([whole, *sold], plans), sold)
    minutes = _moments([whole, *sold], steps)
    made = _parts(whole, parts, plans, minutes, _free(free, len(parts), whole[0].slots))
    values, lent = _values(whole, made, cut(*whole, minutes), plans[0].reward)
    name = _version([whole, *sold], plans, made)
    kept = kept_slices(minutes, minutes_to_open, keep_minutes, stacked=False)
    own = iter(zip(blanks[1:], sold, strict=True))
    tables: list[Table | None] = []
    for part, job, value in zip(made, parts, values, strict=True):
        if job is None:
            tables.append(None)
            continue
        blank, (day, _demand) = next(own)
        tables.append(_table(blank, day, part.season, name, kept, value=value))
    shares = np.stack(lent, axis=1)
    season = cut(*whole, minutes)
    return Combined(_table(blanks[0], whole[0], season, name, kept, shares=shares), tuple(tables))


def _one_each(name: str, given: Sequence[One], sold: Sequence[Job]) -> Sequence[One]:
    if len(given) != 1 + len(sold):
        raise BadInput(name, None, "needs one for the whole, then one for each part that is sold")
    return given


def _alone(jobs: Sequence[Job], plans: Sequence[Plan]) -> list[Table]:
    return [solve_day(*job, plan=plan) for job, plan in zip(jobs, plans, strict=True)]


def _moments(jobs: Sequence[Job], steps: int) -> Floats:
    """Return steps of equally many requests of anybody, as far ahead as any of them may book."""
    everyone = np.sum([demand.rate for _, demand in jobs], axis=0)
    day, demand = max(jobs, key=lambda job: job[0].max_lead_minutes)
    return grid(day, replace(demand, mean=everyone), steps).minutes


def _free(free: Sequence[ArrayLike] | None, parts: int, slots: int) -> Counts:
    """Return what is free of each part, (parts, slots) of 0 and 1."""
    if free is None:
        return np.ones((parts, slots), dtype=np.int64)
    rows = [np.asarray(row).reshape(-1) for row in free]
    if len(rows) != parts or any(len(row) != slots for row in rows):
        raise BadInput("free", None, f"needs one row per part, {parts} of {slots} slots")
    counts: Counts = np.array(rows).astype(np.int64)
    if not np.isin(counts, (0, 1)).all():
        raise BadInput("free", None, "must be 0 or 1 per slot")
    return counts


def _parts(
    whole: Job, parts: Sequence[Job | None], plans: Sequence[Plan], minutes: Floats, free: Counts
) -> list[_Part]:
    found, rewards = [], iter(plans[1:])
    for job, row in zip(parts, free, strict=True):
        reward = 0.0 if job is None else next(rewards).reward
        day, demand = job or (whole[0], replace(whole[1], mean=np.zeros(whole[0].shape)))
        found.append(_Part(day, demand, cut(day, demand, minutes), reward, row))
    return found


def _values(
    whole: Job, parts: Sequence[_Part], both: Grid, reward: float
) -> tuple[list[Floats], list[Floats]]:
    """Return the values of each part, requests for the whole included, and what it lends to it."""
    shared = gap.response(*whole, both.level, reward)
    alone = [_solved(part, None) for part in parts]
    lost = [_displaced(part, own) for part, own in zip(parts, alone, strict=True)]
    still = [_still_free(part, own) for part, own in zip(parts, lost, strict=True)]
    beside = [np.where(np.isinf(own), 0.0, own) for own in lost]
    values = []
    for place, part in enumerate(parts):
        others = [other for other in range(len(parts)) if other != place]
        chance = np.prod([still[other] for other in others], axis=0)
        rate = both.rate * chance.reshape(both.rate.shape)
        also = gap.Also(rate, shared, np.sum([beside[other] for other in others], axis=0))
        values.append(_solved(part, also))
    lent = [
        (value + (len(parts) - 1) * own) / len(parts)
        for value, own in zip(values, alone, strict=True)
    ]
    return values, lent


def _solved(part: _Part, also: gap.Also | None) -> Floats:
    answer = gap.response(part.day, part.demand, part.season.level, part.reward)
    out: Floats = gap.values(part.day, [part.season], [answer], also)[0]
    return out


def _displaced(part: _Part, value: Floats) -> Floats:
    """Return what each window displaces of a part as it is now, per step, (T, slots * lengths)."""
    steps = len(value) - 1
    row = np.broadcast_to(part.free, (steps, 1, part.day.slots))
    lost: Floats = gap_costs(value[:-1], row, part.day.lengths, part.day.buffer)[:, 0]
    return lost.reshape(steps, -1)


def _still_free(part: _Part, lost: Floats) -> Floats:
    """Return the probability that a window of a part is still free, per step, (T, slots * lengths).

    Each sale that overlaps it ends it, at the rate that prices over its displacement allow; what is
    taken already never is.
    """
    day, demand, steps = part.day, part.demand, len(part.season.rate)
    able = ~np.isinf(lost)
    slope = (demand.slope / np.where(day.windows, day.card, 1.0)).ravel()
    level = part.season.level.reshape(steps, -1)
    paid = part.reward * np.tile(np.asarray(day.lengths), day.slots)
    net = np.where(able, lost, 0.0) - paid
    asked = price(net, level, slope, day.floor.ravel(), day.ceiling.ravel())
    sold = part.season.rate.reshape(steps, -1) * accept(asked, level, slope) * able
    start, k = np.divmod(np.arange(sold.shape[1]), day.shape[1])
    end = start + np.asarray(day.lengths)[k]
    clash = (start[:, None] < end + day.buffer) & (start < end[:, None] + day.buffer)
    ended = sold @ clash
    later = np.cumsum(ended[::-1], axis=0)[::-1] - ended
    gone: Floats = np.exp(-later) * able
    return gone


def _version(jobs: Sequence[Job], plans: Sequence[Plan], parts: Sequence[_Part]) -> str:
    """Return the model version: a digest of all that is solved together."""
    name = blake2b(digest_size=8)
    for (day, demand), plan in zip(jobs, plans, strict=True):
        name.update(version(day, demand, plan).encode())
    for part in parts:
        name.update(part.free.tobytes())
    return f"{ENGINE}-{jobs[0][1].source}-{name.hexdigest()}"


def _table(
    blank: Table,
    day: DaySpec,
    season: Grid,
    name: str,
    kept: np.ndarray,
    *,
    value: Floats | None = None,
    shares: Floats | None = None,
) -> Table:
    """Return `blank` with the season and values found here, cut to the slices that are kept."""
    edges = len(season.minutes)
    none = np.zeros((edges, 0), dtype=np.float32)
    full = replace(
        blank,
        policy="together",
        model_version=name,
        minutes=season.minutes,
        value=none if value is None else value.astype(np.float32),
        shares=blank.shares if shares is None else shares.astype(np.float32),
        spare=np.zeros((edges, 0, 0), dtype=np.float32),
        layers=np.zeros((edges, 0, 0), dtype=np.uint16),
        coming=to_come(day, season).astype(np.float32),
    )
    return replace(
        full,
        joined=opening(full),
        minutes=full.minutes[kept],
        value=full.value[kept],
        shares=full.shares[kept] if full.parts else full.shares,
        spare=full.spare[kept],
        layers=full.layers[kept],
        coming=full.coming[kept],
    )


def quote_grid(
    space: Combined,
    *,
    free: Sequence[ArrayLike],
    minutes_to_open: float,
    rules: Rules | None = None,
) -> Cents:
    """Return the cents of every window of the whole, -1 where a part is taken."""
    units = _free(free, space.whole.parts, space.whole.slots)
    return quotes.quote_grid(space.whole, free=units, minutes_to_open=minutes_to_open, rules=rules)


def quote(
    space: Combined,
    *,
    free: Sequence[ArrayLike],
    start: int,
    length: int,
    minutes_to_open: float,
    rules: Rules | None = None,
) -> Quote:
    """Price one window of the whole."""
    units = _free(free, space.whole.parts, space.whole.slots)
    return quotes.quote(
        space.whole,
        free=units,
        start=start,
        length=length,
        minutes_to_open=minutes_to_open,
        rules=rules,
    )


def _refuse_strangers(whole: DaySpec, parts: int, sold: Sequence[DaySpec]) -> None:
    shape = (whole.slots, whole.slot_minutes, whole.lengths, whole.buffer, 1, "rooms")
    if parts < 2 or not sold:
        raise BadInput("parts", None, "a combined space has at least two, one of them for sale")
    for day in (whole, *sold):
        if (day.slots, day.slot_minutes, day.lengths, day.buffer, day.units, day.kind) != shape:
            raise BadInput("parts", None, "must share slots, lengths and buffer, one unit each")
