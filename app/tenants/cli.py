"""The platform admin's words: `python -m app network create …`, `python -m app tenant create …`."""

from __future__ import annotations

import click
from flask import Flask
from flask.cli import AppGroup
from sqlalchemy import select

from app.core.db import db
from app.core.errors import Refused
from app.tenants import rules
from app.tenants.models import Network
from app.web import themes

networks = AppGroup("network", help="Networks of venues.")
tenants = AppGroup("tenant", help="Venue operators.")


def network_id(slug: str) -> int:
    """The network of a slug; the command ends when there is none."""
    found = db.session.scalar(select(Network.id).where(Network.slug == slug))
    if found is None:
        raise click.ClickException(f"no network {slug!r}")
    return found


@networks.command("create")
@click.argument("name")
@click.option("--host", help="host of the network's own pages")
def create_network(name: str, host: str | None) -> None:
    """Create a network; a lone venue is a network of one, without a host."""
    try:
        made = rules.create_network(name, host=host)
    except Refused as error:
        raise click.ClickException(error.text) from None
    db.session.commit()
    slug = db.session.scalar(select(Network.slug).where(Network.id == made))
    click.echo(f"network {slug} created")


@tenants.command("create")
@click.argument("network")
@click.argument("name")
@click.option("--host", required=True)
@click.option("--brand", default="#005a42", show_default=True, help="brand colour")
@click.option("--theme", default="etabli", type=click.Choice(themes.available()))
def create_tenant(network: str, name: str, host: str, brand: str, theme: str) -> None:
    """Create a venue operator in a network, open under its host."""
    try:
        colour = themes.Seeds(brand=brand).brand or brand
        rules.create_tenant(network_id(network), name, host=host, brand=colour, theme=theme)
    except (Refused, ValueError) as error:
        raise click.ClickException(str(error)) from None
    db.session.commit()
    click.echo(f"tenant {name} created, open at {host}")


def install(app: Flask) -> None:
    """Add the words to the command line."""
    app.cli.add_command(networks)
    app.cli.add_command(tenants)
