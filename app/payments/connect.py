"""How a venue gets paid online: an account of its own under the platform, or its own keys.

Calls to the gateway stand between two commits; no transaction stays open meanwhile.
"""

from __future__ import annotations

import re

from flask import current_app

from app.core import tenancy
from app.core.db import db
from app.core.errors import Refused
from app.core.i18n import _
from app.payments import gateway as gw
from app.payments import till
from app.payments.gateway import StripeCredentials
from app.payments.models import PaymentAccount, PaymentRoute


def _platform() -> StripeCredentials:
    settings = current_app.config["SETTINGS"]
    if not settings.stripe_platform_key:
        raise Refused(_("La plateforme n’a pas de compte de paiement : utilisez vos propres clés."))
    return StripeCredentials(settings.stripe_platform_key, None, settings.stripe_webhook_secret)


def _said(error: gw.GatewayError) -> Refused:
    if isinstance(error, gw.Refused):
        return Refused(_("Le service de paiement refuse : %(why)s", why=str(error)[:200]))
    return Refused(_("Le service de paiement ne répond pas. Réessayez dans un instant."))


def create(name: str, email: str) -> str:
    """Ask for an account of this venue, once; its id. Refuses when keys of its own are in use."""
    found = till.account()
    if found is not None and found.own_key:
        raise Refused(_("Retirez d’abord vos propres clés."))
    if found is not None and found.stripe_account:
        return found.stripe_account
    platform, tenant_id = _platform(), tenancy.tenant_id()
    try:
        made = till.asked().create_account(
            platform, key=f"account:{tenant_id}", business_name=name, email=email
        )
    except gw.GatewayError as error:
        raise _said(error) from error
    return made.id


def keep(account_id: str) -> None:
    """Write the account down with the way that leads its news here."""
    found = till.account()
    if found is None:
        found = PaymentAccount()
        db.session.add(found)
    if found.stripe_account == account_id:
        return
    found.stripe_account, found.ready = account_id, False
    scope = tenancy.current()
    db.session.add(
        PaymentRoute(
            stripe_account=account_id,
            tenant_id=tenancy.tenant_id(),
            network_id=scope.network_id or 0,
        )
    )


def papers(account_id: str, return_url: str, refresh_url: str) -> str:
    """The address where the venue hands in its papers; good for one visit."""
    platform = _platform()
    try:
        link = till.asked().onboarding_link(
            platform, account_id, return_url=return_url, refresh_url=refresh_url
        )
    except gw.GatewayError as error:
        raise _said(error) from error
    return link.url


def state(account_id: str) -> gw.MerchantAccount:
    """The account as the gateway sees it now."""
    platform = _platform()
    mine = StripeCredentials(platform.api_key, account_id, platform.webhook_secret)
    try:
        return till.asked().fetch_account(mine)
    except gw.GatewayError as error:
        raise _said(error) from error


def note_state(said: gw.MerchantAccount) -> bool:
    """Ready to be paid, or not yet."""
    found = till.account()
    if found is None:
        raise Refused(_("Aucun compte n’est relié."))
    found.ready = said.can_be_paid
    return found.ready


def check_keys(secret: str, webhook: str) -> None:
    """Ask the gateway whose key this is; refuses one that opens nothing."""
    if not re.fullmatch(r"(sk|rk)_(test|live)_\w{8,200}", secret):
        raise Refused(_("Une clé secrète commence par sk_ ou rk_."), field="cle")
    if webhook and not re.fullmatch(r"whsec_\S{8,200}", webhook):
        raise Refused(_("Un secret de webhook commence par whsec_."), field="webhook")
    try:
        till.asked().fetch_account(StripeCredentials(secret, None, webhook))
    except gw.GatewayError as error:
        raise _said(error) from error


def keep_keys(secret: str, webhook: str) -> None:
    """Encrypt and keep the venue's own keys; nobody is shown them again."""
    found = till.account()
    if found is None:
        found = PaymentAccount()
        db.session.add(found)
    found.own_key = till.seal(secret)
    found.own_webhook_secret = till.seal(webhook) if webhook else None
    found.ready = True


def drop_keys() -> None:
    """Forget the venue's own keys. Payments in flight can be asked about no more."""
    found = till.account()
    if found is not None:
        found.own_key = found.own_webhook_secret = None
        found.ready = False


def choose(*, card: bool, sepa_debit: bool) -> None:
    """Means that payers are offered."""
    found = till.account()
    if found is None:
        raise Refused(_("Aucun compte n’est relié."))
    found.card, found.sepa_debit = card, sepa_debit
