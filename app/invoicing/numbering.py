"""Numbers without gaps: a counter row per series and year, moved in the transaction that issues.

A rollback gives the number back; a second writer waits for the row. The day never goes back.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import text

from app.core import tenancy
from app.core.db import send
from app.core.errors import Refused
from app.core.i18n import _

FISCAL, QUOTES = "fiscal", "quotes"
SERIES = {"quote": QUOTES, "deposit": FISCAL, "invoice": FISCAL, "credit_note": FISCAL}

# A row is locked before its new version is held against the conditions: who waited sees it.
NEXT = text("""
update document_series set last = last + 1, last_on = :day
 where tenant_id = :tenant and series = :series and year = :year and last_on <= :day
   and not exists (select from document_series later where later.tenant_id = :tenant
                     and later.series = :series and later.last_on > :day)
returning last
""")
BEGIN = text("""
insert into document_series (tenant_id, series, year, last, last_on)
values (:tenant, :series, :year, 0, :day) on conflict do nothing
""")


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
    asked = {"tenant": tenancy.tenant_id(), "series": series, "year": day.year, "day": day}
    number = send(NEXT, asked).scalar_one_or_none()
    if number is None:
        send(BEGIN, asked)
        number = send(NEXT, asked).scalar_one_or_none()
    if number is None:
        raise OutOfOrder(
            _("Un document porte déjà une date plus récente : l’horloge du serveur recule.")
        )
    return Number(series, day.year, int(number))
