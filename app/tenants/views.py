"""The files of a brand: its stylesheet, its logo, the fonts of its theme."""

from __future__ import annotations

from flask import Blueprint, Response, abort, current_app, g, send_file
from sqlalchemy import select

from app.core.db import db
from app.core.files import StoredFile, storage
from app.tenants import studio
from app.tenants.models import Appearance
from app.web import assets, themes
from app.web.assets import FOREVER
from app.web.policy import ANYWHERE, PUBLIC, needs

pages = Blueprint("tenants", __name__)
blueprints = (pages, studio.pages)


@pages.get("/t/<any(public, desk):sheet>/<sha>.css")
@needs(PUBLIC)
def stylesheet(sheet: themes.Sheet, sha: str) -> Response:
    """The whole style of this brand's pages of one kind, under an address that changes with it."""
    theme, seeds = themes.load(g.brand.theme), g.brand.seeds
    answer = assets.packed_answer(
        lambda coding: themes.packed_stylesheet(theme, seeds, sheet, coding), "text/css"
    )
    current = themes.stylesheet(theme, seeds, sheet)[1]
    answer.headers["Cache-Control"] = FOREVER if sha == current else "no-cache"
    return answer


@pages.get("/themes/<name>/<file>")
@needs(ANYWHERE)
def theme_file(name: str, file: str) -> Response:
    """A font or picture of a theme package."""
    path = themes.asset(name, file)
    if path is None:
        abort(404)
    answer = send_file(path)
    answer.headers["Cache-Control"] = FOREVER
    return answer


@pages.get("/logo/<int:version>")
@pages.get("/logo/<int:version>/<ground>")
@needs(PUBLIC)
def logo(version: int, ground: str = "light") -> Response:
    """The logo of one version of the appearance, for light or dark ground."""
    looks = db.session.scalars(
        select(Appearance).where(
            Appearance.version == version, Appearance.published_at.is_not(None)
        )
    ).one_or_none()
    file_id = (looks.logo_dark_file if ground == "dark" else looks.logo_file) if looks else None
    stored = db.session.get(StoredFile, file_id) if file_id else None
    if stored is None:
        abort(404)
    content = storage(current_app.config["SETTINGS"].storage).get(stored.name)
    answer = Response(content, mimetype=stored.media_type)
    answer.headers["Cache-Control"] = FOREVER
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer
