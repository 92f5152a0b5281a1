"""Who signs in at a venue is a person there: a guest's bookings follow the proved e-mail."""

from __future__ import annotations

from app.accounts.facts import SignedIn
from app.core import tenancy
from app.core.signals import hear
from app.members.rules import person_for


@hear(SignedIn)
def _know(fact: SignedIn) -> None:
    if tenancy.current().tenant_id is not None:
        person_for(fact.account_id)
