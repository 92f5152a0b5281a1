"""Pages, fragments and errors, in the theme of the tenant that was asked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from flask import Flask, current_app, g, request
from jinja2 import ChoiceLoader, Environment, FileSystemLoader, StrictUndefined
from werkzeug.http import HTTP_STATUS_CODES
from werkzeug.wrappers import Response

from app.core.i18n import _
from app.web import assets, themes

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
    return request.headers.get("HX-Request") == "true" and "HX-History-Restore-Request" not in request.headers


def text(name: str, **context: Any) -> str:
    """Render a template in the request's theme."""
    env = environment(g.get("theme", NEUTRAL))
    current_app.update_template_context(context)
    return env.get_template(name).render(**context)


def page(name: str, status: int = 200, **context: Any) -> Response:
    """A whole page or fragment as an answer."""
    return Response(text(name, **context), status, content_type="text/html; charset=utf-8")


WORDS = {
    400: "La demande est incomplète ou mal formée.",
    401: "Connectez-vous pour continuer.",
    403: "Vous n'avez pas accès à cette page.",
    404: "Cette page n'existe pas.",
    405: "Cette action n'est pas possible ici.",
    413: "Le fichier envoyé est trop lourd.",
    429: "Trop d'essais : patientez un instant avant de recommencer.",
    500: "Quelque chose s'est mal passé de notre côté. Rien n'a été perdu.",
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
        json.dumps(body, ensure_ascii=False, default=str), status, mimetype="application/problem+json"
    )


def error_page(
    status: int, words: str | None, *, code: str = "error", detail: dict[str, Any] | None = None
) -> Response:
    """What went wrong and what to do, in the brand when there is one and with no name otherwise."""
    words = words or _(WORDS.get(status, WORDS[500]))
    if wants_json():
        return problem(status, words, code, detail or {})
    if g.get("brand") is None:
        return Response(f"{status}\n{words}\n", status, mimetype="text/plain")
    return page("error.html", status, status=status, words=words, detail=detail or {})


def install(app: Flask) -> None:
    """Prepare the environments and the words that every template knows."""
    app.extensions["theme_environments"] = {}
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    assets.install(app.jinja_env)
