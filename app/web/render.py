"""Pages, fragments and errors, in the theme of the tenant that was asked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from flask import Flask, current_app, g, get_flashed_messages, has_request_context, request
from jinja2 import ChoiceLoader, Environment, FileSystemLoader, StrictUndefined
from werkzeug.http import HTTP_STATUS_CODES
from werkzeug.wrappers import Response

from app.core import clock
from app.core.i18n import LOCALES, _, lang
from app.web import assets, themes
from app.web.actor import actor

APP = Path(__file__).resolve().parents[1]
NEUTRAL = "etabli"


def environment(theme: str) -> Environment:
    """One Jinja environment per theme: the theme's templates, the shell's, then the features'."""
    kept: dict[str, Environment] = current_app.extensions["theme_environments"]
    if theme not in kept:
        features = [FileSystemLoader(path) for path in sorted(APP.glob("*/templates"))]
        kept[theme] = current_app.jinja_env.overlay(
            loader=ChoiceLoader([themes.loader(theme), *features]), undefined=StrictUndefined
        )
    return kept[theme]


def wants_json() -> bool:
    """Programs get problem JSON: under /api, or when JSON is what they accept."""
    best = request.accept_mimetypes.best_match(["text/html", "application/json"])
    return request.path.startswith("/api/") or best == "application/json"


def is_fragment() -> bool:
    """htmx asks for a part of the page."""
    if not has_request_context():
        return False
    asked = request.headers
    return asked.get("HX-Request") == "true" and "HX-History-Restore-Request" not in asked


def _languages() -> list[dict[str, str]]:
    """The other languages of this very page."""
    names = {"fr": "Français", "en": "English"}
    return [
        {
            "code": code,
            "label": code.upper(),
            "name": f"{code.upper()}, {names[code]}",
            "url": f"?{urlencode({**request.args.to_dict(), 'lang': code})}",
        }
        for code in LOCALES
        if code != lang()
    ]


def shell() -> dict[str, Any]:
    """What every shell asks for (docs/design-system.md); a page may say otherwise."""
    brand, who = g.get("brand"), actor()
    found: dict[str, Any] = {"brand": brand, "lang": lang()}
    if brand is None or not has_request_context():
        return found
    wish = request.cookies.get("mode")
    ends = g.get("support_ends")
    said: Any = get_flashed_messages(with_categories=True)
    return found | {
        "still": g.get("still", False),
        "simulated": getattr(g.get("tenant"), "simulated", False),
        "mode": g.get("mode") or (wish if wish in ("auto", "light", "dark") else brand.mode),
        "plain": request.headers.get("Save-Data") == "on",
        "support_minutes": -(-int((ends - clock.now()).total_seconds()) // 60) if ends else None,
        "langs": _languages(),
        "messages": [
            {"text": text, "kind": "" if kind == "message" else kind} for kind, text in said
        ],
        "user": {"name": who.name, "url": "/moi"} if who.is_signed_in else None,
    }


def text(template: str, /, **context: Any) -> str:
    """Render a template in the request's theme."""
    env = environment(g.get("theme", NEUTRAL))
    known = {**({} if is_fragment() else shell()), **context}
    current_app.update_template_context(known)
    return env.get_template(template).render(**known)


def page(template: str, /, status: int = 200, **context: Any) -> Response:
    """A whole page or fragment as an answer."""
    html = text(template, status=status, **context)
    return Response(html, status, content_type="text/html; charset=utf-8")


WORDS = {
    400: "La demande est incomplète ou mal formée.",
    401: "Connectez-vous pour continuer.",
    403: "Vous n’avez pas accès à cette page.",
    404: "Cette page n’existe pas.",
    405: "Cette action n’est pas possible ici.",
    413: "Le fichier envoyé est trop lourd.",
    415: "Ce format n’est pas accepté ici.",
    429: "Trop d’essais : patientez un instant avant de recommencer.",
    500: "Quelque chose s’est mal passé de notre côté. Rien n’a été perdu.",
}


CODES = {
    400: "bad_request",
    401: "unauthorized",
    403: "not_allowed",
    404: "not_found",
    405: "method_not_allowed",
    413: "too_large",
    415: "unsupported_media_type",
    429: "too_many",
}


def problem(status: int, text: str, code: str, detail: dict[str, Any]) -> Response:
    """RFC 9457 problem JSON."""
    body = {
        "type": "about:blank",
        "title": HTTP_STATUS_CODES.get(status, "Error"),
        "status": status,
        "code": code,
        "detail": text,
        **detail,
    }
    return Response(
        json.dumps(body, ensure_ascii=False, default=str),
        status,
        mimetype="application/problem+json",
    )


def error_page(
    status: int, words: str | None, *, code: str = "", detail: dict[str, Any] | None = None
) -> Response:
    """What went wrong and what to do, in the brand when there is one and with no name otherwise."""
    words = words or _(WORDS.get(status, WORDS[500]))
    if wants_json():
        return problem(status, words, code or CODES.get(status, "error"), detail or {})
    if g.get("brand") is None:
        return Response(f"{status}\n{words}\n", status, mimetype="text/plain")
    frame = shell() if is_fragment() else {}  # an error is a whole page, whoever asked
    return page("error.html", status, **frame, words=words, detail=detail or {})


def install(app: Flask) -> None:
    """Prepare the environments and the words that every template knows."""
    app.extensions["theme_environments"] = {}
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    assets.serve(app)
