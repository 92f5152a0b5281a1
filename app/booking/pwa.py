"""The venue on a phone's home screen, under its own name and icon."""

from __future__ import annotations

import io
import json
from functools import lru_cache
from pathlib import Path

import typst
from flask import Blueprint, current_app, g
from PIL import Image, ImageDraw, ImageFont
from sqlalchemy import select
from werkzeug.wrappers import Response

from app.core.db import db
from app.core.files import StoredFile, storage
from app.core.i18n import _, lang
from app.tenants import brand
from app.tenants.resolve import of_tenant
from app.web import render, themes
from app.web.policy import PUBLIC, needs

pages = Blueprint("pwa", __name__)
WORKER = Path(__file__).parent / "static" / "worker.js"
SIZES = (192, 512)
DAY = "public, max-age=86400"
TAB = 48
DRAWING = "image/svg+xml"
SHEET = b"""
#set page(width: 100pt, height: 100pt, margin: 15pt, fill: rgb(sys.inputs.ground))
#align(center + horizon, image(
  bytes(sys.inputs.drawing), format: "svg", width: 100%, height: 100%, fit: "contain"))
"""


def _colours() -> dict[str, str]:
    return dict(themes.colours(themes.load(g.brand.theme), g.brand.seeds, "light"))


@pages.get("/manifest.webmanifest")
@needs(PUBLIC)
def manifest() -> Response:
    """Name, colours and icons of this venue."""
    tenant, colours = of_tenant(), _colours()
    body = {
        "name": tenant.name,
        "short_name": tenant.name[:12].strip(),
        "lang": lang(),
        "id": "/moi",
        "start_url": "/moi",
        "scope": "/",
        "display": "standalone",
        "background_color": colours["bg"],
        "theme_color": colours["brand"],
        "icons": [
            {"src": f"/icone-{size}.png", "sizes": f"{size}x{size}", "type": "image/png"}
            for size in SIZES
        ]
        + [
            {
                "src": "/icone-512.png",
                "sizes": "512x512",
                "type": "image/png",
                "purpose": "maskable",
            }
        ],
        "shortcuts": [{"name": _("Réserver"), "url": "/reserver"}],
    }
    answer = Response(json.dumps(body, ensure_ascii=False), mimetype="application/manifest+json")
    answer.headers["Cache-Control"] = "public, max-age=3600"
    return answer


@pages.get("/icone-<int:size>.png")
@needs(PUBLIC)
def icon(size: int) -> Response:
    """The logo on its ground, or the initials when there is none."""
    return _icon(size if size in (*SIZES, 180) else SIZES[0])


@pages.get("/favicon.ico")
@needs(PUBLIC)
def favicon() -> Response:
    """The address that browsers guess, as small as a tab."""
    return _icon(TAB)


def _icon(size: int) -> Response:
    colours = _colours()
    drawn = None
    stored = _logo(g.tenant.id) if g.get("tenant") else None
    if stored is not None:
        content = storage(current_app.config["SETTINGS"].storage).get(stored.name)
        draw = _drawing if stored.media_type == DRAWING else _picture
        drawn = draw(content, size, colours["surface"])
    if drawn is None:
        drawn = initials(g.brand.initials, size, colours["brand"], colours["on_brand"])
    answer = Response(drawn, mimetype="image/png")
    answer.headers["Cache-Control"] = DAY
    return answer


def _logo(tenant_id: int) -> StoredFile | None:
    looks = brand.published(tenant_id)
    if looks is None or looks.logo_file is None:
        return None
    return db.session.scalars(
        select(StoredFile).where(StoredFile.id == looks.logo_file)
    ).one_or_none()


# Both keep the mark in the middle seven tenths, where every mask leaves it whole.


@lru_cache(maxsize=64)
def _picture(logo: bytes, size: int, ground: str) -> bytes:
    image = Image.new("RGB", (size, size), ground)
    mark = Image.open(io.BytesIO(logo)).convert("RGBA")
    mark.thumbnail((int(size * 0.7), int(size * 0.7)))
    image.paste(mark, ((size - mark.width) // 2, (size - mark.height) // 2), mark)
    return _png(image)


@lru_cache(maxsize=64)
def _drawing(logo: bytes, size: int, ground: str) -> bytes | None:
    """An SVG drawn by the printer of our papers; None for one that it cannot read."""
    given = {"drawing": logo.decode(), "ground": ground}
    try:
        return bytes(typst.compile(SHEET, format="png", ppi=72 * size / 100, sys_inputs=given))
    except (typst.TypstError, RuntimeError):
        return None


@lru_cache(maxsize=256)
def initials(text: str, size: int, ground: str, ink: str) -> bytes:
    """Two letters on the brand's colour."""
    image = Image.new("RGB", (size, size), ground)
    font = ImageFont.load_default(size * 0.4)
    ImageDraw.Draw(image).text((size / 2, size / 2), text, fill=ink, font=font, anchor="mm")
    return _png(image)


def _png(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "PNG", optimize=True)
    return out.getvalue()


@pages.get("/sw.js")
@needs(PUBLIC)
def worker() -> Response:
    """Keeps static files, and the next bookings with their QR for a cellar without network."""
    answer = Response(WORKER.read_bytes(), mimetype="text/javascript")
    answer.headers["Cache-Control"] = "no-cache"
    return answer


@pages.get("/hors-ligne")
@needs(PUBLIC)
def offline() -> Response:
    """What the worker shows when there is neither network nor a kept copy."""
    of_tenant()
    return render.page("booking/offline.html")
