"""Hotel files: arrival in three columns, nights in two, a lead time, a status with its date."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable
from typing import Any
from zoneinfo import ZoneInfo

from app.core.i18n import _
from app.core.slots import edge
from app.transfer import sheet as sheets
from app.transfer.past import Past, Profile
from app.transfer.sheet import Column, Sheet

MONTHS = (
    "January February March April May June July August September October November December"
).split()


def _month(value: str) -> int:
    if value not in MONTHS:
        raise ValueError(_("un mois en anglais est attendu"))
    return MONTHS.index(value) + 1


def _american(value: str) -> dt.date:
    try:
        month, day, year = (int(part) for part in value.split("/"))
        return sheets.in_range(dt.date(year, month, day))
    except ValueError:
        raise ValueError(_("une date est attendue, mois/jour/année : 7/31/2016")) from None


def _rate(value: str) -> int:
    """Cents of a nightly rate, which such files write with any number of decimals."""
    try:
        rate = float(value)
    except ValueError:
        rate = math.nan
    if not abs(rate) <= sheets.MOST_MONEY / 100:  # neither is a NaN
        raise ValueError(_("un montant tel que 39,50 est attendu"))
    return round(rate * 100)


READERS: dict[str, Any] = {
    "year": sheets.whole(1990, 2100),
    "month": _month,
    "day": sheets.whole(1, 31),
    "weekend_nights": sheets.whole(0, 400),
    "week_nights": sheets.whole(0, 400),
    "lead_days": sheets.whole(0, 2_000),
    "rate": _rate,
    "cancelled": sheets.one_of("0", "1"),
    "status_date": _american,
    "adults": sheets.whole(0, 100),
}


def read(file: str, content: bytes, by: Profile, zone: ZoneInfo) -> tuple[Sheet, list[Past]]:
    """Nights from check-in to check-out; a stay of no night takes no bed and is left out."""
    columns = {field: Column(READERS[field], heading) for field, heading in by.columns.items()}
    sheet = sheets.read(file, content, columns)
    return sheet, list(_stays(sheet, by, zone))


def _stays(sheet: Sheet, by: Profile, zone: ZoneInfo) -> Iterable[Past]:
    for line, row in sheet.rows:
        if any(row.get(field) is None for field in by.columns):
            continue  # its fault is told already
        try:
            arrival = dt.date(row["year"], row["month"], row["day"])
        except ValueError:
            sheet.fault(line, by.columns["day"], _("cette date n’existe pas"))
            continue
        nights = row["weekend_nights"] + row["week_nights"]
        if not nights:
            continue
        price = max(0, row["rate"]) * nights
        if price > sheets.MOST_MONEY:
            sheet.fault(line, by.columns["rate"], _("ce montant est trop grand"))
            continue
        start = edge(arrival, by.check_in_minute, zone)
        end = edge(arrival + dt.timedelta(days=nights), by.check_out_minute, zone)
        cancelled = None
        if row["cancelled"] == "1":
            cancelled = min(edge(row["status_date"], 12 * 60, zone), start)
        yield Past(
            line,
            str(by.constants["space"]),
            start,
            end,
            edge(arrival - dt.timedelta(days=row["lead_days"]), 12 * 60, zone),
            cancelled,
            price,
            max(1, row["adults"]),
            None,
            None,
        )
