"""The demand log: what was shown, taken, refused or found unavailable. Never who."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import Any

from sqlalchemy import insert

from app.core import clock
from app.core.db import send, table_of
from app.core.slots import local_day
from app.rates.models import DemandEvent, Quote
from app.spaces.models import Space

WRITE = insert(table_of(DemandEvent))


def _write(**values: Any) -> None:
    send(WRITE, values)


def session_word(secret: str, visitor: str, day: dt.date) -> str:
    """A word for one visitor of one day: tomorrow it is another, and nobody can go back from it."""
    return hashlib.blake2b(
        f"{day}|{visitor}".encode(), key=secret.encode()[:64], digest_size=9
    ).hexdigest()


def wish_word(origin: str, secret: str) -> str:
    """A session of its own for a wish that no browser brings: one said at the desk, or a program's.

    With one word for all of them the engine would take a front desk for a single busy visitor.
    """
    return f"{origin}-{hashlib.blake2b(secret.encode(), digest_size=9).hexdigest()}"


def log_quote(
    quote: Quote, space: Space, session: str, outcome: str, alternatives: int = 0
) -> None:
    """One quote and what became of it."""
    zone = space.site.zone
    local = quote.starts_at.astimezone(zone)
    _write(
        at=clock.now(),
        session=session,
        space_id=space.id,
        kind=space.kind,
        day=local_day(quote.starts_at, zone),
        start_minute=local.hour * 60 + local.minute,
        minutes=int((quote.ends_at - quote.starts_at).total_seconds() // 60),
        people=quote.people,
        lead_minutes=int((quote.starts_at - clock.now()).total_seconds() // 60),
        list_cents=int(quote.inputs.get("list_cents", quote.price_cents)),
        shown_cents=quote.price_cents,
        alternatives=alternatives,
        outcome=outcome,
    )


def log_unavailable(
    space: Space, starts_at: dt.datetime, minutes: int, people: int, session: str
) -> None:
    """Somebody wanted a time that is not for sale: lost demand is demand."""
    zone = space.site.zone
    local = starts_at.astimezone(zone)
    _write(
        at=clock.now(),
        session=session,
        space_id=space.id,
        kind=space.kind,
        day=local_day(starts_at, zone),
        start_minute=local.hour * 60 + local.minute,
        minutes=minutes,
        people=people,
        lead_minutes=int((starts_at - clock.now()).total_seconds() // 60),
        list_cents=space.base_cents * minutes // 60,
        shown_cents=None,
        outcome="unavailable",
    )
