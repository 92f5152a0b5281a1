"""The one address that the gateway calls."""

from __future__ import annotations

import structlog
from flask import Blueprint, Response, abort, current_app, g, request

from app.core import tenancy
from app.payments import inbox, till
from app.payments.gateway import Envelope, Forged
from app.web.edge import act
from app.web.policy import ANYWHERE, needs
from app.web.security import csrf

pages = Blueprint("payments", __name__)
blueprints = (pages,)
log = structlog.get_logger("webhook")
LARGEST = 512 * 1024


@pages.post("/hooks/stripe")
@csrf.exempt  # type: ignore[untyped-decorator]  # the library ships no types
@needs(ANYWHERE)
def stripe_hook() -> Response:
    """Verify, store once, answer. On the platform's host for connected accounts, on a tenant's
    own host for its own keys."""
    if (request.content_length or 0) > LARGEST:
        abort(413)
    if g.get("tenant") is not None:
        return _receive(inbox.secrets_of_tenant())
    if not g.get("platform"):
        abort(404)
    envelope = _verified([current_app.config["SETTINGS"].stripe_webhook_secret])
    route = inbox.tenant_of_account(envelope.account or "")
    if route is None:
        return Response("ignored", 200)
    with tenancy.tenant(route.tenant_id, route.network_id):
        return _store(envelope)


def _receive(secrets: list[str]) -> Response:
    return _store(_verified(secrets))


def _verified(secrets: list[str]) -> Envelope:
    try:
        return till.gateway().verify_webhook(
            request.get_data(cache=False), request.headers.get("Stripe-Signature", ""), secrets
        )
    except Forged as error:
        log.warning("forged webhook", reason=str(error))
        abort(400)


def _store(envelope: Envelope) -> Response:
    if not inbox.belongs(envelope):
        log.warning("webhook of another account or mode", event=envelope.id)
        return Response("ignored", 200)
    new = act(lambda: inbox.keep(envelope))
    return Response("stored" if new else "known", 200)
