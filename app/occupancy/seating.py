"""Who sits where in a pool: give every interval a unit, moving those that may move.

Pure thought: no session. A pool is full only when no arrangement exists.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

PATIENCE = 20_000


@dataclass(frozen=True)
class Stay:
    """One taken interval. `unit` is where it sits now, None for the newcomer."""

    key: int
    start: dt.datetime
    end: dt.datetime
    unit: int | None
    fixed: bool


def gap(stays: Sequence[Stay], unit: int, start: dt.datetime, end: dt.datetime) -> float:
    """Free seconds that would be left around [start, end) in a unit; less is a better fit."""
    before = max((s.end for s in stays if s.unit == unit and s.end <= start), default=None)
    after = min((s.start for s in stays if s.unit == unit and s.start >= end), default=None)
    day = 86_400.0
    left = (start - before).total_seconds() if before else day
    right = (after - end).total_seconds() if after else day
    return min(left, day) + min(right, day)


def best_fit(
    stays: Sequence[Stay], units: Sequence[int], start: dt.datetime, end: dt.datetime
) -> list[int]:
    """Units free during [start, end), those that fragment least first."""
    taken = {s.unit for s in stays if s.start < end and start < s.end}
    free = [u for u in units if u not in taken]
    return sorted(free, key=lambda u: (gap(stays, u, start, end), units.index(u)))


def reseat(stays: Sequence[Stay], units: Sequence[int]) -> dict[int, int] | None:
    """A unit for every stay, or None when there is none to be found.

    Stays in order of start, each on the free unit that its next fixed stay blocks soonest;
    backtracks when stuck, with bounded patience. Fixed stays keep their unit.
    """
    blocks = {u: sorted((s.start, s.end) for s in stays if s.fixed and s.unit == u) for u in units}
    movable = sorted(
        (s for s in stays if not s.fixed), key=lambda s: (s.start, -s.end.timestamp(), s.key)
    )
    far = max((s.end for s in stays), default=None)
    if far is None:
        return {}
    search = _Search(movable, units, blocks, far)
    return search.found if search.place(0) else None


class _Search:
    def __init__(
        self,
        movable: list[Stay],
        units: Sequence[int],
        blocks: dict[int, list[tuple[dt.datetime, dt.datetime]]],
        far: dt.datetime,
    ) -> None:
        self.movable, self.units, self.blocks, self.far = movable, units, blocks, far
        self.free_from: dict[int, dt.datetime] = {}
        self.found: dict[int, int] = {}
        self.steps = 0

    def place(self, index: int) -> bool:
        if index == len(self.movable):
            return True
        stay = self.movable[index]
        seen: set[tuple[dt.datetime, tuple[tuple[dt.datetime, dt.datetime], ...]]] = set()
        for unit in sorted(self.units, key=lambda u: (self._next_block(u, stay), u != stay.unit)):
            if not self._fits(unit, stay):
                continue
            # Units that are free alike from here on lead to the same future: one trial is enough.
            ahead = tuple(b for b in self.blocks[unit] if b[1] > stay.start)
            if (key := (stay.end, ahead)) in seen:
                continue
            seen.add(key)
            self.steps += 1
            if self.steps > PATIENCE:
                return False
            before = self.free_from.get(unit)
            self.free_from[unit] = stay.end
            self.found[stay.key] = unit
            if self.place(index + 1):
                return True
            del self.found[stay.key]
            if before is None:
                del self.free_from[unit]
            else:
                self.free_from[unit] = before
        return False

    def _next_block(self, unit: int, stay: Stay) -> dt.datetime:
        return min((s for s, _ in self.blocks[unit] if s >= stay.start), default=self.far)

    def _fits(self, unit: int, stay: Stay) -> bool:
        free_from = self.free_from.get(unit)
        if free_from is not None and free_from > stay.start:
            return False
        return not any(s < stay.end and stay.start < e for s, e in self.blocks[unit])
