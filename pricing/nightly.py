"""From a day and its demand to the value table that an app stores: the nightly half."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import fluid, gap, layers, pool
from .data import BadInput
from .demand import DaySpec, Demand, Grid, cut, grid, table, whole
from .displace import costs, empty_day
from .quote import free_prices
from .results import Floats
from .rooms import Blend, blend
from .stack import stack
from .table import Table

#: Part of every model version: raise it when the same input would be priced otherwise.
ENGINE = "3"
#: Slices kept for one day at most; reading between them is linear. Stacked days, which stand for
#: several units, keep fewer for a few hours and never all.
MAX_SLICES = 12
MOST_STEPS = 2000
#: Days whose whole seasons are held at once.
BLOCK = 64
MAX_STACKED = 8
MOST_STACKED = 40
#: What a pool of a few units leans on its layers; the rest on its spare seats (see `layers`).
LEAN_FEW, LEAN = 1.0, 0.75


@dataclass(frozen=True, eq=False)
class Plan:
    """How a day is to be priced; the default is what suits its kind.

    policy   "auto", or for pools "mean_field" or "fluid", or "card": a static card, nothing moves
    mix      blend rooms by their own gap and the pool, instead of stacking them in layers
    charge   part of what the first and last layer displace that prices rest on (`layers.charged`)
    reward   cents of occupancy reward per slot sold (see `levers`)
    left     seats free now, (slots,), for a pool solved again after bookings
    card     the prices in cents of policy "card", (slots, lengths)
    trust    how far prices leave the list for what the policy asks (`Response.trust`), 0 to 1
    """

    policy: str = "auto"
    mix: Blend | None = None
    reward: float = 0.0
    left: ArrayLike | None = None
    card: ArrayLike | None = None
    trust: float = 1.0
    charge: layers.Charge | None = None

    def __post_init__(self) -> None:
        """Refuse an unknown policy, a reward that is no number, a card policy without card."""
        if self.policy not in {"auto", "mean_field", "fluid", "card"}:
            raise BadInput("policy", None, f"unknown: {self.policy!r}")
        if not math.isfinite(self.reward):
            raise BadInput("reward", None, "must be a number of cents per slot")
        if not all(0 < part <= 2 for part in self.charge or ()):
            raise BadInput("charge", None, "must be shares above 0, at most 2")
        if not 0 <= self.trust <= 1:
            raise BadInput("trust", None, "must be a share from 0 to 1")
        if (self.policy == "card") != (self.card is not None):
            raise BadInput("card", None, "goes with policy 'card', and only with it")

    def seats(self, day: DaySpec) -> Floats:
        """Return the seats free now, all of them unless told."""
        left = table("left", day.units if self.left is None else self.left, (day.slots,))
        if (left > day.units).any():
            raise BadInput("left", None, f"is more than the {day.units} seats there are")
        return left


#: What one table is solved from.
Job = tuple[DaySpec, Demand, Plan]


def solve_day(
    day: DaySpec,
    demand: Demand,
    *,
    steps: int = 40,
    minutes_to_open: float = math.inf,
    keep_minutes: float = math.inf,
    plan: Plan | None = None,
) -> Table:
    """Solve one day and return its table.

    steps            time steps of the season, each with equally many expected requests
    minutes_to_open, keep_minutes   keep only what moments in [minutes_to_open - keep_minutes,
                     minutes_to_open] need: the time until the next solve; all by default
    plan             the policy and its levers
    """
    whole("steps", steps, 1, 5000)
    if math.isnan(minutes_to_open) or not keep_minutes > 0:
        raise BadInput("keep_minutes", None, "must be positive minutes from minutes_to_open on")
    plan = plan or Plan()
    usual, typical = None, _usual(demand, plan)
    if typical is not None:
        usual = opening(_solved(day, typical, steps, plan))
    solved = _solved(day, demand, steps, plan)
    season = opening(solved)
    return _cut((day, demand, plan), solved, (season, usual), minutes_to_open, keep_minutes)


def solve_days(
    days: Sequence[DaySpec],
    demands: Sequence[Demand],
    *,
    steps: int = 40,
    minutes_to_open: Sequence[float] | None = None,
    keep_minutes: float = 36 * 60,
    workers: int = 2,
    plans: Sequence[Plan] | None = None,
) -> list[Table]:
    """Solve many days on `workers` threads, the same answers as `solve_day` one by one.

    Equal days (demand and plan too) are solved once, and so are equal usual weekdays. Memory: whole
    seasons of `BLOCK` days at a time, whatever the number of days.
    """
    whole("workers", workers, 1, 64)
    whole("steps", steps, 1, 5000)
    if minutes_to_open is None:
        moments, keep_minutes = [math.inf] * len(days), math.inf
    else:
        moments = list(minutes_to_open)
    if not len(days) == len(demands) == len(moments):
        raise BadInput("demands", None, "needs one entry per day, as minutes_to_open does")
    chosen = [Plan()] * len(days) if plans is None else list(plans)
    if len(chosen) != len(days):
        raise BadInput("plans", None, "needs one entry per day")
    asked = list(zip(days, demands, chosen, strict=True))
    with ThreadPoolExecutor(workers) as crew:
        return _in_blocks(crew, asked, moments, keep_minutes, steps)


def _in_blocks(
    crew: ThreadPoolExecutor,
    asked: Sequence[Job],
    moments: Sequence[float],
    keep_minutes: float,
    steps: int,
) -> list[Table]:
    """Solve each job once, usual weekdays first: of those only the opening prices are kept."""
    own = [version(*job) for job in asked]
    usual = {
        version(day, typical, plan): (day, typical, plan)
        for day, demand, plan in asked
        if (typical := _usual(demand, plan)) is not None
    }
    opened: dict[str, Floats] = {}
    for block in _blocks(list(usual.items())):
        opened |= {name: opening(table_) for name, table_ in _crewed(crew, block, steps)}
    found: dict[int, Table] = {}
    for block in _blocks(list(dict(zip(own, asked, strict=True)).items())):
        solved = dict(_crewed(crew, block, steps))
        for place in (place for place, name in enumerate(own) if name in solved):
            day, demand, plan = asked[place]
            seen, table_ = _usual(demand, plan), solved[own[place]]
            before = None if seen is None else opened[version(day, seen, plan)]
            prices = opening(table_), before
            found[place] = _cut(asked[place], table_, prices, moments[place], keep_minutes)
        solved.clear()  # one block at a time: the next is solved before its name moves on
    return [found[place] for place in range(len(asked))]


def _usual(demand: Demand, plan: Plan) -> Demand | None:
    """Return the usual weekday to be priced too; none under a card, which asks the same then."""
    return None if plan.policy == "card" else demand.typical


def _blocks(jobs: Sequence[tuple[str, Job]]) -> list[Sequence[tuple[str, Job]]]:
    """Return the jobs in blocks, so that whole seasons of a few days only are held at once."""
    return [jobs[first : first + BLOCK] for first in range(0, len(jobs), BLOCK)]


def _crewed(
    crew: ThreadPoolExecutor, jobs: Sequence[tuple[str, Job]], steps: int
) -> Iterator[tuple[str, Table]]:
    tables = crew.map(lambda job: _solved(job[1][0], job[1][1], steps, job[1][2]), jobs)
    return zip((name for name, _ in jobs), tables, strict=True)


def version(day: DaySpec, demand: Demand, plan: Plan | None = None) -> str:
    """Return the model version: engine, source of the demand, digest of all that is solved."""
    shape = (day.slots, day.slot_minutes, day.lengths, day.units, day.kind, day.buffer)
    season = (day.min_lead_minutes, day.max_lead_minutes)
    name = blake2b(repr((*shape, *season)).encode(), digest_size=8)
    for part in (
        *(day.card, day.base, day.floor, day.ceiling, day.windows),
        *(demand.rate, demand.level, demand.slope, demand.edges, demand.shares, demand.shift),
    ):
        name.update(np.ascontiguousarray(part).tobytes())
    if plan is not None:
        name.update(repr((plan.policy, plan.mix, plan.reward, plan.trust, plan.charge)).encode())
        for given in (plan.left, plan.card):
            name.update(b"" if given is None else np.asarray(given, dtype=np.float64).tobytes())
    return f"{ENGINE}-{demand.source}-{name.hexdigest()}"


def season_of(day: DaySpec, demand: Demand, steps: int) -> Grid:
    """Cut the season finely enough for the programme that will run on it.

    Fewer than half a request per unit and step, about one for all units stacked in layers, and one
    per slot of a pool: a step must not sell the same seat twice.
    """
    if demand.rate.shape != day.shape:
        raise BadInput("mean", None, f"has shape {demand.rate.shape}, the day has {day.shape}")
    per_unit = float(demand.rate[day.windows].sum()) / day.units
    if per_unit > 1000:
        raise BadInput("mean", None, f"{per_unit:.0f} requests per unit and day are beyond reason")
    finer = max(steps, math.ceil(2 * per_unit))
    if day.units > 1 and layers.suits(day, per_unit * day.units):
        finer = layers.steps_for(per_unit * day.units, finer)
    elif day.units > 1:
        busiest = float(_touching(day, (demand.rate * day.windows)[None]).max())
        finer = max(finer, math.ceil(busiest / pool.lot(day.units)))
    return grid(day, demand, min(finer, MOST_STEPS))


def opening(solved: Table) -> Floats:
    """Return the free price of every window of an empty day when its sales open."""
    pile = stack([solved], solved.minutes[-1:])
    prices: Floats = free_prices(pile, costs(pile, empty_day(solved)))[0]
    return prices


def _solved(day: DaySpec, demand: Demand, steps: int, plan: Plan) -> Table:
    """Return the whole season's table, its reference prices still the card."""
    season = season_of(day, demand, steps)
    worth, policy = _worth(day, demand, season, plan)
    card = np.where(day.windows, day.card, 0.0)
    asked = card if plan.card is None else table("card", plan.card, day.shape)
    return Table(
        slots=day.slots,
        slot_minutes=day.slot_minutes,
        lengths=tuple(day.lengths),
        units=day.units,
        buffer=day.buffer,
        min_lead_minutes=day.min_lead_minutes,
        max_lead_minutes=day.max_lead_minutes,
        reward=plan.reward,
        policy="card" if plan.policy == "card" else policy,
        model_version=version(day, demand, plan),
        minutes=season.minutes,
        coming=to_come(day, season).astype(np.float32),
        card=card,
        base=day.base,
        floor=day.floor,
        ceiling=day.ceiling,
        a=demand.level,
        b=demand.slope,
        typical=card,
        season=asked,
        lead_edges=demand.edges,
        lead_shift=demand.shift,
        trust=plan.trust,
        **worth,
        **_wishes(day, demand, season),
    )


def _wishes(day: DaySpec, demand: Demand, season: Grid) -> dict[str, Any]:
    """Return what a pool still expects, window by window: what a block of seats is valued by."""
    if day.kind != "pool":
        return {}
    none = np.zeros((1, day.slots))
    asked = season.rate.sum(axis=2)
    score = (season.rate * (season.level - demand.level)).sum(axis=2)
    starting, shifted = (np.concatenate([none, np.cumsum(part, axis=0)]) for part in (asked, score))
    later = np.divide(shifted, starting, out=np.zeros_like(shifted), where=starting > 0)
    return {
        "wish": season.rate.sum(axis=0),
        "starting": starting.astype(np.float32),
        "later": later.astype(np.float32),
    }


def _worth(day: DaySpec, demand: Demand, season: Grid, plan: Plan) -> tuple[dict[str, Any], str]:
    """Return the fields of a table that hold values, with their weights, and the policy's name."""
    stacked = _is_stacked(day, demand, plan)
    mix = plan.mix or blend(day.units)
    alpha = 0.0 if day.kind == "pool" else 1.0 if stacked else mix.weight
    lean = 0.0 if not stacked else LEAN_FEW if day.units <= 4 else LEAN
    value, spare = _values(day, demand, season, plan, (alpha, lean))
    layer, unit = _layers(day, demand, season, plan) if stacked else _no_layers(season)
    if stacked and alpha:
        value = layer.mean(axis=1, dtype=np.float64) * unit
    policy = "mean_field" if alpha == 0 else "gap" if alpha == 1 else "hybrid"
    found = {"value": value.astype(np.float32), "spare": spare.astype(np.float32)}
    weights = {"alpha": alpha, "lean": lean, "layers": layer, "layer_cents": unit}
    return found | weights, "layers" if stacked else policy


def _values(
    day: DaySpec, demand: Demand, season: Grid, plan: Plan, weights: tuple[float, float]
) -> tuple[Floats, Floats]:
    """Return what gaps and what seats are worth; empty where the blend asks neither.

    Under a card too: its prices do not look at them, but a group or a closure displaces as much.
    """
    edges, (alpha, lean) = len(season.minutes), weights
    seats = alpha < 1 and lean < 1
    value: Floats = np.zeros((edges, gap.gap_index(day.slots)[0, 0] + 1 if alpha > 0 else 0))
    spare: Floats = np.zeros((edges, *((day.slots, day.units + 1) if seats else (0, 0))))
    if alpha > 0 and not lean:
        mix = plan.mix or blend(day.units)
        one_room = replace(season, rate=season.rate * mix.crowding / day.units)
        answer = gap.response(day, demand, season.level, plan.reward)
        value = gap.values(day, [one_room], [answer])[0]
    if seats:
        left = plan.seats(day).astype(np.int64)
        spare = pool.in_lots(day, demand, season, left=left, reward=plan.reward)
    return value, spare


def _is_stacked(day: DaySpec, demand: Demand, plan: Plan) -> bool:
    """Tell whether the units of a day are valued layer by layer."""
    wanted = plan.policy == "auto" and plan.mix is None
    return wanted and layers.suits(day, float(demand.rate[day.windows].sum()))


def _no_layers(season: Grid) -> tuple[layers.Narrow, float]:
    return np.zeros((len(season.minutes), 0, 0), dtype=np.uint16), 0.0


def _layers(day: DaySpec, demand: Demand, season: Grid, plan: Plan) -> tuple[layers.Narrow, float]:
    answer = gap.response(day, demand, season.level, plan.reward)
    value = layers.values(day, season, answer)
    return layers.narrowed(layers.charged(value, day, plan.charge))


def to_come(day: DaySpec, season: Grid) -> Floats:
    """Return the requests still to come that touch each slot, (T + 1, slots)."""
    touching = _touching(day, season.rate)
    return np.concatenate([np.zeros((1, day.slots)), np.cumsum(touching, axis=0)])


def _touching(day: DaySpec, rate: Floats) -> Floats:
    """Return the requests that touch each slot, (n, slots), from those per window."""
    edge = np.zeros((len(rate), day.slots + 1))
    for k, length in enumerate(day.lengths):
        asked = rate[:, : day.slots - length + 1, k]
        edge[:, : day.slots - length + 1] += asked
        edge[:, length:] -= asked
    out: Floats = np.maximum(np.cumsum(edge[:, :-1], axis=1), 0.0)
    return out


def kept_slices(
    minutes: Floats, minutes_to_open: float, keep_minutes: float, *, stacked: bool
) -> NDArray[np.intp]:
    """Return the slices that moments in [minutes_to_open - keep_minutes, minutes_to_open] read."""
    top = min(int(np.searchsorted(minutes, minutes_to_open)), len(minutes) - 1)
    until = minutes_to_open - keep_minutes
    low = 0 if math.isnan(until) else int(np.searchsorted(minutes, until, side="right")) - 1
    low = min(max(low, 0), top)
    most = MAX_STACKED if stacked else MAX_SLICES
    if math.isinf(keep_minutes):
        most = MOST_STACKED if stacked else top - low + 1
    if top - low < most:
        return np.arange(low, top + 1)
    return np.unique(np.linspace(low, top, most).round().astype(np.intp))


def _cut(
    job: Job,
    solved: Table,
    opened: tuple[Floats, Floats | None],
    minutes_to_open: float,
    keep_minutes: float,
) -> Table:
    """Return the table with its reference prices and only the slices it has to serve.

    `opened`: the prices of an empty day as sales open, of this date and of the usual one.
    """
    day, demand, plan = job
    season, usual = opened
    stacked = solved.layers.size > 0
    kept = kept_slices(solved.minutes, minutes_to_open, keep_minutes, stacked=stacked)
    cut_down = replace(
        solved,
        typical=season if usual is None else usual,
        season=season,
        minutes=solved.minutes[kept],
        value=solved.value[kept],
        spare=solved.spare[kept],
        coming=solved.coming[kept],
        layers=solved.layers[kept],
    )
    if day.kind == "pool":
        top = int(kept[-1])
        ahead = cut(day, demand, solved.minutes[: top + 1]).rate.sum(axis=0)
        cut_down = replace(
            cut_down, wish=ahead, starting=solved.starting[kept], later=solved.later[kept]
        )
    if plan.policy == "fluid" and day.kind == "pool":
        return _fluid(day, demand, cut_down, plan.seats(day), minutes_to_open)
    return cut_down


def _fluid(
    day: DaySpec, demand: Demand, solved: Table, left: Floats, minutes_to_open: float
) -> Table:
    """Replace the slot values of a pool by those of the fluid programme, solved from `left`."""
    thin = np.unique(np.linspace(0, len(solved.minutes) - 1, 16).round().astype(np.intp))
    minutes = solved.minutes[thin]
    moment = min(minutes_to_open, float(minutes[-1]))
    lot = pool.lot(day.units)
    if lot == 1:
        spare = fluid.values(fluid.Flow.of(day, demand), minutes, left, moment)
    else:  # a flow has no grain: lots of seats are priced like seats
        small = replace(day, units=-(-day.units // lot))
        flow = fluid.Flow.of(small, demand.scaled(1 / lot))
        spare = pool.spread(fluid.values(flow, minutes, left / lot, moment), day.units, lot)
    return replace(
        solved,
        policy="fluid",
        minutes=minutes,
        value=solved.value[thin],
        spare=spare.astype(np.float32),
        layers=solved.layers[thin],
        coming=solved.coming[thin],
        starting=solved.starting[thin],
        later=solved.later[thin],
    )
