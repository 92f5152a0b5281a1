"""The platform admin's words about people: owners, operators, suspensions."""

from __future__ import annotations

import click

from app.accounts import rules, team
from app.accounts.mails import PATHS
from app.core import tenancy
from app.core.db import db
from app.tenants.cli import as_owner, network_id, venue
from app.tenants.resolve import public_url


@click.group()
def owner() -> None:
    """Owners of venues."""


@click.group()
def operator() -> None:
    """Operators of networks."""


@click.group()
def account() -> None:
    """Accounts of a network."""


@owner.command(name="invite")
@click.argument("host")
@click.argument("email")
@click.option("--show", is_flag=True, help="print the link instead of mailing it")
def invite(host: str, email: str, *, show: bool) -> None:
    """Invite the owner of the venue at HOST."""
    with as_owner(), venue(host):
        link, secret = team.invite(email, "owner", by=None)
        if show:
            link.payload = {**link.payload, "mailed": True}
        url = public_url(PATHS["invite"] + secret)
    click.echo(url if show else f"invitation for {email} on its way")


@operator.command(name="add")
@click.argument("network")
@click.argument("email")
@click.argument("name")
def add_operator(network: str, email: str, name: str) -> None:
    """Let somebody oversee a network; they sign in by a link on its own host."""
    with as_owner(), tenancy.network(network_id(network)):
        team.appoint(email, name, by=None)
        db.session.flush()  # written while the network is entered
    click.echo(f"{email} oversees {network}")


@account.command(name="suspend")
@click.argument("network")
@click.argument("email")
@click.option("--lift", is_flag=True, help="let the account in again")
def suspend(network: str, email: str, *, lift: bool) -> None:
    """Shut an account out of a whole network, at once."""
    with as_owner(), tenancy.network(network_id(network)):
        found = rules.account_of(email.strip().lower())
        if found is None:
            raise click.ClickException(f"no account {email!r} in {network}")
        (rules.reinstate if lift else rules.suspend)(found.id, by=None)
        db.session.flush()  # written while the network is entered
    click.echo(f"{email} {'reinstated' if lift else 'suspended'}")


commands = (owner, operator, account)
