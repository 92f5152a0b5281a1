"""What happened some days ago, done by the rules as if it were that day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

from app.core import clock


@contextmanager
def at(moment: dt.datetime) -> Iterator[None]:
    """Every rule that asks for the hour is told this one. For this process alone."""
    with patch.object(clock, "now", lambda: moment):
        yield
