"""How much of everything: what a commit can afford or, with FULL=1, what reliability asks."""

from __future__ import annotations

import os

FULL = os.environ.get("FULL") == "1"


def of(plain: int, full: int) -> int:
    """The number for this run."""
    return full if FULL else plain


ROUNDS = of(1, 20)
