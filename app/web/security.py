"""Headers, cookies and tokens that keep a page what it is."""

from __future__ import annotations

import secrets

from flask import Flask, Response, g, request
from flask_wtf.csrf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

csrf = CSRFProtect()


def nonce() -> str:
    """The word that allows this page's own style and script blocks."""
    if "nonce" not in g:
        g.nonce = secrets.token_urlsafe(16)
    return str(g.nonce)


def _policy() -> str:
    word = f"'nonce-{nonce()}'"
    return (
        "default-src 'none'; img-src 'self' data: blob:; font-src 'self'; connect-src 'self';"
        f" style-src 'self' {word}; script-src 'self' {word}; manifest-src 'self';"
        " worker-src 'self'; frame-src 'self'; base-uri 'none';"
        f" form-action 'self' {' '.join(g.get('form_targets', ()))};"
        f" frame-ancestors {g.get('frame_ancestors', chr(39) + 'none' + chr(39))}"
    )


def install(app: Flask) -> None:
    """Strict by default; a view widens what it needs through `g`."""
    settings = app.config["SETTINGS"]
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
        if request.endpoint not in ("static",) and "Cache-Control" not in response.headers:
            response.headers["Cache-Control"] = "private, no-store"
        response.headers.pop("Server", None)
        return response
