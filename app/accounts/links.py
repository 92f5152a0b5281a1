"""Single-use links by e-mail: 160 bits, ten minutes, for the browser that asked."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import delete, select, update

from app.accounts.models import LoginLink
from app.accounts.sessions import digest
from app.core import clock, tenancy
from app.core.db import db
from app.core.errors import Gone
from app.core.i18n import _
from app.core.words import token as fresh_token

SHORT = dt.timedelta(minutes=10)
RELAY = dt.timedelta(minutes=1)
INVITATION = dt.timedelta(days=7)
KEEP = dt.timedelta(days=1)
LIFE = {"signin": SHORT, "verify": SHORT, "reset": SHORT, "relay": RELAY, "invite": INVITATION}
# Somebody else asked for these: an inviter, an operator on another host.
ANY_BROWSER = frozenset({"invite", "relay"})


class DeadLink(Gone):
    """The link was used, is too old, or was asked for in another browser or at another venue."""

    code = "dead_link"

    def __init__(self) -> None:
        super().__init__(
            _(
                "Ce lien ne sert plus : il ne vaut qu’une fois, dix minutes, et dans le navigateur"
                " qui l’a demandé. Demandez-en un autre."
            )
        )


def issue(
    purpose: str,
    email: str,
    *,
    account_id: int | None = None,
    browser: str | None = None,
    tenant_id: int | None = None,
    **payload: Any,
) -> tuple[LoginLink, str]:
    """Write a link and give its secret, of which only a hash is stored.

    `browser` is the secret of the browser that asked; without it only an invitation or a relay
    can be issued.
    """
    if browser is None and purpose not in ANY_BROWSER:
        raise ValueError(f"a {purpose} link belongs to the browser that asked")
    secret = fresh_token()
    link = LoginLink(
        tenant_id=tenant_id or tenancy.current().tenant_id,
        account_id=account_id,
        email=email,
        purpose=purpose,
        token_hash=digest(secret),
        browser_hash=digest(browser) if browser else None,
        payload=payload,
        expires_at=clock.now() + LIFE[purpose],
    )
    db.session.add(link)
    db.session.flush()  # id names the mail
    return link, secret


def renew(link: LoginLink) -> str:
    """Give a waiting link a new secret and its whole life; the former secret is worthless."""
    secret = fresh_token()
    link.token_hash = digest(secret)
    link.expires_at = clock.now() + LIFE[link.purpose]
    return secret


def _holding(purposes: tuple[str, ...], secret: str, browser: str | None) -> tuple[Any, ...]:
    """What makes a link good, here and now, for this browser and for no other."""
    tenant_id = tenancy.current().tenant_id
    here = LoginLink.tenant_id.is_(None) if tenant_id is None else LoginLink.tenant_id == tenant_id
    mine = LoginLink.browser_hash == digest(browser or "")
    return (
        LoginLink.token_hash == digest(secret),
        LoginLink.purpose.in_(purposes),
        LoginLink.used_at.is_(None),
        LoginLink.expires_at > clock.now(),
        here,
        LoginLink.purpose.in_(ANY_BROWSER) | mine,
    )


def peek(*purposes: str, secret: str, browser: str | None = None) -> LoginLink:
    """The link, unspent: opening a page must not use it up (mail scanners open pages too)."""
    found = db.session.scalars(
        select(LoginLink).where(*_holding(purposes, secret, browser))
    ).one_or_none()
    if found is None:
        raise DeadLink
    return found


def spend(*purposes: str, secret: str, browser: str | None = None) -> LoginLink:
    """Use the link up, in one statement, so that of two that race one is refused."""
    found = db.session.scalars(
        update(LoginLink)
        .where(*_holding(purposes, secret, browser))
        .values(used_at=clock.now())
        .returning(LoginLink)
        .execution_options(synchronize_session=False, populate_existing=True)
    ).one_or_none()
    if found is None:
        raise DeadLink
    return found


def void(email: str, *purposes: str) -> None:
    """Make the unused links of an address worthless."""
    db.session.execute(
        update(LoginLink)
        .where(LoginLink.email == email, LoginLink.purpose.in_(purposes))
        .where(LoginLink.used_at.is_(None), LoginLink.tenant_id == tenancy.current().tenant_id)
        .values(used_at=clock.now())
    )


def sweep() -> None:
    """Forget links that ended a day ago, and the sealed passwords some carry."""
    db.session.execute(delete(LoginLink).where(LoginLink.expires_at < clock.now() - KEEP))
