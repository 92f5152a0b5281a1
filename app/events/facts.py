"""News about events, for features above: tickets, requests, check-in."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True)
class EventPublished:
    """A draft may be seen by its audience from now on."""

    event_id: int


@dataclass(frozen=True)
class EventMoved:
    """A published event takes place at another time or in other spaces; the row says where."""

    event_id: int
    from_starts_at: dt.datetime
    from_ends_at: dt.datetime


@dataclass(frozen=True)
class EventCancelled:
    """It will not take place; its spaces are free again."""

    event_id: int
    reason: str


@dataclass(frozen=True)
class EventResizing:
    """Its capacity is about to change: whoever sold more than that refuses."""

    event_id: int
    capacity: int
