"""How many of a thing are needed at once: intervals are half-open, so that what ends when another
begins lends to it. No session, no clock."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Hashable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Use:
    """Somebody needs a number from a moment up to another."""

    start: dt.datetime
    end: dt.datetime
    quantity: int
    key: Hashable = None


@dataclass(frozen=True)
class Span:
    """A time during which the same uses go on together."""

    start: dt.datetime
    end: dt.datetime
    quantity: int
    keys: frozenset[Hashable]


def spans(uses: Iterable[Use]) -> list[Span]:
    """What goes on together, from change to change, in order; times without any use left out."""
    known = [use for use in uses if use.start < use.end and use.quantity > 0]
    edges = sorted({edge for use in known for edge in (use.start, use.end)})
    found = []
    for start, end in itertools.pairwise(edges):
        there = [use for use in known if use.start <= start and end <= use.end]
        if there:
            keys = frozenset(use.key for use in there)
            found.append(Span(start, end, sum(use.quantity for use in there), keys))
    return found


def peak(uses: Iterable[Use]) -> int:
    """The most that is needed at any one moment."""
    return max((span.quantity for span in spans(uses)), default=0)


def shortages(uses: Iterable[Use], stock: int) -> list[Span]:
    """When more than the stock is needed: touching times are one, with their worst moment and all
    who are in it. `quantity` is what is missing."""
    found: list[Span] = []
    for span in spans(uses):
        missing = span.quantity - stock
        if missing <= 0:
            continue
        last = found[-1] if found else None
        if last is not None and last.end == span.start:
            worst = max(last.quantity, missing)
            found[-1] = Span(last.start, span.end, worst, last.keys | span.keys)
        else:
            found.append(Span(span.start, span.end, missing, span.keys))
    return found
