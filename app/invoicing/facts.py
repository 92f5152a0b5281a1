"""News about documents, for features above."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class QuoteAnswered:
    """A customer said yes or no to a quote: whoever refuses undoes the answer."""

    document_id: int
    what: str
    name: str
