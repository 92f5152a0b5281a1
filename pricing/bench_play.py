"""T11 for customers who play the prices: what waiting and booking again are worth, what stops it,
and what each remedy costs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from .instances import instance
from .nightly import solve_day
from .paths import ByTable, draw
from .resale import Daily, Kept, Rule, Sold, Terms, World, played, quitting
from .results import Row
from .strategic import Gain, comeback, rebook, waiting

DAY = 1440
LATER = (14 * DAY, 7 * DAY, 3 * DAY, DAY, 240, 60)
"""When somebody who waits comes back, in minutes before the start."""
DAILY = [n * DAY for n in range(30, 0, -1)]
"""Who watches every day until a cancellation is no longer free."""
AWAY = ((14 * DAY, 7 * DAY), (7 * DAY, 2 * DAY), (3 * DAY, DAY), (DAY, 120))
"""When somebody who cancels for nothing leaves, and when they come back."""
VENUES = {"1 room": (1, 10, "rooms"), "3 rooms": (3, 10, "rooms"), "20 desks": (20, 6, "pool")}
"""Units, slots of an hour, kind."""
LOADS = (0.6, 1.2)
TAGGED = (0.6, 1.2, 2.0)
MOST = 0.01
QUIT = 0.1
"""Bookings that honest customers give back, of those that they could."""
ALL_BACK, OURS = Terms(), Terms(today=True)
CHOSEN = "booking again where a venue chose to give everything back"
REMEDIES: dict[str, tuple[Rule | None, Terms]] = {
    "nothing": (None, ALL_BACK),
    "a slot given back keeps its rate": (Kept(0.0), ALL_BACK),
    "the same, fading by 10 % a day": (Kept(0.1), ALL_BACK),
    "no window below what its bookings paid": (Sold(0.0), ALL_BACK),
    "no window falls 1 % a day": (Daily(0.01), ALL_BACK),
    "no window falls 2 % a day": (Daily(0.02), ALL_BACK),
    "no window falls 5 % a day": (Daily(0.05), ALL_BACK),
    "a fee of 2 %": (None, Terms(fee=0.02)),
    "a fee of 5 %": (None, Terms(fee=0.05)),
    "back: at most today's price": (None, OURS),
}
"""Every remedy measured, the one that ships last."""


def world(venue: tuple[int, int, str], load: float, seed: int, paths: int) -> World:
    """Return one day of a venue with its table and its customers, honest cancellers among them."""
    units, slots, kind = venue
    day, demand = instance(
        load,
        seed,
        slots=slots,
        lengths=(1, 2, 4),
        slot_minutes=60,
        units=units,
        kind=kind,
        bounds=(0.7, 1.5),
    )
    requests = draw(day, demand, paths=paths, seed=seed)
    quits = quitting(day, requests, QUIT, seed)
    return World(day, ByTable(day, solve_day(day, demand)), requests, quits)


def _most(gains: Sequence[Gain]) -> Gain:
    return max(gains, key=lambda one: one.share)


def _again(one: World, terms: Terms, seed: int) -> Gain:
    """The better of cancelling first and, where there is another unit, of booking it first."""
    ways = (False, True) if one.day.units > 1 else (False,)
    return _most([rebook(one, DAILY, terms, seed, second=way) for way in ways])


def _away(one: World, terms: Terms, seed: int) -> Gain:
    """The best moments to leave and come back, for all or for those who get everything back."""
    ways = [(pair, dear) for pair in AWAY for dear in (False, True)]
    return _most([comeback(one, *pair, terms, seed, dear=dear) for pair, dear in ways])


def playing(days: Sequence[int], *, paths: int, names: Sequence[str] = tuple(VENUES)) -> list[Row]:
    """Mean over days and loads of what one who plays gains, each at the best moment.

    Judged under the terms that a venue has unless it chooses otherwise, at most today's price back;
    what playing gains where a venue chose to give everything back is said beside it.
    """
    rows = []
    for name in names:
        venue = VENUES[name]
        worlds = [(world(venue, load, seed, paths), seed) for load in LOADS for seed in days]
        acts = {
            "waiting, at the best moment": [
                _most([waiting(one.day, one.policy, one.requests, lead, seed) for lead in LATER])
                for one, seed in worlds
            ],
            "cancelling and booking again": [_again(one, OURS, seed) for one, seed in worlds],
            "leaving and coming back later": [_away(one, OURS, seed) for one, seed in worlds],
            CHOSEN: [_again(one, ALL_BACK, seed) for one, seed in worlds],
        }
        for what, gains in acts.items():
            share = sum(one.share for one in gains) / len(gains)
            error = max(one.error for one in gains)
            figure, target = f"{share:+.2%} ± {error:.2%}", f"at most {MOST:.0%} of the price"
            if what == CHOSEN:
                target = f"no target: not the default; {target} with it"
            ok = None if what == CHOSEN else share <= MOST
            rows.append(Row("T11 play", f"{name}: {what}", figure, target, ok))
    return rows


@dataclass(frozen=True)
class Tag:
    """What a remedy leaves to gain, what it costs of net revenue, and what it takes from honest
    cancellers, as shares.
    """

    gain: float
    cost: float
    honest: float


def _tag(remedy: tuple[Rule | None, Terms], one: World, base: float, seed: int) -> Tag:
    rule, terms = remedy
    other = replace(one, rule=rule)
    season = played(other.season())
    honest = season.honest if terms.today else terms.fee
    return Tag(_again(other, terms, seed).share, season.net.mean() / base - 1, honest)


def remedies(days: Sequence[int], *, paths: int, names: Sequence[str] = tuple(VENUES)) -> list[Row]:
    """T11 tags: every remedy beside the others, on the same seasons; nothing here is a target."""
    rows = []
    for name in names:
        venue = VENUES[name]
        worlds = [(world(venue, load, seed, paths), seed) for load in TAGGED for seed in days]
        bases = [float(played(one.season()).net.mean()) for one, _ in worlds]
        for what, remedy in REMEDIES.items():
            tags = [
                _tag(remedy, one, base, seed)
                for (one, seed), base in zip(worlds, bases, strict=True)
            ]
            cost = [
                sum(tag.cost for tag in tags[at : at + len(days)]) / len(days)
                for at in range(0, len(tags), len(days))
            ]
            gain = sum(tag.gain for tag in tags) / len(tags)
            honest = sum(tag.honest for tag in tags) / len(tags)
            rows.append(
                Row(
                    "T11 tag",
                    f"{name}: {what}",
                    f"left to gain {gain:.2%}; honest cancellers lose {honest:.1%}",
                    "net revenue " + "/".join(f"{one:+.1%}" for one in cost),
                    None,
                )
            )
    return rows
