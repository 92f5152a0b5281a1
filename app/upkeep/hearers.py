"""A colleague who is forgotten: what they ticked stays ticked, by a number."""

from __future__ import annotations

from sqlalchemy import update

from app.core.db import db
from app.core.signals import hear
from app.members.facts import AccountErased
from app.upkeep.models import DayTick


@hear(AccountErased)
def forget_colleague(fact: AccountErased) -> None:
    """Their name on the sheets of the day."""
    db.session.execute(
        update(DayTick).where(DayTick.by_account == fact.account_id).values(by_name="")
    )
