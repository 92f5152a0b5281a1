"""Tables of one shape read at their moments and piled up, so that one call prices many days."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from .guardrails import Mask
from .layers import Counts, Narrow
from .results import Floats
from .table import Slices, Table


@dataclass(frozen=True)
class Stack:
    """Tables of one shape at their moments, piled up along axis 0 so that one call prices all."""

    first: Table
    minutes: Floats
    value: Floats
    spare: Floats
    card: Floats
    floor: Floats
    ceiling: Floats
    a: Floats
    b: Floats
    season: Floats
    reward: Floats
    alpha: Floats
    fixed: Mask
    trust: Floats
    vary: Floats
    previous: Floats | None
    before: Counts | None
    layers: Floats
    lean: Floats
    shares: Floats

    @property
    def lead(self) -> Floats:
        """Return the lead of each start in minutes, (days, slots, 1)."""
        offset = np.arange(self.first.slots) * self.first.slot_minutes
        lead: Floats = (self.minutes[:, None] + offset)[..., None]
        return lead


def stack(tables: Sequence[Table], minutes: Floats) -> Stack:
    """Pile tables of one shape up, read at their moments."""
    still = _still(tuple(tables))
    around = [one.between(m) for one, m in zip(tables, minutes.tolist(), strict=True)]
    late = np.array([[part] for _, _, part in around])
    return Stack(
        tables[0],
        minutes,
        _read([one.value for one in tables], around, late),
        _read([one.spare for one in tables], around, late[..., None]),
        still.card,
        still.floor,
        still.ceiling,
        _levels(tables, still, minutes),
        still.b,
        still.season,
        still.reward,
        still.alpha,
        still.fixed,
        still.trust,
        still.vary,
        still.previous,
        still.before,
        _stacked(tables, around, late),
        still.lean,
        _shared(tables, around, late),
    )


@dataclass(frozen=True)
class _Still:
    """What no moment changes."""

    card: Floats
    floor: Floats
    ceiling: Floats
    level: Floats
    b: Floats
    season: Floats
    reward: Floats
    alpha: Floats
    fixed: Mask
    trust: Floats
    vary: Floats
    previous: Floats | None
    before: Counts | None
    lean: Floats
    shift: Floats | None


@lru_cache(maxsize=16)
def _still(tables: tuple[Table, ...]) -> _Still:
    """Pile up what no moment changes: the same days are asked for again and again."""
    shifts = any(one.shifts for one in tables)
    return _Still(
        np.array([one.card for one in tables]),
        np.array([one.floor for one in tables]),
        np.array([one.ceiling for one in tables]),
        np.array([one.a for one in tables]),
        np.array([one.b for one in tables]),
        np.array([one.season for one in tables]),
        np.array([one.reward for one in tables])[:, None, None],
        np.array([one.alpha for one in tables])[:, None, None],
        np.array([one.policy == "card" for one in tables])[:, None, None],
        np.array([one.trust for one in tables])[:, None, None],
        _variations(tables),
        *_memory(tables),
        np.array([one.lean for one in tables])[:, None, None],
        np.array([one.lead_shift for one in tables]) if shifts else None,
    )


def _read(
    slices: Sequence[Slices | Narrow], around: list[tuple[int, int, float]], late: Floats
) -> Floats:
    """Return one slice per day, linear between its two neighbours."""
    before = np.array([part[low] for part, (low, _, _) in zip(slices, around, strict=True)])
    after = np.array([part[high] for part, (_, high, _) in zip(slices, around, strict=True)])
    out: Floats = before * (1 - late) + after * late
    return out


def _stacked(tables: Sequence[Table], around: list[tuple[int, int, float]], late: Floats) -> Floats:
    """Return the layers of each day in cents, (days, units, gaps + 1), or empty."""
    if not tables[0].layers.size:
        return np.empty((len(tables), 0, 0))
    unit = np.array([one.layer_cents for one in tables])[:, None, None]
    out: Floats = unit * _read([one.layers for one in tables], around, late[..., None])
    return out


def _shared(tables: Sequence[Table], around: list[tuple[int, int, float]], late: Floats) -> Floats:
    """Return what the parts of each whole are worth to it, (days, parts, gaps + 1), or empty."""
    if not tables[0].parts:
        return np.empty((len(tables), 0, 0))
    return _read([one.shares for one in tables], around, late[..., None])


def _variations(tables: Sequence[Table]) -> Floats:
    """Return the factor of each start, (days, slots, 1)."""
    none = np.ones(tables[0].slots)
    return np.array([one.vary if one.vary.size else none for one in tables])[..., None]


def _memory(tables: Sequence[Table]) -> tuple[Floats | None, Counts | None]:
    """Return what was asked last and what was free then; 0 and nothing free for a new table."""
    if not any(one.previous.size for one in tables):
        return None, None
    rows = max(one.before.size for one in tables) // tables[0].slots
    blank, nothing = np.zeros(tables[0].card.shape), np.zeros((rows, tables[0].slots))
    asked = np.array([one.previous if one.previous.size else blank for one in tables])
    free = np.array([one.before if one.before.size else nothing for one in tables])
    return asked, free.astype(np.int64)


def _levels(tables: Sequence[Table], still: _Still, minutes: Floats) -> Floats:
    """Return the a of each window with the shift of its lead class."""
    if still.shift is None:
        return still.level
    lead = minutes[:, None] + np.arange(tables[0].slots) * tables[0].slot_minutes
    edges = np.array([one.lead_edges[1:-1] for one in tables])
    cell = (edges[:, None, :] <= lead[..., None]).sum(axis=2)
    shift: Floats = np.take_along_axis(still.shift, cell, axis=1)
    return still.level + shift[..., None]
