"""Host → tenant, once per request: the scope, the brand and the theme all follow from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Flask, abort, current_app, g, redirect, request
from sqlalchemy import bindparam, select
from werkzeug.wrappers import Response

from app.core import tenancy
from app.core.db import db, send
from app.tenants import brand
from app.tenants.models import Domain, Network, Tenant
from app.web import policy
from app.web.render import error_page


@dataclass(frozen=True)
class Route:
    """Where a host leads. `tenant_id` is empty for a network's own host."""

    host: str
    network_id: int
    tenant_id: int | None
    canonical: bool


def asked_host() -> str:
    """The host of the request without port, folded; empty when it is not a plain name."""
    raw = str(request.environ.get("HTTP_HOST", ""))
    if any(c in raw for c in ",/@\\ \t\r\n") or raw.count(":") > 1:
        return ""
    name, _, port = raw.partition(":")
    if port and not port.isdigit():
        return ""
    return name.lower()


OF_HOST = select(Domain.host, Domain.network_id, Domain.tenant_id, Domain.canonical).where(
    Domain.host == bindparam("host"), Domain.verified_at.is_not(None)
)


def route_of(host: str) -> Route | None:
    """Look a host up in the routing table, as written there; unproved hosts lead nowhere."""
    if not host:
        return None
    found = send(OF_HOST, {"host": host}).one_or_none()
    return Route(*found) if found else None


def canonical_host(network_id: int, tenant_id: int | None) -> str:
    """The stored host that mails and redirects name, never the one a request claims."""
    return db.session.scalars(
        select(Domain.host).where(
            Domain.network_id == network_id,
            Domain.tenant_id.is_(None) if tenant_id is None else Domain.tenant_id == tenant_id,
            Domain.canonical,
        )
    ).one()


def public_url(path: str = "/", *, tenant_id: int | None = None) -> str:
    """An absolute address on the canonical host of the current tenant (or network)."""
    scope = tenancy.current()
    if scope.network_id is None:
        raise LookupError("no tenant is entered")
    host = canonical_host(scope.network_id, tenant_id or scope.tenant_id)
    return str(current_app.config["SETTINGS"].url_for_host(host, path))


def _to_canonical() -> Response | None:
    """A page under another of the venue's hosts: the same page where mails and sessions are.

    What a form or a program sends stays where it was sent. Never cached (app/web/security.py): the
    venue may choose another host tomorrow.
    """
    asks = request.method in ("GET", "HEAD") and not request.path.startswith("/api/")
    if g.route.canonical or not asks or request.endpoint is None:
        return None
    if policy.declared(current_app, request.endpoint) == policy.ANYWHERE:
        return None
    return redirect(public_url(request.full_path.rstrip("?")), 301)


def enter() -> Response | None:
    """Enter the scope of the asked host for the rest of the request, or answer a bare 404."""
    settings = current_app.config["SETTINGS"]
    host = asked_host()
    g.platform = bool(settings.platform_host) and host == settings.platform_host
    route = route_of(host)
    if route is None:
        g.scope = _hold(tenancy.nowhere())
        needed = policy.declared(current_app, request.endpoint) if request.endpoint else None
        return None if needed == policy.ANYWHERE else error_page(404, None)
    g.route = route
    if route.tenant_id is None:
        g.scope = _hold(tenancy.network(route.network_id))
        g.network = db.session.get_one(Network, route.network_id)
        brand.dress_network(g.network)
        return _to_canonical()
    g.scope = _hold(tenancy.tenant(route.tenant_id, route.network_id))
    g.tenant = db.session.get_one(Tenant, route.tenant_id)
    if g.tenant.state == "closed":
        return error_page(404, None)
    brand.dress(g.tenant)
    g.tenant_locale = g.tenant.locale
    return _to_canonical()


def _hold(entered: Any) -> Any:
    entered.__enter__()
    return entered


def leave(_error: BaseException | None) -> None:
    """Forget the scope whatever happened, so that the next request starts nowhere."""
    scope = g.pop("scope", None)
    if scope is not None:
        db.session.remove()
        scope.__exit__(None, None, None)


def of_tenant() -> Tenant:
    """The tenant of this request; 404 on a network's own host."""
    found: Tenant | None = g.get("tenant")
    if found is None:
        abort(404)
    return found


def install(app: Flask) -> None:
    """First of all: who is asked for."""
    app.before_request(enter)
    app.teardown_request(leave)
