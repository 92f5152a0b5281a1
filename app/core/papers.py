"""Papers as strangers send them: pictures are drawn anew, a PDF that would act is refused."""

from __future__ import annotations

import re
import zlib

from app.core import pictures
from app.core.errors import Refused
from app.core.i18n import _

HEAVIEST = 10 * 1024 * 1024
MOST_INFLATED = 64 * 1024 * 1024
ACTS = frozenset(
    b"JavaScript JS Launch EmbeddedFile EmbeddedFiles Filespec RichMedia XFA GoToE GoToR SubmitForm"
    b" ImportData Movie Sound Rendition Encrypt".split()
)
STREAM = re.compile(rb"stream\r?\n(.*?)endstream", re.DOTALL)
NAME = re.compile(rb"/([A-Za-z0-9#_.+-]+)")
ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")
END = re.compile(rb"%%EOF\s*\Z")


class BadPaper(Refused):
    """This file cannot be kept as a proof; the text says why."""

    code = "bad_paper"


def cleaned(raw: bytes, *, field: str = "preuve") -> tuple[bytes, str, str]:
    """The bytes to keep, their media type and suffix. What it is, is read from the content."""
    if not raw:
        raise BadPaper(_("Choisissez un fichier."), field=field)
    if len(raw) > HEAVIEST:
        raise BadPaper(_("Ce fichier dépasse 10 Mo."), field=field)
    if not raw.startswith(b"%PDF-"):
        return pictures.redrawn(raw, field=field), "image/jpeg", ".jpg"
    if END.search(raw[-1024:]) is None:
        raise BadPaper(_("Ce PDF est abîmé : enregistrez-le de nouveau."), field=field)
    if names(raw) & ACTS:
        words = _("Ce PDF contient du code ou un fichier caché : imprimez-le en PDF d’abord.")
        raise BadPaper(words, field=field)
    return raw, "application/pdf", ".pdf"


def names(raw: bytes) -> set[bytes]:
    """Every name that the objects of a PDF use, escapes undone, packed objects too.

    Refuses packed objects that we cannot read: what hides there cannot be told.
    """
    bare = STREAM.sub(b" ", raw)
    found = _spelled(bare)
    left = MOST_INFLATED
    for match in STREAM.finditer(raw):
        head = raw[raw.rfind(b"obj", 0, match.start()) : match.start()]
        spelled = _spelled(head)
        if b"ObjStm" not in spelled:
            continue
        inside = _inflated(match[1], spelled, left)
        left -= len(inside)
        found |= _spelled(inside)
    return found


def _spelled(text: bytes) -> set[bytes]:
    return {ESCAPE.sub(lambda m: bytes([int(m[1], 16)]), name) for name in NAME.findall(text)}


def _inflated(body: bytes, head: set[bytes], left: int) -> bytes:
    packed = [name for name in head if name.endswith(b"Decode")]
    if packed not in ([], [b"FlateDecode"]) or b"Predictor" in head:
        raise BadPaper(_("Ce PDF est abîmé : enregistrez-le de nouveau."), field="preuve")
    if not packed:
        return body
    reader = zlib.decompressobj()
    try:
        inside = reader.decompress(body, left)
    except zlib.error:
        raise BadPaper(_("Ce PDF est abîmé : enregistrez-le de nouveau."), field="preuve") from None
    if reader.unconsumed_tail:
        raise BadPaper(_("Ce PDF est trop grand une fois ouvert."), field="preuve")
    return inside
