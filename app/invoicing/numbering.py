"""Numbers without gaps: a counter row per series and year, moved in the transaction that issues.

A rollback gives the number back; a second writer waits for the row. The day never goes back.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert

from app.core import tenancy
from app.core.db import db
from app.core.errors import Refused
from app.core.i18n import _
from app.invoicing.models import DocumentSeries

FISCAL, QUOTES = "fiscal", "quotes"
SERIES = {"quote": QUOTES, "deposit": FISCAL, "invoice": FISCAL, "credit_note": FISCAL}


class OutOfOrder(Refused):
    """A document of a later day has its number already."""

    code = "out_of_order"


@dataclass(frozen=True)
class Number:
    """A place in a series."""

    series: str
    year: int
    number: int

    def named(self, prefix: str) -> str:
        """`F-2026-0042`; quotes are `D-2026-0042`."""
        letter = "D" if self.series == QUOTES else prefix
        return f"{letter}-{self.year}-{self.number:04d}"


def take(kind: str, day: dt.date) -> Number:
    """The next number of a kind's series. Refuses a day before the last one of that series."""
    series = SERIES[kind]
    last_on = db.session.scalar(
        select(func.max(DocumentSeries.last_on)).where(DocumentSeries.series == series)
    )
    if last_on is not None and day < last_on:
        raise OutOfOrder(
            _("Un document porte déjà une date plus récente : l’horloge du serveur recule.")
        )
    db.session.execute(
        insert(DocumentSeries)
        .values(tenant_id=tenancy.tenant_id(), series=series, year=day.year, last=0, last_on=day)
        .on_conflict_do_nothing()
    )
    number = db.session.execute(
        update(DocumentSeries)
        .where(DocumentSeries.series == series, DocumentSeries.year == day.year)
        .where(DocumentSeries.tenant_id == tenancy.tenant_id(), DocumentSeries.last_on <= day)
        .values(last=DocumentSeries.last + 1, last_on=day)
        .returning(DocumentSeries.last)
    ).scalar_one_or_none()
    if number is None:
        raise OutOfOrder(
            _("Un document porte déjà une date plus récente : l’horloge du serveur recule.")
        )
    return Number(series, day.year, number)
