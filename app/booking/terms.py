"""Which terms of sale a person accepted, and whether they are to be asked again.

A tick is asked of whoever has not accepted these very words here within a year. Somebody who has
reads a sentence above the button instead: pressing it is then the act, as L.221-25 of the Code de
la consommation allows for contracts made at a distance ("par tout moyen").
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json

from sqlalchemy import select

from app.booking.models import Booking
from app.core import clock
from app.core.db import db
from app.tenants.models import Tenant

LASTS = dt.timedelta(days=365)
OURS = 1  # raised with what spaces/legal.html says by itself


def mark_of(tenant: Tenant) -> str:
    """Sixteen letters that change with any word of what is accepted: terms, rules, refunds."""
    said = [OURS, tenant.copy.get("terms"), tenant.copy.get("rules")]
    said += [tenant.free_cancel_hours, tenant.late_refund_percent]
    if tenant.refund_today_since is not None:
        said += ["today, where prices move"]
    words = json.dumps(said, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(words.encode()).hexdigest()[:16]


def accepted_at(person_id: int | None, mark: str) -> dt.datetime | None:
    """When a person last accepted these very terms here; None when it is long ago, or never."""
    if person_id is None:
        return None
    return db.session.scalars(
        select(Booking.terms_at)
        .where(
            Booking.person_id == person_id,
            Booking.terms_mark == mark,
            Booking.terms_at > clock.now() - LASTS,
        )
        .order_by(Booking.terms_at.desc())
        .limit(1)
    ).one_or_none()
