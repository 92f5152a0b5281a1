"""The platform admin's word for a request that came by post: forget an account."""

from __future__ import annotations

import click

from app.accounts import rules as accounts
from app.core import tenancy
from app.core.db import db
from app.members import erased, erasing
from app.tenants.cli import as_owner, network_id


@click.group()
def erasure() -> None:
    """People who asked to be forgotten."""


@erasure.command(name="ask")
@click.argument("network")
@click.argument("email")
@click.option("--now", is_flag=True, help="without the seven days: it cannot be undone")
def ask(network: str, email: str, *, now: bool) -> None:
    """Forget the account of EMAIL in a whole NETWORK, seven days from now.

    Refuses while something is to come or to pay, and lists it.
    """
    with as_owner(), tenancy.network(network_id(network)):
        found = accounts.account_of(email.strip().lower())
        if found is None:
            raise click.ClickException(f"no account {email!r} in {network}")
        account_id = found.id
        try:
            one = erasing.confirm(erasing.ask("command", account_id=account_id)[0])
            if now:
                erased.carry_out(one.id, at_once=True)
        except erasing.StillNeeded as error:
            raise click.ClickException("\n".join(each.text for each in error.found)) from None
        due = f"will be erased after {one.due_at:%Y-%m-%d}"
        db.session.flush()  # written while the network is entered
    click.echo(f"account {account_id} {'erased' if now else due}")


commands = (erasure,)
