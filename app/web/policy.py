"""Every route says what it asks of whoever calls it; one that does not say stops the boot."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, abort, redirect, request, url_for
from werkzeug.wrappers import Response

from app.core.errors import NotAllowed
from app.core.i18n import _
from app.web.actor import actor

View = TypeVar("View", bound=Callable[..., Any])

# Asked of nobody: reachable without a tenant, and reachable by any visitor of a tenant.
ANYWHERE = "anywhere"
PUBLIC = "public"


def needs(permission: str) -> Callable[[View], View]:
    """Declare what a view asks: ANYWHERE, PUBLIC, or a name of the permission table."""

    def mark(view: View) -> View:
        view.__dict__["needs"] = permission
        return view

    return mark


def declared(app: Flask, endpoint: str) -> str | None:
    """What the view behind an endpoint asks, or None when it never said."""
    return getattr(app.view_functions[endpoint], "needs", None)


def check(app: Flask) -> None:
    """Refuse to boot with a route that nobody thought about."""
    silent = [
        rule.endpoint for rule in app.url_map.iter_rules() if declared(app, rule.endpoint) is None
    ]
    if silent:
        raise RuntimeError(f"routes without a declared policy: {', '.join(sorted(silent))}")


def enforce(app: Flask) -> Response | None:
    """Deny by default. A visitor is asked to sign in; a known person gets the same 404 as for a
    page that is not there."""
    if request.endpoint is None:
        return None
    permission = declared(app, request.endpoint)
    if permission in (ANYWHERE, PUBLIC) or actor().can(permission or ""):
        return None
    if request.path.startswith("/api/"):
        if actor().token_id is None:
            abort(401)
        raise NotAllowed(_("Ce jeton ne permet pas cette opération."))
    if actor().is_signed_in:
        abort(404)
    if request.method in ("GET", "HEAD"):
        return redirect(url_for("accounts.sign_in", next=request.full_path.rstrip("?")))
    return abort(401)
