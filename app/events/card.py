"""The share picture of a public event, drawn once for each of its looks and kept in the storage."""

from __future__ import annotations

import hashlib
import io
import json
import tempfile
import threading
from pathlib import Path
from typing import Any

import typst
from flask import current_app
from PIL import Image

from app.core import pictures
from app.core.db import db
from app.core.files import storage
from app.core.i18n import clock_range, day_name
from app.events import drafts, read, words
from app.events.models import Event
from app.spaces.models import Site
from app.tenants.brand import Brand
from app.web import themes

CARD = "event card"
SHEET = Path(__file__).parent / "card.typ"
COLOURS = ("brand", "on_brand", "accent")
SIDES = (840, 1260)
_lock = threading.Lock()


def said(event: Event, site: Site, brand: Brand, language: str) -> dict[str, Any]:
    """Everything that the picture shows."""
    theme = themes.load(brand.theme)
    colours = themes.colours(theme, brand.seeds, "light")
    fonts = themes.load(brand.seeds.fonts).fonts if brand.seeds.fonts else theme.fonts
    title = words.title(event, language)
    start = event.starts_at.astimezone(site.zone)
    hours = clock_range(event.starts_at, event.ends_at, site.zone).striptags()
    return {
        "title": title,
        "size": 84 if len(title) <= 28 else 64 if len(title) <= 60 else 46,
        "venue": brand.name,
        "when": f"{day_name(start.date())}, {hours}",
        "where": ", ".join(space.name for space in read.spaces(event.id))[:90],
        "colours": {name: colours[name] for name in COLOURS},
        "title_font": [fonts.title, f"{fonts.title} Ext", fonts.text, f"{fonts.text} Ext"],
        "text_font": [fonts.text, f"{fonts.text} Ext"],
        "picture": event.picture_id is not None,
    }


def of(event: Event, site: Site, brand: Brand, language: str) -> bytes:
    """The picture as PNG; drawn when what it shows has changed since it was kept."""
    shown = said(event, site, brand, language)
    mark = hashlib.blake2b(
        json.dumps([shown, event.picture_id, 1]).encode(), digest_size=16
    ).hexdigest()
    if event.card_mark == mark and (kept := drafts.read(event.card_id)) is not None:
        return kept
    picture = drafts.read(event.picture_id)
    content = drawn(shown, picture)
    _replace(event, content, mark)
    return content


def _replace(event: Event, content: bytes, mark: str) -> None:
    """The former card goes, bytes and row: an event has one."""
    one = read.locked(event.id)
    old = drafts.content(one.card_id)
    one.card_id = drafts.store(content, "image/png", ".png", CARD).id
    one.card_mark = mark
    if old is not None:
        db.session.flush()  # nothing points to it any more
        storage(current_app.config["SETTINGS"].storage).drop(old.name)
        db.session.delete(old)


def drawn(shown: dict[str, Any], picture: bytes | None) -> bytes:
    """Typst lays it out: it wraps words, and writes from right to left where they are."""
    with tempfile.TemporaryDirectory() as folder, _lock:
        root = Path(folder)
        (root / "card.typ").write_bytes(SHEET.read_bytes())
        shown = shown | {"picture": picture is not None}
        if picture is not None:
            (root / "picture.jpg").write_bytes(_cut(picture))
        done = typst.compile(
            str(root / "card.typ"),
            root=str(root),
            format="png",
            ppi=72,
            font_paths=sorted(str(f) for f in themes.PACKAGES.glob("*/pdf")),
            sys_inputs={"data": json.dumps(shown)},
        )
    return bytes(done)


def _cut(picture: bytes) -> bytes:
    """The middle of the picture in the format of its corner, small enough to be drawn at once."""
    wide, high = SIDES
    with Image.open(io.BytesIO(picture), formats=pictures.FORMATS) as image:
        scale = max(wide / image.width, high / image.height)
        sized = image.convert("RGB").resize(
            (max(wide, round(image.width * scale)), max(high, round(image.height * scale)))
        )
    left, top = (sized.width - wide) // 2, (sized.height - high) // 2
    out = io.BytesIO()
    sized.crop((left, top, left + wide, top + high)).save(out, "JPEG", quality=85)
    return out.getvalue()
