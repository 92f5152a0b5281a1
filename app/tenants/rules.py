"""Networks and venues come into being, each with the host that leads to it."""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import func, select

from app.core import audit, clock, tenancy
from app.core.db import db
from app.core.errors import Refused
from app.core.i18n import _
from app.core.words import free_slug
from app.tenants.models import Appearance, Domain, Network, Tenant

LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"


def spelled(raw: str) -> str:
    """A host as the routing table holds it; refuses what no browser could ask for."""
    host = raw.strip().lower()
    is_number = host.rpartition(".")[2].isdigit()  # an address, not a name
    if is_number or len(host) > 253 or not re.fullmatch(rf"{LABEL}(\.{LABEL})+", host):
        raise Refused(_("Ce nom d’hôte s’écrit comme lieu.exemple.fr."), field="host")
    return host


def host_name(raw: str) -> str:
    """A host that nobody has yet."""
    host = spelled(raw)
    if db.session.scalar(select(Domain.host).where(Domain.host == host)) is not None:
        raise Refused(_("Ce nom d’hôte est déjà pris."), field="host")
    return host


def create_network(name: str, *, host: str | None = None, **settings: Any) -> int:
    """A network, with a host of its own when it oversees several venues. Gives its id."""
    network_id: int = db.session.execute(
        select(func.nextval(func.pg_get_serial_sequence("network", "id")))
    ).scalar_one()
    with tenancy.network(network_id):
        word = free_slug(name, set(db.session.scalars(select(Network.slug))))
        db.session.add(Network(id=network_id, name=name, slug=word, settings=settings))
        db.session.flush()  # before the host that points to it
        if host:
            _lead(host_name(host), network_id, None)
        audit.note("network.created", f"network:{network_id}")
        db.session.flush()  # written while the network is entered
    return network_id


def create_tenant(
    network_id: int, name: str, *, host: str, brand: str, theme: str = "etabli", **more: Any
) -> int:
    """A venue operator that is open, with its host and a published look. Gives its id.

    Write it with no tenant entered: only then does the network see its venues.
    """
    with tenancy.network(network_id):
        others = select(Tenant.slug).where(Tenant.network_id == network_id)
        made = Tenant(
            network_id=network_id,
            name=name,
            slug=free_slug(name, set(db.session.scalars(others))),
            state="live",
            **{"legal": {}, "copy": {}, **more},
        )
        db.session.add(made)
        db.session.flush()  # id for its host
        _lead(host_name(host), network_id, made.id)
        tenant_id = made.id
        db.session.flush()  # written while the network is entered
    with tenancy.tenant(tenant_id, network_id):
        look = Appearance(version=1, theme=theme, brand=brand, texts={}, published_at=clock.now())
        db.session.add(look)
        audit.note("tenant.created", f"tenant:{tenant_id}")
        db.session.flush()  # written while the tenant is entered
    return tenant_id


def add_host(raw: str) -> Domain:
    """Another host of the entered venue, on the word of whoever runs the platform: no proof."""
    scope = tenancy.current()
    made = Domain(
        host=host_name(raw),
        network_id=scope.network_id,
        tenant_id=tenancy.tenant_id(),
        verified_at=clock.now(),
    )
    db.session.add(made)
    audit.note("domain.added", f"domain:{made.host}")
    return made


def _lead(host: str, network_id: int, tenant_id: int | None) -> None:
    """Let a proved host lead to a network or a venue, as its canonical one."""
    db.session.add(
        Domain(
            host=host,
            network_id=network_id,
            tenant_id=tenant_id,
            canonical=True,
            verified_at=clock.now(),
        )
    )
