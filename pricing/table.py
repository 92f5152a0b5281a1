"""The value table of one space-day: all that a quote needs, and how it travels as bytes.

Only the slices that the day can need until the next solve are kept, as 32-bit floats: about 5 kB
for a room-day of 24 slots, and no more for each of a few alike rooms. Bytes start with a format
number; another format is refused, not guessed.
"""

from __future__ import annotations

import json
import math
import struct
import zlib
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .data import BadInput
from .results import Floats

Slices = NDArray[np.float32]
Layers = NDArray[np.uint16]

FORMAT = 5
#: The first knew neither trust nor what was shown before, the second no layers, the third no
#: shares, the fourth not what a pool expects.
_READABLE = (1, 2, 3, 4, 5)
_MAGIC = b"CPT"
_HEAD = struct.Struct("<3sBII")


def _none() -> Floats:
    return np.empty(0)


def _no_shares() -> Slices:
    return np.empty((0, 0, 0), dtype=np.float32)


def _no_slices() -> Slices:
    return np.empty((0, 0), dtype=np.float32)


def _no_layers() -> Layers:
    return np.empty((0, 0, 0), dtype=np.uint16)


@dataclass(frozen=True, eq=False)
class Table:
    """Values of one space-day from some moment on, until the next solve.

    minutes  (N,) minutes_to_open of the slices, ascending
    value    (N, gaps + 1) value in cents of each free gap of one unit; (N, 0) for a pool
    spare    (N, slots, units + 1) value in cents of x free seats in a slot; (N, 0, 0) for one room
    coming   (N, slots) requests still to come that touch the slot
    alpha    weight of the gap displacement; 1 - alpha is that of the pool; 0 means a pool
    a, b     accept probability sigmoid(a + lead_shift - b p / card), per window
    typical, season   free price of an empty day at opening of sales: usual weekday, this date
    trust    how far prices leave the card for the optimum, 0 to 1 (see `response.toward`)
    vary     (slots,) factor of the variation that teaches, 1 + w e; empty: none
    previous, before  what was asked last (slots, lengths), 0 where unknown, and what was free then
             (1 or units, slots): what limits of change and no late drop are measured from
    layers   (N, units, gaps + 1) what the r-th unit adds to a free run, in `layer_cents` (see
             `layers`); empty where units are not stacked
    lean     in a pool, weight of the layers; 1 - lean is that of the spare seats
    shares   (N, parts, gaps + 1) of a whole that is also sold in parts (see `combined`): value in
             cents of each free gap of each part, as far as the whole loses it; empty for others.
             What is free is then told per part
    joined   free price of an empty day at opening of sales, the spaces that share its walls
             included; empty where there are none
    wish     (slots, lengths) requests of a pool still to come at the last slice; empty for others
    starting, later   (N, slots) requests still to come by their start, and the mean of their
             lead_shift: what became of `wish` (see `scenarios`)
    """

    slots: int
    slot_minutes: int
    lengths: tuple[int, ...]
    units: int
    buffer: int
    min_lead_minutes: int
    max_lead_minutes: int
    reward: float
    alpha: float
    policy: str
    model_version: str
    minutes: Floats
    value: Slices
    spare: Slices
    coming: Slices
    card: Floats
    base: Floats
    floor: Floats
    ceiling: Floats
    a: Floats
    b: Floats
    typical: Floats
    season: Floats
    lead_edges: Floats
    lead_shift: Floats
    trust: float = 1.0
    vary: Floats = field(default_factory=_none)
    previous: Floats = field(default_factory=_none)
    before: Floats = field(default_factory=_none)
    layers: Layers = field(default_factory=_no_layers)
    layer_cents: float = 0.0
    lean: float = 0.0
    shares: Slices = field(default_factory=_no_shares)
    joined: Floats = field(default_factory=_none)
    wish: Floats = field(default_factory=_none)
    starting: Slices = field(default_factory=_no_slices)
    later: Slices = field(default_factory=_no_slices)

    @property
    def parts(self) -> int:
        """Return how many parts a whole is made of, 0 for what is sold in one piece."""
        return int(self.shares.shape[1])

    @property
    def rows(self) -> int:
        """Return in how many rows `free` is told: per part, per unit, or in all for a pool."""
        return self.parts or (1 if self.alpha == 0 else self.units)

    @cached_property
    def shifts(self) -> bool:
        """Tell whether the response depends on the lead at all."""
        return bool(self.lead_shift.any())

    @cached_property
    def shape(self) -> tuple[object, ...]:
        """What the day was when it was solved: another day needs another table."""
        window = self.slots, self.slot_minutes, self.lengths
        return *window, self.units, self.max_lead_minutes, self.alpha == 0

    @cached_property
    def _moments(self) -> list[float]:
        return list(self.minutes.tolist())

    def between(self, minutes_to_open: float) -> tuple[int, int, float]:
        """Return the slices around a moment and the weight of the second; held beyond the ends."""
        moments = self._moments
        last = len(moments) - 1
        stop = bisect_left(moments, minutes_to_open)
        if stop == 0 or stop > last:
            return min(stop, last), min(stop, last), 0.0
        before, after = moments[stop - 1], moments[stop]
        return stop - 1, stop, (minutes_to_open - before) / (after - before)

    def varied(self, factors: ArrayLike) -> Table:
        """Return the table with the variation of each start slot, above 0."""
        given = np.asarray(factors, dtype=np.float64)
        if given.shape != (self.slots,) or not (np.isfinite(given) & (given > 0)).all():
            raise BadInput("vary", None, f"needs {self.slots} factors above 0")
        return replace(self, vary=given)

    def following(self, previous: ArrayLike, free: ArrayLike) -> Table:
        """Return the table that remembers what was asked last, and what was free then."""
        asked = np.asarray(previous, dtype=np.float64)
        if asked.shape != self.card.shape or np.isnan(asked).any():
            raise BadInput("previous", None, f"has shape {asked.shape}, needs {self.card.shape}")
        units = np.asarray(free, dtype=np.float64).reshape(-1, self.slots)
        return replace(self, previous=np.maximum(asked, 0.0), before=units)

    def to_bytes(self) -> bytes:
        """Return the table as a few kB of versioned bytes."""
        parts = [(name, np.asarray(getattr(self, name), np.float32)) for name in _ARRAYS]
        skipped = {*_ARRAYS, "layers"}
        plain = {f.name: getattr(self, f.name) for f in fields(self) if f.name not in skipped}
        head = json.dumps(
            {
                "plain": plain,
                "shapes": {name: part.shape for name, part in parts},
                "layers": self.layers.shape,
            },
            separators=(",", ":"),
        ).encode()
        raw = b"".join(part.tobytes() for _, part in parts)
        shuffled = np.frombuffer(raw, np.uint8).reshape(-1, 4).T.tobytes()
        body = zlib.compress(head + shuffled + _packed(self.layers), 6)
        return _HEAD.pack(_MAGIC, FORMAT, len(head), len(raw)) + body

    @classmethod
    def from_bytes(cls, data: bytes) -> Table:
        """Read `to_bytes` back; refuse anything else, another format included."""
        try:
            magic, version, head_size, raw_size = _HEAD.unpack_from(data)
            _known(magic, version)
            blob = zlib.decompress(data[_HEAD.size :])
            head = json.loads(blob[:head_size])
        except BadInput:
            raise
        except (TypeError, struct.error, zlib.error, ValueError) as error:
            raise BadInput("table", None, "is not a value table") from error
        stacked = tuple(head.get("layers", (0, 0, 0)))
        if len(blob) != head_size + raw_size + 2 * math.prod(stacked):
            raise BadInput("table", None, "is cut short")
        shuffled = np.frombuffer(blob, np.uint8, raw_size, head_size).reshape(4, -1)
        flat = np.ascontiguousarray(shuffled.T).view(np.float32).ravel()
        plain: dict[str, Any] = head["plain"]
        plain["lengths"] = tuple(plain["lengths"])
        layers = _unpacked(blob[head_size + raw_size :], stacked)
        return cls(**plain, layers=layers, **_split(flat, head["shapes"]))


def _known(magic: bytes, version: int) -> None:
    if magic != _MAGIC or version not in _READABLE:
        raise BadInput("table", None, f"has format {version}, this engine reads {FORMAT}")


_WINDOWS = (
    *("card", "base", "floor", "ceiling", "a", "b"),
    *("typical", "season", "previous", "joined", "wish"),
)


@lru_cache(maxsize=4096)
def up_to(table: Table, longest: int) -> Table:
    """Return the table of windows of at most `longest` slots, whose prices are the same in both.

    No longer window is part of the cheapest cover of a shorter one: cut to what it covers, it is a
    shorter window that costs no more (`guardrails`). Where a window is on sale and one inside it is
    not, that does not hold: the whole table comes back.
    """
    kept = sum(length <= longest for length in table.lengths)
    if kept == len(table.lengths) or list(table.lengths) != sorted(table.lengths):
        return table
    if not _is_hereditary(table):
        return table
    parts = {name: getattr(table, name)[:, :kept] for name in _WINDOWS if getattr(table, name).size}
    return replace(table, lengths=table.lengths[:kept], **parts)


def _is_hereditary(table: Table) -> bool:
    """Tell whether every window inside one on sale is on sale too."""
    on_sale = table.card > 0
    for k, length in enumerate(table.lengths):
        for j, shorter in enumerate(table.lengths[: k + 1]):
            last = table.slots - length + 1
            for shift in range(length - shorter + 1):
                if (on_sale[:last, k] & ~on_sale[shift : last + shift, j]).any():
                    return False
    return True


_NARROW = ("value", "spare", "coming", "shares", "starting", "later")
_ARRAYS = tuple(f.name for f in fields(Table) if f.type in {"Floats", "Slices"})


def _packed(layers: Layers) -> bytes:
    """Return layers as differences along time and units, high bytes apart: they compress well."""
    if not layers.size:
        return b""
    whole = np.diff(layers, axis=0, prepend=np.zeros_like(layers[:1]))
    whole = np.diff(whole, axis=1, prepend=np.zeros_like(whole[:, :1]))
    return np.frombuffer(whole.tobytes(), np.uint8).reshape(-1, 2).T.tobytes()


def _unpacked(raw: bytes, shape: tuple[int, ...]) -> Layers:
    pairs = np.ascontiguousarray(np.frombuffer(raw, np.uint8).reshape(2, -1).T)
    whole = pairs.view(np.uint16).reshape(shape)
    out: Layers = np.cumsum(np.cumsum(whole, axis=1, dtype=np.uint16), axis=0, dtype=np.uint16)
    return out


def _split(flat: Slices, shapes: Mapping[str, list[int]]) -> dict[str, Any]:
    """Cut the flat vector in its arrays; all but the slices widen to 64 bits again."""
    out: dict[str, Any] = {}
    at = 0
    for name, shape in shapes.items():
        size = int(np.prod(shape))
        part = flat[at : at + size].reshape(shape)
        out[name] = part if name in _NARROW else part.astype(np.float64)
        at += size
    return out
