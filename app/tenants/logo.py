"""Logos as strangers send them: pictures are drawn anew, drawings keep what an allow-list names."""

from __future__ import annotations

import io
import re
from xml.etree.ElementTree import Element, ParseError, register_namespace, tostring

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring
from PIL import Image, UnidentifiedImageError

from app.core.errors import Refused
from app.core.i18n import _

LARGEST = 2 * 1024 * 1024
LARGEST_DRAWING = 200 * 1024
MOST_PIXELS = 16_000_000
SIDE = 1024
SVG = "http://www.w3.org/2000/svg"
FORMATS = ("PNG", "JPEG", "WEBP")

ELEMENTS = frozenset(
    "svg g path rect circle ellipse line polyline polygon title desc defs linearGradient"
    " radialGradient stop clipPath mask symbol use".split()
)
ATTRIBUTES = frozenset(
    "id d x y x1 y1 x2 y2 cx cy r rx ry fx fy width height points viewBox preserveAspectRatio fill"
    " fill-rule fill-opacity clip-rule clip-path mask stroke stroke-width stroke-linecap"
    " stroke-linejoin stroke-miterlimit stroke-dasharray stroke-dashoffset stroke-opacity opacity"
    " transform gradientTransform gradientUnits spreadMethod offset stop-color stop-opacity"
    " clipPathUnits maskUnits maskContentUnits href".split()
)
HERE = re.compile(r"#[\w-]{1,64}")
PLAIN = re.compile(
    r"(?!.*(url|expression|script|data):?\s*\(?)[^<>\\&@]*", re.IGNORECASE | re.DOTALL
)
REFERENCE = re.compile(r"url\(\s*#[\w-]{1,64}\s*\)")


class BadLogo(Refused):
    """This file cannot be a logo; the text says why."""

    code = "bad_logo"


def cleaned(content: bytes) -> tuple[bytes, str, str]:
    """The bytes to keep, their media type and suffix. Refuses what is no picture, and what is
    too large to open."""
    if not content:
        raise BadLogo(_("Choisissez un fichier."), field="logo")
    if len(content) > LARGEST:
        raise BadLogo(_("Ce fichier dépasse 2 Mo."), field="logo")
    if content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<":
        return _drawing(content), "image/svg+xml", ".svg"
    return _picture(content), "image/png", ".png"


def _picture(content: bytes) -> bytes:
    """Decode and draw again: nothing of the file but its pixels is kept."""
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as image:
            if image.width * image.height > MOST_PIXELS:
                raise BadLogo(
                    _("Cette image est trop grande : 4 000 px de côté au plus."), field="logo"
                )
            image.load()
            drawn = image.convert("RGBA")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        raise BadLogo(
            _("Ce fichier n’est pas une image PNG, JPEG, WebP ou SVG."), field="logo"
        ) from None
    drawn.thumbnail((SIDE, SIDE))
    fresh = Image.new("RGBA", drawn.size)
    fresh.paste(drawn)
    out = io.BytesIO()
    fresh.save(out, "PNG", optimize=True)
    return out.getvalue()


def _drawing(content: bytes) -> bytes:
    if len(content) > LARGEST_DRAWING:
        raise BadLogo(_("Ce dessin SVG dépasse 200 Ko."), field="logo")
    try:
        root = fromstring(content, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError):
        raise BadLogo(
            _("Ce fichier SVG est abîmé ou contient des entités."), field="logo"
        ) from None
    if root.tag != f"{{{SVG}}}svg":
        raise BadLogo(_("Ce fichier n’est pas un dessin SVG."), field="logo")
    register_namespace("", SVG)
    kept = _kept(root)
    if not kept.get("viewBox") and not (kept.get("width") and kept.get("height")):
        raise BadLogo(_("Ce dessin SVG ne dit pas sa taille (viewBox)."), field="logo")
    found: bytes = tostring(kept, encoding="utf-8")
    return found


def _kept(element: Element) -> Element:
    """The element with what the allow-list names; unknown ones go with all they hold."""
    name = element.tag.removeprefix(f"{{{SVG}}}")
    copy = Element(f"{{{SVG}}}{name}")
    copy.text = element.text if name in ("title", "desc") else None
    for raw, value in element.attrib.items():
        attribute = raw.rpartition("}")[2]
        if attribute in ATTRIBUTES and _is_plain(attribute, value):
            copy.set(attribute, value)
    for child in element:
        known = str(child.tag).startswith(f"{{{SVG}}}")
        if known and child.tag.removeprefix(f"{{{SVG}}}") in ELEMENTS:
            copy.append(_kept(child))
    return copy


def _is_plain(attribute: str, value: str) -> bool:
    if attribute == "href":
        return HERE.fullmatch(value) is not None
    return REFERENCE.fullmatch(value) is not None or PLAIN.fullmatch(value) is not None
