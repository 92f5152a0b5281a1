"""What a venue decided about requests, and what holds while it decided nothing."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select

from app.core import money
from app.core.db import db
from app.core.errors import Refused
from app.core.i18n import _
from app.requests.models import RequestPolicy

MOST_WORDS = 8000


def policy() -> RequestPolicy:
    """The venue's own word, or the usual one, not yet written down."""
    found = db.session.scalars(select(RequestPolicy)).one_or_none()
    return found or RequestPolicy(
        is_open=True,
        margin_percent=20,
        rounding_cents=1000,
        hold_days=7,
        warn_hours=48,
        deposit_percent=30,
        terms_fr="",
        terms_en="",
    )


def decide(facts: Mapping[str, str]) -> RequestPolicy:
    """Write what was decided. Refuses what is no percentage, no number of days, no amount."""
    kept = policy()
    kept.is_open = bool(facts.get("ouvert"))
    kept.margin_percent = _whole(facts, "surplus", 0, 500)
    step = money.typed(facts.get("pas", ""))
    if step is None or not 100 <= step <= 100_000:
        raise Refused(_("Indiquez un montant de 1 à 1 000 €."), field="pas")
    kept.rounding_cents = step
    kept.hold_days = _whole(facts, "option", 1, 60)
    kept.warn_hours = _whole(facts, "rappel", 1, 336)
    kept.deposit_percent = _whole(facts, "acompte", 0, 100)
    for language in ("fr", "en"):
        name = f"conditions-{language}"
        text = facts.get(name, "").replace("\r\n", "\n").replace("\0", "").strip()
        if len(text) > MOST_WORDS:
            raise Refused(_("%(n)d caractères au plus.", n=MOST_WORDS), field=name)
        setattr(kept, f"terms_{language}", text)
    db.session.add(kept)
    return kept


def _whole(facts: Mapping[str, str], name: str, low: int, high: int) -> int:
    raw = facts.get(name, "").strip()
    if not (raw.isascii() and raw.isdecimal()) or len(raw) > 6 or not low <= int(raw) <= high:
        words = _("Indiquez un nombre de %(low)s à %(high)s.", low=low, high=high)
        raise Refused(words, field=name)
    return int(raw)
