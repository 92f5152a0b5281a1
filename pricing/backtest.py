"""Rolling-origin backtest: the engine's outlook against what the trade does by hand.

Every forecast uses only what was known at the close of its origin: the books of that day, and the
outcome of the days up to it. WAPE is the sum of absolute errors over the sum of outcomes; the
engine promises whole numbers, as bookings are. Methods and constants were chosen on the six months
before `HELD_OUT` (2016-03 to 2016-08), by error and by interval score, never on those reported.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from .data import Floats, Ints
from .glm import half_life_weights
from .hotel import pace_of, read_hotel
from .pace import Pace, outlook

LEADS = (1, 3, 7, 14, 28, 56)
HELD_OUT = date(2016, 9, 1)
MARGIN = 0.03


@dataclass(frozen=True)
class Lead:
    """One line of the table: errors in percent, `gain` over the best simple, `cover` of 90 %."""

    lead: int
    wape: dict[str, float]
    gain: float
    gain_error: float
    cover: float

    @property
    def holds(self) -> bool:
        """Return whether the error is 3 % below the best simple and the interval honest."""
        return self.gain >= MARGIN and 0.88 <= self.cover <= 0.92


def same_weekday(pace: Pace, day: int) -> float:
    """Return the outcome of the latest settled day with the same weekday."""
    weeks = -(-pace.lead // 7)
    return float(pace.final[day - 7 * max(weeks, 1)])


def _recent(pace: Pace, day: int) -> slice:
    known = day - pace.lead + 1
    return slice(max(known - 28, 0), known)


def additive_pickup(pace: Pace, day: int) -> float:
    """Return the books plus the mean rise of the last 28 settled days."""
    recent = _recent(pace, day)
    return float(pace.on_books[day] + np.mean(pace.final[recent] - pace.on_books[recent]))


def multiplicative_pickup(pace: Pace, day: int) -> float:
    """Return the books times the ratio final to books of the last 28 settled days."""
    recent = _recent(pace, day)
    ratio = pace.final[recent].sum() / max(pace.on_books[recent].sum(), 1)
    return float(pace.on_books[day] * ratio)


def best_simple(pace: Pace, day: int) -> float:
    """Return the mean of additive pickup and a ridge line of final on books, half-life 75 days."""
    known = day - pace.lead + 1
    past = np.arange(known)
    x = np.column_stack([np.ones(known), pace.on_books[:known]])
    weight = half_life_weights(known - past.astype(np.float64), 75.0)
    normal = x.T @ (x * weight[:, None]) + np.diag([1e-3, 1.0])
    line = np.linalg.solve(normal, x.T @ (weight * pace.final[:known]))
    ridge = line[0] + line[1] * pace.on_books[day]
    return float((ridge + additive_pickup(pace, day)) / 2)


SIMPLE: dict[str, Callable[[Pace, int], float]] = {
    "same weekday": same_weekday,
    "multiplicative": multiplicative_pickup,
    "additive": additive_pickup,
    "best simple": best_simple,
}


def _block_error(ours: Floats, theirs: Floats, seed: int = 1) -> float:
    """Return the standard error of 1 - sum ours / sum theirs, resampling whole weeks."""
    weeks = len(ours) // 7
    ours, theirs = (v[: 7 * weeks].reshape(weeks, 7).sum(axis=1) for v in (ours, theirs))
    draw = np.random.default_rng(seed).integers(weeks, size=(2000, weeks))
    return float(np.std(1 - ours[draw].sum(axis=1) / theirs[draw].sum(axis=1)))


def score(pace: Pace, days: Ints) -> Lead:
    """Return the errors of every method on `days`."""
    truth = pace.final[days]
    told = outlook(pace, days)
    misses = {
        name: np.abs(np.array([guess(pace, int(day)) for day in days]) - truth)
        for name, guess in SIMPLE.items()
    }
    misses["engine"] = np.abs(told.likely - truth)
    wape = {name: 100 * float(miss.sum() / truth.sum()) for name, miss in misses.items()}
    return Lead(
        pace.lead,
        wape,
        gain=1 - wape["engine"] / wape["best simple"],
        gain_error=_block_error(misses["engine"], misses["best simple"]),
        cover=float(np.mean((told.low <= truth) & (truth <= told.high))),
    )


def run(path: Path, leads: tuple[int, ...] = LEADS, held_out: date = HELD_OUT) -> list[Lead]:
    """Score the hotel file from `held_out` to its end at each lead."""
    hotel = read_hotel(path)
    days = np.arange((held_out - hotel.first).days, hotel.days)
    return [score(pace_of(hotel, lead), days) for lead in leads]


def report(lines: list[Lead]) -> str:
    """Return the table as text."""
    names = [*SIMPLE, "engine"]
    head = "lead  " + "".join(f"{name:>16}" for name in names) + "      gain ± s.e.   90 % covers"
    rows = [head]
    for line in lines:
        cells = "".join(f"{line.wape[name]:>15.2f}%" for name in names)
        gain = f"{100 * line.gain:>7.1f}% ± {100 * line.gain_error:.1f}"
        verdict = "pass" if line.holds else "falls short"
        rows.append(f"{line.lead:>4}  {cells} {gain:>17} {100 * line.cover:>10.1f}%   {verdict}")
    return "\n".join(rows)
