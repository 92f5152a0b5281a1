"""What rates do when time is taken or given back: a pool is solved anew, soon and once."""

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

SEVERAL = 3
"""Fewer units are rooms: prices are looked up at the gaps that are left, nothing is solved."""
SOLVED = ("fluid", "mean_field")


@hear(TimeChanged)
def _changed(fact: TimeChanged) -> None:
    """Wishes of a day that come while one waits are one job (reprice within a minute)."""
    if 0 < fact.units < SEVERAL:
        return
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
