"""Headers, cookies and tokens that keep a page what it is."""

from __future__ import annotations

import secrets
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, g, request
from flask_wtf.csrf import CSRFError, CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from app.core.errors import NotAllowed
from app.core.i18n import _
from app.web.actor import actor


class Forged(NotAllowed):
    """An unsafe request that this site's own pages did not make."""

    code = "forged"

    def __init__(self) -> None:
        super().__init__(
            _("Cette page est restée ouverte trop longtemps : rechargez-la, puis recommencez.")
        )


class Origin(CSRFProtect):  # type: ignore[misc]  # the library ships no types
    """Token and origin of unsafe requests, asked once the actor is known (app.accounts.resolve),
    so that a refusal is told in the brand."""

    def demand(self) -> None:
        """Refuse with 403 a request without our token or sent by another site's page.

        A bearer token is no ambient right and needs none; webhooks are marked `csrf.exempt`.
        """
        if request.method not in current_app.config["WTF_CSRF_METHODS"] or not request.endpoint:
            return
        if actor().token_id is not None or self._is_exempt():
            return
        sender = request.headers.get("Origin")
        elsewhere = sender is not None and urlsplit(sender).netloc != request.host
        if elsewhere or request.headers.get("Sec-Fetch-Site") in ("cross-site", "same-site"):
            raise Forged
        try:
            self.protect()
        except CSRFError:
            raise Forged from None


csrf = Origin()


def nonce() -> str:
    """The word that allows this page's own style and script blocks."""
    if "nonce" not in g:
        g.nonce = secrets.token_urlsafe(16)
    return str(g.nonce)


def _policy() -> str:
    word = f"'nonce-{nonce()}'"
    return (
        f"default-src 'none'; img-src 'self' data: blob: {' '.join(g.get('image_hosts', ()))};"
        " font-src 'self'; connect-src 'self';"
        f" style-src 'self' {word}; script-src 'self' {word}; manifest-src 'self';"
        " worker-src 'self'; frame-src 'self'; base-uri 'none';"
        f" form-action 'self' {' '.join(g.get('form_targets', ()))};"
        f" frame-ancestors {g.get('frame_ancestors', chr(39) + 'none' + chr(39))}"
    )


def install(app: Flask) -> None:
    """Strict by default; a view widens what it needs through `g`."""
    settings = app.config["SETTINGS"]
    app.config.update(WTF_CSRF_CHECK_DEFAULT=False, WTF_CSRF_SSL_STRICT=False)
    csrf.init_app(app)
    app.config.update(
        SESSION_COOKIE_NAME="__Host-visit" if settings.secure_cookies else "visit",
        SESSION_COOKIE_SECURE=settings.secure_cookies,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
    )
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops)  # type: ignore[method-assign]
    app.jinja_env.globals["nonce"] = nonce

    @app.after_request
    def _headers(response: Response) -> Response:
        response.headers.setdefault("Content-Security-Policy", _policy())
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        response.headers.setdefault("Referrer-Policy", "same-origin")
        response.headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        response.headers.setdefault("Permissions-Policy", "geolocation=(), microphone=()")
        if settings.secure_cookies:
            response.headers["Strict-Transport-Security"] = "max-age=31536000"
        if request.endpoint != "static" and "Cache-Control" not in response.headers:
            response.headers["Cache-Control"] = "private, no-store"
        response.headers.pop("Server", None)
        return response
