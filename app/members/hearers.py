"""Who signs in at a venue is a person there: a guest's bookings follow the proved e-mail.
Whoever was leaving and signs in, stays."""

from __future__ import annotations

from flask import flash, has_request_context

from app.accounts.facts import SignedIn
from app.core import tenancy
from app.core.i18n import _
from app.core.signals import hear
from app.members.erasing import came_back
from app.members.rules import person_for


@hear(SignedIn)
def _know(fact: SignedIn) -> None:
    if tenancy.current().tenant_id is not None:
        person_for(fact.account_id)


@hear(SignedIn)
def _stay(fact: SignedIn) -> None:
    if came_back(fact.account_id) and has_request_context():
        flash(
            _("Votre compte est gardé : la suppression que vous aviez demandée est annulée."), "ok"
        )
