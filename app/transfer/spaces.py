"""Spaces in and out: one row a space, its units made with it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select

from app.core.db import db
from app.core.i18n import _
from app.core.words import slug
from app.spaces.models import KINDS, Composition, Site, Space, Unit
from app.transfer import sheet as sheets
from app.transfer.sheet import Column, Sheet

COLUMNS = {
    "name": Column(sheets.text(120), "name"),
    "kind": Column(sheets.one_of(*KINDS), "kind"),
    "capacity": Column(sheets.whole(1, 10_000), "capacity", required=False, default=1),
    "units": Column(sheets.whole(1, 500), "units", required=False, default=1),
    "base": Column(sheets.money, "base_rate"),
    "step": Column(
        sheets.one_of("15", "30", "60", "120", "240"), "step_minutes", required=False, default="30"
    ),
    "min": Column(sheets.whole(15, 1440), "min_minutes", required=False, default=60),
    "max": Column(sheets.whole(15, 14_400), "max_minutes", required=False, default=600),
    "buffer": Column(sheets.whole(0, 480), "buffer_minutes", required=False, default=0),
    "equipment": Column(sheets.text(500), "equipment", required=False, default=""),
}


def read(file: str, content: bytes) -> Sheet:
    """The spaces of a file and every fault: also names that are there twice or taken already."""
    sheet = sheets.read(file, content, COLUMNS)
    known = set(db.session.scalars(select(Space.slug)))
    for line, row in sheet.rows:
        if not row["name"]:
            continue
        name = slug(row["name"])
        if name in known:
            sheet.fault(line, "name", _("un espace porte déjà ce nom"))
        known.add(name)
        if row["min"] and row["max"] and row["min"] > row["max"]:
            sheet.fault(line, "max_minutes", _("le maximum est sous le minimum"))
    return sheet


def apply(sheet: Sheet, site: Site) -> list[Space]:
    """Make the spaces, all or none."""
    sheet.refuse_faults()
    return [make(site, row) for _line, row in sheet.rows]


def make(site: Site, row: dict[str, Any]) -> Space:
    """One space with its units, interchangeable."""
    position = db.session.scalar(select(func.count(Space.id))) or 0
    space = Space(
        site_id=site.id,
        kind=row["kind"],
        name=row["name"],
        slug=slug(row["name"]),
        capacity=row["capacity"],
        base_cents=row["base"],
        step_minutes=int(row["step"]),
        min_minutes=row["min"],
        max_minutes=row["max"],
        buffer_minutes=row["buffer"],
        equipment=[word.strip() for word in row["equipment"].split("|") if word.strip()],
        accessibility={},
        position=position,
    )
    db.session.add(space)
    db.session.flush()  # id for its units
    units = [
        Unit(
            site_id=site.id,
            cluster=0,
            name=row["name"] if row["units"] == 1 else f"{row['name']} {n + 1}",
        )
        for n in range(row["units"])
    ]
    db.session.add_all(units)
    db.session.flush()  # ids for the composition
    for n, unit in enumerate(units):
        unit.cluster = units[0].id
        db.session.add(Composition(space_id=space.id, unit_id=unit.id, position=n))
    return space
