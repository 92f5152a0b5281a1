"""T11 for customers who play the prices: what waiting and booking again are worth to them."""

from __future__ import annotations

from collections.abc import Sequence

from .instances import instance
from .nightly import solve_day
from .paths import ByTable, Requests, draw
from .results import Row
from .strategic import Gain, rebooking, waiting

DAY = 1440
LATER = (14 * DAY, 7 * DAY, 3 * DAY, DAY, 240, 60)
"""When somebody who waits comes back, in minutes before the start."""
DAILY = [n * DAY for n in range(30, 0, -1)]
"""Who watches every day until a cancellation is no longer free."""
VENUES = {"1 room": (1, 10, "rooms"), "3 rooms": (3, 10, "rooms"), "20 desks": (20, 6, "pool")}
"""Units, slots of an hour, kind."""
MOST = 0.01


def _met(venue: tuple[int, int, str], load: float, seed: int, paths: int) -> tuple[Gain, Gain]:
    """The best that waiting gains, and what watching every day does, on one day."""
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
    policy = ByTable(day, solve_day(day, demand))
    requests: Requests = draw(day, demand, paths=paths, seed=seed)
    best = max(
        (waiting(day, policy, requests, lead, seed) for lead in LATER), key=lambda one: one.share
    )
    return best, rebooking(day, policy, requests, DAILY, seed)


def playing(days: Sequence[int], *, paths: int) -> list[Row]:
    """Mean over days and loads: the best fixed moment to come back, and a look every day."""
    rows = []
    for name, venue in VENUES.items():
        met = [_met(venue, load, seed, paths) for load in (0.6, 1.2) for seed in days]
        for place, what in enumerate(
            ("waiting, at the best moment", "cancelling free, watching daily")
        ):
            share = sum(pair[place].share for pair in met) / len(met)
            error = max(pair[place].error for pair in met)
            rows.append(
                Row(
                    "T11 play",
                    f"{name}: gain from {what}",
                    f"{share:+.2%} ± {error:.2%}",
                    f"at most {MOST:.0%} of the price",
                    share <= MOST,
                )
            )
    return rows
