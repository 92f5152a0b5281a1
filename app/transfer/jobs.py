"""Imports run behind the page that asked for them."""

from __future__ import annotations

from app.core import locks, outbox
from app.transfer import rules


@outbox.job("transfer.run")
def run(run_id: int) -> None:
    """Read one file and apply it, or say why not."""
    locks.patience(locks.THINKING)
    rules.perform(run_id)
