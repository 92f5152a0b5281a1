"""The network's agenda: public events of its open venues, each read in its venue's own scope."""

from __future__ import annotations

from dataclasses import dataclass

from flask import current_app

from app.core import tenancy
from app.core.db import db
from app.events import agenda, read
from app.events.feeds import Item
from app.events.read import Listed
from app.network.venues import of_network
from app.tenants.resolve import canonical_host

MOST = 200


@dataclass(frozen=True)
class Line:
    """A public event with its row, for a page or a feed of the network."""

    row: Listed
    item: Item


def lines() -> list[Line]:
    """What is not long over, cancelled ones included, by time."""
    venues = [
        (tenant.id, tenant.network_id, tenant.name)
        for tenant in of_network()
        if tenant.state == "live"
    ]
    found: list[Line] = []
    for tenant_id, network_id, name in venues:
        with tenancy.tenant(tenant_id, network_id):
            found += _of_venue(canonical_host(network_id, tenant_id), name)
    return sorted(found, key=lambda line: (line.item.event.starts_at, line.item.url))[-MOST:]


def _of_venue(host: str, name: str) -> list[Line]:
    """Rows leave their scope here: what pages need of them is read before."""
    settings = current_app.config["SETTINGS"]
    rows = agenda.for_feeds()
    sites = read.sites()
    made = [
        Line(
            row,
            Item(
                row.event,
                sites[row.event.site_id],
                row.spaces,
                name,
                settings.url_for_host(host, f"/agenda/{row.event.slug}"),
            ),
        )
        for row in rows
    ]
    for line in made:
        db.session.expunge(line.row.event)
    for site in sites.values():
        db.session.expunge(site)
    return made
