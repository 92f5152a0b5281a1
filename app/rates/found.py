"""What an address or a form of the rates pages names: a space, a day, a price; 404 for no such."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence

from flask import abort, url_for
from sqlalchemy import select

from app.core.db import db
from app.core.errors import Refused
from app.core.i18n import _
from app.core.slots import read_day
from app.rates.models import SolveRun
from app.spaces.models import Space


def spaces() -> Sequence[Space]:
    """Spaces on sale, in the venue's order."""
    return db.session.scalars(
        select(Space).where(Space.retired_at.is_(None)).order_by(Space.position, Space.id)
    ).all()


def space(space_id: int) -> Space:
    """A space on sale."""
    found = next((s for s in spaces() if s.id == space_id), None)
    if found is None:
        abort(404)
    return found


def day(raw: str | None) -> dt.date | None:
    """A day, None where none is said."""
    found = read_day(raw)
    if raw and found is None:
        abort(404)
    return found


def that_day(raw: str) -> dt.date:
    """A day that must be said."""
    found = day(raw)
    if found is None:
        abort(404)
    return found


def cents(typed: str) -> int:
    """A price as people type it; refuses what is none."""
    bare = re.sub(r"[\s€\u00a0\u202f]|/h", "", typed).replace(",", ".")
    if not re.fullmatch(r"\d{1,6}(\.\d{1,2})?", bare):
        raise Refused(_("Indiquez un prix par heure, par exemple 18 ou 18,50."), field="prix")
    whole, _dot, part = bare.partition(".")
    return int(whole) * 100 + int(part.ljust(2, "0") or 0)


def here(one: Space, at: dt.date | None) -> str:
    """The month page of a space and day."""
    return url_for("rates_desk.month", espace=one.id, jour=at)


def last_run(space_id: int, *, good: bool = False) -> SolveRun | None:
    """The last night of a space, or the last one that went well."""
    query = select(SolveRun).where(SolveRun.space_id == space_id).order_by(SolveRun.id.desc())
    if good:
        query = query.where(SolveRun.outcome == "done")
    return db.session.scalars(query.limit(1)).one_or_none()
