"""What an owner or manager decides for the venue, and the sentence that the public will read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.core import clock
from app.core.i18n import _
from app.tenants.models import Tenant

LEGAL = ("company", "street", "postcode", "city", "siren", "vat", "director", "mediator")
PLAIN = (
    "name",
    "locale",
    "sender_name",
    "reply_to",
    "phone",
    "hold_minutes",
    "free_cancel_hours",
    "late_refund_percent",
    "no_show_minutes",
    "member_percent",
    "desk_payment",
)


def refund_rule(free_hours: int, late_percent: int, *, today: bool = False) -> str:
    """The refund policy in one sentence, and a second where at most today's price comes back."""
    first = _share(free_hours, late_percent)
    if not today:
        return first
    return _("%(first)s Jamais plus que le prix du jour, s’il a baissé.", first=first)


def _share(free_hours: int, late_percent: int) -> str:
    if late_percent == 100:
        return _("Remboursement intégral jusqu’au début.")
    if free_hours == 0:
        return _("Remboursement intégral jusqu’au début, rien ensuite.")
    first = _("Remboursement intégral jusqu’à %(n)d h avant le début", n=free_hours)
    if late_percent == 0:
        return _("%(first)s, rien ensuite.", first=first)
    return _("%(first)s, puis %(p)d %% jusqu’au début.", first=first, p=late_percent)


def change(tenant: Tenant, facts: Mapping[str, Any]) -> list[str]:
    """Write what changed; the names of what did."""
    legal = {name: str(facts.get(name) or "").strip() for name in LEGAL}
    kept = {**tenant.legal, **{k: v for k, v in legal.items() if v}}
    for name in (k for k, v in legal.items() if not v):
        kept.pop(name, None)
    changed = [name for name in PLAIN if getattr(tenant, name) != facts[name]]
    for name in changed:
        setattr(tenant, name, facts[name])
    if facts["refund_today"] != (tenant.refund_today_since is not None):
        tenant.refund_today_since = clock.now() if facts["refund_today"] else None
        changed.append("refund_today")
    if kept != tenant.legal:
        tenant.legal = kept
        changed.append("legal")
    return changed
