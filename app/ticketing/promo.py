"""Promo codes: how one is compared, whether it counts now, and its use."""

from __future__ import annotations

from sqlalchemy import select

from app.core import clock
from app.core.db import db
from app.core.errors import Refused
from app.core.i18n import _, euros
from app.core.words import fold
from app.ticketing.models import PromoCode


def fold_code(raw: str) -> str:
    """A code as it is compared: no accents, no case, no blanks, nothing that no reader sees (a code
    copied from a letter or a chat carries such signs along)."""
    return "".join(c for c in fold(raw) if c.isprintable() and not c.isspace()).upper()


def find(raw: str, event_id: int, *, lock: bool = False) -> PromoCode:
    """The code that counts for an event now, locked when it is about to be used. Refuses one that
    nobody promised, of another event, out of its time, or used as often as it may be."""
    query = select(PromoCode).where(
        PromoCode.code == fold_code(raw), PromoCode.archived_at.is_(None)
    )
    query = query.with_for_update() if lock else query
    found = db.session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    now = clock.now()
    if found is None or found.event_id not in (None, event_id):
        raise Refused(_("Ce code n’existe pas, ou pas pour cet événement."), field="promo")
    if (found.from_at and now < found.from_at) or (found.until_at and now >= found.until_at):
        raise Refused(_("Ce code n’est pas valable aujourd’hui."), field="promo")
    if found.most is not None and found.uses >= found.most:
        raise Refused(_("Ce code a été utilisé autant de fois qu’il le permet."), field="promo")
    return found


def use(raw: str, event_id: int) -> PromoCode:
    """The code, locked and used once more: the last use goes to one of two."""
    found = find(raw, event_id, lock=True)
    found.uses += 1
    db.session.flush()  # PostgreSQL counts the uses too
    return found


def words(one: PromoCode) -> str:
    """What it takes off: `50 %`, `10 €`."""
    return f"{one.percent}\u00a0%" if one.percent is not None else euros(one.amount_cents or 0)
