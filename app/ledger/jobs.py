"""What the ledger does by the clock: seal what was posted, and once a day put an anchor down."""

from __future__ import annotations

from flask import Flask

from app.core import clock, outbox, tenancy
from app.core.db import db
from app.ledger import nightly
from app.ledger.keys import keys, warn
from app.ledger.seal import seal


def install(app: Flask) -> None:
    """Whoever serves or works says at once when the key of the books is none of its own."""
    warn(app.config["SETTINGS"])


@outbox.job("ledger.seal")
def seal_new() -> None:
    """Chain what was posted since the last run."""
    seal(db.session.connection(), tenancy.tenant_id(), keys())


@outbox.job("ledger.check")
def check() -> None:
    """Read the chain through, because somebody asked."""
    seal_new()
    nightly.check(tenancy.tenant_id(), clock.now().date())


@outbox.job("ledger.nightly")
def nightly_round() -> None:
    """Seal all, anchor the end of the chain outside the database, read the chain through."""
    nightly.round_of(tenancy.tenant_id(), clock.now())
