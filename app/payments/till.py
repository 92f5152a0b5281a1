"""Whose keys: the gateway of this process and the credentials of the entered tenant."""

from __future__ import annotations

import base64
import hashlib
from typing import cast

from cryptography.fernet import Fernet, InvalidToken
from flask import current_app
from sqlalchemy import select

from app.core.db import db
from app.core.errors import Refused
from app.core.i18n import _
from app.payments.gateway import Gateway, StripeCredentials
from app.payments.models import PaymentAccount
from app.payments.stripe import API_BASE, StripeGateway

CHECKOUT_PAGES = "https://checkout.stripe.com"
ACCOUNT_PAGES = "https://connect.stripe.com"


class NotConnected(Refused):
    """This venue cannot be paid online yet."""

    code = "not_connected"


def gateway() -> Gateway:
    """The gateway of this process; tests put their own under the same name."""
    found = current_app.extensions.get("gateway")
    if found is None:
        base = current_app.config["SETTINGS"].stripe_api_base or API_BASE
        found = current_app.extensions["gateway"] = StripeGateway(base)
    return cast("Gateway", found)


def asked() -> Gateway:
    """The gateway, about to be asked: what this transaction wrote is kept and its connection given
    back first, for an answer may take longer than all the others can wait for one.

    Whoever needs a row again after the answer reads it again, under its lock.
    """
    db.session.commit()  # no transaction stays open during the call
    return gateway()


def _box() -> Fernet:
    secret = current_app.config["SETTINGS"].secret_key
    digest = hashlib.blake2b(b"payment keys", key=secret.encode()[:64], digest_size=32).digest()
    return Fernet(base64.urlsafe_b64encode(digest))


def seal(secret: str) -> bytes:
    """Encrypt a tenant's secret for its row."""
    return _box().encrypt(secret.encode())


def unseal(sealed: bytes) -> str:
    """The secret again; refuses bytes that another key sealed."""
    try:
        return _box().decrypt(sealed).decode()
    except InvalidToken as error:
        raise NotConnected(_("Les clés de paiement de ce lieu sont illisibles.")) from error


def account() -> PaymentAccount | None:
    """How the entered tenant is paid, if it said so."""
    return db.session.scalars(select(PaymentAccount)).one_or_none()


def credentials() -> StripeCredentials:
    """The credentials of the entered tenant: its own keys, else the platform's for its account."""
    found = account()
    settings = current_app.config["SETTINGS"]
    if found is None or not found.ready:
        raise NotConnected(_("Ce lieu n’encaisse pas encore en ligne : payez sur place."))
    if found.own_key:
        secret = unseal(found.own_webhook_secret) if found.own_webhook_secret else ""
        return StripeCredentials(unseal(found.own_key), None, secret)
    if not found.stripe_account or not settings.stripe_platform_key:
        raise NotConnected(_("Ce lieu n’encaisse pas encore en ligne : payez sur place."))
    return StripeCredentials(
        settings.stripe_platform_key, found.stripe_account, settings.stripe_webhook_secret
    )


def page_origin() -> str:
    """Where the gateway's own pages are, for the content policy of the page that leads there."""
    base = current_app.config["SETTINGS"].stripe_api_base
    return base or CHECKOUT_PAGES


def papers_origin() -> str:
    """Where an account's papers are filled in, for the page that leads there."""
    base = current_app.config["SETTINGS"].stripe_api_base
    return base or ACCOUNT_PAGES


def methods() -> tuple[str, ...]:
    """What a payer may use online here; empty when nothing is connected."""
    found = account()
    if found is None or not found.ready:
        return ()
    return tuple(name for name in ("card", "sepa_debit") if getattr(found, name))
