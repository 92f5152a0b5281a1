"""What a venue decided about incidents, and what holds while it decided nothing."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select

from app.core.db import db
from app.core.errors import Refused
from app.core.i18n import _
from app.incidents.models import PRIORITIES, IncidentPolicy

TARGETS = {  # opening minutes until somebody answers, until it works again
    "urgent": (30, 4 * 60),
    "high": (60, 12 * 60),
    "normal": (4 * 60, 36 * 60),
    "low": (12 * 60, 96 * 60),
}
LONGEST = 500  # hours
TRUSTED = ("staff", "members", "everyone")


def policy() -> IncidentPolicy:
    """The venue's own word, or the usual one, not yet written down."""
    found = db.session.scalars(select(IncidentPolicy)).one_or_none()
    return found or IncidentPolicy(
        anonymous=True, trusted="members", no_equal="refund", discount_percent=30, targets={}
    )


def targets(kept: IncidentPolicy) -> dict[str, tuple[int, int]]:
    """Opening minutes by priority: to answer, to repair."""
    return {
        name: (int(pair[0]), int(pair[1]))
        for name, usual in TARGETS.items()
        for pair in (kept.targets.get(name, usual),)
    }


def decide(facts: Mapping[str, str]) -> IncidentPolicy:
    """Write what was decided. Refuses what is no choice, no percentage, no number of hours."""
    kept = policy()
    trusted, no_equal = facts.get("trusted", ""), facts.get("no_equal", "")
    if trusted not in TRUSTED or no_equal not in ("refund", "discount"):
        raise Refused(_("Choisissez parmi ce qui est proposé."), field="trusted")
    kept.anonymous = bool(facts.get("anonymous"))
    kept.trusted, kept.no_equal = trusted, no_equal
    kept.discount_percent = _whole(facts, "discount_percent", 1, 100)
    kept.targets = {
        name: [
            _whole(facts, f"respond-{name}", 5, 60 * LONGEST),
            60 * _whole(facts, f"resolve-{name}", 1, LONGEST),
        ]
        for name in PRIORITIES
    }
    if any(answer > repair for answer, repair in kept.targets.values()):
        words = _("On répond avant de réparer : le premier délai est le plus court.")
        raise Refused(words, field="respond-urgent")
    db.session.add(kept)
    return kept


def _whole(facts: Mapping[str, str], name: str, low: int, high: int) -> int:
    raw = facts.get(name, "").strip()
    if not raw.isdecimal() or not low <= int(raw) <= high:
        words = _("Indiquez un nombre de %(low)s à %(high)s.", low=low, high=high)
        raise Refused(words, field=name)
    return int(raw)


def may_take_out(kept: IncidentPolicy, *, staff: bool, member: bool) -> bool:
    """Whether the word of whoever reports takes a space out of sale at once."""
    return staff or kept.trusted == "everyone" or (kept.trusted == "members" and member)
