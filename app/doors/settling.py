"""What many phones say about one ticket, made one answer. Pure: no session, no clock.

A passage is what one phone noted at one moment: somebody came in, or that was a slip. Phones may be
cut off for hours and send late, twice, in any order; the answer depends on the set of passages
alone. Of several arrivals the first in time is the entry, the others are duplicates; equal times
are told apart by their marks, so that every phone agrees.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

IN, SLIP = "in", "slip"


@dataclass(frozen=True)
class Said:
    """One passage. `mark` is its name, made by the phone once; a slip names the arrival that it
    takes back, which may be known later than itself. `reason` says why somebody was let in
    although the ticket had been used."""

    mark: str
    kind: str
    at: dt.datetime
    undoes: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Settled:
    """One ticket: the arrival that counts, those that were let in again with a reason, those that
    were one too many, and arrivals on a ticket that was cancelled."""

    entry: Said | None = None
    let_in: tuple[Said, ...] = ()
    duplicates: tuple[Said, ...] = ()
    on_cancelled: tuple[Said, ...] = ()

    @property
    def inside(self) -> int:
        """People who came in by it."""
        return int(self.entry is not None) + len(self.let_in)

    def outcome(self, mark: str) -> str:
        """What became of one passage: entry, let_in, duplicate, cancelled, or undone."""
        if self.entry is not None and self.entry.mark == mark:
            return "entry"
        for name, found in (
            ("let_in", self.let_in),
            ("duplicate", self.duplicates),
            ("cancelled", self.on_cancelled),
        ):
            if any(one.mark == mark for one in found):
                return name
        return "undone"


def settle(passages: Iterable[Said], *, cancelled: bool = False) -> Settled:
    """The answer for one ticket. On a cancelled one nobody's arrival counts; who came is shown."""
    known = {one.mark: one for one in passages}
    taken_back = {one.undoes for one in known.values() if one.kind == SLIP}
    arrivals = sorted(
        (one for one in known.values() if one.kind == IN and one.mark not in taken_back),
        key=lambda one: (one.at, one.mark),
    )
    if cancelled:
        return Settled(on_cancelled=tuple(arrivals))
    if not arrivals:
        return Settled()
    first, later = arrivals[0], arrivals[1:]
    return Settled(
        entry=first,
        let_in=tuple(one for one in later if one.reason),
        duplicates=tuple(one for one in later if not one.reason),
    )
