"""Who asks: after the host has said which venue, before any view. Then the policy, then forgery."""

from __future__ import annotations

import datetime as dt

from flask import Flask, current_app, g, request
from flask import Response as Answer
from sqlalchemy import select
from werkzeug.wrappers import Response

from app.accounts import browser, metering, sessions, tokens
from app.accounts.models import SupportVisit
from app.accounts.permissions import OPERATOR, PERMISSIONS, SUPPORT_READ, SUPPORT_WRITE
from app.core import clock
from app.core.db import db
from app.core.i18n import LOCALES
from app.web import edge, policy
from app.web.actor import Actor
from app.web.security import csrf


def open_visit(account_id: int, tenant_id: int) -> SupportVisit | None:
    """The support visit of an operator to a venue, while it lasts."""
    return db.session.scalars(
        select(SupportVisit)
        .where(
            SupportVisit.tenant_id == tenant_id,
            SupportVisit.account_id == account_id,
            SupportVisit.left_at.is_(None),
            SupportVisit.ends_at > clock.now(),
        )
        .order_by(SupportVisit.id.desc())
        .limit(1)
    ).one_or_none()


def rights(seen: sessions.Seen, tenant_id: int | None) -> tuple[str, frozenset[str], int | None]:
    """Role, permissions and support visit of a person at a venue, or on the network's own host."""
    if tenant_id is None:
        if seen.network_role == "operator":
            return "operator", OPERATOR, None
        return "coworker", PERMISSIONS["coworker"], None
    if seen.role is None and seen.network_role == "operator":
        visit = open_visit(seen.account.id, tenant_id)
        if visit is not None:
            g.support_ends = visit.ends_at
            return "operator", SUPPORT_READ if visit.read_only else SUPPORT_WRITE, visit.id
    role = seen.role or "coworker"
    return role, PERMISSIONS[role], None


def _person() -> Actor:
    """The person whose session this browser holds; else a visitor."""
    seen = browser.seen()
    if seen is None:
        return Actor()
    role, may, visit = rights(seen, g.route.tenant_id)
    account = seen.account
    g.account_locale = account.locale
    g.login_session = seen.session.id
    found = Actor(account.id, account.name, account.email, role, may, support_visit=visit)
    if seen.session.seen_at < clock.now() - sessions.TOUCH:
        edge.act(lambda: sessions.touch(seen.session.id))
    return found


def _program() -> Actor:
    """The program whose bearer token this is. Under /api a browser's session counts for nothing,
    so that no page of another site can lend itself a visitor's rights."""
    kind, _space, secret = request.headers.get("Authorization", "").partition(" ")
    token = tokens.find_token(secret.strip()) if kind.lower() == "bearer" and secret else None
    if token is None:
        return Actor()
    found = Actor(name=token.name, role="api", may=frozenset(token.scopes), token_id=token.id)
    if token.last_used_at is None or token.last_used_at < clock.now() - tokens.TOUCH:
        edge.act(lambda: tokens.touch(found.token_id or 0))
    return found


def identify() -> None:
    """Put the actor of the request where the shell looks for it."""
    if "route" not in g or request.endpoint == "static":
        g.actor = Actor()
    else:
        g.actor = _program() if request.path.startswith("/api/") else _person()


def decide() -> Response | None:
    """Refuse what the actor may not do."""
    return policy.enforce(current_app)


def remember_language(answer: Answer) -> Answer:
    """A language that was chosen by a link of the page stays chosen."""
    if request.args.get("lang") in LOCALES and "route" in g:
        browser.keep(answer, "lang", request.args["lang"])
    return answer


def install(app: Flask) -> None:
    """Four questions in this order: who, how often, may they, and did they mean it."""
    app.config.update(
        PERMANENT_SESSION_LIFETIME=dt.timedelta(days=30), SESSION_REFRESH_EACH_REQUEST=False
    )
    browser.logins.init_app(app, add_context_processor=False)
    app.before_request(identify)
    app.before_request(metering.meter)
    app.before_request(decide)
    app.before_request(csrf.demand)
    app.after_request(remember_language)
