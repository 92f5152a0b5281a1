"""Needs follow a request into its event; a name goes with its person."""

from __future__ import annotations

from sqlalchemy import func, update

from app.core.db import db
from app.core.signals import hear
from app.members.facts import AccountErased, PersonErased
from app.needs import rules
from app.needs.models import Shift
from app.requests.facts import RequestConverted


@hear(RequestConverted)
def converted(fact: RequestConverted) -> None:
    """The event needs what the request did."""
    rules.hand_over(fact.request_id, fact.event_id)


@hear(AccountErased)
def forget_colleague(fact: AccountErased) -> None:
    """That somebody worked stays, not who."""
    db.session.execute(
        update(Shift).where(Shift.account_id == fact.account_id).values(who="", account_id=None)
    )


@hear(PersonErased)
def forget(fact: PersonErased) -> None:
    """The same for somebody who helped."""
    db.session.execute(
        update(Shift)
        .where(Shift.account_id.is_(None), func.lower(Shift.who) == fact.name.lower())
        .values(who="")
    )
