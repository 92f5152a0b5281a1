"""Who goes where: as many bookings as possible into equal spaces, none of them twice. Pure.

A small exact search, the hardest to place first; past its budget the best that was found counts.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

BUDGET = 20_000  # places tried before the best so far is taken


@dataclass(frozen=True)
class Option:
    """A space where a booking could go: its units, how many it takes, and how ill it fits."""

    space_id: int
    units: tuple[int, ...]
    needed: int
    until: dt.datetime  # its own cleaning included
    cost: tuple[int, ...] = ()


@dataclass(frozen=True)
class Need:
    """A booking that must go, with the spaces that would do, the best first."""

    key: int
    start: dt.datetime
    options: tuple[Option, ...]


Busy = Mapping[int, Sequence[tuple[dt.datetime, dt.datetime]]]
Score = tuple[int, tuple[tuple[int, ...], ...]]


@dataclass
class _Search:
    needs: list[Need]
    busy: Busy
    tried: int = 0
    best: dict[int, int] = field(default_factory=dict)
    best_score: Score = (0, ())
    taken: list[tuple[int, dt.datetime, dt.datetime]] = field(default_factory=list)

    def free(self, need: Need, option: Option) -> list[int] | None:
        """Units of an option that nothing takes then; None when they are too few."""
        found = [
            unit
            for unit in option.units
            if not any(a < option.until and b > need.start for a, b in self.busy.get(unit, ()))
            and not any(u == unit and a < option.until and b > need.start for u, a, b in self.taken)
        ]
        return found[: option.needed] if len(found) >= option.needed else None

    def go(self, at: int, chosen: dict[int, int], costs: tuple[tuple[int, ...], ...]) -> None:
        """Place the needs from `at` on, keeping the best."""
        if self.tried > BUDGET or len(chosen) + len(self.needs) - at < -self.best_score[0]:
            return
        if at == len(self.needs):
            score = (-len(chosen), tuple(sorted(costs, reverse=True)))
            if not self.best or score < self.best_score:
                self.best, self.best_score = dict(chosen), score
            return
        need = self.needs[at]
        for option in need.options:
            self.tried += 1
            units = self.free(need, option)
            if units is None:
                continue
            self.taken += [(unit, need.start, option.until) for unit in units]
            self.go(at + 1, {**chosen, need.key: option.space_id}, (*costs, option.cost))
            del self.taken[-len(units) :]
        self.go(at + 1, chosen, costs)


def match(needs: Sequence[Need], busy: Busy) -> dict[int, int]:
    """The space of each booking that finds one. More placed beats a better fit."""
    search = _Search(sorted(needs, key=lambda n: (len(n.options), n.start, n.key)), busy)
    search.go(0, {}, ())
    return search.best
