"""An operator inside a venue: for a reason, for a time, looking only unless more was asked; the
venue is told, and every page is written down."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from flask_babel import force_locale
from sqlalchemy import select

from app.accounts import rules as accounts
from app.accounts.models import Account, Grant, SupportVisit
from app.core import audit, clock, tenancy
from app.core.db import db
from app.core.errors import Refused
from app.core.i18n import _
from app.tenants import letters
from app.tenants.resolve import public_url

REASONS = ("asked", "alert", "payment")
SHORTEST, LONGEST = 10, 500


class Unfounded(Refused):
    """A visit needs a reason that the venue can read."""

    code = "unfounded"


@dataclass(frozen=True)
class Wish:
    """Why, in which words, and whether only to look."""

    reason: str
    message: str
    read_only: bool = True


def reason_name(reason: str) -> str:
    """The reason as people read it."""
    return {
        "asked": _("Le lieu nous l’a demandé"),
        "alert": _("Vérifier une alerte"),
        "payment": _("Paiement ou facture bloquée"),
    }[reason]


def begin(
    tenant_id: int, network_id: int, operator: Account, wish: Wish, minutes: int
) -> tuple[SupportVisit, str]:
    """Open a visit, tell the owners, and give the one-minute secret that leads in.

    The caller has checked that the operator is one of this very network. A visit that was open
    ends: the latest rights count.
    """
    message = " ".join(wish.message.split())
    if wish.reason not in REASONS:
        raise Unfounded(_("Dites pourquoi vous entrez."), field="reason")
    if not SHORTEST <= len(message) <= LONGEST:
        raise Unfounded(
            _("Écrivez au lieu ce que vous venez faire, en une phrase."), field="message"
        )
    with tenancy.tenant(tenant_id, network_id):
        now = clock.now()
        for former in open_visits(operator.id):
            former.left_at = now
        visit = SupportVisit(
            account_id=operator.id,
            reason=wish.reason,
            message=message,
            read_only=wish.read_only,
            started_at=now,
            ends_at=now + dt.timedelta(minutes=minutes),
        )
        db.session.add(visit)
        db.session.flush()  # id for the letter and the audit
        note("support.entered", visit.id, operator.id, message)
        _tell(visit, operator, minutes)
        secret = accounts.relay(operator.id, tenant_id)
        db.session.flush()  # written while the tenant is entered
    return visit, secret


def open_visits(account_id: int) -> list[SupportVisit]:
    """Visits of an operator to the entered tenant that have not ended."""
    return list(
        db.session.scalars(
            select(SupportVisit).where(
                SupportVisit.tenant_id == tenancy.tenant_id(),
                SupportVisit.account_id == account_id,
                SupportVisit.left_at.is_(None),
                SupportVisit.ends_at > clock.now(),
            )
        )
    )


def note(action: str, visit_id: int, by: int | None, said: str = "") -> None:
    """One line of the journal that both sides read."""
    audit.note(
        action,
        f"support_visit:{visit_id}",
        actor_id=by,
        acting_for=f"support:{visit_id}",
        said=said,
    )


def _tell(visit: SupportVisit, operator: Account, minutes: int) -> None:
    """Write to every owner, in their language."""
    owners = db.session.scalars(
        select(Account)
        .join(Grant, Grant.account_id == Account.id)
        .where(Grant.tenant_id == tenancy.tenant_id(), Grant.role == "owner")
    ).all()
    for owner in owners:
        with force_locale(owner.locale):
            subject = _("%(who)s, du réseau, entre chez vous", who=operator.name)
            why = reason_name(visit.reason)
            reason = _("Vous recevez cet e-mail car vous êtes propriétaire de ce lieu.")
        letters.post(
            "network/mail_support",
            entity=f"support_visit:{visit.id}:{owner.id}",
            recipient=owner.email,
            locale=owner.locale,
            subject=subject,
            reason=reason,
            who=operator.name,
            why=why,
            message=visit.message,
            minutes=minutes,
            read_only=visit.read_only,
            url=public_url("/gestion"),
        )


def leave(visit_id: int, account_id: int) -> bool:
    """End one's visit now; False when it has ended."""
    found = next((v for v in open_visits(account_id) if v.id == visit_id), None)
    if found is None:
        return False
    found.left_at = clock.now()
    note("support.left", found.id, account_id)
    return True
