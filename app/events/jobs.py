"""What happens to events by the clock: reminders before, a question after."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import func, select

from app.core import clock, outbox
from app.core.db import db
from app.events import mails, seams
from app.events.models import Event

AFTER = dt.timedelta(hours=2)
TOO_LATE = dt.timedelta(days=3)


@outbox.job("events.letters")
def letters() -> None:
    """Write what is due, once: a mark on the row, and the mail table behind it."""
    now = clock.now()
    soon = func.make_interval(0, 0, 0, 0, Event.reminder_hours)
    due = select(Event).where(
        Event.state == "published",
        Event.reminder_hours > 0,
        Event.reminded_at.is_(None),
        Event.starts_at > now,
        Event.starts_at - soon <= now,
    )
    for event in db.session.scalars(due.with_for_update(skip_locked=True)).all():
        event.reminded_at = now
        for guest in seams.guests(event):
            mails.remind(event, guest)
    over = select(Event).where(
        Event.state == "published",
        Event.asked_at.is_(None),
        Event.ends_at <= now - AFTER,
        Event.ends_at > now - TOO_LATE,
    )
    for event in db.session.scalars(over.with_for_update(skip_locked=True)).all():
        event.asked_at = now
        for guest in seams.guests(event):
            mails.ask(event, guest)
