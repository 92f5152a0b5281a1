"""Logos that strangers send: what is kept is a picture and nothing else."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from PIL import Image, PngImagePlugin

from app.tenants.logo import LARGEST, BadLogo, cleaned

DRAWING = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10">'
    b'<path d="M0 0h10v10z" fill="#005a42"/>%s</svg>'
)


def png(width: int = 40, height: int = 30, **info: str) -> bytes:
    out = io.BytesIO()
    extra = PngImagePlugin.PngInfo()
    for name, value in info.items():
        extra.add_text(name, value)
    Image.new("RGBA", (width, height), "#7a2e5d").save(out, "PNG", pnginfo=extra)
    return out.getvalue()


def claims_to_be(width: int, height: int) -> bytes:
    """A few bytes that say they are a huge picture."""
    head = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    chunk = b"IHDR" + head
    return (
        b"\x89PNG\r\n\x1a\n" + struct.pack(">I", len(head)) + chunk
        + struct.pack(">I", zlib.crc32(chunk)) + b"\0\0\0\0IEND\xaeB`\x82"
    )  # fmt: skip


def test_a_picture_is_drawn_anew_without_what_was_hidden_in_it():
    sent = png(secret="<script>alert(1)</script>") + b"<?php system('id') ?>"
    kept, media_type, suffix = cleaned(sent)
    assert (media_type, suffix) == ("image/png", ".png")
    assert b"script" not in kept
    assert b"php" not in kept
    assert Image.open(io.BytesIO(kept)).getpixel((1, 1)) == (0x7A, 0x2E, 0x5D, 255)


def test_a_large_picture_is_made_small():
    assert max(Image.open(io.BytesIO(cleaned(png(3000, 1500))[0])).size) == 1024


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"not a picture",
        b"%PDF-1.7 ...",
        png()[:60],
        claims_to_be(60_000, 60_000),
        claims_to_be(4001, 4001),
        b"\x89PNG" + b"0" * LARGEST,
        b"GIF89a" + b"\0" * 40,
    ],
)
def test_what_is_no_picture_is_refused(sent):
    with pytest.raises(BadLogo):
        cleaned(sent)


@pytest.mark.parametrize(
    "hostile",
    [
        b"<script>alert(1)</script>",
        b'<a href="javascript:alert(1)"><path d="M0 0h9"/></a>',
        b'<image href="https://evil.example/x.png" width="9" height="9"/>',
        b"<foreignObject><iframe src='https://evil.example'/></foreignObject>",
        b'<use href="https://evil.example/x.svg#a"/>',
        b'<use xmlns:xlink="http://www.w3.org/1999/xlink" xlink:href="data:image/svg+xml,evil"/>',
        b'<rect width="9" height="9" onload="alert(1)" style="background:url(//evil.example)"/>',
        b'<rect width="9" height="9" fill="url(https://evil.example/#a)"/>',
        b"<style>@import url(https://evil.example/x.css)</style>",
        b'<animate attributeName="href" values="javascript:alert(1)"/>',
        b'<set attributeName="onmouseover" to="alert(1)"/>',
        b"<handler xmlns='http://www.w3.org/2001/xml-events'>evil</handler>",
    ],
)
def test_a_drawing_keeps_its_shapes_and_nothing_that_acts_or_calls(hostile):
    kept, media_type, _suffix = cleaned(DRAWING % hostile)
    assert media_type == "image/svg+xml"
    assert b"M0 0h10v10z" in kept
    for word in (b"script", b"evil", b"onload", b"style", b"alert", b"iframe", b"animate"):
        assert word not in kept


def test_a_gradient_of_the_drawing_itself_stays():
    inner = (
        b'<defs><linearGradient id="g"><stop offset="0" stop-color="red"/></linearGradient></defs>'
    )
    inner += b'<rect width="4" height="4" fill="url(#g)"/>'
    kept = cleaned(DRAWING % inner)[0]
    assert b'fill="url(#g)"' in kept
    assert b"linearGradient" in kept


@pytest.mark.parametrize(
    "sent",
    [
        b'<!DOCTYPE svg [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
        + DRAWING % b"<title>&b;</title>",
        b'<!DOCTYPE svg SYSTEM "file:///etc/passwd">' + DRAWING % b"",
        b'<svg viewBox="0 0 1 1"/>',
        b"<html><body>hello</body></html>",
        b'<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0"/></svg>',
        b"<svg",
    ],
)
def test_entities_other_documents_and_broken_ones_are_refused(sent):
    with pytest.raises(BadLogo):
        cleaned(sent)
