"""The platform admin's desk: the application as the owner role, which row security spares."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import click
from sqlalchemy import select

from app import create_app
from app.config import BadSetting, load
from app.core import tenancy
from app.core.db import db
from app.core.errors import Refused
from app.tenants.models import Domain, Network


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
