"""The platform admin's words about networks and venues: `python -m app network create …`."""

from __future__ import annotations

import click
from sqlalchemy import select

from app.core.db import db
from app.tenants import rules
from app.tenants.models import Network
from app.tenants.office import as_owner, network_id
from app.web import themes


@click.group()
def network() -> None:
    """Networks of venues."""


@click.group()
def tenant() -> None:
    """Venue operators."""


@network.command(name="create")
@click.argument("name")
@click.option("--host", help="host of the network's own pages")
def create_network(name: str, host: str | None) -> None:
    """Create a network; a lone venue is a network of one, without a host."""
    with as_owner():
        made = rules.create_network(name, host=host)
        slug = db.session.scalar(select(Network.slug).where(Network.id == made))
    click.echo(f"network {slug} created")


@tenant.command(name="create")
@click.argument("network")
@click.argument("name")
@click.option("--host", required=True)
@click.option("--brand", default="#005a42", show_default=True, help="brand colour")
@click.option("--theme", default="etabli", type=click.Choice(themes.available()))
def create_tenant(network: str, name: str, host: str, brand: str, theme: str) -> None:
    """Create a venue operator in a network, open under its host."""
    with as_owner():
        colour = themes.Seeds(brand=brand).brand or brand
        rules.create_tenant(network_id(network), name, host=host, brand=colour, theme=theme)
    click.echo(f"tenant {name} created, open at {host}")


commands = (network, tenant)
