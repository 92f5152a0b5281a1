"""Uploads: what is kept is a picture drawn by us or a paper that does nothing; the rest is refused
in words."""

from __future__ import annotations

import io

import pytest
from PIL import Image
from werkzeug.datastructures import FileStorage

from app.core import papers, pictures
from app.core.errors import Refused
from app.incidents import photos
from tests.core import hostile
from tests.world import World

DOCUMENTS, PICTURES = dict(hostile.documents()), dict(hostile.pictures())


def is_ours(kept: bytes) -> None:
    """A JPEG of a few kilobytes with nothing but its pixels."""
    picture = Image.open(io.BytesIO(kept))
    assert picture.format == "JPEG"
    assert not picture.getexif()
    assert not {"comment", "icc_profile", "xmp"} & picture.info.keys()
    for word in (b"EVIL", b"script", b"php", b"PK\x03\x04"):
        assert word not in kept


def test_there_are_eighty() -> None:
    assert len(DOCUMENTS) + len(PICTURES) + len(hostile.NAMES) >= 80


@pytest.mark.parametrize("name", PICTURES)
def test_a_hostile_picture_is_refused_or_drawn_anew(name: str) -> None:
    try:
        kept = pictures.redrawn(PICTURES[name])
    except Refused:
        return  # in words, beside its field: tests/incidents/test_report.py
    is_ours(kept)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_hostile_document_is_refused(name: str) -> None:
    for door in (papers.cleaned, pictures.redrawn):
        with pytest.raises(Refused):
            door(DOCUMENTS[name])


@pytest.mark.parametrize("name", PICTURES)
def test_a_proof_is_no_wider_door(name: str) -> None:
    try:
        kept, media_type, suffix = papers.cleaned(PICTURES[name])
    except Refused:
        return
    if suffix == ".pdf":
        assert name == "PDF is no photo"  # a plain one that Pillow wrote
        return
    assert (media_type, suffix) == ("image/jpeg", ".jpg")
    is_ours(kept)


def test_a_plain_report_is_kept_as_it_is() -> None:
    said = b"<</Type /Catalog /OpenAction [3 0 R /Fit] /Lang (fr)>>"
    plain = hostile.pdf(said, hostile.packed(b"1 0 <</Type /Page /Annots [<</S /URI>>]>>"))
    assert papers.cleaned(plain) == (plain, "application/pdf", ".pdf")


@pytest.mark.parametrize("name", hostile.NAMES, ids=range(len(hostile.NAMES)))
def test_no_name_of_theirs_is_ever_used(world: World, name: str) -> None:
    sent = FileStorage(io.BytesIO(hostile.drawn("JPEG")), filename=name)
    kept = photos.keep(sent)
    assert kept is not None
    assert kept.name.startswith(f"{world.a.id}/")
    assert kept.name.endswith(".jpg")
    assert len(kept.name) < 60


@pytest.mark.parametrize("orientation", [3, 6, 8])
def test_a_phone_held_sideways_gives_an_upright_picture(orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    kept = Image.open(io.BytesIO(pictures.redrawn(hostile.drawn("JPEG", (40, 20), exif=exif))))
    assert kept.size == ((40, 20) if orientation == 3 else (20, 40))


def test_ten_megabytes_of_camera_are_kept_small() -> None:
    noise = Image.effect_noise((3600, 2700), 60).convert("RGB")
    out = io.BytesIO()
    noise.save(out, "JPEG", quality=90)
    kept = pictures.redrawn(out.getvalue())
    assert max(Image.open(io.BytesIO(kept)).size) == pictures.LONGEST_SIDE
