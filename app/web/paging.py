"""One page of a list: which one the address asks for, and what stands on it."""

from __future__ import annotations

from typing import Any

from flask import request
from sqlalchemy import Select, func, select

from app.core.db import db

MOST = 10_000
"""Nobody leafs as far; a number without end is none that a database counts to."""


def asked() -> int:
    """The page that the address names, the first when it names none."""
    return max(1, min(request.args.get("page", 1, type=int), MOST))


def of(query: Select[Any], *order: Any, size: int) -> dict[str, Any]:
    """That page of a list and how many there are, by the names that every list's template has."""
    number = asked()
    total = db.session.scalar(select(func.count()).select_from(query.subquery())) or 0
    rows = db.session.scalars(query.order_by(*order).limit(size).offset((number - 1) * size)).all()
    return {
        "rows": rows,
        "total": total,
        "page_number": number,
        "pages_count": -(-total // size),
    }
