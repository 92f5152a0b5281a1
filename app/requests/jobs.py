"""What happens to requests by the clock. The room itself is free on time without any of this."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select

from app.core import clock, outbox
from app.core.db import db
from app.requests import mails, read, rules
from app.requests.models import RequestStep, SpaceRequest
from app.requests.policy import policy


@outbox.job("requests.lapse")
def lapse(request_id: int) -> None:
    """Write down one hold that ran out."""
    rules.lapse(request_id)


@outbox.job("requests.letter")
def letter(request_id: int, step_id: int) -> None:
    """Write about one step; a second run finds it written."""
    one, step = read.request(request_id), db.session.get(RequestStep, step_id)
    if one is not None and step is not None and one.email:
        mails.tell(one, step)


@outbox.job("requests.watch")
def watch() -> None:
    """Warn of holds that end soon, and close those that ended while nobody worked."""
    now = clock.now()
    waiting = select(SpaceRequest.id).where(SpaceRequest.state.in_(("held", "quoted")))
    ended = waiting.where(SpaceRequest.held_until <= now)
    for request_id in db.session.scalars(ended).all():
        rules.lapse(request_id)
    soon = now + dt.timedelta(hours=policy().warn_hours)
    due = waiting.where(
        SpaceRequest.held_until > now,
        SpaceRequest.held_until <= soon,
        SpaceRequest.warned_at.is_(None),
    )
    for request_id in db.session.scalars(due).all():
        one = read.locked(request_id)
        if one.is_held(now) and one.warned_at is None and one.email:
            one.warned_at = now
            mails.warn(one)
