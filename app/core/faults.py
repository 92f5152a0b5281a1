"""Marked places where a test may kill this process. Without FAULT_POINTS they cost one look."""

from __future__ import annotations

import os
import signal
from pathlib import Path

ARMED = os.environ.get("FAULT_POINTS", "")


def point(name: str) -> None:
    """Die here if the test armed this place: a file of its name, spent by the first who comes."""
    if not ARMED:
        return
    try:
        (Path(ARMED) / name).unlink()
    except FileNotFoundError:
        return
    os.kill(os.getpid(), signal.SIGKILL)
