"""Pictures as strangers send them: decoded, drawn anew, and nothing else of the file is kept."""

from __future__ import annotations

import io

from PIL import Image, ImageOps, UnidentifiedImageError

from app.core.errors import Refused
from app.core.i18n import _

HEAVIEST = 10 * 1024 * 1024
MOST_PIXELS = 40_000_000
LONGEST_SIDE = 2000
FORMATS = ("JPEG", "PNG", "WEBP")
UNREADABLE = (
    UnidentifiedImageError,
    Image.DecompressionBombError,
    OSError,
    ValueError,
    SyntaxError,
    EOFError,
)


class BadPicture(Refused):
    """This file cannot be shown as a picture; the text says why."""

    code = "bad_picture"


def redrawn(raw: bytes, *, field: str = "photo", side: int = LONGEST_SIDE) -> bytes:
    """The picture painted anew as JPEG, upright, without where and when it was taken.

    What it is, is read from its content, never from its name. Refuses what is no picture, what is
    too heavy, and what would not fit in memory.
    """
    if len(raw) > HEAVIEST:
        raise BadPicture(_("Cette photo dépasse 10 Mo : prenez-la plus petite."), field=field)
    try:
        with Image.open(io.BytesIO(raw), formats=FORMATS) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                words = _("Cette image est trop grande : 40 millions de points au plus.")
                raise BadPicture(words, field=field)
            picture.draft("RGB", (side, side))  # a JPEG is read no larger than it is kept
            return _painted(picture, side)
    except UNREADABLE:
        words = _("Ce fichier n’est pas une image lisible (JPEG, PNG ou WebP).")
        raise BadPicture(words, field=field) from None


def _painted(picture: Image.Image, side: int) -> bytes:
    """Its pixels on a fresh sheet; what was transparent is white."""
    upright = ImageOps.exif_transpose(picture)
    upright.thumbnail((side, side))
    pixels = upright.convert("RGBA")
    fresh = Image.new("RGB", pixels.size, "white")
    fresh.paste(pixels, mask=pixels)
    out = io.BytesIO()
    fresh.save(out, "JPEG", quality=82, optimize=True, progressive=True)
    return out.getvalue()
