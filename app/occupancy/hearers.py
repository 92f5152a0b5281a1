"""What is taken refuses to be taken away."""

from __future__ import annotations

from sqlalchemy import ColumnElement, select

from app.core import clock
from app.core.db import db
from app.core.errors import Taken
from app.core.i18n import _, day_name
from app.core.signals import hear
from app.occupancy.models import Occupancy
from app.occupancy.rules import MOVABLE
from app.spaces.facts import SpaceRetiring, UnitsLeaving


def _refuse(which: ColumnElement[bool]) -> None:
    last = db.session.scalar(
        select(Occupancy.ends_at)
        .where(which, Occupancy.kind.in_(MOVABLE), Occupancy.ends_at > clock.now())
        .order_by(Occupancy.ends_at.desc())
        .limit(1)
    )
    if last is not None:
        day = day_name(last.date(), "year")
        raise Taken(_("Des réservations y sont prévues jusqu’au %(day)s : déplacez-les.", day=day))


@hear(SpaceRetiring)
def _space(fact: SpaceRetiring) -> None:
    _refuse(Occupancy.space_id == fact.space_id)


@hear(UnitsLeaving)
def _units(fact: UnitsLeaving) -> None:
    _refuse(Occupancy.unit_id.in_(fact.unit_ids))
