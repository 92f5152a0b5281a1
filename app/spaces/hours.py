"""Opening hours as people write them: `8-12, 14:00-19:30`. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import pairwise

from app.core.errors import Refused
from app.core.i18n import _

Pairs = list[tuple[int, int]]


def read(typed: str) -> Pairs:
    """Minutes of the wall clock; none for an empty text. Refuses what is no range, and overlaps."""
    found: Pairs = []
    for part in re.split(r"[,;]|\bet\b|\band\b", typed.lower()):
        if not part.strip():
            continue
        match = re.fullmatch(
            r"\s*(\d{1,2})(?:[h:](\d{2})?)?\s*(?:-|–|à|to)\s*(\d{1,2})(?:[h:](\d{2})?)?\s*", part
        )
        if match is None:
            raise Refused(_("Écrivez les heures comme 8:00-12:00, 14:00-19:00."))
        opens, closes = _minutes(match[1], match[2]), _minutes(match[3], match[4])
        if not 0 <= opens < closes <= 1440:
            raise Refused(_("La fermeture vient après l’ouverture, avant 24:00."))
        found.append((opens, closes))
    found.sort()
    for (_a, closes), (opens, _b) in pairwise(found):
        if opens < closes:
            raise Refused(_("Deux plages du même jour se chevauchent."))
    return found


def _minutes(hour: str, minute: str | None) -> int:
    return int(hour) * 60 + min(int(minute or 0), 60 * 24)


def write(pairs: Iterable[tuple[int, int]]) -> str:
    """The same text again."""
    return ", ".join(f"{a // 60}:{a % 60:02d}-{b // 60}:{b % 60:02d}" for a, b in pairs)
