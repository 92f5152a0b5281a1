"""What a process has loaded stays for its life."""

from __future__ import annotations

import gc

SELDOM = 20_000
"""New objects until the collector looks: a page makes tens of thousands that die by themselves."""


def settle() -> None:
    """Let the collector forget what is loaded by now: a million objects that never die.

    It would walk them in the middle of requests: a month of bookings took twice as long. Forked
    workers also keep sharing the pages that it would have written to.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(SELDOM, 20, 20)
