"""Who did what in the network's venues, the latest first."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from app.accounts.models import Account
from app.core import tenancy
from app.core.audit import AuditEntry
from app.core.db import db
from app.core.i18n import _
from app.network.acts import action_name
from app.network.venues import of_network
from app.web import navigation

PAGE = 50


@dataclass(frozen=True)
class Line:
    """One act as it is read."""

    at: dt.datetime
    venue: str
    who: str
    is_support: bool
    what: str
    detail: str


def read(network_id: int, venue_id: int | None, page: int) -> tuple[list[Line], int]:
    """A page of the journal of the network and its venues, and how many acts there are."""
    names = {tenant.id: tenant.name for tenant in of_network()}
    with tenancy.across_tenants(tuple(names), network_id, why="the operator reads the journal"):
        where = [] if venue_id is None else [AuditEntry.tenant_id == venue_id]
        total = db.session.scalar(select(func.count()).select_from(AuditEntry).where(*where)) or 0
        rows = db.session.execute(
            select(AuditEntry, Account.name)
            .outerjoin(Account, Account.id == AuditEntry.actor_id)
            .where(*where)
            .order_by(AuditEntry.at.desc(), AuditEntry.id.desc())
            .limit(PAGE)
            .offset((page - 1) * PAGE)
        ).all()
        return [_line(entry, name, names) for entry, name in rows], total


def _line(entry: AuditEntry, name: str | None, names: dict[int, str]) -> Line:
    return Line(
        entry.at,
        names.get(entry.tenant_id or 0, _("Réseau")),
        name or _("le système"),
        bool(entry.acting_for),
        action_name(entry.action),
        _said(entry.detail),
    )


def _said(detail: dict[str, Any]) -> str:
    values: Sequence[Any] = [v for v in detail.values() if v not in (None, "", [], {})]
    words = (word for v in values for word in (v if isinstance(v, list) else [v]))
    return ", ".join(navigation.role_name(str(word)) or str(word) for word in words)
