"""The one place where the time of day enters the product."""

from __future__ import annotations

import datetime as dt


def now() -> dt.datetime:
    """This instant, in UTC, aware."""
    return dt.datetime.now(dt.UTC)  # noqa: TID251  # this is the one place
