"""What rates do when time is taken or given back: a pool, or a hall in parts, is solved anew, soon
and once."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from sqlalchemy import select

from app.core import outbox
from app.core.db import db
from app.core.signals import hear
from app.core.slots import local_day
from app.occupancy.facts import TimeChanged
from app.rates.models import ValueTable
from app.spaces.models import Site, Space

SOLVED = ("fluid", "mean_field", "together")
"""Other prices are looked up at the gaps that are left, and nothing is solved."""


@hear(TimeChanged)
def _changed(fact: TimeChanged) -> None:
    """Wishes of a day that come while one waits are one job (reprice within a minute)."""
    around = [fact.starts_at.date() + dt.timedelta(days=n) for n in (-1, 0, 1)]
    solved = db.session.execute(
        select(ValueTable.day, Site.timezone)
        .join(Space, Space.id == ValueTable.space_id)
        .join(Site, Site.id == Space.site_id)
        .where(
            ValueTable.space_id == fact.space_id,
            ValueTable.day.in_(around),
            ValueTable.state == "live",
            ValueTable.policy.in_(SOLVED),
        )
    ).all()
    days = {day for day, zone in solved if local_day(fact.starts_at, ZoneInfo(zone)) == day}
    for day in days:
        outbox.defer(
            "rates.reprice",
            space_id=fact.space_id,
            day=day.isoformat(),
            once=f"reprice:{fact.space_id}:{day}",
        )
