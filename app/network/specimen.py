"""What a venue to be would look like: its front door, before anything is written."""

from __future__ import annotations

from itertools import groupby
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, abort, g, redirect, request, url_for
from flask import Response as Answer
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from app.booking.home import ICONS
from app.booking.search import kind_name
from app.core.i18n import _
from app.network.starters import STARTERS, Room
from app.tenants import brand
from app.web import render, themes
from app.web.policy import needs

pages = Blueprint("specimen", __name__, url_prefix="/reseau/nouveau/apercu")

SHOWN = ("name", "theme", "brand", "starter")
NO_STEP = 60


def address(given: MultiDict[str, str]) -> str:
    """The specimen of these answers."""
    said = {key: given[key] for key in SHOWN if given.get(key)}
    return f"{url_for('specimen.front_door')}?{urlencode(said)}"


def _looks() -> tuple[str, themes.Seeds]:
    """The theme and colour of the address; 404 for what no venue can wear."""
    theme = request.args.get("theme", "etabli")
    if theme not in themes.available():
        abort(404)
    try:
        return theme, themes.Seeds(brand=request.args.get("brand") or None)
    except ValueError:
        return theme, themes.Seeds()


def _tile(kind: str, rooms: list[Room]) -> dict[str, Any]:
    """One kind of space, at its base rate."""
    least = min(rooms, key=lambda room: room.base_cents)
    minutes = int(least.rules.get("min_minutes", NO_STEP))
    return {
        "kind": kind_name(kind),
        "icon": ICONS[kind],
        "names": ", ".join(room.name for room in rooms),
        "cents": least.base_cents * minutes // 60,
        "minutes": minutes,
    }


def _tiles(starter: str) -> list[dict[str, Any]]:
    rooms = sorted(STARTERS[starter].rooms, key=lambda room: list(ICONS).index(room.kind))
    return [_tile(kind, list(found)) for kind, found in groupby(rooms, key=lambda room: room.kind)]


@pages.get("")
@needs("network.create")
def front_door() -> Response:
    """The page that visitors would see first, for the frame of the form."""
    theme, seeds = _looks()
    name = request.args.get("name", "").strip()[:80] or _("Votre lieu")
    sheet = url_for("specimen.sheet", theme=theme, brand=seeds.brand)
    g.frame_ancestors = "'self'"
    g.still, g.mode = True, "light"  # the frame runs no script
    brand.wear(
        brand.Brand(name, brand.initials(name), theme, seeds, "light", sheet, sheet, None, None, {})
    )
    starter = request.args.get("starter", "")
    return render.page(
        "network/specimen.html",
        tiles=_tiles(starter if starter in STARTERS else next(iter(STARTERS))),
        nav=[],
        legal=[],
        langs=[],
        user=None,
        login_url="#main",
        home_url="#main",
    )


@pages.get("/style.css")
@needs("network.create")
def sheet() -> Answer:
    """The stylesheet of a look that nobody wears yet."""
    theme, seeds = _looks()
    answer = Answer(themes.stylesheet(themes.load(theme), seeds, "public")[0], mimetype="text/css")
    answer.headers["Cache-Control"] = "private, max-age=300"
    return answer


@pages.get("/cadre")
@needs("network.create")
def frame() -> Response:
    """The frame again, after an answer changed; alone, what it would show."""
    if not render.is_fragment():
        return redirect(address(request.args))
    return render.page("network/_specimen.html", specimen=address(request.args))
