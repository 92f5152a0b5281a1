"""Marked places where a test may kill or freeze this process. Without FAULT_POINTS they cost one
look."""

from __future__ import annotations

import os
import signal
from pathlib import Path

ARMED = os.environ.get("FAULT_POINTS", "")


def point(name: str) -> None:
    """Die here if the test armed this place: a file of its name, spent by the first who comes.

    A file that says `freeze` stops the process instead, until it is told to go on.
    """
    if not ARMED:
        return
    armed = Path(ARMED) / name
    try:
        wish = armed.read_text()
        armed.unlink()
    except FileNotFoundError:
        return
    os.kill(os.getpid(), signal.SIGSTOP if wish == "freeze" else signal.SIGKILL)
