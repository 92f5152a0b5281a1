"""The keys of the chain: of the settings, never of the database."""

from __future__ import annotations

import hashlib

import structlog
from flask import current_app

from app.config import Settings
from app.ledger.chain import Keys

log = structlog.get_logger("ledger")


def follows_from_secret(settings: Settings) -> bool:
    """Whether a public installation seals its books under a key that follows from SECRET_KEY: who
    learns that one, or changes it, loses the proof too."""
    return settings.secure_cookies and not settings.ledger_keys


def warn(settings: Settings) -> None:
    """Say it aloud at the start of every process."""
    if follows_from_secret(settings):
        log.error(
            "LEDGER_KEYS is not set: the books are sealed under a key that follows from SECRET_KEY",
            todo="set LEDGER_KEYS to a key of its own, kept apart; add it in front of the old one",
        )


def ring(settings: Settings) -> Keys:
    """LEDGER_KEYS, the current one first; without it one that follows from SECRET_KEY."""
    if settings.ledger_keys:
        return Keys.of(settings.ledger_keys)
    secret = settings.secret_key.encode()
    return Keys.of([hashlib.blake2b(b"ledger chain", key=secret[:64], digest_size=32).hexdigest()])


def keys() -> Keys:
    """The keys of this process."""
    return ring(current_app.config["SETTINGS"])
