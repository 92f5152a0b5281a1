"""Spaces in and out: one row a space, its units made with it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import func, select

from app.core.db import db
from app.core.i18n import _
from app.core.words import slug
from app.spaces import build, rules
from app.spaces.models import KINDS, Site, Space
from app.transfer import sheet as sheets
from app.transfer.sheet import Column, Sheet


def _optional(read: Callable[[str], Any], name: str, default: Any) -> Column:
    return Column(read, name, required=False, default=default)


STEPS = ("15", "30", "60", "120", "240")
COLUMNS = {
    "name": Column(sheets.text(120), "name"),
    "kind": Column(sheets.one_of(*KINDS), "kind"),
    "capacity": _optional(sheets.whole(1, 10_000), "capacity", 1),
    "units": _optional(sheets.whole(1, 500), "units", 1),
    "base": Column(sheets.amount(0, 1_000_000), "base_rate"),
    "step": _optional(sheets.one_of(*STEPS), "step_minutes", "30"),
    "min": _optional(sheets.whole(15, 1440), "min_minutes", 60),
    "max": _optional(sheets.whole(15, 14_400), "max_minutes", 600),
    "buffer": _optional(sheets.whole(0, 480), "buffer_minutes", 0),
    "equipment": _optional(sheets.text(500), "equipment", ""),
    "parts": _optional(sheets.text(2000), "parts", ""),
    "floor": _optional(sheets.text(80), "floor", ""),
    "audience": _optional(sheets.one_of("public", "members", "staff"), "audience", "public"),
    "pricing": _optional(sheets.one_of("dynamic", "fixed"), "pricing", "dynamic"),
    "floor_percent": _optional(sheets.whole(1, 100), "floor_percent", 70),
    "ceiling_percent": _optional(sheets.whole(100, 500), "ceiling_percent", 150),
    "rounding": _optional(sheets.amount(1, 10_000), "rounding", 100),
    "vat": _optional(sheets.amount(0, 3_000), "vat", 2000),
    "lead": _optional(sheets.whole(0, 43_200), "lead_minutes", 0),
    "horizon": _optional(sheets.whole(1, 730), "horizon_days", 90),
}
PLAIN = ("capacity", "floor", "audience", "pricing", "floor_percent", "ceiling_percent")
RENAMED = {
    "base": "base_cents",
    "min": "min_minutes",
    "max": "max_minutes",
    "buffer": "buffer_minutes",
    "rounding": "rounding_cents",
    "vat": "vat_bp",
    "lead": "lead_minutes",
    "horizon": "horizon_days",
}


def read(file: str, content: bytes) -> Sheet:
    """The spaces of a file and every fault: also names that are there twice or taken already, and
    parts that nothing is."""
    sheet = sheets.read(file, content, COLUMNS)
    rows = db.session.execute(select(Space.slug, Space.takes)).all()
    known = {slug_ for slug_, _takes in rows}
    single = {slug_ for slug_, takes in rows if takes == "any"}
    single |= {slug(row["name"]) for _n, row in sheet.rows if row["name"] and not row["parts"]}
    for line, row in sheet.rows:
        if not row["name"]:
            continue
        name = slug(row["name"])
        if name in known:
            sheet.fault(line, "name", _("un espace porte déjà ce nom"))
        known.add(name)
        if row["min"] and row["max"] and row["min"] > row["max"]:
            sheet.fault(line, "max_minutes", _("le maximum est sous le minimum"))
        if row["parts"] and not (len(parts_of(row)) > 1 and parts_of(row) <= single):
            sheet.fault(line, "parts", _("un espace combiné nomme au moins deux espaces simples"))
    return sheet


def parts_of(row: Mapping[str, Any]) -> set[str]:
    """The spaces that a whole is made of, as parts of addresses."""
    return {slug(word) for word in str(row.get("parts") or "").split("|") if word.strip()}


def apply(sheet: Sheet, site: Site) -> list[Space]:
    """Make the spaces, all or none: those that others are made of first."""
    sheet.refuse_faults()
    rows = [row for _line, row in sheet.rows]
    return [make(site, row) for row in sorted(rows, key=lambda row: bool(row["parts"]))]


def make(site: Site, row: Mapping[str, Any]) -> Space:
    """One space with units of its own, or made of others; its prices are reckoned soon."""
    facts = {name: row[name] for name in PLAIN if name in row}
    facts |= {column: row[name] for name, column in RENAMED.items() if name in row}
    facts |= {
        "step_minutes": int(row["step"]),
        "equipment": [word.strip() for word in re.split(r"[|,]", row["equipment"]) if word.strip()],
        "position": db.session.scalar(select(func.count(Space.id))) or 0,
    }
    wanted = parts_of(row)
    if wanted:
        parts = db.session.scalars(select(Space).where(Space.slug.in_(wanted))).all()
        made = build.whole(site, row["name"], row["kind"], parts, **facts)
    else:
        made = build.space(site, row["name"], row["kind"], units=row["units"], **facts)
    rules.solve_later(made.id)
    return made
