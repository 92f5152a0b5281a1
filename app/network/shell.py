"""The frame of the console: where an operator may go."""

from __future__ import annotations

import datetime as dt
from typing import Any

from babel import dates
from flask import Flask, g, url_for
from werkzeug.wrappers import Response

from app.core.i18n import _, lang
from app.web import navigation, render
from app.web.actor import actor


def _places() -> tuple[tuple[str, str, str, str], ...]:
    return (
        ("venues", _("Lieux"), "network.table", "store"),
        ("new", _("Nouveau lieu"), "network.new", "plus"),
        ("journal", _("Journal"), "network.acts", "scroll-text"),
    )


def page(name: str, current: str, status: int = 200, **context: Any) -> Response:
    """A page of the console."""
    entries: list[dict[str, Any]] = [
        {"label": label, "url": url_for(endpoint), "icon": icon, "current": key == current}
        for key, label, endpoint, icon in _places()
    ]
    who = actor()
    frame: dict[str, Any] = {
        "messages": navigation.messages(),
        "nav": entries,
        "tabs": [entry | {"main": entry["icon"] == "plus"} for entry in entries],
        "home_url": url_for("network.table"),
        "user": {
            "name": who.name,
            "role": navigation.role_name(who.role),
            "url": "/moi/reglages/sessions",
        },
        "search": {"url": url_for("network.table"), "label": _("Un lieu…")},
        "action": {"label": _("Nouveau lieu"), "url": url_for("network.new")},
        "network": g.network,
    }
    return render.page(name, status, **(frame | context))


def month_name(day: dt.date) -> str:
    """`novembre 2026`."""
    return dates.format_date(day, "LLLL y", locale=lang())


def since(moment: dt.datetime, now: dt.datetime) -> str:
    """`il y a 2 heures`; the last minute is now."""
    if now - moment < dt.timedelta(minutes=1):
        return _("à l’instant")
    return dates.format_timedelta(moment - now, add_direction=True, locale=lang())


def install(app: Flask) -> None:
    """Two ways to say time that only the console needs."""
    app.jinja_env.filters.update(month_name=month_name, since=since)
