"""`import`: a file into a venue, the same code as the page's."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from app import create_app
from app.core import locks, tenancy
from app.core.db import db
from app.core.errors import Refused
from app.core.words import slug
from app.rates.jobs import solve_space
from app.spaces.models import KINDS, Site
from app.tenants.models import Domain
from app.transfer import bookings, spaces
from app.transfer.sheet import Sheet, Unreadable


def enter(host: str) -> Any:
    """The scope of the venue behind a host."""
    found = db.session.get(Domain, host)
    if found is None or found.tenant_id is None:
        raise click.ClickException(f"no venue answers to {host}")
    db.session.rollback()
    return tenancy.tenant(found.tenant_id, found.network_id)


@contextmanager
def all_or_nothing() -> Iterator[None]:
    """What the database itself refuses ends in a sentence, and in nothing written."""
    try:
        yield
    except DBAPIError as error:
        db.session.rollback()
        why = str(error.orig).strip().partition("\n")[0]
        raise click.ClickException(
            f"nothing was imported: the database refused it ({why})"
        ) from None


@click.group(name="import")
def imports() -> None:
    """Bring spaces and past bookings in; a fault is named and nothing is applied."""


@imports.command(name="bookings")
@click.option("--venue", required=True, help="a host name of the venue")
@click.option("--format", "name", default="bookings", help="bookings, half_hours or hotel")
@click.option("--create", type=click.Choice(KINDS), help="make spaces that the file names")
@click.option("--base", default=1800, help="base rate of made spaces, cents per hour")
@click.option("--units", default=1, help="units of made spaces")
@click.option("--solve", "solving", is_flag=True, help="then solve the coming prices")
@click.option("--dry", is_flag=True, help="read and report only")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def past_bookings(
    venue: str,
    name: str,
    create: str | None,
    base: int,
    units: int,
    *,
    solving: bool,
    dry: bool,
    file: Path,
) -> None:
    """Import past bookings from FILE (CSV, gzip or plain)."""
    with create_app().app_context(), enter(venue), all_or_nothing():
        locks.patience(locks.THINKING)
        site = db.session.scalars(select(Site).order_by(Site.position, Site.id)).first()
        if site is None:
            raise click.ClickException("this venue has no site yet")
        sheet, found = _read(file, name, site)
        if create:
            make_missing(site, {p.space for p in found}, create, base, units)
        written = _apply(sheet, found, dry=dry)
        if dry:
            db.session.rollback()
        else:
            db.session.commit()
        click.echo(f"{written} bookings {'would be ' if dry else ''}imported")
        if solving and not dry:
            for space in {s.id for s in bookings.by_name().values()}:
                solve_space(space)
            db.session.commit()
            click.echo("coming prices solved")


def _read(file: Path, name: str, site: Site) -> tuple[Sheet, list[Any]]:
    try:
        by = bookings.profile(name)
        return bookings.read(file.name, file.read_bytes(), by, site.zone)
    except Refused as error:
        raise click.ClickException(f"{file.name}: {error.text}") from None


def _apply(sheet: Sheet, found: list[Any], *, dry: bool) -> int:
    try:
        return bookings.apply(
            sheet,
            found,
            bookings.by_name(),
            lambda n: click.echo(f"  {n} of {len(found)}"),
            dry=dry,
        )
    except Unreadable as error:
        db.session.rollback()
        for fault in error.faults:
            click.echo(str(fault), err=True)
        sys.exit(1)


def make_missing(site: Site, names: set[str], kind: str, base: int, units: int) -> None:
    """Make the spaces that a file names and the venue does not have."""
    known = bookings.by_name()
    for name in sorted(n for n in names if n not in known and slug(n) not in known):
        spaces.make(
            site,
            {
                "name": name,
                "kind": kind,
                "capacity": 6 if units == 1 else 1,
                "units": units,
                "base": base,
                "step": "30",
                "min": 30,
                "max": 600,
                "buffer": 0,
                "equipment": "",
            },
        )


commands = (imports,)
