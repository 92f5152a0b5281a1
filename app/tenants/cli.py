"""The platform admin's words about networks and venues: `python -m app network create …`.

Commands run as the owner role, which row security spares.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import click
from sqlalchemy import func, literal, select
from sqlalchemy.dialects.postgresql import aggregate_order_by

from app import create_app
from app.config import BadSetting, load
from app.core import tenancy
from app.core.db import db
from app.core.errors import Refused
from app.tenants import domains, rules
from app.tenants.models import Domain, Network, Tenant
from app.web import themes


@contextmanager
def as_owner() -> Iterator[None]:
    """Do one command and commit it; a refusal becomes the command's error and undoes it.

    Needs OWNER_DATABASE_URL: only the platform's admin has it.
    """
    try:
        settings = load()
    except BadSetting as error:
        raise click.ClickException(str(error)) from None
    if not settings.owner_database_url:
        raise click.ClickException("OWNER_DATABASE_URL is not set: this needs the owner role")
    app = create_app(replace(settings, database_url=settings.owner_database_url))
    with app.app_context():
        try:
            yield
            db.session.commit()
        except (Refused, ValueError) as error:
            raise click.ClickException(str(error)) from None
        finally:
            db.session.rollback()
            db.engine.dispose()


def network_id(slug: str) -> int:
    """The network of a slug; the command ends when there is none."""
    found = db.session.scalar(select(Network.id).where(Network.slug == slug))
    if found is None:
        raise click.ClickException(f"no network {slug!r}")
    return int(found)


@contextmanager
def venue(host: str) -> Iterator[tenancy.Scope]:
    """Inside the venue that a host leads to."""
    found = db.session.scalars(select(Domain).where(Domain.host == host)).one_or_none()
    if found is None or found.tenant_id is None:
        raise click.ClickException(f"no venue at {host!r}")
    with tenancy.tenant(found.tenant_id, found.network_id) as scope:
        yield scope
        db.session.flush()  # written while the venue is entered


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


@tenant.command(name="list")
def list_tenants() -> None:
    """Every venue: its network, its state, its hosts, the main one first."""
    with as_owner():
        main_first = aggregate_order_by(literal(" "), Domain.canonical.desc(), Domain.host)
        hosts = func.string_agg(Domain.host, main_first)
        rows = db.session.execute(
            select(Network.slug, Tenant.name, Tenant.state, hosts)
            .join(Tenant, Tenant.network_id == Network.id)
            .join(Domain, Domain.tenant_id == Tenant.id)
            .where(Domain.verified_at.is_not(None))
            .group_by(Network.slug, Tenant.id)
            .order_by(Network.slug, Tenant.id)
        ).all()
    for slug, name, state, found in rows:
        click.echo(f"{slug}\t{name}\t{state}\t{found}")


@tenant.command(name="host")
@click.argument("host")
@click.argument("another")
@click.option("--main", is_flag=True, help="mails and links name it from now on")
def add_host(host: str, another: str, *, main: bool) -> None:
    """Let ANOTHER host lead to the venue at HOST, too."""
    with as_owner(), venue(host):
        name = rules.add_host(another).host
        db.session.flush()  # a host that can be chosen
        if main:
            domains.make_canonical(name, None)
    click.echo(f"{name} leads to the venue at {host}")


commands = (network, tenant)
