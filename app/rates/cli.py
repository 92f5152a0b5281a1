"""`replay`: reckon prices that were said again, and say whether they are the same."""

from __future__ import annotations

import json
import sys
from collections import Counter

import click
from sqlalchemy import select

from app import create_app
from app.core import tenancy
from app.core.db import db
from app.rates import replay as replays
from app.rates import rules
from app.rates.models import Quote
from app.spaces.models import Space
from app.tenants.models import Domain


@click.command()
@click.option("--venue", required=True, help="a host name of the venue")
@click.option("--last", default=100, show_default=True, help="how many, when no token is given")
@click.argument("token", required=False)
def replay(venue: str, last: int, token: str | None) -> None:
    """Reckon the quote TOKEN again, or the last ones; exit 1 when one has another price."""
    with create_app().app_context():
        found = db.session.get(Domain, venue)
        if found is None or found.tenant_id is None:
            raise click.ClickException(f"no venue answers to {venue}")
        db.session.rollback()
        with tenancy.tenant(found.tenant_id, found.network_id):
            sys.exit(one(token) if token else several(last))


def one(token: str) -> int:
    """One quote with all that it was reckoned from."""
    quote = rules.find(token)
    if quote is None:
        raise click.ClickException("no such quote")
    done = replays.again(quote, _spaces()[quote.space_id])
    click.echo(json.dumps(done.as_json(), indent=2, ensure_ascii=False))
    return int(done.outcome == "other")


def several(last: int) -> int:
    """The last quotes, counted by what came out; those that differ are named."""
    spaces, counts = _spaces(), Counter[str]()
    for quote in db.session.scalars(select(Quote).order_by(Quote.id.desc()).limit(last)):
        done = replays.again(quote, spaces[quote.space_id])
        counts[done.outcome] += 1
        if done.outcome == "other":
            click.echo(
                f"OTHER {quote.token}: {quote.price_cents} then {done.price_cents} {done.why}"
            )
    for outcome in ("same", "other", "said", "swept"):
        click.echo(f"{counts[outcome]:>6} {outcome}")
    return int(counts["other"] > 0)


def _spaces() -> dict[int, Space]:
    return {space.id: space for space in db.session.scalars(select(Space))}


commands = (replay,)
