"""The network's public list: each venue with its next free time and what it costs."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from app.booking import search
from app.core import clock, tenancy
from app.core.slots import local_day
from app.network.venues import of_network
from app.rates import grid
from app.spaces.models import Space
from app.tenants import brand
from app.tenants.models import Tenant
from app.tenants.resolve import canonical_host

KEPT = dt.timedelta(minutes=1)
_kept: dict[int, tuple[dt.datetime, list[Place]]] = {}


@dataclass(frozen=True)
class Place:
    """A venue as a visitor of the network meets it."""

    name: str
    mark: brand.Mark
    town: str
    street: str
    host: str
    spaces: int
    space: str | None = None
    kind: str | None = None
    starts_at: dt.datetime | None = None
    today: bool = False
    minutes: int = 0
    cents: int | None = None
    path: str = "/"


def listed(network_id: int, now: dt.datetime | None = None) -> list[Place]:
    """Open venues, those with the soonest free time first; looked up at most once a minute."""
    now = now or clock.now()
    kept = _kept.get(network_id)
    if kept and kept[0] > now - KEPT:
        return kept[1]
    found = [_place(tenant, now) for tenant in of_network() if tenant.state == "live"]
    far = dt.datetime.max.replace(tzinfo=dt.UTC)
    found.sort(key=lambda p: (p.starts_at or far, p.name))
    _kept[network_id] = (now, found)
    return found


def forget() -> None:
    """Look again at the next request."""
    _kept.clear()


def _place(tenant: Tenant, now: dt.datetime) -> Place:
    """One venue, inside its own scope, with the same few queries whatever its size."""
    name, network_id, tenant_id = tenant.name, tenant.network_id, tenant.id
    with tenancy.tenant(tenant_id, network_id):
        host = canonical_host(network_id, tenant_id)
        spaces = search.offered(("public",))
        mark = brand.mark(name, brand.published(tenant_id))
        if not spaces:
            return Place(name, mark, "", "", host, 0)
        site = spaces[0].site
        found = Place(name, mark, site.city, site.street, host, len(spaces))
        return _next(found, spaces, now)


def _next(found: Place, spaces: list[Space], now: dt.datetime) -> Place:
    wish = search.read({}, spaces)
    prices = grid.build(wish.need(None, "public", 100), now)
    free = sorted(where for where, cell in prices.cells.items() if cell.state == "free")
    if not free:
        return found
    day, start = free[0]
    cell = prices.cell(day, start)
    space = prices.spaces[cell.space_id or 0]
    zone = space.site.zone
    return Place(
        found.name,
        found.mark,
        found.town,
        found.street,
        found.host,
        found.spaces,
        space.name,
        search.kind_name(wish.kind),
        (cell.starts_at or now).astimezone(zone),
        day == local_day(now, zone),
        wish.minutes,
        cell.price_cents,
        wish.url(day=day, start=start),
    )
