"""What a breakdown cost, VAT excluded: repair, money given back, sales that it kept out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from app.core.db import db
from app.incidents import read
from app.incidents.models import Asset, Incident, IncidentCost, Outage, OutageFate


@dataclass(frozen=True)
class Bill:
    """Line by line, in cents."""

    repairs: Sequence[IncidentCost]
    back_cents: int
    displaced_cents: int

    @property
    def repair_cents(self) -> int:
        """What the repair took."""
        return sum(row.net_cents for row in self.repairs)

    @property
    def total_cents(self) -> int:
        """All of it."""
        return self.repair_cents + self.back_cents + self.displaced_cents


def of(one: Incident) -> Bill:
    """What it cost so far. Hours out of sale and hours of other spaces that moved bookings took
    are at what the engine expected to sell there when they were taken."""
    hours = db.session.scalar(
        select(func.coalesce(func.sum(Outage.displaced_cents), 0)).where(
            Outage.incident_id == one.id
        )
    )
    back, elsewhere = db.session.execute(
        select(
            func.coalesce(func.sum(OutageFate.back_net_cents), 0),
            func.coalesce(func.sum(OutageFate.displaced_cents), 0),
        )
        .join(Outage, Outage.id == OutageFate.outage_id)
        .where(Outage.incident_id == one.id, OutageFate.undone_at.is_(None))
    ).one()
    return Bill(read.costs(one.id), int(back), int(hours or 0) + int(elsewhere))


@dataclass(frozen=True)
class Record:
    """How often a thing broke in a year, and what its repairs took: repair it or replace it?"""

    times: int
    cents: int


def record(asset: Asset, since: object) -> Record:
    """Incidents of a machine since a moment."""
    times = db.session.scalar(
        select(func.count()).where(Incident.asset_id == asset.id, Incident.reported_at >= since)
    )
    spent = db.session.scalar(
        select(func.coalesce(func.sum(IncidentCost.net_cents), 0))
        .join(Incident, Incident.id == IncidentCost.incident_id)
        .where(Incident.asset_id == asset.id, Incident.reported_at >= since)
    )
    return Record(int(times or 0), int(spent or 0))
