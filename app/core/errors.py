"""Refusals: what a rule says instead of doing a thing. Each speaks to a person."""

from __future__ import annotations

from typing import Any


class Refused(Exception):
    """A rule refuses. `code` is for programs, the text is for people, `detail` for both."""

    status = 422
    code = "refused"
    retry_after: int | None = None  # seconds after which the same request may do

    def __init__(self, text: str, **detail: Any) -> None:
        super().__init__(text)
        self.text = text
        self.detail = detail


class Taken(Refused):
    """The time is taken; nothing was written."""

    status = 409
    code = "taken"


class Gone(Refused):
    """What was asked for existed and has ended: an expired quote, a used link."""

    status = 410
    code = "gone"


class Busy(Refused):
    """The database could not answer in time; nothing was written and a retry is fine."""

    status = 503
    code = "busy"
    retry_after = 2


class NotAllowed(Refused):
    """This person may not do this here."""

    status = 403
    code = "not_allowed"
