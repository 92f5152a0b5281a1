"""Static and rule-based pricing: what venues do today, and what a dynamic policy has to beat.

Each is fitted as well as it can be, on requests it is not judged on: a weak opponent proves
nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from .demand import DaySpec, Demand
from .evaluate import by_card, one_room
from .paths import Card, Index, Moment, Requests, run
from .results import Floats

FACTORS = tuple(round(0.5 + 0.1 * step, 1) for step in range(16))
Score = Callable[[Floats], float]


def score(day: DaySpec, requests: Requests) -> Score:
    """Return the mean revenue of a card (slots, lengths) on drawn requests."""
    seats = day.kind == "pool"
    return lambda card: float(run(day, Card(day, card, seats), requests)[:, 0].mean())


def bounded(day: DaySpec, card: Floats) -> Floats:
    """Return the card kept within the day's bounds."""
    kept: Floats = np.clip(card, day.floor, day.ceiling)
    return kept


def flat(day: DaySpec, worth: Score) -> Floats:
    """Return the best single multiple of the list prices."""
    factor = max(FACTORS, key=lambda one: worth(bounded(day, day.card * one)))
    near = (factor - 0.05, factor, factor + 0.05)
    return max((bounded(day, day.card * one) for one in near), key=worth)


def peak(day: DaySpec, demand: Demand, worth: Score, start: Floats) -> Floats:
    """Return the best pair of multiples, peak and off-peak, over several ideas of what peak is.

    A window is peak when at least half of its slots are among the busiest 30, 45 or 60 %.
    """
    pairs = (rates(day, [high, 1 - high], worth, start) for high in peaks(day, demand))
    return max(pairs, key=worth)


def peaks(day: DaySpec, demand: Demand) -> list[Floats]:
    """Return candidate peak masks over windows, as 0 and 1."""
    busy = np.zeros(day.slots)
    for first, k in np.argwhere(day.windows).tolist():
        busy[first : first + int(day.lengths[k])] += demand.rate[first, k]
    out = []
    for share in (0.3, 0.45, 0.6):
        hot = busy >= np.quantile(busy, 1 - share)
        total = np.concatenate([[0.0], np.cumsum(hot)])
        start = np.arange(day.slots)[:, None]
        end = np.minimum(start + np.asarray(day.lengths), day.slots)
        out.append(((total[end] - total[start]) / np.maximum(end - start, 1) >= 0.5) * 1.0)
    return out


def rates(day: DaySpec, classes: Sequence[Floats], worth: Score, start: Floats) -> Floats:
    """Return the best card with one multiple per class of windows, from the flat card `start`.

    Cyclic search on a grid of 0.05 until no single change helps.
    """
    factor = [round(float(np.median((start / day.card)[day.windows])), 2)] * len(classes)
    best, most, moved = start, worth(start), True
    while moved:
        moved = False
        for place in range(len(classes)):
            for change in (-0.2, -0.05, 0.05, 0.2):
                trial = [*factor]
                trial[place] = round(trial[place] + change, 2)
                card = bounded(day, day.card * np.tensordot(trial, classes, axes=1))
                found = worth(card)
                if found > most * (1 + 1e-9):
                    best, most, factor, moved = card, found, trial, True
    return best


def by_length(day: DaySpec) -> list[Floats]:
    """Return one class per length: hour, half day, day."""
    return [np.tile(row, (day.slots, 1)) for row in np.eye(day.shape[1])]


@dataclass(frozen=True)
class ByOccupancy:
    """The usual rule of coworking tools: the fuller the day, the dearer, in three levels."""

    day: DaySpec
    levels: tuple[tuple[float, float], ...] = ((0.0, 0.9), (0.3, 1.0), (0.6, 1.25))
    seats: bool = False

    def ask(self, now: Moment) -> tuple[Floats, Index]:
        """Ask the list price times the factor of the day's occupancy so far."""
        price, unit = Card(self.day, self.day.card, self.seats).ask(now)
        whole_day = self.day.units * self.day.slots
        taken = 1 - now.free.sum(axis=(1, 2)) / whole_day
        factor = np.zeros(len(price))
        for least, rate in self.levels:
            factor = np.where(taken >= least, rate, factor)
        low, high = self.day.floor.ravel()[now.window], self.day.ceiling.ravel()[now.window]
        asked = np.clip(self.day.card.ravel()[now.window] * factor, low, high)
        return np.where(np.isinf(price), np.inf, asked), unit


def exact_score(day: DaySpec, demand: Demand, *, steps: int = 120) -> Score:
    """Return the exact revenue of a card in one room, over a grid of `steps`: no sampling noise."""
    return lambda card: one_room(day, demand, by_card(day, card), steps=steps).revenue_cents
