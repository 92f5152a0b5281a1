"""Addresses that open an event in a web calendar."""

from __future__ import annotations

import datetime as dt
from urllib.parse import urlencode

from app.events import words
from app.events.feeds import Item

GOOGLE = "https://calendar.google.com/calendar/render"
OUTLOOK = "https://outlook.live.com/calendar/0/deeplink/compose"


def calendars(item: Item) -> dict[str, str]:
    """Google and Outlook; others take the file."""
    event = item.event
    start, end = (t.astimezone(dt.UTC) for t in (event.starts_at, event.ends_at))
    title = words.title(event)
    google = {
        "action": "TEMPLATE",
        "text": title,
        "dates": f"{start:%Y%m%dT%H%M%SZ}/{end:%Y%m%dT%H%M%SZ}",
        "details": item.url,
        "location": item.where,
    }
    outlook = {
        "path": "/calendar/action/compose",
        "rru": "addevent",
        "subject": title,
        "startdt": f"{start:%Y-%m-%dT%H:%M:%SZ}",
        "enddt": f"{end:%Y-%m-%dT%H:%M:%SZ}",
        "body": item.url,
        "location": item.where,
    }
    return {
        "google": f"{GOOGLE}?{urlencode(google)}",
        "outlook": f"{OUTLOOK}?{urlencode(outlook)}",
    }
