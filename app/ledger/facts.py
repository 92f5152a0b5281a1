"""What the ledger asks of the features above it."""

from __future__ import annotations

from dataclasses import dataclass, field

from app.ledger.journal import Party


@dataclass(frozen=True)
class PartiesAsked:
    """A journal is being written: whoever knows who owed what, and on which paper, says so."""

    sources: frozenset[tuple[str, int]]
    found: dict[tuple[str, int], Party] = field(default_factory=dict)
