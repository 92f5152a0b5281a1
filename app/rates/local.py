"""Dates that the manager knows and the calendar does not: what happens in town.

Each is a flag on its days, past ones too: what such days brought is learnt, and asked of those to
come. Nothing is multiplied by hand.
"""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select

from app.core import audit, outbox
from app.core.db import db
from app.core.errors import Refused
from app.core.i18n import _
from app.rates.models import LocalDate

MOST_DAYS = 60
MOST_LINES = 400
EARLIEST, LATEST = dt.date(2015, 1, 1), dt.date(2100, 1, 1)


@dataclass(frozen=True)
class Noted:
    """One line that was read: a name and its days, both included."""

    name: str
    first: dt.date
    last: dt.date


class Unreadable(Refused):
    """Lines that say no date; every fault names its line and column. Nothing was kept."""

    code = "unreadable_dates"

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__(faults[0])
        self.faults = list(faults)


def known() -> Sequence[LocalDate]:
    """All dates, the latest first."""
    return db.session.scalars(
        select(LocalDate).order_by(LocalDate.first_day.desc(), LocalDate.name)
    ).all()


def among(days: Sequence[dt.date]) -> NDArray[np.float64]:
    """1 on each of these days that is noted, else 0."""
    flags = np.zeros(len(days))
    if not len(days):
        return flags
    noted = db.session.execute(
        select(LocalDate.first_day, LocalDate.last_day).where(
            LocalDate.last_day >= min(days), LocalDate.first_day <= max(days)
        )
    ).all()
    for place, day in enumerate(days):
        flags[place] = any(first <= day <= last for first, last in noted)
    return flags


def read(text: str) -> list[Noted]:
    """Read lines `from;to;name` (or `day;name`), days as 2026-12-05 or 05/12/2026.

    A semicolon, a tab or a comma parts the columns; a first line of headings is passed over. All
    lines or none: raises with every fault.
    """
    lines = [line for line in text.replace("\ufeff", "").splitlines() if line.strip()]
    if not lines:
        raise Unreadable([_("Rien à noter : une ligne par date.")])
    if len(lines) > MOST_LINES:
        raise Unreadable([_("%(n)d lignes au plus en une fois.", n=MOST_LINES)])
    found: list[Noted] = []
    faults: list[str] = []
    for number, line in enumerate(lines, 1):
        cells = _cells(line)
        if number == 1 and not any(any(c.isdigit() for c in cell) for cell in cells):
            continue
        try:
            found.append(_line(number, cells))
        except Refused as fault:
            faults.append(fault.text)
    if faults:
        raise Unreadable(faults)
    return found


def _cells(line: str) -> list[str]:
    parts = next((p for p in (";", "\t", ",") if p in line), ";")
    return [cell.strip() for cell in next(csv.reader([line], delimiter=parts))]


def _line(number: int, cells: list[str]) -> Noted:
    if len(cells) not in (2, 3):
        raise Refused(_("Ligne %(n)d : deux ou trois colonnes sont attendues.", n=number))
    first = _day(number, 1, cells[0])
    last = _day(number, 2, cells[1]) if len(cells) == 3 and cells[1] else first
    if last < first:
        raise Refused(_("Ligne %(n)d, colonne 2 : la fin vient avant le début.", n=number))
    if (last - first).days > MOST_DAYS:
        raise Refused(_("Ligne %(n)d : %(most)d jours au plus.", n=number, most=MOST_DAYS))
    name = " ".join(cells[-1].split())
    if not 1 <= len(name) <= 80:
        raise Refused(
            _(
                "Ligne %(n)d, colonne %(column)d : un nom de 1 à 80 signes est attendu.",
                n=number,
                column=len(cells),
            )
        )
    return Noted(name, first, last)


def _day(number: int, column: int, raw: str) -> dt.date:
    for form in ("%Y-%m-%d", "%d/%m/%Y"):
        try:
            day = dt.datetime.strptime(raw, form).date()  # noqa: DTZ007  a date has no zone
        except ValueError:
            continue
        if EARLIEST <= day <= LATEST:
            return day
    raise Refused(
        _(
            "Ligne %(n)d, colonne %(column)d : « %(raw)s » n’est pas une date,"
            " par exemple 2026-12-05 ou 05/12/2026.",
            n=number,
            column=column,
            raw=raw[:40],
        )
    )


def note(lines: Sequence[Noted], by: int | None) -> int:
    """Keep dates; the same name and first day again replaces its last day. How many are new."""
    held = {(one.name, one.first_day): one for one in known()}
    fresh = 0
    for line in lines:
        old = held.get((line.name, line.first))
        if old is not None:
            old.last_day = line.last
            continue
        row = LocalDate(name=line.name, first_day=line.first, last_day=line.last, noted_by=by)
        db.session.add(row)
        held[line.name, line.first] = row
        fresh += 1
    audit.note("rates.dates_noted", f"local_dates:{len(lines)}", actor_id=by)
    _solve_again()
    return fresh


def forget(date_id: int, by: int | None) -> LocalDate | None:
    """Take a date away; what it was, None when it is gone already."""
    found = db.session.scalars(select(LocalDate).where(LocalDate.id == date_id)).one_or_none()
    if found is not None:
        db.session.delete(found)
        audit.note("rates.date_forgotten", f"local_date:{date_id}", actor_id=by)
        _solve_again()
    return found


def _solve_again() -> None:
    outbox.defer("rates.solve_tenant", once="solve_tenant:dates", lane="solve")
