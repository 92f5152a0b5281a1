"""What everybody was asked for, since when: the history that art. L. 112-1-1 of the Code de la
consommation wants of whoever announces a reduction. Filled by the database (migration 0037)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from app.core import tenancy
from app.core.db import db
from app.spaces.models import PublicPrice

DAYS = 30
PRODUCT, SPACE = "product", "space"


@dataclass(frozen=True)
class Stretch:
    """A price from a moment until another; none while the thing was not on sale."""

    cents: int | None
    start: dt.datetime
    end: dt.datetime | None


def history(thing: str, thing_id: int) -> list[Stretch]:
    """The prices of a thing, the oldest first."""
    return stretches(
        db.session.scalars(
            select(PublicPrice)
            .where(
                PublicPrice.tenant_id == tenancy.tenant_id(),
                PublicPrice.thing == thing,
                PublicPrice.thing_id == thing_id,
            )
            .order_by(PublicPrice.from_at, PublicPrice.id)
        ).all()
    )


def all_of(thing: str) -> dict[int, list[Stretch]]:
    """The same of every thing of a kind."""
    rows = db.session.scalars(
        select(PublicPrice)
        .where(PublicPrice.tenant_id == tenancy.tenant_id(), PublicPrice.thing == thing)
        .order_by(PublicPrice.from_at, PublicPrice.id)
    )
    found: dict[int, list[PublicPrice]] = {}
    for row in rows:
        found.setdefault(row.thing_id, []).append(row)
    return {thing_id: stretches(mine) for thing_id, mine in found.items()}


def stretches(rows: Sequence[PublicPrice]) -> list[Stretch]:
    """Each row until the next one."""
    ends = [*(row.from_at for row in rows[1:]), None]
    return [Stretch(row.price_cents, row.from_at, end) for row, end in zip(rows, ends, strict=True)]


def lowest(found: Sequence[Stretch], start: dt.datetime, end: dt.datetime) -> int | None:
    """The lowest price that counted at some moment of a span; None when it was not on sale."""
    asked = [
        one.cents
        for one in found
        if one.cents is not None and one.start < end and (one.end is None or one.end > start)
    ]
    return min(asked, default=None)


def since(found: Sequence[Stretch]) -> dt.datetime | None:
    """Since when its prices are known."""
    return next((one.start for one in found if one.cents is not None), None)
