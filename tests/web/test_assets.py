"""Files travel as small as they get, packed once, and are kept for as long as they are the same."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable

import brotli
import pytest
from flask.testing import FlaskClient

from app.web import assets
from tests.world import World

Client = Callable[[str], FlaskClient]
UNPACK = {"br": brotli.decompress, "gzip": gzip.decompress}


def sheet_of(page: str) -> str:
    """The address of the stylesheet that a page names."""
    found = re.findall(r'<link rel="stylesheet" href="([^"]+)">', page)
    assert len(found) == 1
    return str(found[0])


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [("gzip, deflate, br, zstd", "br"), ("gzip, deflate", "gzip"), ("br;q=0, gzip", "gzip")],
)
def test_the_smallest_coding_that_a_browser_reads(
    world: World, client: Client, accepted: str, coding: str
) -> None:
    browser = client("a.localhost")
    sheet = sheet_of(browser.get("/").text)
    for path in (sheet, f"/static/js/app.js?v={assets.fingerprint('js/app.js')}"):
        plain = browser.get(path, headers={"Accept-Encoding": "identity"})
        assert "Content-Encoding" not in plain.headers
        packed = browser.get(path, headers={"Accept-Encoding": accepted})
        assert packed.headers["Content-Encoding"] == coding
        assert "Accept-Encoding" in packed.headers["Vary"]
        assert UNPACK[coding](packed.data) == plain.data
        assert len(packed.data) == len(assets.pack(plain.data, "br" if coding == "br" else "gzip"))


def test_kept_for_ever_under_the_address_that_changes_with_it(world: World, client: Client) -> None:
    browser = client("a.localhost")
    named = browser.get(f"/static/icons.svg?v={assets.fingerprint('icons.svg')}")
    assert "immutable" in named.headers["Cache-Control"]
    for path in ("/static/icons.svg", "/static/icons.svg?v=00000000"):
        assert "immutable" not in browser.get(path).headers["Cache-Control"]
    assert "immutable" in browser.get(sheet_of(browser.get("/").text)).headers["Cache-Control"]
    assert browser.get("/t/public/000000000000.css").headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize("path", ["nothing.js", "../assets.py", "js/../../assets.py", "js"])
def test_no_other_file_is_given(world: World, client: Client, path: str) -> None:
    assert client("a.localhost").get(f"/static/{path}").status_code == 404


def test_who_saves_data_is_sent_no_font(world: World, client: Client) -> None:
    browser = client("a.localhost")
    assert " data-plain" not in browser.get("/").text
    page = browser.get("/", headers={"Save-Data": "on"}).text
    assert re.search(r"<html[^>]* data-plain>", page)
    rule = re.findall(r"\[data-plain\]\{([^}]*)\}", browser.get(sheet_of(page)).text)
    assert rule == ["--font-title:var(--font-plain-title);--font-text:var(--font-plain-text)"]


def test_a_page_loads_htmx_where_it_uses_it(world: World, client: Client) -> None:
    browser = client("a.localhost")
    assert "htmx.min.js" not in browser.get("/").text
    assert "htmx.min.js" in browser.get("/reserver").text
