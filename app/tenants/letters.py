"""Mails in the looks of the entered tenant (or network), in the language of who reads them."""

from __future__ import annotations

from typing import Any

from flask import g
from flask_babel import force_locale
from sqlalchemy import select

from app.core import mail, tenancy
from app.core.db import db
from app.tenants import brand
from app.tenants.models import Network, Tenant
from app.tenants.resolve import public_url
from app.web import render, themes

LOGO = "/icone-192.png"
"""Mail readers show no SVG: the icon of a phone's home screen stands for the logo."""


def _dress() -> tuple[str, str | None]:
    """Put the brand on, as a request does; give the sender's name and the reply address."""
    scope = tenancy.current()
    if scope.tenant_id is not None:
        tenant = db.session.scalars(select(Tenant).where(Tenant.id == scope.tenant_id)).one()
        brand.dress(tenant)
        return tenant.sender, tenant.reply_to
    network = db.session.scalars(select(Network).where(Network.id == scope.network_id)).one()
    brand.dress_network(network)
    return network.name, None


def written(name: str, *, locale: str, subject: str, reason: str, **context: Any) -> str:
    """One form of a letter in the looks that are worn, without posting it."""
    theme = themes.load(g.brand.theme)
    shape = themes.shape(theme, g.brand.seeds)
    with force_locale(locale):
        return render.text(
            name,
            **context,
            brand=g.brand,
            colours=themes.colours(theme, g.brand.seeds, "light"),
            corner=shape["button_radius"],
            logo_src=public_url(LOGO),
            heading=subject,
            lang=locale,
            reason=reason,
        )


def post(
    template: str,
    *,
    entity: str,
    recipient: str,
    locale: str,
    subject: str,
    reason: str,
    version: int = 1,
    attachments: list[dict[str, str]] | None = None,
    **context: Any,
) -> bool:
    """Render `<template>.html` and `<template>.txt`, which extend `mail/base.*`, and post them.

    `subject` and `reason` come translated; False when this very mail was posted before. Runs in a
    job or in a request, inside a scope.
    """
    sender, reply_to = _dress()
    context |= {"locale": locale, "subject": subject, "reason": reason}
    text, html = (written(f"{template}.{kind}", **context) for kind in ("txt", "html"))
    letter = mail.Letter(
        template=template,
        entity=entity,
        recipient=recipient,
        subject=subject,
        text=text,
        html=html,
        sender_name=sender,
        reply_to=reply_to,
        version=version,
        attachments=attachments or [],
    )
    return mail.post(letter)
