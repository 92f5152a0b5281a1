"""The platform admin's words about people: owners, operators, suspensions."""

from __future__ import annotations

from contextlib import AbstractContextManager

import click
from flask import Flask
from flask.cli import AppGroup
from sqlalchemy import select

from app.accounts import rules, team
from app.accounts.mails import PATHS
from app.core import tenancy
from app.core.db import db
from app.core.errors import Refused
from app.tenants.models import Domain, Network
from app.tenants.resolve import public_url

owners = AppGroup("owner", help="Owners of venues.")
operators = AppGroup("operator", help="Operators of networks.")
accounts = AppGroup("account", help="Accounts of a network.")


def _venue(host: str) -> AbstractContextManager[tenancy.Scope]:
    """The scope that a host leads to."""
    found = db.session.scalars(select(Domain).where(Domain.host == host)).one_or_none()
    if found is None or found.tenant_id is None:
        raise click.ClickException(f"no venue at {host!r}")
    return tenancy.tenant(found.tenant_id, found.network_id)


def _network(slug: str) -> AbstractContextManager[tenancy.Scope]:
    found = db.session.scalar(select(Network.id).where(Network.slug == slug))
    if found is None:
        raise click.ClickException(f"no network {slug!r}")
    return tenancy.network(found)


@owners.command("invite")
@click.argument("host")
@click.argument("email")
@click.option("--show", is_flag=True, help="print the link instead of mailing it")
def invite(host: str, email: str, show: bool) -> None:  # a flag of the command
    """Invite the owner of the venue at HOST."""
    with _venue(host):
        try:
            link, secret = team.invite(email, "owner", by=None)
        except Refused as error:
            raise click.ClickException(error.text) from None
        if show:
            link.payload = {**link.payload, "mailed": True}
        url = public_url(PATHS["invite"] + secret)
        db.session.commit()
    click.echo(url if show else f"invitation for {email} on its way")


@operators.command("add")
@click.argument("network")
@click.argument("email")
@click.argument("name")
def add_operator(network: str, email: str, name: str) -> None:
    """Let somebody oversee a network; they sign in by a link on its own host."""
    with _network(network):
        try:
            team.appoint(email, name, by=None)
        except Refused as error:
            raise click.ClickException(error.text) from None
        db.session.commit()
    click.echo(f"{email} oversees {network}")


@accounts.command("suspend")
@click.argument("network")
@click.argument("email")
@click.option("--lift", is_flag=True, help="let the account in again")
def suspend(network: str, email: str, lift: bool) -> None:  # a flag of the command
    """Shut an account out of a whole network, at once."""
    with _network(network):
        found = rules.account_of(email.strip().lower())
        if found is None:
            raise click.ClickException(f"no account {email!r} in {network}")
        (rules.reinstate if lift else rules.suspend)(found.id, by=None)
        db.session.commit()
    click.echo(f"{email} {'reinstated' if lift else 'suspended'}")


def install(app: Flask) -> None:
    """Add the words to the command line."""
    for group in (owners, operators, accounts):
        app.cli.add_command(group)
