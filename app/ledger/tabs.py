"""Pages of the accounts beside one another."""

from __future__ import annotations

from typing import Any

from flask import url_for
from werkzeug.wrappers import Response

from app.core.i18n import _
from app.web import navigation


def tabs(current: str) -> list[dict[str, Any]]:
    """Each page of the accounts, and which one is open."""
    wanted = (
        ("vat", _("TVA"), "ledger_desk.vat"),
        ("closures", _("Clôtures"), "ledger_closures.closures"),
        ("exports", _("Exports"), "ledger_desk.exports"),
    )
    return [
        {"label": label, "url": url_for(endpoint), "current": key == current}
        for key, label, endpoint in wanted
    ]


def page(name: str, tab: str, status: int = 200, **context: Any) -> Response:
    """One of them, under its tab."""
    return navigation.page(f"ledger/{name}", "books", status, sections=tabs(tab), **context)
