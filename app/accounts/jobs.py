"""Letters after the commit, and forgetting what has ended."""

from __future__ import annotations

from sqlalchemy import select

from app.accounts import limits, links, mails, rules, sessions
from app.accounts.models import LoginLink
from app.core import clock, outbox
from app.core.db import db


@outbox.job(rules.LETTER)
def letter(link_id: int) -> None:
    """Write the mail of a link that still waits for it. Run twice, it leaves the first secret."""
    link = db.session.scalars(
        select(LoginLink)
        .where(LoginLink.id == link_id, LoginLink.used_at.is_(None))
        .where(LoginLink.expires_at > clock.now())
        .with_for_update()
    ).one_or_none()
    if link is not None and not link.payload.get("mailed"):
        mails.post_link(link)


@outbox.job("accounts.sweep")
def sweep() -> None:
    """Once a day in each network: drop links, sessions and counts that no longer say anything."""
    links.sweep()
    sessions.sweep()
    limits.sweep()
