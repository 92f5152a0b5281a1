"""News about requests, for features above."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class RequestConverted:
    """What was asked for takes place: all that it needed is the event's from now on."""

    request_id: int
    event_id: int
