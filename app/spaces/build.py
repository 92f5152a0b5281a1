"""Make what is lent: a site with its week, a space with its units, a whole made of parts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import select

from app.core.db import db
from app.core.words import slug
from app.spaces.models import Composition, Opening, Site, Space, Unit

Week = Mapping[int, tuple[int, int]]


def site(name: str, week: Week, **facts: Any) -> Site:
    """A building with its weekly hours, in minutes of the wall clock by weekday (Monday is 0)."""
    given = {"access": {}, "plan": {}, "slug": slug(name)} | facts
    made = Site(name=name, **given)
    db.session.add(made)
    db.session.flush()  # id for its hours
    db.session.add_all(
        Opening(site_id=made.id, weekday=day, opens=opens, closes=closes)
        for day, (opens, closes) in week.items()
    )
    return made


def space(where: Site, name: str, kind: str, *, units: int = 1, **facts: Any) -> Space:
    """A space with as many alike units of its own, which share one lock."""
    made = _space(where, name, kind, facts)
    rows = [
        Unit(site_id=where.id, cluster=0, name=name if units == 1 else f"{name} {n}")
        for n in range(1, units + 1)
    ]
    db.session.add_all(rows)
    db.session.flush()  # the first unit names the lock of all
    for position, unit in enumerate(rows):
        unit.cluster = rows[0].id
        db.session.add(Composition(space_id=made.id, unit_id=unit.id, position=position))
    return made


def whole(where: Site, name: str, kind: str, parts: Iterable[Space], **facts: Any) -> Space:
    """A space made of all units of others: who books it takes the parts, and the reverse."""
    made = _space(where, name, kind, facts | {"takes": "all"})
    units = list(
        db.session.scalars(
            select(Unit)
            .join(Composition, Composition.unit_id == Unit.id)
            .where(Composition.space_id.in_([part.id for part in parts]))
            .order_by(Unit.id)
        )
    )
    for position, unit in enumerate(units):
        unit.cluster = units[0].id
        db.session.add(Composition(space_id=made.id, unit_id=unit.id, position=position))
    return made


def _space(where: Site, name: str, kind: str, facts: Mapping[str, Any]) -> Space:
    given = {"accessibility": {}, "description": {}, "slug": slug(name)} | dict(facts)
    made = Space(site_id=where.id, name=name, kind=kind, **given)
    db.session.add(made)
    db.session.flush()  # id for its units
    return made
