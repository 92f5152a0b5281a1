"""The keys of the chain: of the settings, never of the database."""

from __future__ import annotations

import hashlib

from flask import current_app

from app.config import Settings
from app.ledger.chain import Keys


def ring(settings: Settings) -> Keys:
    """LEDGER_KEYS, the current one first; without it one that follows from SECRET_KEY."""
    if settings.ledger_keys:
        return Keys.of(settings.ledger_keys)
    secret = settings.secret_key.encode()
    return Keys.of([hashlib.blake2b(b"ledger chain", key=secret[:64], digest_size=32).hexdigest()])


def keys() -> Keys:
    """The keys of this process."""
    return ring(current_app.config["SETTINGS"])
