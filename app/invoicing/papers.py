"""A member's papers beside one another: invoices, account, receipts."""

from __future__ import annotations

from flask import url_for

from app.core.i18n import _


def tabs(current: str, whose: str) -> list[dict[str, object]]:
    """Papers of a member beside one another."""
    wanted = [
        ("documents", _("Factures"), url_for("my_invoices.documents", pour=whose)),
        ("statement", _("Compte"), url_for("my_invoices.account", pour=whose)),
        ("receipts", _("Reçus"), "/moi/recus"),
    ]
    return [
        {"label": label, "url": url, "current": key == current}
        for key, label, url in wanted
        if key != "receipts" or whose == "moi"
    ]
