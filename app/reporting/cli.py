"""`doctor`: is everything that must be true, true."""

from __future__ import annotations

import sys

import click
from sqlalchemy import create_engine

from app.config import load
from app.core.files import storage
from app.ledger.keys import ring
from app.reporting import invariants


@click.command()
def doctor() -> None:
    """Ask every invariant over every tenant, as the owner role, and hold
    the chains against their anchors; exit 1 when one is broken."""
    settings = load()
    store = storage(settings.anchor_storage or settings.storage)
    engine = create_engine(settings.owner_database_url or settings.database_url)
    with engine.connect() as connection:
        found = {
            breach.invariant.id: breach
            for breach in invariants.breaches(connection, ring(settings), store)
        }
    engine.dispose()
    for invariant in invariants.INVARIANTS:
        breach = found.get(invariant.id)
        click.echo(f"{'BROKEN' if breach else 'ok    '} {invariant.id:<4} {invariant.promise}")
        for example in breach.examples if breach else ():
            click.echo(f"         {example}")
    sys.exit(1 if found else 0)


commands = (doctor,)
