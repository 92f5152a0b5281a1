"""Who looks, as far as a price may know: the public tariff, and a word that lasts one day."""

from __future__ import annotations

import secrets

from flask import Flask, Response, current_app, g, request

from app.booking.cancel import policy_of
from app.booking.offers import Visitor
from app.core import clock
from app.members.rules import person
from app.rates import demand
from app.tenants.resolve import of_tenant
from app.web.actor import actor

COOKIE = "day"
LIFE = 24 * 3600
PREFERRED = ("member", "on_account")


def session_word() -> str:
    """The visitor's word of the day; a fresh secret goes into a cookie that a day ends."""
    given = request.cookies.get(COOKIE, "")
    if not 16 <= len(given) <= 64:
        given = g.setdefault("day_secret", secrets.token_urlsafe(18))
    secret = str(current_app.config["SECRET_KEY"])
    return demand.session_word(secret, given, clock.now().date())


def visitor() -> Visitor:
    """As whom prices are asked: members have their public tariff, nobody has a personal one."""
    tenant = of_tenant()
    found = person(actor().person_id or 0) if actor().person_id else None
    member = found is not None and found.standing in PREFERRED
    return Visitor(
        session_word(),
        policy_of(tenant),
        "members" if member else "public",
        tenant.member_percent if member else 100,
    )


def audiences(who: Visitor) -> tuple[str, ...]:
    """Spaces this visitor may see."""
    return ("public", "members") if who.audience == "members" else ("public",)


def _keep(answer: Response) -> Response:
    if secret := g.pop("day_secret", None):
        secure = current_app.config["SETTINGS"].secure_cookies
        answer.set_cookie(
            COOKIE, secret, max_age=LIFE, secure=secure, httponly=True, samesite="Lax"
        )
    return answer


def install(app: Flask) -> None:
    """Keep the secret of the day in the browser."""
    app.after_request(_keep)
