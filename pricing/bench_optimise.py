"""The optimiser's targets, each with its figure and its reference computed in the same run.

Days come from `instances` with seeds that nothing was tuned on (`seeds`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from . import bench_play, bench_rooms, cards, exact, gap, peers, seeds
from .demand import DaySpec, grid
from .evaluate import by_card, by_table, one_room, optimum
from .guardrails import Rules, fair, unfair
from .instances import instance
from .nightly import solve_day
from .paths import draw, run
from .quote import quote_grid
from .results import Floats, Row
from .selector import select

LOADS = bench_rooms.LOADS
#: Steps of the time grid that stands for continuous time.
FINE = 1600

Task = Callable[[], list[Row]]


def tasks(*, quick: bool) -> list[Task]:
    """Return the work of every target but speed, in parts that may run side by side.

    Quick takes fewer days and paths; of alike rooms, where days differ more than paths do, it takes
    every day and fewer paths still.
    """
    few = seeds.REPORT[:2] if quick else seeds.REPORT
    paths, rooms = (200, 100) if quick else (1000, 1000)
    alike: list[Task] = [
        partial(_one, bench_rooms.few_rooms, units, load, seeds.REPORT, paths=rooms)
        for units in sorted(bench_rooms.ROOMS, reverse=True)
        for load in reversed(LOADS)
    ]
    desks: list[Task] = [
        partial(_one, bench_rooms.desks, load, few[:1] if quick else few, paths=paths // 5)
        for load in reversed(bench_rooms.DESK_LOADS)
    ]
    play: list[Task] = [
        partial(bench_play.playing, few[:1] if quick else few[:3], paths=paths, names=(name,))
        for name in bench_play.VENUES
    ]
    tags: list[Task] = [
        partial(bench_play.remedies, few[:3], paths=paths // 5, names=(name,))
        for name in bench_play.VENUES
        if not quick
    ]
    return [
        *desks,
        *alike,
        *tags,
        *play,
        partial(fairness, 20_000 if quick else 1_000_000),
        partial(exactness, few),
        partial(one_room_known, few),
        partial(one_room_peers, few, paths=paths),
        partial(bench_rooms.two_rooms, few[:3], paths=4 * paths),
        partial(_one, bench_rooms.exact_pools, few[:2]),
        partial(_one, bench_rooms.highs, few[0]),
        partial(price_tags, few),
        partial(_one, selector_row),
    ]


def _one(row: Callable[..., Row], *given: object, **named: object) -> list[Row]:
    return [row(*given, **named)]


def exactness(seeds: Sequence[int]) -> list[Row]:
    """T1: the gap programme against brute force, and its time grid against a fine one."""
    worst, lost = 0.0, 0.0
    for seed in seeds:
        for buffer, lengths in (
            (0, (1, 2, 3, 5)),
            (1, (1, 2, 3, 5)),
            (2, (2, 3, 4)),
            (0, (1, 4, 8)),
        ):
            day, demand = instance(1.5, seed, slots=8, lengths=lengths, buffer=buffer)
            season = grid(day, demand, 40)
            answer = gap.response(day, demand, season.level)
            value = gap.values(day, [season], [answer])[0]
            brute = exact.one_room(day, season, answer)
            where = gap.gap_index(8)
            for begin, stop in exact.gaps(8):
                apart = value[:, where[begin, stop]] - brute[:, exact.gap_mask(begin, stop)]
                worst = max(worst, float(np.abs(apart).max()))
        for load in LOADS:
            day, demand = instance(load, seed)
            kept = one_room(day, demand, by_table(day, solve_day(day, demand)), steps=FINE)
            lost = max(lost, 1 - kept.revenue_cents / optimum(day, demand, steps=FINE))
    return [
        Row(
            "T1a",
            "gap programme against brute force, 8 slots, 4 rules",
            f"{worst:.1e} cents",
            "1e-9 of the value",
            worst < 1e-9 * 4000,
        ),
        Row(
            "T1b",
            f"loss of 40 steps against {FINE}, worst",
            f"{lost:.4%}",
            "0.05 %",
            lost <= 0.0005,
        ),
    ]


def one_room_known(seeds: Sequence[int]) -> list[Row]:
    """T2: share of the optimum and uplift over the best cards, one room, all exact."""
    rows = []
    for load, least in zip(LOADS, (0.015, 0.04, 0.06), strict=False):
        share, over_flat, over_peak = [], [], []
        for seed in seeds:
            day, demand = instance(load, seed)
            worth = cards.exact_score(day, demand, steps=40)
            flat = cards.flat(day, worth)
            pair = cards.peak(day, demand, worth, flat)
            ours = one_room(day, demand, by_table(day, solve_day(day, demand)), steps=400)
            best = optimum(day, demand, steps=400)
            share.append(ours.revenue_cents / best)
            reference = [
                one_room(day, demand, by_card(day, card), steps=400).revenue_cents
                for card in (flat, pair)
            ]
            over_flat.append(ours.revenue_cents / reference[0] - 1)
            over_peak.append(ours.revenue_cents / reference[1] - 1)
        rows.append(
            Row(
                f"T2 load {load}",
                "one room: share of exact; uplift over best flat, best peak card",
                f"{min(share):.4f}; {np.mean(over_flat):.1%}, {np.mean(over_peak):.1%}",
                f">= 0.995; peak >= {least:.1%}",
                min(share) >= 0.995 and bool(np.mean(over_peak) >= least),
            )
        )
    return rows


def one_room_peers(days: Sequence[int], *, paths: int) -> list[Row]:
    """T2, peers: what a room earns by the occupancy rule and by bid prices, exact = 1."""
    rows = []
    for load in LOADS:
        rule, bids = [], []
        for seed in days:
            day, demand = instance(load, seed)
            best = optimum(day, demand, steps=400)
            fit = draw(day, demand, paths=paths, seed=seeds.fitting(seed))
            requests = draw(day, demand, paths=5 * paths, seed=seed)
            flat = cards.flat(day, cards.score(day, fit))
            both = [run(day, one, requests)[:, 0] for one in peers.by_bids(day, demand, flat)]
            rule.append(run(day, cards.ByOccupancy(day), requests)[:, 0].mean() / best)
            bids.append(max(one.mean() for one in both) / best)
        rows.append(
            Row(
                f"T2 load {load}",
                "one room, peers: occupancy rule, DLP bid prices (revmng)",
                f"{np.mean(rule):.3f}, {np.mean(bids):.3f}",
                "exact = 1",
                None,
            )
        )
    return rows


def fairness(offers: int) -> list[Row]:
    """T11: violations over random offers: fairness, band, equal treatment."""
    rng = np.random.default_rng(11)
    broken = dict.fromkeys(("subadditive or shorter dearer", "band", "equal treatment"), 0)
    seen = 0
    while seen < offers:
        day, demand = instance(
            float(rng.uniform(0.2, 2.5)),
            int(rng.integers(1, 1000)),
            slots=16,
            buffer=int(rng.integers(0, 2)),
            bounds=(0.7, 1.5),
        )
        day = replace(day, list_cents=_fair_card(day), floor_cents=None, ceiling_cents=None)
        table = solve_day(day, demand, steps=20)
        for _ in range(20):
            free = rng.random(16) > rng.uniform(0, 0.6)
            rules = Rules(
                round_to_cents=int(rng.choice([1, 50, 100])),
                member_multiplier=float(rng.choice([1.0, 0.8])),
            )
            moment = float(rng.uniform(-400, 86_000))
            prices = quote_grid(table, free=free, minutes_to_open=moment, rules=rules)
            again = quote_grid(table, free=free, minutes_to_open=moment, rules=rules)
            shown = prices >= 0
            low, high = (bound * rules.member_multiplier for bound in (day.floor, day.ceiling))
            out = (prices < np.floor(low) - 1e-9) | (prices > np.ceil(high) + 1e-9)
            broken["subadditive or shorter dearer"] += int(unfair(prices[None], day.lengths).sum())
            broken["band"] += int((out & shown).sum())
            broken["equal treatment"] += int((prices != again).sum())
            seen += int(shown.sum())
    return [
        Row("T11", f"{what}: violations in {seen} offers", str(count), "0", count == 0)
        for what, count in broken.items()
    ]


def _fair_card(day: DaySpec) -> Floats:
    cents = np.where(day.windows, np.round(day.card / 100) * 100, -1).astype(np.int64)
    card: Floats = np.maximum(fair(cents[None], day.lengths)[0], 0).astype(np.float64)
    return card


def price_tags(seeds: Sequence[int]) -> list[Row]:
    """What the band costs: exact value kept at each load (pricing guardrails' price tag)."""
    rows = []
    for name, bounds in (("0.7-1.5", (0.7, 1.5)), ("0.8-1.3", (0.8, 1.3)), ("0.7-1.0", (0.7, 1.0))):
        kept = []
        for load in LOADS:
            share = []
            for seed in seeds:
                free = optimum(*instance(load, seed), steps=60)
                share.append(optimum(*instance(load, seed, bounds=bounds), steps=60) / free)
            kept.append(float(np.mean(share)))
        figure = "/".join(f"{one:.3f}" for one in kept)
        rows.append(Row(f"band {name}", "value kept, load 0.6/1.2/2.0", figure, "-", None))
    return rows


def selector_row(seed: int = 1) -> Row:
    """Return whether the selector ships dynamics in a busy room and the card in a dead one."""
    day, demand = instance(2.0, seed)
    busy = select([demand, demand.scaled(1.2), demand.scaled(0.8)], day)
    dead = select([demand.scaled(0.02)], day, paths=200)
    figure = f"busy: {busy.winner}, quiet: {dead.winner}"
    return Row("selector", "ships", figure, "gap; a card", busy.is_dynamic and not dead.is_dynamic)
